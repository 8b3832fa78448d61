"""Streams of the Messages API. The encoder keeps blocks strictly one after another."""

from collections.abc import Sequence
from typing import Any, Final, assert_never, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.anthropic_messages import wire
from offramp.dialects.anthropic_messages.blocks import TOOL_ID_PREFIX
from offramp.dialects.anthropic_messages.decode_reply import DROPPED, read_usage, stop_reason
from offramp.dialects.anthropic_messages.encode import STOP_REASONS, UNKNOWN_USAGE, message_id, write_usage
from offramp.dialects.anthropic_messages.errors import decode_failure_event, encode_failure_event
from offramp.dialects.event_stream import EventStreamDecoder, invalid_stream
from offramp.dialects.id_forms import outward_id
from offramp.dialects.loss import Effect, Loss, LossLog
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

LATE_USAGE: Final = Loss("usage.input", "known only at the end; `message_start` says 0", Effect.METADATA)

_BLOCK_TYPES: Final = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})


class MessagesStreamDecoder(EventStreamDecoder):
    """Upstream bytes of this API to events."""

    text_members = (b"text",)

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[int, str] = {}
        self._arguments: dict[int, Arguments] = {}
        self._usage = Usage()
        self._stop: StopReason | None = None
        self._stop_sequence = ""

    def take(self, event: str, data: bytes) -> Sequence[Event]:
        """The events of one server-sent event."""
        if event == "ping":
            return ()
        if event == "error":
            return (decode_failure_event(data),)
        body = self.parse(data)
        quick = _quick(body)
        if quick is not None:
            return (quick,)
        reading = Reading(DROPPED, is_reply=True)
        with reading.fields(body) as fields:
            events = self._read(fields, reading, data)
        for loss in reading.decoded(events).losses:
            self.lose(loss)
        return events

    def _read(self, fields: Fields, reading: Reading, data: bytes) -> Sequence[Event]:
        match fields.raw("type"):
            case "content_block_delta":
                return self._delta(fields, reading)
            case "content_block_start":
                return self._block_start(fields, reading)
            case "content_block_stop":
                return self._block_stop(fields)
            case "message_start":
                return self._message_start(fields)
            case "message_delta":
                return self._message_delta(fields)
            case "message_stop":
                return (self._end(),)
            case "error":
                fields.skip_all()
                return (decode_failure_event(data),)
            case "ping":
                fields.skip_all()
        return ()

    def _message_start(self, fields: Fields) -> Sequence[Event]:
        message = fields.fields("message")
        if message is None:
            raise invalid_stream("`message_start` holds no message")
        with message:
            message.skip("type", "role", "content", "stop_reason", "stop_sequence")
            self._usage = read_usage(message.fields("usage"))
            started = ReplyStarted(message.text("id") or "", message.text("model") or "", self._usage)
        return (started,)

    def _block_start(self, fields: Fields, reading: Reading) -> Sequence[Event]:
        index = fields.integer("index", 0) or 0
        block = fields.fields("content_block")
        if block is None:
            raise invalid_stream("`content_block_start` holds no block")
        with block:
            kind = str(block.raw("type"))
            self._blocks[index] = kind
            if kind not in _BLOCK_TYPES:
                block.skip_all()
                reading.lose(Loss("content.type", "a block of a type that is not carried", Effect.CONTENT))
                return ()
            if kind == "tool_use":
                if block.raw("caller") not in (None, {"type": "direct"}):
                    block.leave("caller")
                return self._tool_start(index, block)
            if kind == "redacted_thinking":
                return (ThinkingDelta(index, "", block.text("data") or "", is_redacted=True),)
            text = block.text("text" if kind == "text" else "thinking") or ""
            signature = block.text("signature") or ""
            if kind == "thinking" and (text or signature):
                return (ThinkingDelta(index, text, signature),)
            return (TextDelta(index, text),) if text else ()

    def _tool_start(self, index: int, block: Fields) -> Sequence[Event]:
        started = ToolStarted(index, block.needed_text("id"), block.needed_text("name"))
        arguments = self._arguments[index] = Arguments()
        given = block.raw("input")
        if not given:
            return (started,)
        text = msgspec.json.encode(given).decode()
        arguments.add(text)
        return (started, ToolDelta(index, text))

    def _delta(self, fields: Fields, reading: Reading) -> Sequence[Event]:
        index = fields.integer("index", 0) or 0
        delta = fields.fields("delta")
        if delta is None:
            raise invalid_stream("`content_block_delta` holds no delta")
        with delta:
            match delta.raw("type"):
                case "text_delta":
                    return (TextDelta(index, delta.text("text") or ""),)
                case "input_json_delta":
                    text = delta.text("partial_json") or ""
                    if not text:
                        return ()
                    if index not in self._arguments:
                        raise invalid_stream("arguments arrived for a block that is no tool call")
                    self._arguments[index].add(text)
                    return (ToolDelta(index, text),)
                case "thinking_delta":
                    return (ThinkingDelta(index, delta.text("thinking") or ""),)
                case "signature_delta":
                    return (ThinkingDelta(index, "", delta.text("signature") or ""),)
                case "citations_delta":
                    delta.skip_all()
                    reading.lose(Loss("content.citations", "citations are not carried", Effect.CONTENT))
                    return ()
            delta.skip_all()
            if self._blocks.get(index) in _BLOCK_TYPES:
                reading.lose(Loss("delta.type", "a piece of a type that is not known", Effect.CONTENT))
            return ()

    def _block_stop(self, fields: Fields) -> Sequence[Event]:
        index = fields.integer("index", 0) or 0
        arguments = self._arguments.get(index)
        if arguments is None or not arguments.is_empty:
            return ()
        # This API leaves the text of empty arguments out; everywhere else they are written.
        arguments.add("{}")
        return (ToolDelta(index, "{}"),)

    def _message_delta(self, fields: Fields) -> Sequence[Event]:
        delta = fields.fields("delta")
        if delta is not None:
            with delta:
                said = delta.raw("stop_reason")
                if said is not None:
                    self._stop = stop_reason(said)
                self._stop_sequence = delta.text("stop_sequence") or ""
        later = read_usage(fields.fields("usage"))
        self._usage = Usage(
            input=self._usage.input if later.input is None else later.input,
            output=self._usage.output if later.output is None else later.output,
            cache_read=self._usage.cache_read if later.cache_read is None else later.cache_read,
            cache_write=self._usage.cache_write if later.cache_write is None else later.cache_write,
            reasoning=self._usage.reasoning if later.reasoning is None else later.reasoning,
        )
        return ()

    def _end(self) -> Event:
        if self._stop is None:
            raise invalid_stream("the stream stopped without a stop reason")
        if self._stop is not StopReason.LENGTH and not all(
            item.is_object for item in self._arguments.values()
        ):
            raise invalid_stream("a tool call's arguments are not a JSON object")
        return ReplyEnded(self._stop, self._stop_sequence, self._usage)


