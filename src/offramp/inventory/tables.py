"""Tables of models in configuration: under a key called `models`, short names are models' names.

Read by indentation, which YAML needs and JSON written for people has.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from offramp.core.ids import VendorId
from offramp.inventory.signals import Sign, Signal

HEAD = re.compile(
    rb"""^(?P<indent>[ \t]*(?:-[ \t]+)?)["']?[\w.-]*models?["']?[ \t]*:[ \t]*
    (?:&\w+)?[\[{]?[ \t]*(?:\#[^\n]*)?\r?$""",
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)
HEADED = re.compile(rb"""models?["']?[ \t]*:""")
"""In small letters: what every head has, and few files; found much faster than a head."""
ROW = re.compile(
    rb"""^[ \t]*(?:-[ \t]+)?(?:["']?(?:name|id|model|slug|model_name|real_name)["']?[ \t]*:[ \t]*)?
    ["']?(?P<name>[A-Za-z][\w./:@-]{1,80}?)["']?[ \t]*(?::[ \t]*(?:[{\[&\#][^\n]*)?|,)?
    (?:[ \t]+\#[^\n]*)?\r?$""",
    re.MULTILINE | re.VERBOSE,
)
STRUCTURE = frozenset(
    (
        b"pull",
        b"run",
        b"create",
        b"clean",
        b"enabled",
        b"default",
        b"path",
        b"list",
        b"allowed",
        b"main",
        b"fallback",
        b"provider",
        b"chat",
        b"embedding",
        b"embeddings",
        b"completion",
        b"image",
        b"audio",
        b"small",
        b"large",
        b"fast",
    )
)
"""What keys in a table of models say about it, and no model is called."""
LONGEST_FILE = 1_000_000


class Tables:
    """The spans of a file's tables of models."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def spans(self) -> tuple[tuple[int, int, int], ...]:
        """Begin, end and indent of each table, without its head."""
        if len(self._data) > LONGEST_FILE or not HEADED.search(self._data.lower()):
            return ()
        return tuple(self._span(head) for head in HEAD.finditer(self._data))

    def _span(self, head: re.Match[bytes]) -> tuple[int, int, int]:
        least = len(head["indent"].expandtabs(8))
        at = head.end() + 1
        while at < len(self._data):
            end = self._data.find(b"\n", at)
            end = len(self._data) if end < 0 else end
            line = self._data[at:end].expandtabs(8)
            bare = line.strip()
            width = len(line) - len(line.lstrip())
            is_item = bare.startswith(b"- ") and width == least
            if bare and not bare.startswith((b"#", b"//")) and width <= least and not is_item:
                break
            at = end + 1
        return head.end(), min(at, len(self._data)), least

    def holds(self, start: int) -> bool:
        """Whether a place lies in a table of models and is the name of a row."""
        if not any(begin <= start < end for begin, end, _ in self.spans):
            return False
        line = self._data.rfind(b"\n", 0, start) + 1
        row = ROW.match(self._data, line)
        return row is not None and row.start("name") == start

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """Where each table's line begins, and where the names of its own rows stand."""
        for begin, end, _ in self.spans:
            head = self._data.rfind(b"\n", 0, begin) + 1
            width = -1
            for row in ROW.finditer(self._data, begin, end):
                lead = self._data[row.start() : row.start("name")]
                indent = len(lead.expandtabs(8)) - len(lead.expandtabs(8).lstrip())
                width = indent if width < 0 else width
                if indent == width and row["name"].lower() not in STRUCTURE:
                    yield head, *row.span("name")

    def named(self, shapes: Mapping[VendorId, re.Pattern[bytes]]) -> Iterator[tuple[VendorId, int, int]]:
        """Rows whose whole name is of a vendor's shape."""
        for begin, end, _ in self.spans:
            for row in ROW.finditer(self._data, begin, end):
                for vendor, shape in shapes.items():
                    if shape.fullmatch(row["name"]):
                        yield vendor, *row.span("name")
                        break


def shapes_of(signals: Sequence[Signal]) -> Mapping[VendorId, re.Pattern[bytes]]:
    """Each vendor's short names of models, as one expression."""
    found: dict[VendorId, list[str]] = {}
    for one in signals:
        if one.sign is Sign.MODEL_IN_CONTEXT:
            found.setdefault(one.vendor, []).append(one.pattern)
    return {vendor: re.compile("|".join(some).encode(), re.IGNORECASE) for vendor, some in found.items()}
