"""Streams of the Responses API into events. Items may arrive mixed; each part keeps its own number."""

import re
from collections.abc import Sequence
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.event_stream import EventStreamDecoder, cut_short, invalid_stream
from offramp.dialects.id_forms import minted_id
from offramp.dialects.loss import Effect, Loss
from offramp.dialects.openai_responses.decode_reply import (
    DROPPED,
    EMPTY_ARGUMENTS,
    OTHER_ITEM,
    OTHER_PART,
    SUMMARIES,
    call_fields,
    read_created,
    read_usage,
    seal_of,
    skip_frame,
    stop_reason,
    why_incomplete,
)
from offramp.dialects.openai_responses.errors import decode_error
from offramp.dialects.openai_responses.groups import GROUP, joined
from offramp.dialects.openai_responses.wire import CALL_ID_PREFIX
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.tool_arguments import Arguments
from offramp.dialects.turns import (
    Event,
    ReplyEnded,
    ReplyStarted,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolDelta,
    ToolStarted,
)

OTHER_EVENT: Final = Loss("type", "an event of a type that is not carried", Effect.CONTENT)
ANNOTATION: Final = Loss("output.content.annotations", "citations are not carried", Effect.CONTENT)

_ENDS: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
_STARTS: Final = frozenset({"response.created", "response.queued", "response.in_progress"})
_NUMBER: Final = re.compile(rb'"sequence_number":(\d{1,15})[,}]')
_PIECES: Final = (
    b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta",',
    b'event: response.function_call_arguments.delta\ndata: {"type":"response.function_call_arguments.delta",',
)
_KINDS: Final = frozenset({"message", "function_call", "reasoning"})
_DELTA: Final = frozenset(
    {
        "type",
        "sequence_number",
        "item_id",
        "output_index",
        "content_index",
        "delta",
        "logprobs",
        "obfuscation",
    }
)


class _Item:
    """One item of the answer as it streams in."""

    __slots__ = ("arguments", "call_part", "is_sealed", "kind", "name", "parts", "reasoned")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = ""
        self.call_part = -1
        self.arguments = Arguments()
        self.parts: dict[int, int] = {}
        """Number of a piece of content to the part's number, once a word of it came."""
        self.reasoned: set[tuple[str, int]] = set()
        """Pieces of reasoning of which a word came."""
        self.is_sealed = False


