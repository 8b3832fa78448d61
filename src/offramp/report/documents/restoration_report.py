"""What was put back, when, by whom and why, and what is still held (restoration/v1).

Made from the statement of a restoration: for a court or a contracting officer who asks whether access was
given back after a stay.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from offramp.core.instants import parse_instant
from offramp.evidence.statements.checking import Stated
from offramp.report.document import Document, Letter, Paragraph, Table
from offramp.report.documents.statement import statement_body
from offramp.report.pages import in_words


def restoration_document(
    stated: Stated, to: tuple[str, ...], origin: str, clauses: Mapping[str, str], vendors: Mapping[str, str]
) -> Document:
    """The report. `clauses` is what each norm says, by its id; `vendors` whom each upstream leads to."""
    said = stated.predicate
    at = parse_instant(str(said["at"]))
    restored, cuts, held = said["restored"], said["cuts"], said["held_by"]
    return Document(
        schema="offramp/restoration/v1",
        title=f"Restoration of access: {_named(said['upstreams'], vendors)}",
        at=at,
        body={"to": list(to), "ledger": origin, "statement": statement_body(stated)},
        letter=Letter(
            sender=(str(said["organisation"]), str(said["by"])),
            recipient=to,
            paragraphs=tuple(_paragraphs(said, _named(said["upstreams"], vendors))),
            signatory=(str(said["by"]), str(said["organisation"])),
        ),
        tables=(
            _moves("What was lifted", restored),
            _moves("What had been taken down", cuts),
            *((_held(held, clauses),) if held else ()),
            _instruments(said["instruments"]),
        ),
        notes=(
            f"This report was made from a signed statement with the SHA-256 {stated.digest}, recorded in the "
            f"ledger {origin}.",
        ),
        scope=str(said["scope"]),
        method=str(said["method"]),
        gaps=tuple(said["gaps"]),
        is_legal_matter=True,
    )


def _paragraphs(said: Mapping[str, Any], names: str) -> list[Paragraph]:
    restored, held, after = said["restored"], said["held_by"], said["after"]
    first, last = restored[0], restored[-1]
    paragraphs = [
        Paragraph(
            text=f"{_count(len(restored), 'cause')} that held {names} down "
            f"{'was' if len(restored) == 1 else 'were'} lifted, "
            + _when(first["at"], last["at"])
            + ". Each is listed below with who lifted it, why, and the entry of the ledger that records it."
        ),
        Paragraph(
            text=f"Since the first of them, the gateway sent {names} "
            f"{after['answered'] + after['refused'] + after['failed']} requests; "
            f"{after['answered']} were answered."
        ),
    ]
    if held:
        paragraphs.append(
            Paragraph(
                text=f"Not everything is back: {_count(len(held), 'cause')} still "
                f"{'holds' if len(held) == 1 else 'hold'} part of it down. "
                "Lifting one cause does not lift another.",
                is_strong=True,
            )
        )
        paragraphs += [Paragraph(text=one, is_strong=True, is_item=True) for one in held]
    else:
        paragraphs.append(Paragraph(text="No cause holds any of it down now."))
    return paragraphs


def _named(upstreams: Sequence[str], vendors: Mapping[str, str]) -> str:
    """As the gateway calls them, with whom they lead to: its reader knows neither."""
    return ", ".join(f"{vendors[one]} (`{one}`)" if one in vendors else one for one in upstreams)


def _when(first: str, last: str) -> str:
    begin, end = in_words(parse_instant(first)), in_words(parse_instant(last))
    return f"on {begin}" if begin == end else f"the first on {begin}, the last on {end}"


def _moves(title: str, moves: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        title=title,
        columns=("counts from", "what", "cause", "by", "reason", "entry"),
        rows=tuple(
            (
                in_words(parse_instant(one["at"])),
                one["subject"] + (f", route {one['route']}" if one["route"] else ""),
                one["cause"],
                one["by"],
                one["reason"],
                str(one["entry"]),
            )
            for one in moves
        ),
    )


def _held(held: Sequence[str], clauses: Mapping[str, str]) -> Table:
    rows = []
    for one in held:
        upstream, _, cause = one.partition(": ")
        rows.append((upstream, cause, clauses.get(cause.removeprefix("norm:"), "")))
    return Table(title="What still holds", columns=("what", "cause", "what it rests on"), rows=tuple(rows))


def _instruments(instruments: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        title="Instruments the moves rest on",
        columns=("instrument", "file it is rendered in, SHA-256"),
        rows=tuple((one["id"], one["sha256"]) for one in instruments),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
