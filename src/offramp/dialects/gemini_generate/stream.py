"""Streams of the Gemini API: each event is a reply of its own, and the last says why the model stopped."""

from collections.abc import Sequence
from typing import Any, Final, assert_never, cast

import msgspec

from offramp.dialects.event_stream import EventStreamDecoder, cut_short
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.gemini_generate import wire
from offramp.dialects.gemini_generate.decode_reply import (
    CUT_CALL,
    DROPPED,
    PartReader,
    finish_reason,
    read_candidate,
    read_usage,
)
from offramp.dialects.gemini_generate.encode_reply import (
    CACHE_WRITE,
    FINISH_REASONS,
    STOP_SEQUENCE,
    response_id,
    write_call,
    write_usage,
)
from offramp.dialects.gemini_generate.errors import decode_failure_event, encode_failure_event
from offramp.dialects.gemini_generate.parts import json_text, write_thought
from offramp.dialects.loss import LossLog
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.sequence import Placed
from offramp.dialects.stream_writer import StreamWriter
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import (
    Event,
    Failure,
    Part,
    ReplyEnded,
    ReplyStarted,
    StopReason,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolDelta,
    ToolStarted,
    ToolUse,
    Usage,
)

KEEP_ALIVE: Final = b'data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0}]}\n\n'
"""A piece without a word. Clients of this API take a comment for a broken answer."""

_FINISH: Final = b'"finishReason"'


class GenerateStreamDecoder(EventStreamDecoder):
    """Upstream bytes of this API to events. A stream is whole when it closes after a finish reason."""

    text_members = (b"text",)

    def __init__(self) -> None:
        super().__init__()
        self._reader: PartReader | None = None
        self._next_part = 0
        self._open: type[Text | Thinking] | None = None
        self._has_calls = False
        self._usage = Usage()
        self._said: Any = None

    def event_end(self, data: bytes, start: int) -> int:
        """As for any event, but one with a finish reason may be the last, so it waits for what follows it."""
        end = super().event_end(data, start)
        return 0 if end == len(data) and data.find(_FINISH, start, end) >= 0 else end

    def take(self, event: str, data: bytes) -> Sequence[Event]:  # noqa: ARG002 - events have no names here
        """The events of one server-sent event."""
        body = self.parse(data)
        if body.get("error") is not None:
            return (decode_failure_event(data),)
        reading = Reading(DROPPED, is_reply=True)
        with reading.fields(body) as fields:
            events = self._read(fields, reading)
        for loss in reading.decoded(None).losses:
            self.lose(loss)
        return events

    def finish(self) -> Sequence[Event]:
        """The end: polite only where the upstream gave a finish reason."""
        if self._said is None or self._reader is None:
            return (cut_short(),)
        return (ReplyEnded(finish_reason(self._said, has_calls=self._has_calls), "", self._usage),)

    def _read(self, fields: Fields, reading: Reading) -> Sequence[Event]:
        events: list[Event] = []
        reply_id, model = fields.text("responseId") or "", fields.text("modelVersion") or ""
        if fields.has("usageMetadata"):
            self._usage = read_usage(fields.fields("usageMetadata"))
        if self._reader is None:
            self._reader = PartReader(reply_id)
            events.append(ReplyStarted(reply_id, model, Usage(input=self._usage.input)))
        parts: list[Part] = []
        said, is_blocked = read_candidate(fields, reading, self._reader, parts)
        for part in parts:
            events += self._part(part)
        if is_blocked and said is None:
            said = "SAFETY"
        if said is not None:
            finish_reason(said, has_calls=False)  # a failure is told at once
            self._said = said
        return events

    def _part(self, part: Part) -> Sequence[Event]:
        match part:
            case Text(text):
                return (TextDelta(self._number(Text), text),)
            case Thinking(text, signature, True):
                self._open = None
                return (ThinkingDelta(self._new_part(), text, signature, is_redacted=True),)
            case Thinking(text, signature):
                return (ThinkingDelta(self._number(Thinking), text, signature),)
            case ToolUse():
                self._open = None
                self._has_calls = True
                index = self._new_part()
                arguments = json_text(dict(part.arguments))
                return (
                    ToolStarted(index, part.id, part.name, part.signature),
                    ToolDelta(index, arguments),
                )
            case _:
                return ()

    def _number(self, kind: type[Text | Thinking]) -> int:
        """Neighbouring pieces of one kind are one part."""
        if self._open is not kind:
            self._open = kind
            return self._new_part()
        return self._next_part - 1

    def _new_part(self) -> int:
        self._next_part += 1
        return self._next_part - 1