def _quick(body: JsonObject) -> TextDelta | None:
    """The common piece, one more bit of text, without the full reading; None for any other."""
    delta = body.get("delta")
    if len(body) != 3 or body.get("type") != "content_block_delta" or type(delta) is not dict:
        return None
    index, text = body.get("index"), delta.get("text")
    if (
        len(delta) != 2
        or delta.get("type") != "text_delta"
        or type(index) is not int
        or type(text) is not str
    ):
        return None
    return TextDelta(index, text)


_TEXT_TAIL: Final = b"}}\n\n"


class MessagesStreamEncoder(StreamWriter):
    """Events to bytes of this API."""

    reasons = STOP_REASONS

    def __init__(self) -> None:
        super().__init__()
        self._next_block = 0
        self._is_open = False
        self._text_head = (-1, b"")
        """Number of a block, and the bytes of a piece of its text up to the text."""

    def encode(self, event: Event) -> bytes:
        """The bytes to send now."""
        if type(event) is TextDelta and not self._is_over and self._sequence.is_open(event.index):
            return self._text(event.text)
        return super().encode(event)

    def tell(self, failure: Failure) -> bytes:
        """An `error` event."""
        return encode_failure_event(failure, {})

    def parts(self, ready: Sequence[Placed]) -> bytes:
        """Blocks, one after another."""
        return b"".join(self._part(part) for part in ready)

    def start(self, event: ReplyStarted) -> bytes:
        """The message, empty."""
        usage = write_usage(event.usage, LossLog())
        if event.usage.input is None:
            self._log.add(LATE_USAGE)
        message: wire.Reply = {
            "id": message_id(event.id),
            "type": "message",
            "role": "assistant",
            "model": event.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        return _event({"type": "message_start", "message": cast(JsonObject, message)})

    def end(self, event: ReplyEnded) -> bytes:
        """What is left, why it stopped, and the end."""
        pieces = [self._part(part) for part in self._sequence.close()]
        pieces.append(self._close_block())
        pieces.append(
            _event(
                {
                    "type": "message_delta",
                    "delta": {
                        "stop_reason": STOP_REASONS[event.stop_reason],
                        "stop_sequence": event.stop_sequence or None,
                    },
                    "usage": self._final_usage(event.usage),
                }
            )
        )
        pieces.append(_event({"type": "message_stop"}))
        return b"".join(pieces)

    def _final_usage(self, usage: Usage) -> JsonObject:
        if usage.output is None:
            self._log.add(UNKNOWN_USAGE)
        written = cast(JsonObject, write_usage(usage, LossLog()))
        if usage.input is None:
            del written["input_tokens"]
        return written

    def _close_block(self) -> bytes:
        if not self._is_open:
            return b""
        self._is_open = False
        self._next_block += 1
        return _event({"type": "content_block_stop", "index": self._next_block - 1})

    def _open(self, block: wire.Event) -> bytes:
        closing = self._close_block()
        self._is_open = True
        opening = _event({"type": "content_block_start", "index": self._next_block, "content_block": block})
        return closing + opening

    def _part(self, part: Placed) -> bytes:
        is_first, event = part
        match event:
            case TextDelta(_, text):
                opening = self._open({"type": "text", "text": ""}) if is_first else b""
                return opening + self._text(text)
            case ToolStarted(_, call_id, name):
                outward = outward_id(TOOL_ID_PREFIX, call_id)
                return self._open({"type": "tool_use", "id": outward, "name": name, "input": {}})
            case ToolDelta(_, arguments):
                return self._delta({"type": "input_json_delta", "partial_json": arguments})
            case ThinkingDelta():
                return self._thinking(event, is_first=is_first)
            case _:
                assert_never(event)

    def _thinking(self, event: ThinkingDelta, *, is_first: bool) -> bytes:
        if event.is_redacted:
            return self._open({"type": "redacted_thinking", "data": event.signature})
        pieces = []
        if is_first:
            pieces.append(self._open({"type": "thinking", "thinking": "", "signature": ""}))
        if event.text:
            pieces.append(self._delta({"type": "thinking_delta", "thinking": event.text}))
        if event.signature:
            pieces.append(self._delta({"type": "signature_delta", "signature": event.signature}))
        return b"".join(pieces)

    def _text(self, text: str) -> bytes:
        # Most of every stream. The same bytes as `_delta` would make of it.
        if self._text_head[0] != self._next_block:
            whole = self._delta({"type": "text_delta", "text": ""})
            self._text_head = (self._next_block, whole[: -len(_TEXT_TAIL) - 2])
        return self._text_head[1] + msgspec.json.encode(text) + _TEXT_TAIL

    def _delta(self, delta: wire.Event) -> bytes:
        return _event({"type": "content_block_delta", "index": self._next_block, "delta": delta})


def _event(data: Any) -> bytes:
    name: str = data["type"]
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


STREAM_LOSSES: Final = (LATE_USAGE, UNKNOWN_USAGE)
