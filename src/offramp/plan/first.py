"""A first `offramp.yaml` and its callers' keys, made from what could be seen: text, not yet files."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offramp.core.findings import Context, Finding
from offramp.core.ids import ApplicationId

KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSystem:
    """A part of the tree that has uses, or the whole tree where none were seen."""

    id: str
    paths: tuple[str, ...]
    vendors: tuple[str, ...]
    uses: int
    is_caller: bool
    """Its code calls a vendor, so it gets an application and a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything the first file is made from."""

    organisation: str
    kinds: tuple[str, ...]
    owner: str
    systems: tuple[SeenSystem, ...]
    assumed: tuple[str, ...] = ()
    """Which of `organisation`, `kinds` and `owner` nobody gave: the file says so beside them."""


def slug(text: str) -> str:
    """`text` as an id: small letters, digits and dashes, at most 48 characters."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:48].strip("-") or "main"


def systems_seen(uses: Iterable[Finding], folder: str) -> tuple[SeenSystem, ...]:
    """One system for each top folder that has uses, one for the files beside them.

    Without any use, one system of the folder's name that has everything.
    """
    groups: dict[str, list[Finding]] = {}
    for use in uses:
        top, slash, _ = use.path.partition("/")
        groups.setdefault(top if slash else "", []).append(use)
    if not groups:
        whole = SeenSystem(id=slug(folder), paths=("**",), vendors=(), uses=0, is_caller=False)
        return (whole,)
    taken: set[str] = set()
    systems = []
    for top, found in sorted(groups.items(), key=lambda group: (group[0] == "", group[0])):
        name = slug(top or f"{folder}-files")
        while name in taken:
            name += "-2"
        taken.add(name)
        files = tuple(sorted({use.path for use in found}))
        systems.append(
            SeenSystem(
                id=name,
                paths=(f"{top}/**",) if top else files,
                vendors=tuple(sorted({use.vendor for use in found})),
                uses=len(found),
                is_caller=any(use.context is Context.CODE for use in found),
            )
        )
    return tuple(systems)


def first_text(survey: Survey) -> str:
    """The text of a first `offramp.yaml`. It loads as it is; comments say what to check and what to add."""
    callers = [system for system in survey.systems if system.is_caller]
    lines = [
        "# What each setting means: `offramp schema workspace`, and docs/reference/workspace.md.",
        "schema: offramp/workspace/v1",
        "",
        "organisation:",
        f"  name: {_quoted(survey.organisation)}{_check(survey, 'organisation')}",
        f"  kinds: [{', '.join(survey.kinds)}]{_check(survey, 'kinds')}",
        "",
        "# Folders of instruments besides instruments/, so that shared ones have no second copy.",
        "# instruments: [../shared-instruments]",
        "",
        "# A finding belongs to the first system whose paths match.",
        "systems:",
        *[line for system in survey.systems for line in _system(system, survey)],
        "",
    ]
    lines += _applications(callers)
    lines += _routing(survey)
    return "\n".join(lines) + "\n"


def key_text(application: ApplicationId, random: bytes) -> str:
    """A caller's key, `offr_<id>_<base64url>`, and a line end. `random` has 32 bytes."""
    assert len(random) == KEY_BYTES
    return f"offr_{application}_{base64.urlsafe_b64encode(random).decode().rstrip('=')}\n"


def with_line(text: str | None, line: str) -> str:
    """`text` with `line` at its end, unless it has that line."""
    if text is None:
        return line + "\n"
    if line in (written.strip() for written in text.splitlines()):
        return text
    return text + ("" if text.endswith("\n") or not text else "\n") + line + "\n"


def _system(system: SeenSystem, survey: Survey) -> list[str]:
    seen = f"  # {system.uses} uses seen: {', '.join(system.vendors)}" if system.uses else ""
    return [
        f"  {system.id}:{seen}",
        f"    owner: {_quoted(survey.owner)}{_check(survey, 'owner')}",
        f"    paths: [{', '.join(_quoted(path) for path in system.paths)}]",
        "    lead_days: 30  # how long moving it takes",
    ]


def _applications(callers: list[SeenSystem]) -> list[str]:
    about = "# Callers of the gateway. Facts are what each declares about itself; instruments ask for them."
    if not callers:
        return [
            about,
            "# applications:",
            "#   NAME: {system: SYSTEM, key: {file: .offramp/keys/NAME}, facts: {under: none}}",
            "",
        ]
    lines = [about, "applications:"]
    for system in callers:
        lines += [
            f"  {system.id}:",
            f"    system: {system.id}",
            f"    key: {{file: .offramp/keys/{system.id}}}",
            "    facts: {}  # for example {under: federal, existing_use: true, purpose: office}",
        ]
    return [*lines, ""]


def _routing(survey: Survey) -> list[str]:
    vendor = next((vendor for system in survey.systems for vendor in system.vendors), "VENDOR")
    return [
        "# Where requests go. Fill in, and take the `#` away, to use `offramp serve`:",
        "# upstreams:",
        f"#   incumbent: {{vendor: {vendor}, dialect: DIALECT, url: https://…, key: {{env: NAME}}}}",
        "#   successor: {vendor: SUCCESSOR, dialect: DIALECT, url: https://…, key: {env: NAME}}",
        "# routes:",
        '#   "*": {targets: [{upstream: incumbent, model: MODEL}, {upstream: successor, model: MODEL}]}',
        "",
        "# What contested norms mean here is for a named person to choose. Until then they only show.",
        "# stance: {by: NAME, reason: WHY, is_strictest: true}",
    ]


def _check(survey: Survey, what: str) -> str:
    return "  # assumed: please check" if what in survey.assumed else ""


def _quoted(text: str) -> str:
    is_plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 ._/-]*[A-Za-z0-9.]", text) and ": " not in text
    words: Mapping[str, None] = dict.fromkeys(("true", "false", "null", "yes", "no", "on", "off"))
    return text if is_plain and text.lower() not in words else json.dumps(text, ensure_ascii=False)
