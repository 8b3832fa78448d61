"""Two bills of materials beside each other: what is gone, what is new, and what changed (CycloneDX JSON)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError

FORMAT = "CycloneDX"


@dataclass(frozen=True, slots=True)
class Part:
    """A component or service of a bill: what it is, and what may differ in it."""

    kind: str
    name: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill as it was read."""

    name: str
    """Of the file."""
    sha256: str
    made_at: str
    parts: Mapping[tuple[str, str], Part]


@dataclass(frozen=True, slots=True)
class BillChange:
    """From the earlier bill to the later."""

    before: Bill
    after: Bill
    removed: tuple[Part, ...]
    added: tuple[Part, ...]
    changed: tuple[tuple[Part, Part], ...]

    @property
    def same(self) -> int:
        """Parts that are in both as they were."""
        return len(self.before.parts) - len(self.removed) - len(self.changed)


def read_bill(name: str, content: bytes) -> Bill:
    """Read a bill. Raises `bill-unreadable`."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or value.get("bomFormat") != FORMAT:
        raise OfframpError(
            "bill-unreadable",
            f"`{name}` is no {FORMAT} bill of materials in JSON",
            help="make one with `offramp scan --format cyclonedx`",
        )
    found: dict[tuple[str, str], Part] = {}
    for kind, listed in (("", value.get("components")), ("service", value.get("services"))):
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                part = _part(kind or str(one.get("type", "component")), one)
                found[part.kind, part.name] = part
    metadata = value.get("metadata")
    made_at = metadata.get("timestamp", "") if isinstance(metadata, dict) else ""
    return Bill(name, sha256_hex(content), str(made_at), found)


def compare_bills(before: Bill, after: Bill) -> BillChange:
    """What became of each part, by kind and name."""
    gone = [one for key, one in sorted(before.parts.items()) if key not in after.parts]
    new = [one for key, one in sorted(after.parts.items()) if key not in before.parts]
    changed = [
        (one, after.parts[key])
        for key, one in sorted(before.parts.items())
        if key in after.parts and after.parts[key] != one
    ]
    return BillChange(before, after, tuple(gone), tuple(new), tuple(changed))


def differences(before: Part, after: Part) -> tuple[str, ...]:
    """What differs, in words."""
    return tuple(
        f"{name}: {before.details.get(name) or 'none'} → {after.details.get(name) or 'none'}"
        for name in sorted({*before.details, *after.details})
        if before.details.get(name) != after.details.get(name)
    )


def _part(kind: str, one: Mapping[str, Any]) -> Part:
    group = str(one.get("group") or one.get("publisher") or _name_of(one.get("provider")) or "")
    name = str(one["name"])
    if group and not name.startswith(group):
        name = f"{group}/{name}"
    evidence = one.get("evidence")
    places = evidence.get("occurrences") if isinstance(evidence, dict) else None
    said = {
        str(line.get("name")): str(line.get("value"))
        for line in one.get("properties") or ()
        if isinstance(line, dict)
    }
    details = {
        "version": str(one.get("version", "")),
        "places": str(len(places)) if isinstance(places, list) else said.get("offramp:uses", ""),
        "route": said.get("offramp:route", ""),
        "endpoints": ", ".join(map(str, one.get("endpoints") or ())),
    }
    return Part(kind, name, {key: value for key, value in details.items() if value})


def _name_of(value: object) -> str:
    return str(value.get("name", "")) if isinstance(value, dict) else ""
