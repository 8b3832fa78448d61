"""A signed statement, whatever it states (statement/v1), and a list of what was stated (statements/v1)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, parse_instant
from offramp.evidence.statements import checking, shelf
from offramp.evidence.statements.predicates import PREDICATES
from offramp.evidence.statements.statement import predicate_type
from offramp.report.document import Document, Table

HEAD = frozenset(checking.HEAD)
MOST_SUBJECTS = 40
MOST_BESIDE = 6
TO_THE_SECOND = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}Z$")
"""People do not read microseconds; the body keeps them."""
FIRST = ("entry", "at", "type", "name", "vendor", "supplier", "route", "kind", "subject")
"""Columns that come first where a list of things has them."""


def statement_document(made: shelf.Made) -> Document:
    """What is stated, for a person to read before it is signed or believed."""
    stated = checking.read(made.envelope.payload)
    return Document(
        schema="offramp/statement/v1",
        title=title_of(stated),
        at=parse_instant(str(stated.predicate["at"])),
        body={
            **statement_body(stated),
            "path": str(made.path),
            "entry": made.entry,
            "signatures": [name for name, _ in made.envelope.signatures],
        },
        tables=_tables(stated),
        notes=_notes(stated, made),
        scope=str(stated.predicate["scope"]),
        method=str(stated.predicate["method"]),
        gaps=tuple(stated.predicate["gaps"]),
        next_steps=(f"offramp evidence verify {made.path} --key KEY",) if made.envelope.signatures else (),
        is_legal_matter=True,
    )


def statements_document(found: Sequence[checking.Stated], at: Instant) -> Document:
    """Every statement, oldest first."""
    ordered = sorted(found, key=lambda one: (str(one.predicate["at"]), one.slug, one.digest))
    rows = tuple(
        (
            str(one.predicate["at"]),
            one.slug,
            str(one.predicate["by"]),
            str(len(one.predicate["gaps"])),
            str(one.predicate["scope"]),
        )
        for one in ordered
    )
    columns = ("at", "statement", "by", "gaps", "scope")
    return Document(
        schema="offramp/statements/v1",
        title=f"{len(found)} {'statement' if len(found) == 1 else 'statements'}",
        at=at,
        body={"statements": [statement_body(one) for one in ordered]},
        tables=(Table(title="Statements", columns=columns, rows=rows, below=1),) if rows else (),
        scope="statements kept in this workspace's state folder",
        method="only those that the ledger's key signed and the ledger recorded are listed",
        gaps=("what a statement says was true, at most, on its date and within its scope and gaps",),
        is_legal_matter=True,
    )


def statement_body(stated: checking.Stated) -> JsonObject:
    """One statement, for programs."""
    return {
        "statement": stated.slug,
        "predicate_type": predicate_type(stated.slug),
        "digest": stated.digest,
        "subject": [{"name": name, "sha256": digest} for name, digest in stated.subjects],
        "predicate": dict(stated.predicate),
        "signers": list(stated.signers),
    }


def title_of(stated: checking.Stated) -> str:
    """What it is, about what, by whom."""
    about = next(
        (
            str(stated.predicate[name])
            for name in ("vendor", "supplier", "holder", "name")
            if stated.predicate.get(name)
        ),
        "",
    )
    words = stated.slug.replace("-", " ")
    return f"Statement: {words}{f' of {about}' if about else ''}, by {stated.predicate['by']}"


def _notes(stated: checking.Stated, made: shelf.Made) -> tuple[str, ...]:
    names = [name for name, _ in made.envelope.signatures]
    notes = [f"Signed by {', '.join(names)}." if names else "Not signed: a dry run."]
    unscanned = stated.predicate.get("unscanned", ())
    if unscanned:
        count = len(unscanned)
        were = "declared source was" if count == 1 else "declared sources were"
        notes.append(f"{count} {were} NOT looked at; see the gaps.")
    return tuple(notes)


def _tables(stated: checking.Stated) -> tuple[Table, ...]:
    """Members that hold one value in one table, members that hold a list of things in one each."""
    single: list[tuple[str, str]] = [("organisation", str(stated.predicate["organisation"]))]
    tables: list[Table] = []
    for name in _in_order(stated):
        value = stated.predicate[name]
        if name in HEAD or name == "unscanned":
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            tables.append(_listed(_words(name), value))
        else:
            single.append((_words(name), _plain(value)))
    instruments = [
        {"instrument": one["id"], "sha256": one["sha256"]} for one in stated.predicate["instruments"]
    ]
    if instruments:
        tables.append(_listed("instruments it rests on", instruments))
    shown = stated.subjects[:MOST_SUBJECTS]
    more = len(stated.subjects) - len(shown)
    subjects = Table(
        title=f"what it is about, and {more} more" if more else "what it is about",
        columns=("name", "sha256"),
        rows=shown,
    )
    return (Table(title="what it says", columns=("what", "value"), rows=tuple(single)), *tables, subjects)


def _in_order(stated: checking.Stated) -> list[str]:
    """Members in the order their predicate lists them, then those that are not known here."""
    known = PREDICATES[stated.slug].__struct_fields__ if stated.slug in PREDICATES else ()
    return sorted(
        stated.predicate, key=lambda name: (known.index(name) if name in known else len(known), name)
    )


def _listed(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    rows = [{name: value for name, value in row.items() if value not in ([], None)} for row in rows]
    if all(row.get("recorded_at") == row.get("at") for row in rows):
        rows = [{name: value for name, value in row.items() if name != "recorded_at"} for row in rows]
    columns = list(dict.fromkeys(name for row in rows for name in row if _plain(row[name])))
    columns.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    return Table(
        title=title,
        columns=tuple(map(_words, columns)),
        rows=tuple(tuple(_plain(row.get(name)) for name in columns) for row in rows),
        below=max(0, len(columns) - MOST_BESIDE),
        names_below=True,
    )


def _plain(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "NO"
        case list() | tuple():
            return ", ".join(map(_plain, value)) or "none"
        case dict():
            return "; ".join(f"{_words(str(name))} {_plain(one) or 'none'}" for name, one in value.items())
    return TO_THE_SECOND.sub(r"\1Z", str(value))


def _words(name: str) -> str:
    return name.replace("_", " ")