class GenerateStreamEncoder(StreamWriter):
    """Events to bytes of this API. Calls are sent whole."""

    reasons = FINISH_REASONS

    def __init__(self) -> None:
        super().__init__()
        self._frame: dict[str, Any] = {}
        self._usage: wire.UsageMetadata = {}
        self._call: ToolStarted | None = None
        self._arguments: list[str] = []
        self._calls = 0

    def start(self, event: ReplyStarted) -> bytes:
        """Nothing yet: each piece repeats what is noted here."""
        self._frame = {"modelVersion": event.model, "responseId": response_id(event.id)}
        self._usage = write_usage(event.usage, LossLog())
        return b""

    def tell(self, failure: Failure) -> bytes:
        """An `error` object."""
        return encode_failure_event(failure, {})

    def parts(self, ready: Sequence[Placed]) -> bytes:
        """A piece of the answer."""
        parts = [part for placed in ready for part in self._parts(placed)]
        return self._piece(parts) if parts else b""

    def _parts(self, placed: Placed) -> list[wire.Part]:
        is_first, event = placed
        closed = self._closed_call() if is_first else []
        match event:
            case TextDelta(_, text):
                return [*closed, {"text": text}]
            case ThinkingDelta(_, text, signature, is_redacted):
                return [*closed, write_thought(text, signature, is_redacted=is_redacted)]
            case ToolStarted():
                self._call = event
            case ToolDelta(_, arguments):
                self._arguments.append(arguments)
            case _:
                assert_never(event)
        return closed

    def _closed_call(self) -> list[wire.Part]:
        """The call that was open, now whole. Raises `ReplyInvalid` where it never became whole."""
        call, self._call = self._call, None
        text, self._arguments = "".join(self._arguments), []
        if call is None:
            return []
        arguments = parsed_object(text)
        if arguments is None:
            raise ReplyInvalid(
                "tool-call-invalid", f"the arguments for the tool `{call.name}` are not a JSON object"
            )
        self._calls += 1
        is_first = self._calls == 1
        return [write_call(call.id, call.name, arguments, call.signature, is_first=is_first)]

    def end(self, event: ReplyEnded) -> bytes:
        """The last piece."""
        if event.stop_sequence:
            self._log.add(STOP_SEQUENCE)
        parts: list[wire.Part] = []
        try:
            for placed in self._sequence.close():
                parts += self._parts(placed)
            parts += self._closed_call()
        except ReplyInvalid:
            if event.stop_reason is not StopReason.LENGTH:
                raise
            self._log.add(CUT_CALL)
        usage = write_usage(event.usage, self._log)
        if usage:
            self._usage = usage
        return self._piece(parts or [{"text": ""}], FINISH_REASONS[event.stop_reason])

    def _piece(self, parts: list[wire.Part], finish: wire.FinishReason | None = None) -> bytes:
        candidate: wire.Candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
        if finish is not None:
            candidate["finishReason"] = finish
        body: dict[str, Any] = {"candidates": [candidate], **self._frame}
        if self._usage:
            body["usageMetadata"] = self._usage
        return b"data: " + msgspec.json.encode(cast(Any, body)) + b"\n\n"


STREAM_LOSSES: Final = (STOP_SEQUENCE, CACHE_WRITE, CUT_CALL)
