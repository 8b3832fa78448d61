"""Streams of the Converse API: binary frames. The encoder keeps blocks strictly one after another."""

from collections.abc import Sequence
from typing import Any, Final, assert_never

import msgspec

from offramp.dialects.aws_errors import encode_failure_event
from offramp.dialects.bedrock_converse.blobs import blob_of
from offramp.dialects.bedrock_converse.decode_reply import (
    CITATIONS,
    DROPPED,
    OTHER_BLOCK,
    read_usage,
    see_metrics,
    stop_reason,
)
from offramp.dialects.bedrock_converse.encode import (
    REASONING_USAGE,
    STOP_REASONS,
    STOP_SEQUENCE,
    UNKNOWN_METRICS,
    UNKNOWN_USAGE,
    write_usage,
)
from offramp.dialects.bedrock_converse.read_blocks import TOOL_ID_PREFIX
from offramp.dialects.bedrock_converse.write_blocks import UNSIGNED_THINKING
from offramp.dialects.event_stream import cut_short, invalid_stream
from offramp.dialects.frame_stream import FrameStreamDecoder, parse_payload
from offramp.dialects.frames import write_frame
from offramp.dialects.id_forms import outward_id
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.sequence import Placed
from offramp.dialects.stream_writer import StreamWriter
from offramp.dialects.tool_arguments import Arguments
from offramp.dialects.turns import (
    Event,
    Failure,
    ReplyEnded,
    ReplyStarted,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolDelta,
    ToolStarted,
    Usage,
)


