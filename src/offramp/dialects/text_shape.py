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
"""What can stand between the quotes of a JSON string. It matches everywhere, if only nothing."""
_decode = msgspec.json.Decoder(str).decode


class TextShape:
    """The bytes around the text of one event, framing included."""

    __slots__ = ("_between", "_head", "_index", "_tail")

    def __init__(self, literals: Sequence[bytes], index: int) -> None:
        self._head, *self._between, self._tail = literals
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
        head, tail, inside = self._head, self._tail, _INSIDE.match
        first, last = len(head), len(tail)
        while data.startswith(head, start):
            at = inside(data, start + first).end()  # type: ignore[union-attr]
            if self._between:
                at = self._varying(data, at)
            if not data.startswith(tail, at):
                break
            start = at + last
        return start

    def read(self, data: bytes, start: int) -> tuple[list[TextDelta], int]:
        """The pieces of the run that begins at `start`, and where it ends."""
        pieces = []
        head, tail, inside = self._head, self._tail, _INSIDE.match
        first, last = len(head) - 1, len(tail)
        while data.startswith(head, start):
            end = inside(data, start + first + 1).end()  # type: ignore[union-attr]
            at = self._varying(data, end) if self._between else end
            if not data.startswith(tail, at):
                break
            try:
                text = _decode(data[start + first : end + 1])
            except (msgspec.DecodeError, UnicodeError):
                break
            if text:
                pieces.append(TextDelta(self._index, text))
            start = at + last
        return pieces, start

    def _varying(self, data: bytes, at: int) -> int:
        """`at`, moved behind what varies beside the text; where it is not of this shape, no tail follows."""
        for literal in self._between:
            if not data.startswith(literal, at):
                return len(data)
            at = _INSIDE.match(data, at + len(literal)).end()  # type: ignore[union-attr]
        return at
