"""Server-sent events (WHATWG HTML, section 9.2): bytes in, events out, whatever the packets look like."""

from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_EVENT_BYTES: Final = 8 * 1024 * 1024
"""An event longer than this is not waited for."""


class ServerSentEvent(NamedTuple):
    """One event. `data` holds its data lines joined by line feeds, undecoded."""

    event: str
    data: bytes


class EventTooLong(ValueError):
    """An event grew past `MAX_EVENT_BYTES`."""


class EventParser:
    """Splits a byte stream into events. Line ends may be LF, CRLF or CR; comments are skipped."""

    __slots__ = ("_data", "_event", "_is_first", "_size", "_tail")

    def __init__(self) -> None:
        self._tail = b""
        self._event = ""
        self._data: list[bytes] = []
        self._size = 0
        self._is_first = True

    @property
    def is_between_events(self) -> bool:
        """Whether what comes next begins an event."""
        return not (self._tail or self._data or self._event or self._is_first)

    def feed(self, data: bytes) -> Iterator[ServerSentEvent]:
        """The events that `data` completes."""
        if not (self._tail or self._data or self._is_first) and data.startswith(b"data: {"):
            # One whole event of one line, as most packets are.
            line = data[6:-2]
            if data.endswith(b"\n\n") and b"\n" not in line and b"\r" not in line:
                name, self._event = self._event, ""
                yield ServerSentEvent(name, line)
                return
        buffer = self._tail + data if self._tail else data
        if self._is_first:
            if len(buffer) < 3 and b"\xef\xbb\xbf".startswith(buffer):
                self._tail = buffer
                return
            buffer = buffer.removeprefix(b"\xef\xbb\xbf")
            self._is_first = False
        lines = buffer.splitlines(keepends=True)
        # A CR at the very end may be half of a CRLF, so its line waits as an unfinished one does.
        self._tail = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        if len(self._tail) + self._size > MAX_EVENT_BYTES:
            raise EventTooLong
        for line in lines:
            event = self._take(line.rstrip(b"\r\n"))
            if event is not None:
                yield event

    def close(self) -> Iterator[ServerSentEvent]:
        """The stream ended: a last event whose blank line never came still counts."""
        lines = self._tail.splitlines()
        self._tail = b""
        for line in (*lines, b""):
            event = self._take(line)
            if event is not None:
                yield event

    def _take(self, line: bytes) -> ServerSentEvent | None:
        if not line:
            if not self._data:
                self._event = ""
                return None
            event = ServerSentEvent(self._event, b"\n".join(self._data))
            self._event = ""
            self._data = []
            self._size = 0
            return event
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        return None
