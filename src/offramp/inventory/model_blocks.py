"""Lists, tables and functions of a program that are called models: what stands in them is a model's name.

`DEFAULT_MODELS = {` and the rows below it, `fn default_model(&self)` and what its arms give. A block is told
by its indentation; a row counts that ends with one text, and whose key does not say that it is another thing.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from offramp.core.ids import VendorId
from offramp.inventory.source import Source
from offramp.inventory.valuing import EXPECTED, LIST, TYPE, actual

WORD = re.compile(rb"[mM]odel|MODEL")
CALLED = r"\w{0,40}model(?:s|_?ids?|_?names?|_?list|_?map|_?for_?\w{0,30})?"
HEAD = re.compile(
    (
        r"(?:^|[^\w\"'`])(?:(?P<list>"
        + CALLED
        + r")[\"'`]?\]?"
        + TYPE
        + r"[ \t]*(?:=>?|:=?)[ \t]*"
        + LIST
        # a function, or a property that is worked out
        + r"|(?:\w[\w<>?\[\]&*.:' ]{0,60}[ \t.])?(?P<name>"
        + CALLED
        + r")(?:\([^()\n]{0,80}\)[^\n=\"`;]{0,50}(?:\{|:|=>|->|=|do)"
        r"[^\n\"'`;]{0,40}|[ \t]*:[ \t]*string\??[ \t]*\{))[ \t]*\r?$"
    ).encode(),
    re.IGNORECASE,
)
DECLARED = re.compile(
    rb"(?i)\b(?:fn|func|fun|function|def|defp|var|let|val|get|string|str)\b(?![^\n]*\b(?:test|it)\b)"
)
OTHER_NAME = re.compile(
    rb"(?i)provider|vendor|owner|famil|types?|kind|title|label|icon|colou?r|price|cost|limit|size|(?:of|by|per)_?models?$"
)
"""A block that is about models, and holds something else."""
ROW = re.compile(
    rb"""^[ \t]*(?P<key>(?:["'][\w.-]{1,40}["']\]?|[^"'`\n]{1,80}?)
    [ \t]*(?:=>|->|=|:|\bthen\b|\breturn\b)[ \t]*(?:return[ \t]+)?|return[ \t]+)?
    (?:[\[{(][ \t]*)?["'`](?P<text>[A-Za-z][\w.:/-]{1,60})["'`](?:\.\w{1,20}\(\))?
    [ \t]*[\]})]{0,2}[ \t]*[,;]?[ \t]*\r?$""",
    re.VERBOSE,
)
GOES_ON = re.compile(rb"[ \t]*(?:\{[ \t]*\r?$|case\b|switch\b)")
"""What may stand as deep as the head of a block and belong to it."""
OTHER_KEY = re.compile(
    rb"""(?i)(?:provider|vendor|type|family|own\w*|author|company|publisher|brand|icon|label|title|display\w*|lang\w*
    |logo|group|kind|by|role|format)["']?\]?[ \t]*(?:=>|->|[=:])[ \t]*\Z""",
    re.VERBOSE,
)
"""What says that a text of such a block is no model's name."""
EXPECTED_FIRST = re.compile(
    EXPECTED.pattern.removesuffix(rb"\Z") + rb"(?P<text>[A-Za-z][\w.:/-]{1,60})(?=[\"'`])"
)
OF_A_MODEL = actual(b"model")
"""An assertion whose expected value stands first."""
OPENS = (b"{", b"[", b"(", b"=", b":", b">", b"do", b"switch", b"match")
"""What the head of a block ends with."""
WIDEST_HEAD = 300
LONGEST_FILE = 400_000
MOST_LINES = 200
Names = Mapping[VendorId, re.Pattern[bytes]]


class ModelBlocks:
    """The rows of a program's blocks that are called models."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def rows(self) -> Mapping[int, int]:
        """Where the text of each row begins, and where it ends."""
        source = self._source
        if source.language.is_data or source.language.is_shell or len(source.data) > LONGEST_FILE:
            return {}
        data, found = source.data, dict[int, int]()
        read_to = 0
        for word in WORD.finditer(data):
            if word.start() < read_to:
                continue
            begin = data.rfind(b"\n", 0, word.start()) + 1
            end = data.find(b"\n", word.end())
            read_to = end if end >= 0 else len(data)
            line = data[begin:read_to]
            expected = EXPECTED_FIRST.search(line)
            if expected is not None and OF_A_MODEL.match(line, expected.end("text")):
                found[begin + expected.start("text")] = begin + expected.end("text")
            if not line.rstrip().endswith(OPENS) or len(line) > WIDEST_HEAD:
                continue
            head = HEAD.search(line)
            if head is None or (head["name"] is not None and not DECLARED.search(line)):
                continue
            if OTHER_NAME.search(head["name"] or head["list"]):
                continue
            for start, end in self._rows(begin, line):
                found[start] = end
        return found

    def _rows(self, begin: int, head: bytes) -> Iterator[tuple[int, int]]:
        data = self._source.data
        depth = _depth(head)
        at = begin + len(head) + 1
        for _ in range(MOST_LINES):
            if at >= len(data):
                return
            line = self._source.line_text(at)
            if line.strip() and _depth(line) <= depth and not GOES_ON.match(line):
                return
            row = ROW.match(line)
            if row is not None and not (row["key"] and OTHER_KEY.search(row["key"])):
                yield at + row.start("text"), at + row.end("text")
            at += len(line) + 1

    def named(self, names: Names) -> Iterator[tuple[VendorId, int, int]]:
        """Rows whose whole text has the shape of a vendor's short names; a name for people is none."""
        for start, end in self.rows.items():
            text = self._source.data[start:end]
            if text[:1].isupper() and not any(48 <= byte < 58 for byte in text):
                continue
            for vendor, shape in names.items():
                if shape.fullmatch(text):
                    yield vendor, start, end
                    break


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
