"""Binary event streams (`application/vnd.amazon.eventstream`): bytes in, frames out, and the way back.

A frame is a prelude (length of the whole, length of the headers, their CRC-32), typed headers, a payload and
a CRC-32 of everything before it. Numbers are big-endian. What payloads mean is said by each dialect.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from offramp.dialects.sse import MAX_EVENT_BYTES

STREAM_TYPE: Final = "application/vnd.amazon.eventstream"

_PRELUDE: Final = struct.Struct(">III")
_LENGTHS: Final = struct.Struct(">II")
_CRC: Final = struct.Struct(">I")
_SHORT: Final = struct.Struct(">H")
_OVERHEAD: Final = _PRELUDE.size + _CRC.size
_MAX_HEADERS: Final = 128 * 1024
_TEXT: Final = 7
_LENGTH_FIRST: Final = frozenset({6, _TEXT})
"""Types of header values whose length stands before them: bytes and text."""
_SIZES: Final[Mapping[int, int]] = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of the header values of every other type; none of them means anything here."""


class Frame(NamedTuple):
    """One event. Only headers that are text are kept."""

    headers: Mapping[str, str]
    payload: bytes


class FrameInvalid(ValueError):
    """The bytes are no such stream: a wrong checksum, an impossible length, headers that do not add up."""


def write_frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame."""
    head = _written(tuple(headers.items()))
    start = _LENGTHS.pack(_OVERHEAD + len(head) + len(payload), len(head))
    body = b"".join((start, _CRC.pack(zlib.crc32(start)), head, payload))
    return body + _CRC.pack(zlib.crc32(body))


def frame_end(data: bytes, start: int) -> int:
    """Where the frame that begins at `start` ends; 0 while it is not whole.

    Where no frame can begin so, everything there is: whoever reads it finds out.
    """
    if len(data) - start < _PRELUDE.size:
        return 0
    try:
        end = start + _length(data, start)[0]
    except FrameInvalid:
        return len(data)
    return end if end <= len(data) else 0


class FrameParser:
    """Splits a byte stream into frames. Raises `FrameInvalid`, from then on always."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b""

    @property
    def is_between_frames(self) -> bool:
        """Whether what comes next begins a frame."""
        return not self._tail

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes."""
        buffer = self._tail + data if self._tail else data
        self._tail = buffer
        start = 0
        while len(buffer) - start >= _PRELUDE.size:
            length, head = _length(buffer, start)
            end = start + length
            if end > len(buffer):
                break
            frame = _read(buffer, start, end, head)
            start = end
            self._tail = buffer[start:]
            yield frame
        self._tail = buffer[start:]


def _length(data: bytes, start: int) -> tuple[int, int]:
    length, head, crc = _PRELUDE.unpack_from(data, start)
    if zlib.crc32(data[start : start + _LENGTHS.size]) != crc:
        raise FrameInvalid("the checksum of a frame's prelude is wrong")
    if length > MAX_EVENT_BYTES or head > _MAX_HEADERS:
        raise FrameInvalid("a frame of the stream is too long")
    if length < _OVERHEAD + head:
        raise FrameInvalid("a frame's lengths do not add up")
    return length, head


def _read(data: bytes, start: int, end: int, head: int) -> Frame:
    last = end - _CRC.size
    if zlib.crc32(data[start:last]) != _CRC.unpack_from(data, last)[0]:
        raise FrameInvalid("the checksum of a frame is wrong")
    begin = start + _PRELUDE.size
    return Frame(_headers(data[begin : begin + head]), data[begin + head : last])


@lru_cache(maxsize=64)
def _written(headers: tuple[tuple[str, str], ...]) -> bytes:
    pieces = []
    for name, value in headers:
        key, text = name.encode(), value.encode()
        pieces += [bytes([len(key)]), key, bytes([_TEXT]), _SHORT.pack(len(text)), text]
    return b"".join(pieces)


@lru_cache(maxsize=64)
def _headers(data: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    at = 0
    try:
        while at < len(data):
            name_end = at + 1 + data[at]
            kind = data[name_end]
            begin = name_end + 1
            size = _SIZES.get(kind, -1)
            if kind in _LENGTH_FIRST:
                size = _SHORT.unpack_from(data, begin)[0]
                begin += _SHORT.size
            if size < 0 or begin + size > len(data):
                raise FrameInvalid("a frame's headers do not add up")
            if kind == _TEXT:
                found[data[at + 1 : name_end].decode()] = data[begin : begin + size].decode()
            at = begin + size
    except (IndexError, struct.error, UnicodeDecodeError):
        raise FrameInvalid("a frame's headers do not add up") from None
    return found
