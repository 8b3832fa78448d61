"""Recognising the next piece of text of a stream without reading its JSON again.

A server sends piece after piece in events that are the same, byte for byte, but for the text. Once one was
read in full, the others need only be compared with it. Whatever differs in any other byte is read in full.
"""

import re
from collections.abc import Sequence
from typing import Final, Self

import msgspec

from offramp.dialects.turns import TextDelta

_INSIDE: Final = re.compile(rb'[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
"""What can stand between the quotes of a JSON string."""
_decode = msgspec.json.Decoder(str).decode


class TextShape:
    """The bytes around the text of one event, framing included."""

    __slots__ = ("_head", "_index", "_rest")

    def __init__(self, literals: Sequence[bytes], index: int) -> None:
        self._head = literals[0]
        self._rest = tuple(literals[1:])
        self._index = index

    @classmethod
    def of(cls, name: str, data: bytes, members: Sequence[bytes], piece: TextDelta) -> Self | None:
        """The shape of an event `name` with `data` that was read as `piece`; None where it is not plain.

        The first of `members` is where the text is; the strings of the others vary and mean nothing.
        """
        frame = b"event: " + name.encode() + b"\ndata: " if name else b"data: "
        literals = []
        start = 0
        for number, member in enumerate(members):
            key = b'"' + member + b'":'
            at = data.find(key, start) + len(key)
            at += data[at : at + 1] == b" "
            if data.count(key) != 1 or at < start or data[at : at + 1] != b'"':
                if number:
                    continue
                return None
            literals.append(data[start : at + 1])
            inside = _INSIDE.match(data, at + 1)
            assert inside is not None
            start = inside.end()
        shape = cls((frame + literals[0], *literals[1:], data[start:] + b"\n\n"), piece.index)
        return (
            shape if shape.read(frame + data + b"\n\n", 0) == ([piece], len(frame) + len(data) + 2) else None
        )

    def skip(self, data: bytes, start: int) -> int:
        """Where the run of events of this shape that begins at `start` ends."""
        while (end := self._end(data, start)) > start:
            start = end
        return start

    def read(self, data: bytes, start: int) -> tuple[list[TextDelta], int]:
        """The pieces of the run that begins at `start`, and where it ends."""
        pieces = []
        first = len(self._head)
        while (end := self._end(data, start)) > start:
            inside = _INSIDE.match(data, start + first)
            assert inside is not None
            try:
                text = _decode(b'"' + inside.group() + b'"')
            except (msgspec.DecodeError, UnicodeError):
                break
            if text:
                pieces.append(TextDelta(self._index, text))
            start = end
        return pieces, start

    def _end(self, data: bytes, start: int) -> int:
        """Where the event at `start` ends if it is of this shape; else `start`."""
        if not data.startswith(self._head, start):
            return start
        at = start + len(self._head)
        for literal in self._rest:
            inside = _INSIDE.match(data, at)
            assert inside is not None
            at = inside.end()
            if not data.startswith(literal, at):
                return start
            at += len(literal)
        return at
