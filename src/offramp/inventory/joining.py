"""Names written in parts: adjacent strings read as the one string the program makes of them.

`"aria" "-3"` in Python and C, `"aria-" + "3"` and its like elsewhere. Only strings that touch, with nothing
but an operator and white space between them, and only in files in which something else was found.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from offramp.inventory.matching import Hit, Matcher
from offramp.inventory.regions import Place, Region
from offramp.inventory.signals import Sign
from offramp.inventory.source import Source

BETWEEN = re.compile(rb"[ \t]*\\?\r?\n?[ \t]*(?:(?:\+|\.\.?|<>|&|~)[ \t]*\\?\r?\n?[ \t]*)?")
TOUCHING = re.compile(rb"""["'`][ \t]*\\?\r?\n?[ \t]*(?:(?:\+|\.\.?|<>|&|~)[ \t]*\\?\r?\n?[ \t]*)?["'`]""")
SPACE = rb"[ \t\r\n\\]*"
ONE_LINE = rb"[ \t]*(?:\\\r?\n[ \t]*)?"
BARE = {
    "c": re.compile(SPACE),
    "c-like": re.compile(SPACE),
    "python": re.compile(SPACE),
    "ruby": re.compile(ONE_LINE),
    "shell": re.compile(rb"(?:\\\r?\n)?"),
}
"""What may stand between two strings that are one with no operator, by language."""
SIGNS = (Sign.MODEL, Sign.HOST, Sign.KEY_NAME, Sign.ADDRESS_NAME)
MOST_PARTS = 20


def joined_hits(source: Source, matcher: Matcher) -> Iterator[Hit]:
    """Signals that stand across the seam of adjacent strings, with the whole name as their text."""
    language = source.language
    if language.is_prose or language.is_data or not TOUCHING.search(source.data):
        return
    for run in _runs(source):
        parts = [_inside(source.data, region) for region in run]
        starts: list[int] = []
        whole = b""
        for start, end in parts:
            starts.append(len(whole))
            whole += source.data[start:end]
        for hit in matcher.hits(whole, matcher.starts(whole), ""):
            first, last = bisect_right(starts, hit.start) - 1, bisect_right(starts, hit.end - 1) - 1
            if first < last and hit.signal.sign in SIGNS:
                text = whole[hit.start : hit.end].decode("utf-8", "replace")
                begin = parts[first][0] + hit.start - starts[first]
                yield Hit(hit.signal, begin, parts[last][0] + hit.end - starts[last], text)


def _runs(source: Source) -> Iterator[list[Region]]:
    """Strings that touch, two or more in a row."""
    run: list[Region] = []
    for region in source.regions:
        if region.place is not Place.STRING:
            continue
        if run and len(run) < MOST_PARTS and _touch(source, run[-1], region):
            run.append(region)
            continue
        if len(run) > 1:
            yield run
        run = [region]
    if len(run) > 1:
        yield run


def _touch(source: Source, one: Region, other: Region) -> bool:
    gap = source.data[one.end : other.start]
    if len(gap) > 200 or not BETWEEN.fullmatch(gap):
        return False
    if gap.strip(b" \t\r\n\\"):
        return True
    bare = BARE.get(source.language.name)
    return bare is not None and bare.fullmatch(gap) is not None


def _inside(data: bytes, region: Region) -> tuple[int, int]:
    quotes = 3 if data[region.start : region.start + 3] in (b'"""', b"'''") else 1
    return region.start + quotes, max(region.start + quotes, region.end - quotes)
