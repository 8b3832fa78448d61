"""Whose a place in configuration is: the vendor that the keys above it name, read by indentation.

YAML needs indentation and JSON written for people has it; TOML and INI have headings. What stands on one line
has no owner here.
"""

import re
from collections.abc import Iterator, Mapping

from offramp.inventory.naming import Named, Naming

KEY = re.compile(rb"""[ \t]*(?:-[ \t]+)?["']?(?P<key>[A-Za-z][\w.-]{0,80})["']?[ \t]*:(?P<rest>[^\n]*)""")
HEADING = re.compile(
    rb"""[ \t]*\[{1,2}(?:[\w-]{1,60}[.:]){0,6}([A-Za-z][\w-]{0,40})\]{1,2}[ \t]*(?:#[^\n]*)?\r?\Z"""
)
"""The heading of settings in TOML and INI, whose last part says whose they are."""
TELLS = re.compile(rb"(?i)(?:provider|vendor|type|name|id|slug)\Z")
PLAIN = re.compile(rb"""[ \t]*["']?([A-Za-z][\w .-]{0,40}?)["']?[ \t]*,?[ \t]*(?:#[^\n]*)?\r?\Z""")
FARTHEST_LINES = 400
LIKE = re.compile(r"compat|like|custom", re.IGNORECASE)
"""What says that somebody else answers in the same way."""


def owner_of(
    data: bytes, line_start: int, naming: Naming, known: dict[tuple[int, int], Named | None] | None = None
) -> Named | None:
    """The vendor named by the mapping around a line, or by a key beside it.

    `known` holds the answers for lines of the same file by where they begin and how deep they stand: a long
    mapping is then walked once, not once a key.
    """
    end = data.find(b"\n", line_start)
    depth, _ = _depth(data[line_start : end if end >= 0 else len(data)])
    found = _owner(data, line_start, depth, naming, known or {})
    if known is not None:
        known[line_start, depth] = found
    return found


def owned(data: bytes, called: re.Pattern[bytes], naming: Naming) -> Iterator[tuple[Named, int, int]]:
    """Keys of a pattern's groups that stand in the settings of one vendor: whose, and where."""
    known: dict[tuple[int, int], Named | None] = {}
    for match in called.finditer(data):
        start, end = match.span(match.lastindex or 0)
        owner = owner_of(data, data.rfind(b"\n", 0, start) + 1, naming, known)
        if owner is not None:
            yield owner, start, end


def _owner(
    data: bytes,
    line_start: int,
    depth: int,
    naming: Naming,
    known: Mapping[tuple[int, int], Named | None],
) -> Named | None:
    """What keys beside the line say its mapping is, then the key or the heading that opens the mapping."""
    begin = line_start
    for _ in range(FARTHEST_LINES):
        if begin <= 0:
            return None
        begin, stop = data.rfind(b"\n", 0, begin - 1) + 1, begin - 1
        line = data[begin:stop]
        heading = HEADING.match(line)
        if heading is not None:
            return _named(heading[1], naming)
        found, is_item = _depth(line)
        key = KEY.match(line)
        if found > depth or not line.strip() or line.lstrip().startswith((b"#", b"//")) or key is None:
            continue
        if found < depth:
            return _named(key["key"], naming)
        value = PLAIN.match(key["rest"]) if TELLS.search(key["key"]) else None
        told = _named(value[1], naming) if value is not None else None
        if told is not None or is_item:
            return told
        if (begin, depth) in known:
            return known[begin, depth]
    return None


def _named(text: bytes, naming: Naming) -> Named | None:
    name = text.decode("latin-1")
    return naming.named_in_framework(name) if not LIKE.search(name) else None


def _depth(line: bytes) -> tuple[int, bool]:
    """How deep the first word of a line stands, and whether it begins an item of a list."""
    bare = line.expandtabs(8).lstrip()
    width = len(line.expandtabs(8)) - len(bare)
    if bare.startswith(b"- "):
        return width + len(bare) - len(bare[1:].lstrip()), True
    return width, False