class ResponsesStreamDecoder(EventStreamDecoder):
    """Upstream bytes of this API to events."""

    text_members = ()  # No two events are alike: each has its own number.

    def __init__(self) -> None:
        super().__init__()
        self._id = ""
        self._is_started = False
        self._items: dict[int, _Item] = {}
        self._next_part = 0
        self._is_refusal = False
        self.sequence_number = -1
        """Of the last event read."""
        self.answer: JsonObject | None = None
        """The whole answer, once its end told it."""

    def skip(self, data: bytes, start: int) -> int:
        """Where the run of pieces of text and arguments from `start` on ends; their item tells them again."""
        if not (self._is_started and self._parser.is_between_events):
            return start
        last = start
        while data.startswith(_PIECES, start) and (end := data.find(b"\n\n", start)) >= 0:
            last, start = start, end + 2
        number = _NUMBER.search(data, last, start)
        self.sequence_number = int(number.group(1)) if number else self.sequence_number
        return start

    def take(self, event: str, data: bytes) -> Sequence[Event]:
        """The events of one server-sent event."""
        if data.strip() == b"[DONE]":
            return (cut_short(),)
        body = self.parse(data)
        number = body.get("sequence_number")
        self.sequence_number = number if type(number) is int else self.sequence_number + 1
        quick = self._quick(body)
        if quick is not None:
            return quick
        kind = body.get("type") or event
        if not isinstance(kind, str):
            raise invalid_stream("an event of the stream has no type")
        if kind == "error" or body.get("error"):
            return (decode_error(body.get("error") or body),)
        reading = Reading(DROPPED, is_reply=True)
        if kind in _STARTS or kind in _ENDS:
            events = self._frame(kind, body.get("response"), reading)
        else:
            with reading.fields(body) as fields:
                fields.skip("type", "sequence_number", "item_id", "obfuscation")
                events = self._read(kind, fields, reading)
        for loss in reading.decoded(None).losses:
            self.lose(loss)
        return events

    def _quick(self, body: JsonObject) -> Sequence[Event] | None:
        """The common piece, one more bit of text, without the full reading; None for any other."""
        if body.get("type") != "response.output_text.delta" or not body.keys() <= _DELTA:
            return None
        output, content, text = body.get("output_index"), body.get("content_index"), body.get("delta")
        item = self._items.get(output) if type(output) is int else None
        if item is None or type(content) is not int or type(text) is not str or body.get("logprobs"):
            return None
        part = item.parts.get(content)
        return None if part is None else ((TextDelta(part, text),) if text else ())

    def _frame(self, kind: str, body: Any, reading: Reading) -> Sequence[Event]:
        """An event that holds the answer as a whole."""
        if not isinstance(body, dict):
            raise invalid_stream(f"`{kind}` holds no response")
        if kind == "response.failed":
            return (decode_error(body.get("error")),)
        with reading.fields(body, "/response") as fields:
            skip_frame(fields)
            started = self._start(fields)
            if kind in _STARTS:
                fields.skip("output", "status", "incomplete_details", "usage")
                return started
            self.answer = body
            later = [
                event
                for index, item in enumerate(fields.each("output"))
                for event in self._item(index, item, reading, is_done=True)
            ]
            return [*started, *later, *self._end(fields, reading)]

    def _start(self, fields: Fields) -> list[Event]:
        reply_id, model = fields.text("id") or "", fields.text("model") or ""
        created_at = read_created(fields.raw("created_at"))
        if self._is_started:
            return []
        self._is_started, self._id = True, reply_id
        return [ReplyStarted(reply_id, model, created_at=created_at)]

    def _end(self, fields: Fields, reading: Reading) -> Sequence[Event]:
        calls = [item for item in self._items.values() if item.call_part >= 0]
        reason = stop_reason(
            fields.raw("status") or "completed",
            why_incomplete(fields),
            has_calls=bool(calls),
            is_refusal=self._is_refusal,
        )
        events: list[Event] = []
        for call in calls if reason is not StopReason.LENGTH else ():
            if call.arguments.is_empty:
                reading.lose(EMPTY_ARGUMENTS)
                events.append(ToolDelta(call.call_part, "{}"))
            elif not call.arguments.is_object:
                raise invalid_stream(f"the arguments for the tool `{call.name}` are not a JSON object")
        return [*events, ReplyEnded(reason, "", read_usage(fields.fields("usage")))]

    def _read(self, kind: str, fields: Fields, reading: Reading) -> Sequence[Event]:
        if not self._is_started:
            raise invalid_stream(f"`{kind}` came before `response.created`")
        index = fields.integer("output_index", 0) or 0
        match kind:
            case "response.output_item.added" | "response.output_item.done":
                item = fields.fields("item")
                is_done = kind.endswith("done")
                return () if item is None else self._item(index, item, reading, is_done=is_done)
            case "response.output_text.delta" | "response.refusal.delta":
                return self._text(index, fields, "delta", is_refusal="refusal" in kind)
            case "response.output_text.done":
                return self._text_whole(index, fields, "text")
            case "response.refusal.done":
                self._is_refusal = True
                return self._text_whole(index, fields, "refusal")
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return self._reasoning(index, fields, kind, "delta", reading)
            case "response.reasoning_summary_text.done" | "response.reasoning_text.done":
                return self._reasoning(index, fields, kind, "text", reading)
            case "response.function_call_arguments.delta":
                return self._arguments(index, fields.text("delta") or "")
            case "response.function_call_arguments.done":
                fields.skip("name")
                return self._arguments_whole(index, fields.text("arguments") or "")
            case "response.content_part.added" | "response.content_part.done":
                fields.skip_all()
                return ()
            case "response.reasoning_summary_part.added" | "response.reasoning_summary_part.done":
                fields.skip_all()
                return ()
            case "response.output_text.annotation.added":
                fields.skip_all()
                reading.lose(ANNOTATION)
                return ()
        fields.skip_all()
        other = self._items.get(index)
        if other is None or other.kind in _KINDS:
            reading.lose(OTHER_EVENT)
        return ()

    def _item(self, index: int, item: Fields, reading: Reading, *, is_done: bool) -> Sequence[Event]:
        """An item opens, or is told whole: what of it did not come in pieces comes now."""
        with item:
            kind = str(item.raw("type"))
            item.skip("id", "status", "role")
            if kind not in _KINDS:
                item.skip_all()
                reading.lose(OTHER_ITEM)
                self._items.setdefault(index, _Item(kind))
                return ()
            known = self._items.setdefault(index, _Item(kind))
            match kind:
                case "message":
                    return self._message(known, item, reading)
                case "function_call":
                    return self._call(index, known, item, is_done=is_done)
            return self._thought(known, item, reading, is_done=is_done)

    def _message(self, known: _Item, item: Fields, reading: Reading) -> Sequence[Event]:
        events: list[Event] = []
        for number, part in enumerate(item.each("content")):
            with part:
                kind = part.raw("type")
                name = "refusal" if kind == "refusal" else "text"
                if kind not in ("output_text", "refusal"):
                    part.skip_all()
                    reading.lose(OTHER_PART)
                    continue
                self._is_refusal |= kind == "refusal"
                for other in ("annotations", "logprobs"):
                    if part.raw(other):
                        part.leave(other)
                text = part.text(name) or ""
                if text and number not in known.parts:
                    known.parts[number] = self._new_part()
                    events.append(TextDelta(known.parts[number], text))
        return events

    def _call(self, index: int, known: _Item, item: Fields, *, is_done: bool) -> Sequence[Event]:
        call_fields(item)
        events: list[Event] = []
        call_id, name = item.text("call_id") or "", joined(item.text(GROUP) or "", item.needed_text("name"))
        text = item.text("arguments") or ""
        if known.call_part < 0:
            known.call_part, known.name = self._new_part(), name
            call_id = call_id or minted_id(CALL_ID_PREFIX, self._id, str(index))
            events.append(ToolStarted(known.call_part, call_id, name))
        if is_done:
            events += self._arguments_whole(index, text)
        return events

    def _thought(self, known: _Item, item: Fields, reading: Reading, *, is_done: bool) -> Sequence[Event]:
        events: list[Event] = []
        for name, kind in (("summary", "summary"), ("content", "text")):
            for number, part in enumerate(item.each(name)):
                with part:
                    part.skip("type")
                    text = part.text("text") or ""
                if is_done and (kind, number) not in known.reasoned:
                    events += self._thinking(known, (kind, number), text, reading)
        seal = seal_of(item)
        if seal and is_done and not known.is_sealed:
            known.is_sealed = True
            part_number = known.parts.setdefault(0, -1)
            if part_number < 0:
                part_number = known.parts[0] = self._new_part()
            events.append(ThinkingDelta(part_number, "", seal, is_redacted=not known.reasoned))
        return events

    def _text(self, index: int, fields: Fields, name: str, *, is_refusal: bool) -> Sequence[Event]:
        if fields.raw("logprobs"):
            fields.leave("logprobs")
        text = fields.text(name) or ""
        number = fields.integer("content_index", 0) or 0
        self._is_refusal |= is_refusal
        item = self._items.setdefault(index, _Item("message"))
        if not text:
            return ()
        if number not in item.parts:
            item.parts[number] = self._new_part()
        return (TextDelta(item.parts[number], text),)

    def _text_whole(self, index: int, fields: Fields, name: str) -> Sequence[Event]:
        """Text of which no piece came."""
        item = self._items.setdefault(index, _Item("message"))
        if (fields.integer("content_index", 0) or 0) in item.parts:
            fields.skip(name, "logprobs")
            return ()
        return self._text(index, fields, name, is_refusal=False)

    def _reasoning(
        self, index: int, fields: Fields, kind: str, name: str, reading: Reading
    ) -> Sequence[Event]:
        is_summary = "summary" in kind
        number = fields.integer("summary_index" if is_summary else "content_index", 0) or 0
        piece = ("summary" if is_summary else "text", number)
        item = self._items.setdefault(index, _Item("reasoning"))
        text = fields.text(name) or ""
        if name == "text" and piece in item.reasoned:
            return ()
        return self._thinking(item, piece, text, reading)

    def _thinking(self, item: _Item, piece: tuple[str, int], text: str, reading: Reading) -> Sequence[Event]:
        """Pieces of one reasoning item are one part: they have one seal."""
        if not text:
            return ()
        if 0 not in item.parts:
            item.parts[0] = self._new_part()
        is_new = piece not in item.reasoned
        if is_new and item.reasoned:
            reading.lose(SUMMARIES)
            text = "\n\n" + text
        item.reasoned.add(piece)
        return (ThinkingDelta(item.parts[0], text),)

    def _arguments(self, index: int, text: str) -> Sequence[Event]:
        if not text:
            return ()
        item = self._items.get(index)
        if item is None or item.call_part < 0:
            raise invalid_stream("arguments arrived for an item that is no function call")
        item.arguments.add(text)
        return (ToolDelta(item.call_part, text),)

    def _arguments_whole(self, index: int, text: str) -> Sequence[Event]:
        """Arguments of which no piece came."""
        item = self._items.get(index)
        return self._arguments(index, text) if item is None or item.arguments.is_empty else ()

    def _new_part(self) -> int:
        self._next_part += 1
        return self._next_part - 1
