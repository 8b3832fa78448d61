"""PDF: the same document on paper, tagged for screen readers; with page numbers and nothing fetched.

Typst sets the page (`templates/page.typ`); what a document says reaches it as data and is only ever text. The
same document gives the same bytes where the same fonts are installed. Needs the `pdf` extra.
"""

import json
import re
from importlib import resources
from typing import Literal

from offramp.core.digests import JsonObject
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import format_instant
from offramp.report.document import DISCLAIMER, Document, Table
from offramp.report.pages import in_words
from offramp.report.plain import plain
from offramp.report.svg import draw_for_paper

WIDELY_SHOWN = re.compile("[ -\u052f\u1e00-\u22ff]")
ALWAYS_SHOWN = re.compile("[ -~\u200b]")
JOINT = re.compile(r"([A-Za-z][A-Za-z0-9]*[/._:@-])")
DIGEST = re.compile(r"[0-9a-f]{40,}")
STANDARD: Literal["ua-1"] = "ua-1"
WIDEST_WEIGHT = 34
NARROWEST_WEIGHT = 5
MANY_COLUMNS = 7


def render(document: Document) -> bytes:
    """One PDF. Raises `extra-missing` where typst is not installed."""
    try:
        import typst
    except ImportError:
        raise OfframpError(
            "extra-missing", "not installed: `typst`, of the `pdf` extra", help="pip install 'offramp[pdf]'"
        ) from None
    template = (resources.files("offramp.report") / "templates" / "page.typ").read_bytes()
    data = json.dumps(_data(document), ensure_ascii=False)
    for shown in (data, *(_spelt(data, kept) for kept in (WIDELY_SHOWN, ALWAYS_SHOWN))):
        try:
            made = typst.compile(
                template,
                sys_inputs={"document": shown},
                pdf_standards=[STANDARD],
                timestamp=int(document.at.timestamp()),
            )
        except typst.TypstError as error:
            # No font of this machine has some character: it is written out rather than left out.
            reason = str(error)
        else:
            return bytes(made)
    raise OfframpError(
        "pdf-impossible",
        f"the PDF cannot be made: {reason}",
        help="use --format html and print the page",
        exit_code=Exit.INTERNAL,
    )


def _spelt(data: str, kept: re.Pattern[str]) -> str:
    """The JSON with every other character as its code point: what it says stays readable, and is said."""
    return "".join(one if kept.match(one) else f"U+{ord(one):04X}" for one in data)


def _data(document: Document) -> JsonObject:
    letter = document.letter
    return {
        "schema": document.schema,
        "title": plain(document.title) or document.schema,
        "by": letter.sender[0] if letter is not None and letter.sender else "",
        "at": format_instant(document.at),
        "at_words": in_words(document.at),
        "is_wide": any(len(one.columns) >= MANY_COLUMNS and not one.as_cards for one in document.tables),
        "is_legal_matter": document.is_legal_matter,
        "disclaimer": DISCLAIMER,
        "notes": [_broken(note) for note in document.notes],
        "letter": None
        if letter is None
        else {
            "sender": [plain(line) for line in letter.sender],
            "recipient": [plain(line) for line in letter.recipient],
            "says_gaps": letter.says_gaps,
            "signatory": [plain(line) for line in letter.signatory],
            "paragraphs": [
                {"text": _broken(one.text), "is_strong": one.is_strong, "is_item": one.is_item}
                for one in letter.paragraphs
            ],
        },
        "charts": [
            {"title": plain(one.title), "picture": draw_for_paper(one), "alt": plain(one.summary)}
            for one in document.charts
        ],
        "tables": [_table(one) for one in document.tables],
        "scope": _broken(document.scope),
        "method": _broken(document.method),
        "gaps": [_broken(gap) for gap in document.gaps],
        "attributions": [_broken(one) for one in document.attributions],
    }


def _table(table: Table) -> JsonObject:
    rows = [[plain(cell) for cell in row] for row in table.rows]
    return {
        "title": table.title,
        "columns": list(table.columns),
        "rows": [[_cell(cell) for cell in row] for row in rows],
        "as_cards": table.as_cards,
        "widths": [_weight([name, *(row[at] for row in rows)]) for at, name in enumerate(table.columns)],
    }


def _broken(text: str) -> str:
    """A word that a line cannot hold may break after a joint."""
    return JOINT.sub("\\1\u200b", plain(text))


def _cell(text: str) -> list[str]:
    """Its lines. A digest stays whole, so that it can be copied, and is told apart by having no line."""
    return (
        ["", text] if DIGEST.fullmatch(text) else [JOINT.sub("\\1\u200b", line) for line in text.split("\n")]
    )


def _weight(cells: list[str]) -> int:
    """How much of the width a column gets: by its longest word, and by how much it has to say."""
    longest_word = max((len(word) for cell in cells for word in cell.split()), default=1)
    longest = max((len(cell) for cell in cells), default=1)
    return max(NARROWEST_WEIGHT, min(WIDEST_WEIGHT, longest_word, 24), min(WIDEST_WEIGHT, longest // 2))
