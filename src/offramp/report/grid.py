"""A table as lines of text no wider than asked: column widths, wrapped cells, and lines below a row.

Widths are counted in terminal cells, so that wide characters line up. What tables say is not decided here.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from offramp.report.document import Table
from offramp.report.plain import plain

GAP = "  "
INDENT = " " * 4
LONGEST_WORD = 48
"""A longer word is folded where room is short; a shorter one is kept whole as long as anything else gives."""
NARROWEST_COLUMN = 6
_MEASURE = Console(width=10_000, no_color=True)


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words where that is possible."""
    lines: list[str] = []
    for line in plain(text).split("\n"):
        parts = Text(line).wrap(_MEASURE, max(width, 2), overflow="fold")
        lines += [part.plain.rstrip() for part in parts] or [""]
    return lines


def grid(table: Table, width: int) -> tuple[list[str], list[str]]:
    """The lines of the header with its rule, and the lines of the rows.

    Where a table has columns that may stand below and they do not fit beside the others, rows that agree in
    the others share one head, and the rest of each follows on lines of its own.
    """
    count = len(table.columns)
    is_whole = not table.below or _total(_natural(table, range(count))) <= width
    beside = range(count if is_whole else count - table.below)
    widths = _widths(table, beside, width)
    rule = " " + "─" * (_total(widths) - 1)
    rows: list[str] = []
    for head, same in groupby(table.rows, key=lambda row: row[: len(beside)]):
        details = [row[len(beside) :] for row in same]
        for _ in details if is_whole else details[:1]:
            rows += _row(head, widths)
        if not is_whole:
            rows += _details(table, details, width)
    return [*_row(table.columns[: len(beside)], widths), rule], rows


def cards(table: Table, width: int) -> Iterator[list[str]]:
    """The lines of each row by itself: its head, what it says, then the other cells after their names."""
    label = max((cell_len(name) for name in table.columns[2:]), default=0)
    for head, said, *others in table.rows:
        lines = [" " + line for line in wrapped(head, width - 1)]
        lines += [INDENT + line for line in wrapped(said, width - len(INDENT))]
        for name, cell in zip(table.columns[2:], others, strict=True):
            if cell:
                first, *more = wrapped(cell, max(NARROWEST_COLUMN, width - len(INDENT) - label - len(GAP)))
                lines.append(INDENT + _padded(name, label) + GAP + first)
                lines += [INDENT + " " * label + GAP + line for line in more]
        yield [line.rstrip() for line in lines]


def _details(table: Table, details: Sequence[tuple[str, ...]], width: int) -> Iterator[str]:
    """What stands below one head: each cell after its column's name, or each row's cells on one line."""
    names = table.columns[-table.below :]
    for cells in details:
        if table.names_below:
            said = [f"{name}: {cell}" for name, cell in zip(names, cells, strict=True) if cell]
        else:
            wide = [max(cell_len(other[number]) for other in details) for number in range(table.below)]
            line = GAP.join(_padded(cell, room) for cell, room in zip(cells, wide, strict=True)).rstrip()
            said = [line] if cell_len(INDENT + line) <= width else list(cells)
        for text in filter(None, said):
            first, *more = wrapped(text, width - len(INDENT) - len(GAP))
            yield (INDENT + first).rstrip()
            yield from ((INDENT + GAP + line).rstrip() for line in more)


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = zip_longest(*columns, fillvalue="")
    return [(" " + GAP.join(map(_padded, line, widths))).rstrip() for line in lines]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _total(widths: Sequence[int]) -> int:
    return 1 + sum(widths) + len(GAP) * (len(widths) - 1)


def _natural(table: Table, beside: range) -> list[int]:
    return [
        max(cell_len(line) for row in (table.columns, *table.rows) for line in plain(row[number]).split("\n"))
        for number in beside
    ]


def _widths(table: Table, beside: range, width: int) -> list[int]:
    """Natural widths, the roomiest column first to give; words are folded only when nothing else is left."""
    widths = _natural(table, beside)
    said = [
        [word for row in (table.columns, *table.rows) for word in plain(row[number]).split()]
        for number in beside
    ]
    words = [max(map(cell_len, column), default=1) for column in said]
    for floors in ([min(word, LONGEST_WORD) for word in words], [NARROWEST_COLUMN for _ in beside]):
        while _total(widths) > width:
            slack = [wide - floor for wide, floor in zip(widths, floors, strict=True)]
            if max(slack, default=0) <= 0:
                break
            widths[slack.index(max(slack))] -= 1
    return widths
