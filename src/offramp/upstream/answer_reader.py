"""One HTTP/1.1 answer, read from the bytes of its connection (RFC 9112). Values only: no socket, no clock.

It is strict where leniency would let an answer be read in two ways: lines end in CRLF, no folded headers, one
length. Bodies come out as they come in; nothing is decompressed.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

HEAD_LIMIT: Final = 64 * 1024
LINE_LIMIT: Final = 4096
"""Of a line that tells a chunk's size, or of a trailer."""
TRAILER_LIMIT: Final = 64 * 1024

_STATUS: Final = re.compile(r"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n\x00]*)?")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
_MOST_DIGITS: Final = 18
_ONCE: Final = ("content-length", "transfer-encoding")


class _Body(Enum):
    """How the end of a body is known."""

    LENGTH = auto()
    CHUNKS = auto()
    CONNECTION = auto()
    """It ends with its connection."""


class _Within(Enum):
    """Where in a chunked body the reader is."""

    SIZE = auto()
    DATA = auto()
    END = auto()
    """Between a chunk's last byte and its CRLF."""
    TRAILERS = auto()


class NotHttp(ValueError):
    """The bytes are no answer in HTTP/1.1, or one that can be read in two ways."""


class AnswerReader:
    """Fed with what arrives until `is_over`."""

    __slots__ = (
        "_body",
        "_buffer",
        "_left",
        "_trailers",
        "_within",
        "has_begun",
        "headers",
        "is_kept",
        "is_over",
        "rest",
        "status",
    )

    def __init__(self) -> None:
        self._buffer = b""
        """The beginning of something that has to be whole to be read."""
        self._body = _Body.LENGTH
        self._left = 0
        """Bytes to come of the body, or of the present chunk."""
        self._within = _Within.SIZE
        self._trailers = 0
        """Bytes of trailers so far."""
        self.status = 0
        """0 until the head was read."""
        self.headers: Mapping[str, str] = {}
        """Lower-case names."""
        self.has_begun = False
        """Anything at all arrived."""
        self.is_kept = False
        """The connection can be used again when this answer is over."""
        self.is_over = False
        self.rest = b""
        """What came after the end and belongs to no answer."""

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body in `data`. Raises `NotHttp`."""
        self.has_begun = True
        if not self.status:
            data = self._heads(self._buffer + data)
            if not self.status:
                return b""
        if self.is_over:
            self.rest += data
            return b""
        if self._body is _Body.CHUNKS:
            return self._chunks(self._buffer + data)
        if self._body is _Body.CONNECTION:
            return data
        if self._left > len(data):
            self._left -= len(data)
            return data
        self.is_over = True
        self.rest = data[self._left :]
        return data[: self._left]

    def end(self) -> bool:
        """The connection ended. Whether the answer had, too."""
        if self.status and self._body is _Body.CONNECTION:
            self.is_over = True
        return self.is_over

    def _heads(self, data: bytes) -> bytes:
        """Read heads up to the first that is no mere announcement; what follows it."""
        while True:
            end = data.find(b"\r\n\r\n", 0, HEAD_LIMIT)
            if end < 0:
                if len(data) >= HEAD_LIMIT or not b"HTTP/1.".startswith(data[:7]):
                    raise NotHttp
                self._buffer = data
                return b""
            self._buffer = b""
            head, data = data[:end], data[end + 4 :]
            self._head(head)
            if self.status or not data:
                return data

    def _head(self, head: bytes) -> None:
        lines = head.count(b"\r\n")
        if not lines == head.count(b"\n") == head.count(b"\r") or b"\0" in head:
            raise NotHttp
        first, *rest = head.decode("latin-1").split("\r\n")
        match = _STATUS.fullmatch(first)
        if match is None:
            raise NotHttp
        status, is_older = int(match[2]), match[1] == "0"
        if status < 200:
            if status == 101:
                raise NotHttp
            return
        self.headers = headers = _headers(rest)
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None:
            # A length beside it is how one answer is made to look like two.
            if coding.lower() != "chunked" or length is not None or is_older:
                raise NotHttp
            self._body = _Body.CHUNKS
        elif status in (204, 304):
            self.is_over = True
        elif length is not None:
            if not (length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS):
                raise NotHttp
            self._left = int(length)
            self.is_over = not self._left
        else:
            self._body = _Body.CONNECTION
        is_closed = is_older or "close" in headers.get("connection", "").lower()
        self.is_kept = not is_closed and self._body is not _Body.CONNECTION
        self.status = status

    def _chunks(self, data: bytes) -> bytes:
        self._buffer = b""
        found: list[bytes] = []
        at, size = 0, len(data)
        if self._within is _Within.SIZE:
            at = _whole_chunks(data, found)
        while at < size and not self.is_over:
            if self._within is _Within.DATA:
                stop = min(at + self._left, size)
                found.append(data[at:stop])
                self._left -= stop - at
                self._within = _Within.DATA if self._left else _Within.END
            elif self._within is _Within.END:
                stop = self._line(data, at, 2)
                self._within = _Within.SIZE if stop else _Within.END
            elif self._within is _Within.SIZE:
                stop = self._size(data, at)
            else:
                stop = self._trailer(data, at)
            if not stop:
                self._buffer = data[at:]
                break
            at = stop
        if self.is_over:
            self.rest = data[at:]
        return found[0] if len(found) == 1 else b"".join(found)

    def _size(self, data: bytes, at: int) -> int:
        """Read how long the next chunk is; where it begins, or 0 where that line is not whole."""
        match = _SIZE.match(data, at)
        if match is None:
            if self._line(data, at, LINE_LIMIT):
                raise NotHttp
            return 0
        self._left = int(match[1], 16)
        self._within = _Within.DATA if self._left else _Within.TRAILERS
        return match.end()

    def _trailer(self, data: bytes, at: int) -> int:
        """Read over one line behind the last chunk; the empty one is the end."""
        stop = self._line(data, at, LINE_LIMIT)
        self._trailers += max(0, stop - at)
        if self._trailers > TRAILER_LIMIT:
            raise NotHttp
        self.is_over = stop == at + 2
        return stop

    def _line(self, data: bytes, at: int, limit: int) -> int:
        """Where the line from `at` on ends, 0 where it does not yet. Raises `NotHttp` past `limit` bytes."""
        end = data.find(b"\n", at, at + limit)
        if end < 0:
            if len(data) - at >= limit:
                raise NotHttp
            return 0
        if end == at or data[end - 1 : end] != b"\r":
            raise NotHttp
        return end + 1


def _whole_chunks(data: bytes, found: list[bytes]) -> int:
    """Add the chunks that `data` begins with and holds whole; where they end. Most of every stream."""
    at = 0
    while match := _SIZE.match(data, at):
        start = match.end()
        stop = start + int(match[1], 16)
        if stop == start or data[stop : stop + 2] != b"\r\n":
            break
        found.append(data[start:stop])
        at = stop + 2
    return at


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not (colon and _NAME.fullmatch(name)):
            raise NotHttp
        name, value = name.lower(), value.strip(" \t")
        if name in _ONCE and headers.get(name, value) != value:
            raise NotHttp
        headers[name] = value
    return headers
