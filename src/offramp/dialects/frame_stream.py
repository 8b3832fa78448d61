"""What stream decoders over binary frames share: feeding, closing, exceptions, and failing only once."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.aws_errors import decode_exception
from offramp.dialects.event_stream import cut_short, invalid_stream
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.frames import Frame, FrameInvalid, FrameParser, frame_end
from offramp.dialects.loss import Loss
from offramp.dialects.turns import Event, Failure, ReplyEnded


class FrameStreamDecoder(ABC):
    """Feeds frames to `take` until the reply ended or failed; what comes after is ignored."""

    def __init__(self) -> None:
        self.losses: list[Loss] = []
        self._parser = FrameParser()
        self._is_over = False

    def feed(self, data: bytes) -> Sequence[Event]:
        """Events completed by `data`."""
        events: list[Event] = []
        try:
            for frame in self._parser.feed(data):
                self._take(frame, events)
        except FrameInvalid as error:
            self._fail(events, invalid_stream(str(error)))
        return events

    def close(self) -> Sequence[Event]:
        """The upstream ended. A `Failure` where it ended before saying so."""
        events: list[Event] = []
        if not self._is_over:
            try:
                events.extend(self.finish() if self._parser.is_between_frames else (cut_short(),))
            except ReplyInvalid as error:
                self._fail(events, error)
            self._is_over = True
        return events

    def event_end(self, data: bytes, start: int) -> int:
        """Where the event that begins at `start` ends; 0 while it is not whole."""
        return frame_end(data, start)

    def skip(self, data: bytes, start: int) -> int:  # noqa: ARG002 - every frame has a checksum to look at
        """Every frame is fed."""
        return start

    def lose(self, loss: Loss) -> None:
        """`loss` is listed, once."""
        if loss not in self.losses:
            self.losses.append(loss)

    def _take(self, frame: Frame, events: list[Event]) -> None:
        if self._is_over:
            return
        kind = frame.headers.get(":message-type", "event")
        try:
            if kind == "event":
                events.extend(self.take(frame.headers.get(":event-type", ""), frame.payload))
            else:
                events.append(decode_exception(frame))
        except ReplyInvalid as error:
            self._fail(events, error)
        if events and isinstance(events[-1], ReplyEnded | Failure):
            self._is_over = True

    def _fail(self, events: list[Event], error: ReplyInvalid) -> None:
        if not self._is_over:
            events.append(error.failure)
        self._is_over = True

    @abstractmethod
    def take(self, event: str, payload: bytes) -> Sequence[Event]:
        """The events of one frame of type `event`. Raises `ReplyInvalid`."""

    def finish(self) -> Sequence[Event]:
        """The events of an end that nothing announced."""
        return (cut_short(),)


def parse_payload(payload: bytes) -> JsonObject:
    """The JSON object a frame holds. Raises `ReplyInvalid`."""
    try:
        body = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise invalid_stream("an event of the stream is not JSON") from None
    if not isinstance(body, dict):
        raise invalid_stream("an event of the stream is not a JSON object")
    return body
