"""The other form of this API's streams: one JSON list that grows, where `alt=sse` is not asked for."""

from typing import Final

from offramp.dialects.interface import Head
from offramp.dialects.sse import EventParser


class GrowingList:
    """Whole server-sent events in, entries of the list out, as they come."""

    media_type: Final = "application/json"
    keep_alive: Final = b"\n"
    """Space between entries means nothing."""

    def __init__(self) -> None:
        self._between = b"["

    def write(self, events: bytes) -> bytes:
        """The entries for `events`."""
        written = self._entries(events)
        if written:
            self._between = b",\r\n"
        return written

    def end(self, events: bytes) -> bytes:
        """The last entries, and the end of the list."""
        written = self._entries(events)
        return written + b"]" if written or self._between != b"[" else b"[]"

    def _entries(self, events: bytes) -> bytes:
        parser = EventParser()
        found = [event.data for event in (*parser.feed(events), *parser.close())]
        return self._between + b",\r\n".join(found) if found else b""


def form_of(head: Head) -> GrowingList | None:
    """The form a caller asks for; None for server-sent events."""
    return None if head.query.get("alt") == "sse" else GrowingList()