class ConverseStreamDecoder(FrameStreamDecoder):
    """Upstream bytes of this API to events. The usage comes after the end, in a frame of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._arguments: dict[int, Arguments] = {}
        self._stop: StopReason | None = None

    def take(self, event: str, payload: bytes) -> Sequence[Event]:
        """The events of one frame."""
        body = parse_payload(payload)
        quick = _quick(event, body)
        if quick is not None:
            return (quick,)
        reading = Reading(DROPPED, is_reply=True)
        with reading.fields(body) as fields:
            # Random letters that keep the length of a piece from saying what it holds.
            fields.skip("p")
            events = self._read(event, fields, reading)
        for loss in reading.decoded(events).losses:
            self.lose(loss)
        return events

    def finish(self) -> Sequence[Event]:
        """Where only the count of tokens is missing, the answer is whole."""
        return (self._end(Usage()),) if self._stop is not None else (cut_short(),)

    def _read(self, event: str, fields: Fields, reading: Reading) -> Sequence[Event]:
        match event:
            case "contentBlockDelta":
                return self._delta(fields, reading)
            case "contentBlockStart":
                return self._block_start(fields, reading)
            case "contentBlockStop":
                return self._block_stop(fields)
            case "messageStart":
                fields.skip("role")
                return (ReplyStarted("", ""),)
            case "messageStop":
                self._stop = stop_reason(fields.raw("stopReason"))
                return ()
            case "metadata":
                usage = read_usage(fields.fields("usage"))
                see_metrics(fields)
                if self._stop is None:
                    raise invalid_stream("the stream tells its usage before it stopped")
                return (self._end(usage),)
        fields.skip_all()
        return ()

    def _block_start(self, fields: Fields, reading: Reading) -> Sequence[Event]:
        index = fields.integer("contentBlockIndex", 0) or 0
        start = fields.fields("start")
        if start is None:
            return ()
        with start:
            call = start.fields("toolUse")
            if call is None:
                start.skip_all()
                reading.lose(OTHER_BLOCK)
                return ()
            with call:
                if call.raw("type") is not None:
                    call.skip_all()
                    reading.lose(OTHER_BLOCK)
                    return ()
                self._arguments[index] = Arguments()
                return (ToolStarted(index, call.needed_text("toolUseId"), call.needed_text("name")),)

    def _delta(self, fields: Fields, reading: Reading) -> Sequence[Event]:
        index = fields.integer("contentBlockIndex", 0) or 0
        delta = fields.fields("delta")
        if delta is None:
            raise invalid_stream("`contentBlockDelta` holds no delta")
        with delta:
            if delta.has("text"):
                return (TextDelta(index, delta.text("text") or ""),)
            if delta.has("toolUse"):
                return self._arguments_delta(index, delta)
            reasoning = delta.fields("reasoningContent")
            if reasoning is not None:
                with reasoning:
                    sealed = reasoning.text("redactedContent") or ""
                    if sealed:
                        return (ThinkingDelta(index, "", sealed, is_redacted=True),)
                    text, seal = reasoning.text("text") or "", reasoning.text("signature") or ""
                    return (ThinkingDelta(index, text, seal),)
            reading.lose(CITATIONS if delta.has("citation") else OTHER_BLOCK)
            delta.skip_all()
            return ()

    def _arguments_delta(self, index: int, delta: Fields) -> Sequence[Event]:
        call = delta.fields("toolUse")
        assert call is not None
        with call:
            text = call.text("input") or ""
        if index not in self._arguments:
            return ()
        if not text:
            return ()
        self._arguments[index].add(text)
        return (ToolDelta(index, text),)

    def _block_stop(self, fields: Fields) -> Sequence[Event]:
        index = fields.integer("contentBlockIndex", 0) or 0
        arguments = self._arguments.get(index)
        if arguments is None or not arguments.is_empty:
            return ()
        # This API leaves the text of empty arguments out; everywhere else they are written.
        arguments.add("{}")
        return (ToolDelta(index, "{}"),)

    def _end(self, usage: Usage) -> Event:
        assert self._stop is not None
        if self._stop is not StopReason.LENGTH and not all(
            item.is_object for item in self._arguments.values()
        ):
            raise invalid_stream("a tool call's arguments are not a JSON object")
        return ReplyEnded(self._stop, "", usage)


def _quick(event: str, body: dict[str, Any]) -> TextDelta | None:
    """The common piece, one more bit of text, without the full reading; None for any other."""
    if event != "contentBlockDelta" or len(body) - ("p" in body) != 2:
        return None
    delta, index = body.get("delta"), body.get("contentBlockIndex")
    if type(delta) is not dict or len(delta) != 1 or type(index) is not int:
        return None
    text = delta.get("text")
    return TextDelta(index, text) if type(text) is str else None


class ConverseStreamEncoder(StreamWriter):
    """Events to bytes of this API."""

    reasons = STOP_REASONS

    def __init__(self) -> None:
        super().__init__()
        self._next_block = 0
        self._is_open = False
        self._unsealed: list[str] = []

    def start(self, event: ReplyStarted) -> bytes:  # noqa: ARG002 - names neither answer nor model
        """The message, empty."""
        return _frame("messageStart", {"role": "assistant"})

    def tell(self, failure: Failure) -> bytes:
        """An exception."""
        return encode_failure_event(failure, {})

    def parts(self, ready: Sequence[Placed]) -> bytes:
        """Blocks, one after another."""
        return b"".join(self._part(part) for part in ready)

    def end(self, event: ReplyEnded) -> bytes:
        """What is left, why it stopped, and the usage."""
        pieces = [self._part(part) for part in self._sequence.close()]
        pieces.append(self._close_block())
        if event.stop_sequence:
            self._log.add(STOP_SEQUENCE)
        self._log.add(UNKNOWN_METRICS)
        pieces.append(_frame("messageStop", {"stopReason": STOP_REASONS[event.stop_reason]}))
        usage = write_usage(event.usage, self._log)
        pieces.append(_frame("metadata", {"usage": usage, "metrics": {"latencyMs": 0}}))
        return b"".join(pieces)

    def _close_block(self) -> bytes:
        if self._unsealed:
            self._unsealed = []
            self._log.add(UNSIGNED_THINKING)
        if not self._is_open:
            return b""
        self._is_open = False
        self._next_block += 1
        return _frame("contentBlockStop", {"contentBlockIndex": self._next_block - 1})

    def _open(self) -> bytes:
        closing = self._close_block()
        self._is_open = True
        return closing

    def _part(self, part: Placed) -> bytes:
        is_first, event = part
        match event:
            case TextDelta(_, text):
                opening = self._open() if is_first else b""
                return opening + (self._delta({"text": text}) if text else b"")
            case ToolStarted(_, call_id, name):
                opening = self._open()
                call = {"toolUseId": outward_id(TOOL_ID_PREFIX, call_id), "name": name}
                start = {"start": {"toolUse": call}, "contentBlockIndex": self._next_block}
                return opening + _frame("contentBlockStart", start)
            case ToolDelta(_, arguments):
                return self._delta({"toolUse": {"input": arguments}})
            case ThinkingDelta():
                return self._thinking(event, is_first=is_first)
            case _:
                assert_never(event)

    def _thinking(self, event: ThinkingDelta, *, is_first: bool) -> bytes:
        # A block without its seal would be refused when it comes back, so the text waits for the seal.
        closing = self._close_block() if is_first else b""
        if event.is_redacted:
            return closing + self._open() + self._reasoning({"redactedContent": blob_of(event.signature)})
        if not event.signature:
            self._unsealed.append(event.text)
            return closing
        text = "".join(self._unsealed) + event.text
        self._unsealed = []
        pieces = [closing, self._open()]
        if text:
            pieces.append(self._reasoning({"text": text}))
        pieces.append(self._reasoning({"signature": event.signature}))
        return b"".join(pieces)

    def _reasoning(self, piece: Any) -> bytes:
        return self._delta({"reasoningContent": piece})

    def _delta(self, delta: Any) -> bytes:
        return _frame("contentBlockDelta", {"delta": delta, "contentBlockIndex": self._next_block})


def _frame(kind: str, payload: Any) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return write_frame(headers, msgspec.json.encode(payload))


STREAM_LOSSES: Final = (UNKNOWN_USAGE, REASONING_USAGE, UNKNOWN_METRICS, UNSIGNED_THINKING, STOP_SEQUENCE)
