"""Streams of the Chat Completions API."""

from collections.abc import Sequence
from typing import Any, Final, assert_never, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.event_stream import EventStreamDecoder, cut_short, invalid_stream
from offramp.dialects.id_forms import minted_id, outward_id
from offramp.dialects.openai_chat import wire
from offramp.dialects.openai_chat.decode_messages import CALL_ID_PREFIX
from offramp.dialects.openai_chat.decode_reply import (
    DROPPED,
    EMPTY_ARGUMENTS,
    OTHER_CHOICES,
    finish_reason,
    read_created,
    read_usage,
)
from offramp.dialects.openai_chat.encode import (
    FINISH_REASONS,
    ONE_TEXT,
    ORDER,
    STOP_SEQUENCE,
    THINKING,
    UNKNOWN_USAGE,
    completion_id,
    created,
    write_usage,
)
from offramp.dialects.openai_chat.errors import decode_failure_event, encode_failure_event
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.sequence import PartEvent, Placed
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

_DONE: Final = b"[DONE]"
_QUICK: Final = frozenset({"id", "object", "created", "model", "choices", "system_fingerprint"})
_QUICK_CHOICE: Final = frozenset({"index", "delta", "finish_reason", "logprobs"})


class _Call:
    """One tool call as it streams in."""

    __slots__ = ("arguments", "held", "id", "is_started", "name", "part")

    def __init__(self, part: int) -> None:
        self.part = part
        self.id = ""
        self.name = ""
        self.is_started = False
        self.held: list[str] = []
        self.arguments = Arguments()


class ChatStreamDecoder(EventStreamDecoder):
    """Upstream bytes of this API to events. Pieces of parallel calls stay as mixed as they come."""

    text_members = (b"content", b"obfuscation")

    def __init__(self) -> None:
        super().__init__()
        self._id: str | None = None
        self._next_part = 0
        self._open: tuple[str, int] | None = None
        self._calls: dict[int, _Call] = {}
        self._older_calls: list[_Call] = []
        self._usage = Usage()
        self._said: Any = None
        self._is_refusal = False

    def take(self, event: str, data: bytes) -> Sequence[Event]:
        """The events of one server-sent event."""
        if data.strip() == _DONE:
            return self.finish()
        if event == "error":
            return (decode_failure_event(data),)
        body = self.parse(data)
        quick = self._quick(body)
        if quick is not None:
            return quick
        if body.get("error") is not None:
            return (decode_failure_event(data),)
        reading = Reading(DROPPED, is_reply=True)
        with reading.fields(body) as fields:
            events = self._read(fields, reading)
        for loss in reading.decoded(events).losses:
            self.lose(loss)
        return events

    def finish(self) -> Sequence[Event]:
        """The end: polite only where the upstream gave a finish reason."""
        if self._said is None or self._id is None:
            return (cut_short(),)
        calls = [*self._older_calls, *self._calls.values()]
        reading = Reading(is_reply=True)
        reason = finish_reason(
            self._said, has_calls=bool(calls), is_refusal=self._is_refusal, reading=reading
        )
        events: list[Event] = []
        if reason is not StopReason.LENGTH:
            for call in calls:
                events += self._settle(call)
        for loss in reading.decoded(None).losses:
            self.lose(loss)
        return [*events, ReplyEnded(reason, "", self._usage)]

    def _settle(self, call: _Call) -> Sequence[Event]:
        if not call.is_started:
            raise invalid_stream("a tool call has no name")
        if call.arguments.is_empty:
            self.lose(EMPTY_ARGUMENTS)
            return (ToolDelta(call.part, "{}"),)
        if not call.arguments.is_object:
            raise invalid_stream(f"the arguments for the tool `{call.name}` are not a JSON object")
        return ()

    def _quick(self, body: JsonObject) -> Sequence[Event] | None:
        """The common piece, one more bit of text, without the full reading; None for any other."""
        choices = body.get("choices")
        if self._id is None or type(choices) is not list or len(choices) != 1 or not body.keys() <= _QUICK:
            return None
        choice = choices[0]
        if type(choice) is not dict or not choice.keys() <= _QUICK_CHOICE or choice.get("index"):
            return None
        delta = choice.get("delta")
        if choice.get("finish_reason") is not None or choice.get("logprobs") is not None:
            return None
        if type(delta) is not dict or len(delta) != 1:
            return None
        text = delta.get("content")
        if type(text) is not str or (body.get("system_fingerprint") is not None and not self.losses):
            return None
        return self._text(text)

    def _read(self, fields: Fields, reading: Reading) -> Sequence[Event]:
        fields.skip("object", "obfuscation")
        events: list[Event] = []
        reply_id, model = fields.text("id") or "", fields.text("model") or ""
        created_at = read_created(fields.integer("created"))
        if self._id is None:
            self._id = reply_id
            events.append(ReplyStarted(reply_id, model, Usage(), created_at))
        if fields.has("usage"):
            self._usage = read_usage(fields.fields("usage"))
        for choice in fields.each("choices"):
            with choice:
                if choice.raw("index"):
                    choice.skip_all()
                    reading.lose(OTHER_CHOICES)
                    continue
                delta = choice.fields("delta")
                if delta is not None:
                    with delta:
                        self._delta(delta, events)
                said = choice.raw("finish_reason")
                self._said = self._said if said is None else said
        return events

    def _delta(self, delta: Fields, events: list[Event]) -> None:
        delta.skip("role")
        thinking = delta.text("reasoning_content") or delta.text("reasoning")
        if thinking:
            events.append(ThinkingDelta(self._part_for("thinking"), thinking))
        events += self._text(delta.text("content") or "")
        refusal = delta.text("refusal")
        if refusal:
            self._is_refusal = True
            events += self._text(refusal)
        for item in delta.each("tool_calls"):
            with item:
                events += self._call(item)

    def _text(self, text: str) -> Sequence[Event]:
        return (TextDelta(self._part_for("text"), text),) if text else ()

    def _part_for(self, kind: str) -> int:
        if self._open is None or self._open[0] != kind:
            self._open = (kind, self._new_part())
        return self._open[1]

    def _new_part(self) -> int:
        self._next_part += 1
        return self._next_part - 1

    def _call(self, item: Fields) -> Sequence[Event]:
        item.skip("type")
        number = item.integer("index", 0) or 0
        call_id = item.text("id") or ""
        name, text = "", ""
        function = item.fields("function")
        if function is not None:
            with function:
                name, text = function.text("name") or "", function.text("arguments") or ""
        call = self._calls.get(number)
        if call is not None and call_id and name and call.id and call_id != call.id:
            # Some servers number every call 0: another id with a name is another call.
            self._older_calls.append(self._calls.pop(number))
            call = None
        if call is None:
            self._open = None
            call = self._calls[number] = _Call(self._new_part())
        return self._grow(call, call_id, name, text)

    def _grow(self, call: _Call, call_id: str, name: str, text: str) -> Sequence[Event]:
        call.id = call.id or call_id
        events: list[Event] = []
        if name and not call.is_started:
            call.name, call.is_started = name, True
            call.id = call.id or minted_id(CALL_ID_PREFIX, self._id or "", str(call.part))
            events.append(ToolStarted(call.part, call.id, name))
            events += [ToolDelta(call.part, piece) for piece in call.held]
            call.held = []
        if text:
            call.arguments.add(text)
            if call.is_started:
                events.append(ToolDelta(call.part, text))
            else:
                call.held.append(text)
        return events


