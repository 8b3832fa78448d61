"""The section `holds` of `offramp.yaml`: who may decide about held tool calls, how many, and for how long."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from offramp.core.ids import ApplicationId
from offramp.core.secrets import SecretRef
from offramp.core.verdicts import HumanRole
from offramp.core.yaml_values import Fields
from offramp.workspace.words import check_id, read_secret, unknown_name

HOLDS: Final = ("persons", "approvals", "waiting_minutes", "approval_minutes", "watch_minutes", "webhook")
PERSON: Final = ("name", "role", "key", "applications")
WEBHOOK: Final = ("url", "key")
SCHEMES: Final = ("http://", "https://")
LONGEST_MINUTES: Final = 11 * 60
"""What is held is kept for a day at most, waiting and approved together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a role towards what applications do."""

    id: str
    name: str
    role: HumanRole
    key: SecretRef | None = None
    """Shows over HTTP that it is this person."""
    applications: tuple[ApplicationId, ...] = ()
    """Empty: every application."""

    def is_for(self, application: str) -> bool:
        """Whether this person's role reaches `application`."""
        return not self.applications or application in self.applications


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where holds are told, and the key both sides sign with."""

    url: str
    key: SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything said about holds."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    approvals: Mapping[ApplicationId, int] = field(default_factory=dict)
    """How many persons must approve; one where an application is not here."""
    waiting_minutes: int = 60
    """How long a hold waits for a decision."""
    approval_minutes: int = 15
    """How long an approval can be used."""
    watch_minutes: int = 30
    """How long somebody who says to be on watch counts as there."""
    webhook: Webhook | None = None

    def named(self, application: str, role: HumanRole) -> tuple[Person, ...]:
        """Persons who may act for `application` in `role` or a higher one."""
        return tuple(
            person
            for person in self.persons.values()
            if person.role.rank >= role.rank and person.is_for(application)
        )

    def needed(self, application: str) -> int:
        """How many persons must approve a call of `application`."""
        return self.approvals.get(ApplicationId(application), 1)

    @property
    def secrets(self) -> tuple[SecretRef, ...]:
        """Where keys are kept."""
        keys = [person.key for person in self.persons.values() if person.key is not None]
        return (*keys, self.webhook.key) if self.webhook else tuple(keys)


def plain_name(name: str) -> str:
    """A name as it is compared: no two that are spelt alike to a reader are two persons by their spelling."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(sign for sign in folded if unicodedata.category(sign) != "Cf").split())


def read_holding(root: Fields, applications: Iterable[str]) -> Holding:
    """What is said; problems are noted where they stand."""
    section = root.get("holds")
    if section is None:
        return Holding()
    known = tuple(applications)
    fields = section.fields(HOLDS)
    persons = _persons(fields, known)
    holding = Holding(
        persons=persons,
        approvals=_approvals(fields, known),
        waiting_minutes=fields.number("waiting_minutes", default=60, least=1, most=LONGEST_MINUTES),
        approval_minutes=fields.number("approval_minutes", default=15, least=1, most=LONGEST_MINUTES),
        watch_minutes=fields.number("watch_minutes", default=30, least=1, most=LONGEST_MINUTES),
        webhook=_webhook(fields),
    )
    for application, needed in holding.approvals.items():
        able = holding.named(application, HumanRole.DECIDES)
        if persons and len(able) < needed:
            fields.problem(
                "approvals-unreachable",
                f"`{application}` needs {needed} approvals and {len(able)} persons may decide for it",
                "name more persons with the role `decides`, or ask for fewer approvals",
                fields.span("approvals"),
            )
    return holding


def _persons(fields: Fields, known: tuple[str, ...]) -> dict[str, Person]:
    persons: dict[str, Person] = {}
    taken: dict[str, str] = {}
    for id_, said in fields.tables("persons", "person", PERSON, required=("name", "role")):
        check_id(id_, "person", said.named_at, said)
        for name in {plain_name(id_), plain_name(said.text("name"))}:
            if taken.setdefault(name, id_) != id_:
                said.problem(
                    "person-twice",
                    f"{said.what} is called as `{taken[name]}` is: one person does not count as two",
                    "name each person once, or tell them apart by their names",
                )
        for item in said.items("applications", "an application"):
            if item.text() not in known:
                unknown_name(said, "applications", item.text(), known, "applications")
        role = said.choice("role", HumanRole, HumanRole.NONE)
        if role is HumanRole.NONE and said.text("role") == "none":
            said.problem(
                "role-none", f"{said.what} has no role", "write `responsible`, `supervises` or `decides`"
            )
        persons[id_] = Person(
            id=id_,
            name=said.text("name"),
            role=role,
            key=read_secret(said, "key"),
            applications=tuple(ApplicationId(name) for name in said.texts("applications")),
        )
    return persons


def _approvals(fields: Fields, known: tuple[str, ...]) -> dict[ApplicationId, int]:
    section = fields.get("approvals")
    if section is None:
        return {}
    found: dict[ApplicationId, int] = {}
    for name, value in section.entries("application").items():
        if name not in known:
            unknown_name(fields, "approvals", name, known, "applications")
        found[ApplicationId(name)] = value.number(least=1, most=20, default=1)
    return found


def _webhook(fields: Fields) -> Webhook | None:
    section = fields.get("webhook")
    if section is None:
        return None
    said = section.fields(WEBHOOK, required=WEBHOOK)
    url, key = said.text("url"), read_secret(said, "key")
    if url and not url.startswith(SCHEMES):
        said.problem("webhook-url", f"`{url}` is not an address", "begin it with https:// or http://")
    return Webhook(url=url, key=key) if key is not None else None
