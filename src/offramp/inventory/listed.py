"""Short names of models in a program's lists and tables, told by the names they stand among.

`mistral` alone means a company, a wind or a provider; between two names that only models have, in the same
list and written in the same way, it is a model's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from offramp.core.ids import VendorId
from offramp.inventory.source import Source

ROW = re.compile(
    rb"""^(?P<lead>[ \t]*[{\[(]?[ \t]*(?:\w{1,40}[ \t]*[:=(][ \t]*)?["'`:]?)
    (?P<name>[A-Za-z][A-Za-z0-9._:/-]{1,60}?)(?P<tail>["'`]?[ \t]*(?:=>|[:,)}\]|]|$))""",
    re.VERBOSE,
)
ITEM = re.compile(rb"""["'`]([A-Za-z][A-Za-z0-9._:/-]{1,60})["'`]""")
SEPARATES = re.compile(rb"[ \t]*[,|][ \t]*")
VERSION = re.compile(rb"[0-9]")
FEWEST = 3
"""Rows of a table that need no other sign, two of them with a number."""
LONGEST_FILE = 400_000
Names = Mapping[VendorId, re.Pattern[bytes]]


def rows_among(source: Source, names: Names, known: frozenset[int]) -> Iterator[tuple[VendorId, int, int]]:
    """Rows and items that have the shape of a short name, among names that are known to be models'."""
    if len(source.data) > LONGEST_FILE:
        return
    seen = set(known)
    for vendor, start, end in (*_in_tables(source.data, names, known), *_in_lists(source, names, known)):
        if start not in seen:
            seen.add(start)
            yield vendor, start, end


def _in_tables(data: bytes, names: Names, known: frozenset[int]) -> Iterator[tuple[VendorId, int, int]]:
    """Rows of one form, one below the other."""
    run: list[tuple[VendorId | None, int, int]] = []
    form: tuple[bytes, bytes] | None = None
    at = 0
    for line in data.split(b"\n"):
        row = ROW.match(line)
        if row is None:
            yield from _told(data, run, known)
            run, form = [], None
        else:
            this = row["lead"].strip(b"\"'`:"), row["tail"].strip(b"\"'` \t")
            if this != form:
                yield from _told(data, run, known)
                run, form = [], this
            start, end = at + row.start("name"), at + row.end("name")
            run.append((_vendor_of(row["name"], names), start, end))
        at += len(line) + 1
    yield from _told(data, run, known)


def _told(
    data: bytes, run: Sequence[tuple[VendorId | None, int, int]], known: frozenset[int]
) -> Iterator[tuple[VendorId, int, int]]:
    """The rows of a table that count, if the table is one of models."""
    of_vendors = [(vendor, start, end) for vendor, start, end in run if vendor is not None]
    is_told = any(start in known for _, start, _ in run)
    if not is_told:
        numbered = {data[start:end] for _, start, end in of_vendors if VERSION.search(data, start, end)}
        is_told = len(of_vendors) >= FEWEST and len(numbered) > 1
    yield from of_vendors if is_told else ()


def _in_lists(source: Source, names: Names, known: frozenset[int]) -> Iterator[tuple[VendorId, int, int]]:
    """Strings beside a known name on its line, with nothing but a comma between any two."""
    data = source.data
    lines = {source.line_start(start) for start in known}
    for begin in sorted(lines):
        line_end = begin + len(source.line_text(begin))
        run: list[re.Match[bytes]] = []
        for item in (*ITEM.finditer(data, begin, line_end), None):
            if item is not None and (not run or SEPARATES.fullmatch(data, run[-1].end(), item.start())):
                run.append(item)
                continue
            if len(run) > 1 and any(one.start(1) in known for one in run):
                for one in run:
                    vendor = _vendor_of(one[1], names)
                    if vendor is not None:
                        yield vendor, *one.span(1)
            run = [item] if item is not None else []


def _vendor_of(name: bytes, names: Names) -> VendorId | None:
    return next((vendor for vendor, shape in names.items() if shape.fullmatch(name)), None)