class ChatStreamEncoder(StreamWriter):
    """Events to bytes of this API. After a failure there is no `[DONE]`."""

    reasons = FINISH_REASONS

    def __init__(self, *, wants_usage: bool) -> None:
        super().__init__()
        self._wants_usage = wants_usage
        self._frame: wire.Chunk = {}
        self._calls: dict[int, int] = {}
        self._text_parts: set[int] = set()
        self._text_ends = (b"", b"")
        """The bytes of a piece of text before and after the text."""

    def take(self, event: PartEvent) -> bytes:
        """Parts may come mixed here, so none has to wait for its turn."""
        match event:
            case TextDelta(index, text):
                if index not in self._text_parts:
                    self._note_text(index)
                return self._text(text)
            case ToolDelta(index, arguments):
                return self._chunk({"tool_calls": [self._piece(index, arguments)]})
            case ToolStarted():
                return self._chunk({"tool_calls": [self._call(event)]})
            case ThinkingDelta():
                self._log.add(THINKING)
                return b""
            case _:
                assert_never(event)

    def parts(self, ready: Sequence[Placed]) -> bytes:
        """Those of `ready`, as they are."""
        return b"".join(self.take(placed.event) for placed in ready)

    def tell(self, failure: Failure) -> bytes:
        """An `error` object."""
        return encode_failure_event(failure, {})

    def start(self, event: ReplyStarted) -> bytes:
        """The first chunk."""
        self._text_ends = (b"", b"")
        self._frame = {
            "id": completion_id(event.id),
            "object": "chat.completion.chunk",
            "created": created(event.created_at, self._log),
            "model": event.model,
        }
        return self._chunk({"role": "assistant", "content": ""})

    def end(self, event: ReplyEnded) -> bytes:
        """Why it stopped, the usage where it was asked for, and the end."""
        if event.stop_sequence:
            self._log.add(STOP_SEQUENCE)
        pieces = [self._chunk({}, FINISH_REASONS[event.stop_reason])]
        usage = write_usage(event.usage)
        if self._wants_usage and usage is None:
            self._log.add(UNKNOWN_USAGE)
        elif self._wants_usage:
            pieces.append(_data({**self._frame, "choices": [], "usage": cast(JsonObject, usage)}))
        pieces.append(b"data: [DONE]\n\n")
        return b"".join(pieces)

    def _note_text(self, index: int) -> None:
        if self._text_parts:
            self._log.add(ONE_TEXT)
        if self._calls:
            self._log.add(ORDER)
        self._text_parts.add(index)

    def _call(self, event: ToolStarted) -> wire.Chunk:
        number = self._calls[event.index] = len(self._calls)
        return {
            "index": number,
            "id": outward_id(CALL_ID_PREFIX, event.id),
            "type": "function",
            "function": {"name": event.name, "arguments": ""},
        }

    def _piece(self, index: int, arguments: str) -> wire.Chunk:
        return {"index": self._calls[index], "function": {"arguments": arguments}}

    def _text(self, text: str) -> bytes:
        # Most of every stream. The same bytes as `_chunk` would make of it.
        if not self._text_ends[0]:
            head, _, tail = self._chunk({"content": ""}).rpartition(b'"content":""')
            self._text_ends = (head + b'"content":', tail)
        return self._text_ends[0] + msgspec.json.encode(text) + self._text_ends[1]

    def _chunk(self, delta: wire.Chunk, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        body = {**self._frame, "choices": [choice]}
        if self._wants_usage:
            body["usage"] = None
        return _data(body)


def _data(body: wire.Chunk) -> bytes:
    return b"data: " + msgspec.json.encode(body) + b"\n\n"


STREAM_LOSSES: Final = (THINKING, ONE_TEXT, ORDER, UNKNOWN_USAGE, STOP_SEQUENCE)
