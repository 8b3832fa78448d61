"""Streams of InvokeModel: events of Messages, each as base64 in a frame."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final

import msgspec

from offramp.dialects.anthropic_messages.stream import MessagesStreamDecoder, MessagesStreamEncoder
from offramp.dialects.aws_errors import encode_failure_event
from offramp.dialects.event_stream import invalid_stream
from offramp.dialects.frame_stream import FrameStreamDecoder, parse_payload
from offramp.dialects.frames import write_frame
from offramp.dialects.loss import Effect, Loss
from offramp.dialects.turns import Event, Failure

METRICS: Final = Loss(
    "amazon-bedrock-invocationMetrics", "how long the answer took is not carried", Effect.METADATA
)
_METRICS_MEMBER: Final = METRICS.field.encode()
_CHUNK: Final = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
_DATA: Final = b"\ndata: "


class InvokeStreamDecoder(FrameStreamDecoder):
    """Upstream bytes of this API to events."""

    def __init__(self) -> None:
        super().__init__()
        self._messages = MessagesStreamDecoder()

    def take(self, event: str, payload: bytes) -> Sequence[Event]:
        """The events of one frame."""
        if event != "chunk":
            return ()
        data = _unwrapped(payload)
        if _METRICS_MEMBER in data:
            body = parse_payload(data)
            if body.pop(METRICS.field, None) is not None:
                self.lose(METRICS)
            data = msgspec.json.encode(body)
        events = self._messages.take("", data)
        for loss in self._messages.losses:
            self.lose(loss)
        return events


def _unwrapped(payload: bytes) -> bytes:
    held = parse_payload(payload).get("bytes")
    try:
        return base64.b64decode(held if isinstance(held, str) else "", validate=True)
    except (binascii.Error, ValueError):
        raise invalid_stream("a piece of the stream is not base64") from None


class InvokeStreamEncoder:
    """Events to bytes of this API. Never ends politely after a `Failure`."""

    def __init__(self) -> None:
        self._messages = MessagesStreamEncoder()
        self._is_over = False

    @property
    def losses(self) -> list[Loss]:
        """What could not be said in this stream so far."""
        return self._messages.losses

    @property
    def failure(self) -> Failure | None:
        """Why the answer could not be written to its end."""
        return self._messages.failure

    def encode(self, event: Event) -> bytes:
        """The bytes to send now."""
        if self._is_over:
            return b""
        written = self._messages.encode(event)
        failed = event if isinstance(event, Failure) else self.failure
        if failed is not None:
            self._is_over = True
            return encode_failure_event(failed, {})
        return b"".join(_framed(one) for one in written.split(b"\n\n") if one)


def _framed(event: bytes) -> bytes:
    wrapped = {"bytes": base64.b64encode(event.partition(_DATA)[2]).decode()}
    return write_frame(_CHUNK, msgspec.json.encode(wrapped))
