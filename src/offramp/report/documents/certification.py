"""A letter that says what a statement of non-use says, and not one word more (certification/v1).

Its wording is made from the statement: what was looked at is listed, what was not is in bold, and "no use"
never stands without "found in these sources". It is made from a statement that was signed and recorded, so
that whoever receives the letter can check what it rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offramp.core.instants import Instant, parse_instant
from offramp.evidence.statements.checking import Stated
from offramp.report.document import Document, Letter, Paragraph, Table
from offramp.report.documents.statement import statement_body
from offramp.report.pages import in_words

MOST_LISTED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """To whom, about which contract, signed as what."""

    to: tuple[str, ...]
    reference: str
    """Contract or order number, as the reader knows it; may be empty."""
    office: str
    """The office of the person who signs; may be empty."""


def certification_document(
    stated: Stated, address: Address, origin: str, against: Sequence[str] = ()
) -> Document:
    """The letter. `origin` names the ledger whose key signed the statement.

    `against` is what the ledger recorded since then that speaks against it: it goes into the letter.
    """
    said = stated.predicate
    at = parse_instant(str(said["at"]))
    looked = [one for one in said["sources"] if one["is_looked_at"]]
    office = (address.office,) if address.office else ()
    return Document(
        schema="offramp/certification/v1",
        title=f"No use of {said['vendor']} found in the sources listed",
        at=at,
        body={
            "to": list(address.to),
            "reference": address.reference,
            "office": address.office,
            "ledger": origin,
            "recorded_since": list(against),
            "statement": statement_body(stated),
        },
        tables=(_sources("Looked at", looked),) if looked else (),
        letter=Letter(
            sender=(
                str(said["organisation"]),
                str(said["by"]),
                *office,
            ),
            recipient=address.to,
            paragraphs=(*_paragraphs(said, address, at, looked), *_since(against)),
            signatory=(
                str(said["by"]),
                *office,
                str(said["organisation"]),
            ),
            says_gaps=True,
        ),
        notes=(
            f"This letter was made from a signed statement with the SHA-256 {stated.digest}, recorded in the "
            f"ledger {origin}.",
            "It verifies offline: offramp evidence verify PACK --key KEY, or the stand-alone verifier.",
        ),
        scope=str(said["scope"]),
        method=str(said["method"]),
        gaps=tuple(said["gaps"]),
        is_legal_matter=True,
    )


def _paragraphs(
    said: Mapping[str, Any], address: Address, at: Instant, looked: Sequence[Mapping[str, Any]]
) -> list[Paragraph]:
    vendor, files = said["vendor"], said["files"]
    where = f"in the systems {', '.join(said['systems'])} of" if said["systems"] else "of"
    sent = said["requests"]
    total = sent["answered"] + sent["refused"] + sent["failed"]
    paragraphs = [
        *([Paragraph(text=f"Reference: {address.reference}")] if address.reference else []),
        Paragraph(
            text=f"On {in_words(at)}, {len(looked)} sources {where} {said['organisation']} were searched for "
            f"technology of the vendor {vendor}: {files} files in all. They are listed below."
        ),
        Paragraph(text=f"In these sources, with the gaps named below, no use of {vendor} was found."),
        Paragraph(
            text=f"Since {said['since']}, the organisation's gateway has sent {vendor} no request"
            + (f"; before that it sent {total}, the last on {sent['last_at']}." if total else ", nor before.")
        ),
        *([Paragraph(text=_mentions(said["mentions"], str(vendor)))] if said["mentions"] else []),
    ]
    unscanned = said["unscanned"]
    if unscanned:
        paragraphs.append(
            Paragraph(
                text=f"{_sources_were(len(unscanned))} NOT looked at. This letter says nothing about them:",
                is_strong=True,
            )
        )
        paragraphs += _items([one.removeprefix("not looked at: ") for one in unscanned])
    others = [one for one in said["gaps"] if one not in unscanned]
    paragraphs.append(
        Paragraph(text="What was not examined, or cannot be known in this way:", is_strong=True)
    )
    paragraphs += _items(others)
    if said["instruments"]:
        names = ", ".join(one["id"] for one in said["instruments"])
        paragraphs.append(Paragraph(text=f"Instruments in view when this was written: {names}."))
    paragraphs.append(
        Paragraph(
            text="This letter states what was found in the way described, on the date above. It certifies "
            "nothing beyond that, and nothing about the time since."
        )
    )
    return paragraphs


def _since(against: Sequence[str]) -> list[Paragraph]:
    if not against:
        return []
    head = (
        "Since then, the ledger recorded what speaks against it. This letter no longer says how things are:"
    )
    return [Paragraph(text=head, is_strong=True), *_items(against)]


def _items(lines: Sequence[str]) -> list[Paragraph]:
    shown = [Paragraph(text=one, is_strong=True, is_item=True) for one in lines[:MOST_LISTED]]
    left = len(lines) - len(shown)
    if left:
        shown.append(Paragraph(text=f"and {left} more, all in the statement", is_strong=True, is_item=True))
    return shown


def _mentions(count: int, vendor: str) -> str:
    places = "1 place names" if count == 1 else f"{count} places name"
    return f"{places} {vendor} without using it, such as prose about it; these are not counted as uses."


def _sources_were(count: int) -> str:
    return "1 declared source was" if count == 1 else f"{count} declared sources were"


def _sources(title: str, sources: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        title=title,
        columns=("source", "kind", "place", "how"),
        rows=tuple((one["name"], one["kind"], one["place"], one["note"]) for one in sources),
    )
