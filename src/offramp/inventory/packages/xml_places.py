"""The elements of an XML text with their places, by expat: no entity is expanded, nothing else is fetched.

A document that declares entities, nests too deep or breaks off gives what stood before that.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 200
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Element:
    """An element where it begins, with its attributes, or where it ends, with its text."""

    name: str
    parent: str
    is_end: bool
    start: int
    """Of the tag, or of the text where it ends."""
    end: int
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class _Stop(Exception):
    """Nothing more is read."""


@dataclass(slots=True)
class _Reader:
    parser: expat.XMLParserType
    found: list[Element] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    text: str = ""
    text_at: int = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= DEEPEST:
            raise _Stop
        at = self.parser.CurrentByteIndex
        name = name.rpartition(":")[2]
        self.found.append(Element(name, self._parent(), False, at, at, "", attributes))
        self.open.append(name)
        self.text = ""

    def characters(self, data: str) -> None:
        if not self.text.strip():
            self.text_at = self.parser.CurrentByteIndex
            self.text = data.lstrip()
            self.text_at += len((data[: len(data) - len(self.text)]).encode("utf-8", "replace"))
        elif len(self.text) < LONGEST_TEXT:
            self.text += data

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        self.open.pop()
        said = self.text.strip()
        stop = self.text_at + len(said.encode("utf-8", "replace"))
        start = self.text_at if said else self.parser.CurrentByteIndex
        self.found.append(Element(name, self._parent(), True, start, max(start, stop), said))
        self.text = ""

    def _parent(self) -> str:
        return self.open[-1] if self.open else ""


def elements(data: bytes) -> Iterator[Element]:
    """Each element twice, where it begins and where it ends."""
    parser = expat.ParserCreate("utf-8")
    reader = _Reader(parser)

    def declares_entities(*_declared: object) -> None:
        raise _Stop

    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.CharacterDataHandler = reader.characters
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = declares_entities
    body = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    shift = len(data) - len(body)
    with suppress(expat.ExpatError, _Stop, ValueError):
        parser.Parse(body, True)
    for one in reader.found:
        yield Element(
            one.name, one.parent, one.is_end, one.start + shift, one.end + shift, one.text, one.attributes
        )
