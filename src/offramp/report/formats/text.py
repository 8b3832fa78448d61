"""Text for people: title, tables, notes, then scope, method, gaps, date and next steps."""

import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from offramp.core.instants import format_instant
from offramp.report.document import DISCLAIMER, Document, Letter
from offramp.report.grid import cards, grid, wrapped

WIDEST = 160
NARROWEST = 40
LABEL = 8
"""Cells the names of the facts at the end take."""


def render(document: Document) -> str:
    """Plain text, or with colours where stdout is a terminal (honours NO_COLOR and FORCE_COLOR)."""
    buffer = io.StringIO()
    width = _width()
    # The lines are broken below: the console only adds colour.
    console = Console(file=buffer, width=10_000, force_terminal=_wants_colour(), highlight=False)

    def put(lines: Iterable[str], style: str = "") -> None:
        for line in lines:
            console.print(Text(line, style=style))

    put(wrapped(document.title, width), "bold")
    if document.letter is not None:
        put(_letter(document.letter, width))
    for table in document.tables:
        if table.as_cards:
            put(["", *wrapped(table.title, width)], "italic")
            for lines in cards(table, width):
                put(["", lines[0]], "bold")
                put(lines[1:])
            continue
        header, rows = grid(table, width)
        put(["", *([*wrapped(table.title, width), ""] if table.title else [])], "italic")
        put(header, "bold")
        put(rows)
    if document.notes:
        put([""])
        for note in document.notes:
            put(_hanging("* ", note, 2, width))
    put([""])
    put(_hanging("date", format_instant(document.at), LABEL, width))
    put(_hanging("scope", document.scope, LABEL, width))
    put(_hanging("method", document.method, LABEL, width))
    put(_hanging("gaps", "; ".join(document.gaps) or "none known", LABEL, width))
    for line in document.attributions:
        put(_hanging("by", line, LABEL, width))
    if document.is_legal_matter:
        put([DISCLAIMER], "dim")
    for step in document.next_steps:
        put(_hanging("next", step, LABEL, width))
    return buffer.getvalue()


def _letter(letter: Letter, width: int) -> Iterator[str]:
    for lines in (letter.sender, letter.recipient):
        yield ""
        for line in lines:
            yield from wrapped(line, width)
    yield ""
    before = False
    for one in letter.paragraphs:
        if before and not one.is_item:
            yield ""
        mark = "- " if one.is_item else "! " if one.is_strong else ""
        yield from _hanging(mark, one.text, len(mark), width)
        if not one.is_item:
            yield ""
        before = one.is_item
    yield from ("", *letter.signatory)


def _hanging(label: str, text: str, indent: int, width: int) -> list[str]:
    first, *more = wrapped(text, width - indent)
    return [label.ljust(indent) + first, *(" " * indent + line for line in more)]


def _width() -> int:
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((120, 40)).columns))


def _wants_colour() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
