"""`registration` of an application, and what a request declares: what red lines are judged by.

The values and their reader. What they mean for a request is the room `control`'s.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offramp.core.errors import did_you_mean
from offramp.core.verdicts import FactValue
from offramp.core.yaml_values import Fields, Value
from offramp.workspace.observing import read_share

REGISTRATION = (
    "owner",
    "purposes",
    "autonomy",
    "deployment",
    "network",
    "persons",
    "tools",
    "consequential",
    "tool_facts",
    "data_classes",
    "reads_names",
)
PLACE = ("header", "pointer", "tool", "argument", "column", "counts")
FACTS = {"purposes": "purpose", "autonomy": "human", "deployment": "deployment", "network": "network"}
"""Settings that say what a fact of the instruments is."""

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}\Z")


class Autonomy(StrEnum):
    """What a person does in the application's work, least first: the values of the fact `human`."""

    NOT_SAID = ""
    NONE = "none"
    RESPONSIBLE = "responsible"
    SUPERVISES = "supervises"
    DECIDES = "decides"


class Deployment(StrEnum):
    """Where models run: the values of the fact `deployment`."""

    NOT_SAID = ""
    CLOUD = "cloud"
    EDGE = "edge"
    ON_PREM = "on_prem"


class PlaceKind(StrEnum):
    """Where identifiers of persons can sit."""

    HEADER = "header"
    POINTER = "pointer"
    ARGUMENT = "argument"
    COLUMN = "column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place identifiers of persons sit in, and the facts they are counted for."""

    kind: PlaceKind
    name: str
    """Of a header; a JSON pointer into the body; a pointer into the tool's arguments; a column's heading."""
    tool: str = ""
    """Of an argument: the tool's name."""
    counts: tuple[str, ...] = ()
    """Empty: every count of persons. Whoever is not known to be elsewhere may be in the country."""

    def __str__(self) -> str:
        return f"{self.kind} `{self.name}`" + (f" of tool `{self.tool}`" if self.tool else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an application is."""

    owner: str = ""
    """Applications of one owner are counted together; empty: the organisation's own."""
    purposes: tuple[str, ...] = ()
    """The first is its usual one."""
    autonomy: Autonomy = Autonomy.NOT_SAID
    deployment: Deployment = Deployment.NOT_SAID
    network: str = ""
    persons: tuple[Place, ...] = ()
    tools: tuple[str, ...] = ()
    consequential: tuple[str, ...] = ()
    """Tools whose calls have consequences in the world."""
    tool_facts: Mapping[str, Mapping[str, FactValue]] = field(default_factory=dict)
    """Tool to the facts that a call of it makes true, such as `force`."""
    data_classes: tuple[str, ...] = ()
    reads_names: float = 0.0
    """The share of its requests whose texts are read for names, beside their way."""

    @property
    def facts(self) -> dict[str, FactValue]:
        """What it says in the instruments' words."""
        said = {
            "purpose": self.purposes[0] if self.purposes else "",
            "human": str(self.autonomy),
            "deployment": str(self.deployment),
            "network": self.network,
            "data_class": self.data_classes[0] if len(self.data_classes) == 1 else "",
        }
        return {name: value for name, value in said.items() if value}


def read_registration(application: Fields) -> Registration | None:
    """What stands under `registration`, or nothing where the application is not registered."""
    value = application.get("registration")
    if value is None:
        return None
    fields = value.fields(REGISTRATION, required=("purposes",))
    tools, consequential = fields.texts("tools"), fields.texts("consequential")
    registration = Registration(
        owner=fields.text("owner"),
        purposes=fields.texts("purposes"),
        autonomy=fields.choice("autonomy", Autonomy, Autonomy.NOT_SAID),
        deployment=fields.choice("deployment", Deployment, Deployment.NOT_SAID),
        network=fields.text("network"),
        persons=tuple(_place(one) for one in fields.items("persons", "a place of identifiers")),
        tools=tuple(dict.fromkeys((*tools, *consequential))),
        consequential=consequential,
        tool_facts=_tool_facts(fields, consequential),
        data_classes=fields.texts("data_classes"),
        reads_names=read_share(fields, "reads_names") if "reads_names" in fields else 0.0,
    )
    _check_facts(application, fields, registration)
    return registration


def _tool_facts(fields: Fields, consequential: tuple[str, ...]) -> dict[str, dict[str, FactValue]]:
    """Facts by tool. Only a consequential tool's calls are asked about."""
    section = fields.get("tool_facts")
    found: dict[str, dict[str, FactValue]] = {}
    for tool, value in section.entries("tool").items() if section is not None else ():
        if tool not in consequential:
            value.problem(
                "tool-unknown",
                f"`{tool}` is no consequential tool",
                did_you_mean(tool, consequential, f"add `{tool}` under `consequential`"),
                value.named_at,
            )
        facts = {name: one.fact() for name, one in value.entries("fact").items()}
        found[tool] = {name: fact for name, fact in facts.items() if fact is not None}
    return found


def _check_facts(application: Fields, fields: Fields, registration: Registration) -> None:
    """The application's `facts` must not say otherwise."""
    stated = application.facts("facts")
    for name, said in registration.facts.items():
        allowed = registration.purposes if name == "purpose" else (said,)
        if name in stated and stated[name] not in allowed:
            setting = next((key for key, fact in FACTS.items() if fact == name), "data_classes")
            fields.problem(
                "registration-contradicts",
                f"`facts` says `{name}: {stated[name]}`, the registration says `{said}`",
                f"say it once, under `registration` as `{setting}`",
                fields.span(setting),
            )


def _place(value: Value) -> Place:
    fields = value.fields(PLACE)
    kinds = [kind for kind in PlaceKind if kind.value in fields]
    counts = fields.texts("counts")
    if len(kinds) != 1 or ("tool" in fields) != (PlaceKind.ARGUMENT.value in fields):
        value.problem(
            "persons-place",
            "a place of identifiers is one header, pointer, column, or argument of a tool",
            "write {header: NAME}, {pointer: /a/b}, {column: NAME} or {tool: NAME, argument: /a}",
        )
        return Place(kind=PlaceKind.HEADER, name="", counts=counts)
    kind = kinds[0]
    name = fields.text(kind.value)
    if kind in (PlaceKind.POINTER, PlaceKind.ARGUMENT) and name and not name.startswith("/"):
        value.problem(
            "persons-pointer",
            f"`{name}` is not a JSON pointer",
            "begin it with `/`; `*` stands for every element: /metadata/subjects/*",
            fields.span(kind.value),
        )
    if kind is PlaceKind.HEADER and name and not _HEADER.match(name):
        value.problem(
            "persons-header", f"`{name}` is not a header's name", "use letters, digits and `-`", value.span
        )
    return Place(
        kind=kind,
        name=name.lower() if kind is PlaceKind.HEADER else name,
        tool=fields.text("tool"),
        counts=counts,
    )
