"""Text for people: title, tables, notes, then scope, method, gaps, date and next steps."""

import io
import os
import shutil
import sys

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from offramp.core.instants import format_instant
from offramp.report.document import Document, Table
from offramp.report.formats.json import DISCLAIMER

WIDEST = 160
NARROWEST = 80


def render(document: Document) -> str:
    """Plain text, or with colours where stdout is a terminal (honours NO_COLOR and FORCE_COLOR)."""
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=_width(), force_terminal=_wants_colour(), highlight=False, soft_wrap=False
    )
    console.print(Text(document.title, style="bold"))
    for table in document.tables:
        console.print()
        console.print(_table(table))
    if document.notes:
        console.print()
        for note in document.notes:
            console.print(Text(f"* {note}"))
    console.print()
    _fact(console, "date", format_instant(document.at))
    _fact(console, "scope", document.scope)
    _fact(console, "method", document.method)
    _fact(console, "gaps", "; ".join(document.gaps) or "none known")
    if document.is_legal_matter:
        console.print(Text(DISCLAIMER, style="dim"))
    for step in document.next_steps:
        _fact(console, "next", step)
    return buffer.getvalue()


def _table(table: Table) -> RichTable:
    rich_table = RichTable(
        title=table.title or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        header_style="bold",
        pad_edge=False,
    )
    for column in table.columns:
        rich_table.add_column(column, overflow="fold")
    for row in table.rows:
        rich_table.add_row(*(Text(cell) for cell in row))
    return rich_table


def _fact(console: Console, name: str, value: str) -> None:
    line = RichTable.grid(padding=(0, 1))
    line.add_column(width=7, style="dim")
    line.add_column(overflow="fold")
    line.add_row(name, Text(value))
    console.print(Padding(line, (0, 0)))


def _width() -> int:
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((120, 40)).columns))


def _wants_colour() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
