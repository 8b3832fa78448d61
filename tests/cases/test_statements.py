"""Runs `statements/*.md`: what a statement says of what it was given, and when it cannot be made.

A `yaml given` block has what is looked at: `scan`, `sources`, `ledger` (entries in order, from 0) and `ask`
(what the person says). A `yaml stated` block has members that the predicate must have, as they stand; a
`yaml refused` block the code of the error. Each pair of blocks is one case.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import yaml

from offramp.core.errors import OfframpError
from offramp.core.findings import (
    Confidence,
    Context,
    Coverage,
    Finding,
    FindingKind,
    NotSeen,
    Route,
    Scan,
)
from offramp.core.ids import SystemId, VendorId, finding_id
from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Recorded, body
from offramp.evidence.statements import checking, predicates
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Statement, Subject, file_subject

FOLDER = Path(__file__).parent / "statements"
SPEC = Path(__file__).parents[2] / "spec" / "statements"
BLOCK = re.compile(r"^```yaml (given|stated|refused)\n(.*?)^```", re.MULTILINE | re.DOTALL)
AT = parse_instant("2026-09-02T12:00:00Z")


def cases() -> list[Any]:
    found = []
    for page in sorted(FOLDER.glob("*.md")):
        blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
        assert blocks, f"{page.name} has no case"
        for number in range(0, len(blocks), 2):
            (_, given), (kind, wanted) = blocks[number : number + 2]
            found.append(
                pytest.param(
                    page.stem,
                    yaml.safe_load(given),
                    kind,
                    yaml.safe_load(wanted),
                    id=f"{page.stem}-{number // 2}",
                )
            )
    return found


@pytest.mark.parametrize(("slug", "given", "kind", "wanted"), cases())
def test_case(slug: str, given: dict[str, Any], kind: str, wanted: dict[str, Any]) -> None:
    if kind == "refused":
        with pytest.raises(OfframpError) as caught:
            MAKERS[slug](given)
        assert caught.value.code == wanted["code"]
        return
    statement = MAKERS[slug](given)
    said = json.loads(statement.payload())
    for name, value in wanted.items():
        assert contains(said["predicate"][name], value), f"{name}: {said['predicate'][name]!r}"
    read = checking.read(statement.payload())
    assert read.slug == slug
    msgspec.convert(said["predicate"], predicates.PREDICATES[slug])
    schema = json.loads((SPEC / f"{slug}.schema.json").read_text(encoding="utf-8"))
    errors = [error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(said)]
    assert errors == []
    said["predicate"]["gaps"] = "none"
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid(said)


def contains(value: Any, wanted: Any) -> bool:
    """A member is there as it stands; of objects, the members named; a list has these, in order."""
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(
            name in value and contains(value[name], one) for name, one in wanted.items()
        )
    if isinstance(wanted, list):
        return len(value) == len(wanted) and all(
            contains(one, other) for one, other in zip(value, wanted, strict=True)
        )
    return bool(value == wanted) or (
        isinstance(wanted, str) and wanted.startswith("…") and wanted[1:] in value
    )


def head(given: dict[str, Any]) -> Head:
    return Head(
        organisation="Harbor Works",
        by=given.get("ask", {}).get("by", "A. Person"),
        at=AT,
        gaps=tuple(given.get("ask", {}).get("gaps", ())),
        instruments=("order-1",),
        rendered={"order-1": "0" * 64},
    )


def scan(given: dict[str, Any]) -> Scan:
    said = given["scan"]
    findings = tuple(
        Finding(
            id=finding_id(
                VendorId(one["vendor"]), FindingKind(one["kind"]), one["path"], one["path"], number
            ),
            vendor=VendorId(one["vendor"]),
            kind=FindingKind(one["kind"]),
            context=Context.CODE,
            route=Route.DIRECT,
            path=one["path"],
            line=one.get("line", 1),
            column=1,
            detector=one["kind"],
            confidence=Confidence.CERTAIN,
            message="seen",
            system=SystemId(one["system"]) if "system" in one else None,
        )
        for number, one in enumerate(said.get("findings", ()))
    )
    coverage = Coverage(
        files=said["files"],
        bytes=100 * said["files"],
        sources=tuple(said.get("sources", ["."])),
        unreadable=tuple(NotSeen(path, why) for path, why in said.get("unreadable", {}).items()),
    )
    return Scan(findings=findings, coverage=coverage, vendors=tuple(map(VendorId, said["vendors"])))


def ledger(given: dict[str, Any]) -> list[Recorded]:
    found = []
    for number, one in enumerate(given.get("ledger", ())):
        entry = Entry(
            type=EntryType(one["type"]),
            at=parse_instant(one["at"]),
            actor=one.get("by", "gateway"),
            cause=one.get("cause", "request"),
            subject=one["subject"],
            instruments=tuple(one.get("instruments", ())),
            data=one.get("data", {}),
        )
        found.append(Recorded(number, "", body.encode(entry), entry))
    return found


def files(given: dict[str, Any]) -> list[tuple[Subject, int]]:
    return [
        (file_subject(name, text.encode()), len(text))
        for name, text in given["ask"].get("documents", {}).items()
    ]


def pairs(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in said.items()]


def non_use(given: dict[str, Any]) -> Statement:
    ask = given["ask"]
    return predicates.non_use(
        ask["vendor"],
        scan(given),
        [predicates.Source(**one) for one in given["sources"]],
        [one for one in ledger(given) if one.entry.data["upstream"] == "incumbent"],
        head(given),
        since=ask.get("since", "2026-09-02"),
        systems=ask.get("systems", ()),
        with_gaps=ask.get("with_gaps", False),
    )


def cut_over(given: dict[str, Any]) -> Statement:
    ask = given["ask"]
    return predicates.cut_over(
        ask["vendor"], ["incumbent"], ask["shares"], ask["held_by"], ledger(given), head(given)
    )


def trial(given: dict[str, Any]) -> Statement:
    ask = given["ask"]
    return predicates.trial(
        (ask["baseline"], ask["candidate"]),
        ask["cases"],
        [(name, *values) for name, values in ask["measures"].items()],
        ask["conclusion"],
        [one for one, _ in files(given)],
        head(given),
    )


MAKERS: Mapping[str, Callable[[dict[str, Any]], Statement]] = {
    "cut-over": cut_over,
    "decision": lambda g: predicates.decision(g["ask"].get("entries", ()), ledger(g), head(g)),
    "deletion-receipt": lambda g: predicates.deletion_receipt(
        g["ask"]["holder"],
        (g["ask"]["issued_by"], g["ask"]["issued_on"]),
        pairs(g["ask"]["stores"]),
        [one for one, _ in files(g)],
        head(g),
    ),
    "drill": lambda g: predicates.drill(g["ask"]["name"], ledger(g), head(g)),
    "inventory": lambda g: predicates.inventory(scan(g), head(g)),
    "non-use": non_use,
    "restoration": lambda g: predicates.restoration(
        g["ask"]["upstreams"], g["ask"]["held_by"], ledger(g), head(g)
    ),
    "retention-export": lambda g: predicates.retention_export(
        g["ask"]["source"],
        g["ask"]["schedule"],
        (g["ask"].get("begins_on", ""), g["ask"].get("ends_on", "")),
        files(g),
        head(g),
    ),
    "supplier-response": lambda g: predicates.supplier_response(
        g["ask"]["supplier"],
        g["ask"]["role"],
        (g["ask"]["answered_by"], g["ask"]["answered_on"]),
        pairs(g["ask"]["answers"]),
        [one for one, _ in files(g)],
        head(g),
    ),
    "trial": trial,
}
