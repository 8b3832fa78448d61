"""What stream decoders over server-sent events share: feeding, closing, and failing only once."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.loss import Loss
from offramp.dialects.sse import EventParser, EventTooLong, ServerSentEvent
from offramp.dialects.text_shape import TextShape
from offramp.dialects.turns import Event, Failure, FailureKind, ReplyEnded, TextDelta

_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")


def invalid_stream(message: str) -> ReplyInvalid:
    """The error for a stream that breaks its own API's rules."""
    return ReplyInvalid("stream-invalid", message)


class EventStreamDecoder(ABC):
    """Feeds server-sent events to `take` until the reply ended or failed; what comes after is ignored."""

    text_members: Sequence[bytes]
    """Names of members of a piece of text: first the text, then what varies beside it and means nothing.

    Empty where events are never alike but for their text."""

    def __init__(self) -> None:
        self.losses: list[Loss] = []
        self._parser = EventParser()
        self._is_over = False
        self._shape: TextShape | None = None

    def skip(self, data: bytes, start: int) -> int:
        """Where the run of events from `start` on ends that differ from one fed before in their text only."""
        if self._shape is None or not self._parser.is_between_events:
            return start
        return self._shape.skip(data, start)

    def feed(self, data: bytes) -> Sequence[Event]:
        """Events completed by `data`."""
        events: list[Event] = []
        start = 0
        try:
            while start < len(data):
                if self._shape is not None and self._parser.is_between_events:
                    pieces, start = self._shape.read(data, start)
                    events += pieces
                end = data.find(b"\n\n", start) + 2
                end = end if end > 1 else len(data)
                for event in self._parser.feed(data[start:end]):
                    self._take(event, events)
                start = end
        except EventTooLong:
            self._fail(events, invalid_stream("an event of the stream is too long"))
        return events

    def close(self) -> Sequence[Event]:
        """The upstream ended. A `Failure` where it ended before saying so."""
        events: list[Event] = []
        for event in self._parser.close():
            self._take(event, events)
        if not self._is_over:
            try:
                events.extend(self.finish())
            except ReplyInvalid as error:
                self._fail(events, error)
            self._is_over = True
        return events

    def event_end(self, data: bytes, start: int) -> int:
        """Where the event that begins at `start` ends; 0 while it is not whole."""
        end = _EVENT_END.search(data, start)
        return end.end() if end else 0

    def _take(self, event: ServerSentEvent, events: list[Event]) -> None:
        if self._is_over:
            return
        self._shape = None
        try:
            taken = self.take(event.event, event.data)
        except ReplyInvalid as error:
            self._fail(events, error)
            return
        events.extend(taken)
        if len(taken) == 1 and type(taken[0]) is TextDelta and self.text_members:
            self._shape = TextShape.of(event.event, event.data, self.text_members, taken[0])
        if events and isinstance(events[-1], ReplyEnded | Failure):
            self._is_over = True

    def _fail(self, events: list[Event], error: ReplyInvalid) -> None:
        if not self._is_over:
            events.append(error.failure)
        self._is_over = True

    @abstractmethod
    def take(self, event: str, data: bytes) -> Sequence[Event]:
        """The events of one server-sent event. Raises `ReplyInvalid`."""

    def finish(self) -> Sequence[Event]:
        """The events of an end that nothing announced."""
        return (cut_short(),)

    def parse(self, data: bytes) -> JsonObject:
        """The JSON object an event holds."""
        try:
            body = msgspec.json.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise invalid_stream("an event of the stream is not JSON") from None
        if not isinstance(body, dict):
            raise invalid_stream("an event of the stream is not a JSON object")
        return body

    def lose(self, loss: Loss) -> None:
        """`loss` is listed, once."""
        if loss not in self.losses:
            self.losses.append(loss)


def cut_short() -> Failure:
    """The upstream's connection ended in the middle of the answer."""
    return Failure(
        kind=FailureKind.UPSTREAM,
        message="the upstream's answer ended before it was complete",
        code="stream-cut",
    )
