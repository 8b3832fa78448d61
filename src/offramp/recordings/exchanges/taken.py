"""What a gateway hands to the keeper of exchanges, and what it hears back. Values and their bytes only."""

from collections.abc import Iterator
from struct import Struct as Layout
from typing import Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant

HEAD: Final = Layout(">I")
"""The length that stands before each message."""
MOST_BYTES: Final = 16 * 1024 * 1024


class Rule(msgspec.Struct, frozen=True):
    """Something to scrub beside the usual. Either `pattern` or `pointer` is set."""

    word: str
    pattern: str = ""
    pointer: str = ""


class Part(msgspec.Struct, frozen=True):
    """Some bytes of an answer and when they were there, in milliseconds from the request's head."""

    at: int
    data: bytes
    headers: dict[str, str] | None = None
    """Of a binary frame, whose payload `data` then is."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange, not scrubbed yet. It is only ever in memory."""

    number: int
    """By which the answer to this message is known."""
    kind: str
    application: str
    at: Instant
    facts: JsonObject
    """What is known of it, without a word of it."""
    request: bytes
    parts: list[Part]
    is_stream: bool
    rules: list[Rule]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one. `code` is empty where it was kept."""

    number: int
    id: str = ""
    window: str = ""
    bytes: int = 0
    digest: str = ""
    scrubbed: dict[str, int] = {}
    code: str = ""


def framed(message: Taken | Told) -> bytes:
    """The message with its length before it."""
    data = msgspec.msgpack.encode(message)
    return HEAD.pack(len(data)) + data


class Frames:
    """Splits a byte stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes."""
        self._buffer += data
        while len(self._buffer) >= HEAD.size:
            end = HEAD.size + HEAD.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            whole = bytes(self._buffer[HEAD.size : end])
            del self._buffer[:end]
            yield whole
