"""Events into streams of the Responses API: items strictly one after another, every event numbered."""

from collections.abc import Sequence
from typing import Any, Final, assert_never, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.openai_responses import wire
from offramp.dialects.openai_responses.encode_reply import (
    STATUSES,
    STOP_SEQUENCE,
    Frame,
    call_item,
    created,
    item_id,
    new_message,
    new_text,
    reasoning_item,
    write_usage,
)
from offramp.dialects.openai_responses.errors import answer_error
from offramp.dialects.sequence import Placed
from offramp.dialects.stream_writer import StreamWriter
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import (
    Event,
    Failure,
    ReplyEnded,
    ReplyStarted,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolDelta,
    ToolStarted,
)

STREAM_LOSSES: Final = (STOP_SEQUENCE,)

_TAIL: Final = b',"logprobs":[]}\n\n'


class ResponsesStreamEncoder(StreamWriter):
    """Events to bytes of this API. After a failure no answer is completed."""

    reasons = STATUSES

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame
        self._answer: wire.Response | None = None
        self._number = 0
        self._item: wire.OutputItem | None = None
        """The item being said; not yet among the answer's output."""
        self._pieces: list[str] = []
        """The text, reasoning or arguments of the part being said."""
        self._seal = ""
        self._text_head = b""
        self._text_middle = b""
        """The bytes of a piece of text up to its number, and from there up to the text."""

    @property
    def answer(self) -> JsonObject | None:
        """The whole answer, once it ended well."""
        is_whole = self._answer is not None and self._answer["status"] in ("completed", "incomplete")
        return cast(JsonObject, self._answer) if is_whole else None

    def encode(self, event: Event) -> bytes:
        """The bytes to send now."""
        is_begun = bool(self._text_head) and not self._is_over
        if type(event) is TextDelta and is_begun and self._sequence.is_open(event.index):
            return self._text(event.text)
        return super().encode(event)

    def tell(self, failure: Failure) -> bytes:
        """See `fail`."""
        return self.fail(failure, {})

    def parts(self, ready: Sequence[Placed]) -> bytes:
        """Items, one after another."""
        return b"".join(self._part(part) for part in ready)

    def fail(self, failure: Failure, extension: JsonObject) -> bytes:
        """The failed answer, which ends the stream; nothing follows it."""
        self._is_over = True
        if self._answer is None:
            return failure_event(failure, extension, self._number)
        self._answer["status"], self._answer["incomplete_details"] = "failed", None
        self._answer["error"] = cast(wire.ResponseError, answer_error(failure))
        more: JsonObject = {"offramp": extension} if extension else {}
        return self._event("response.failed", response=self._answer, **more)

    def start(self, event: ReplyStarted) -> bytes:
        """The answer, empty."""
        answer = self._frame.open(event.id, event.model, created(event.created_at, self._log))
        self._answer = answer
        opened = self._event("response.created", response=answer)
        return opened + self._event("response.in_progress", response=answer)

    def end(self, event: ReplyEnded) -> bytes:
        """What is left, and the whole answer again."""
        answer = self._opened()
        if event.stop_sequence:
            self._log.add(STOP_SEQUENCE)
        status, incomplete = STATUSES[event.stop_reason]
        pieces = [self._part(part) for part in self._sequence.close()]
        pieces.append(self._close_item(status))
        answer["status"], answer["incomplete_details"] = status, incomplete
        answer["usage"] = write_usage(event.usage, self._log)
        pieces.append(self._event(f"response.{status}", response=answer))
        return b"".join(pieces)

    def _opened(self) -> wire.Response:
        """The answer; opened now where no event did."""
        if self._answer is None:
            self._answer = self._frame.open("", "", created(None, self._log))
        return self._answer

    @property
    def _index(self) -> int:
        return len(self._opened()["output"])

    def _part(self, part: Placed) -> bytes:
        is_first, event = part
        match event:
            case TextDelta(_, text):
                opening = self._open_text() if is_first else b""
                return opening + self._text(text)
            case ToolStarted():
                return self._open_call(event)
            case ToolDelta(_, arguments):
                self._pieces.append(arguments)
                return self._in_item("response.function_call_arguments.delta", delta=arguments)
            case ThinkingDelta():
                return self._thinking(event, is_first=is_first)
            case _:
                assert_never(event)

    def _open_text(self) -> bytes:
        """A new part of the message that is open, else of a new one."""
        item = self._item
        if item is None or item["type"] != "message":
            closing = self._close_item("completed")
            message = new_message(self._opened()["id"], self._index, "in_progress")
            closing += self._add_item(message)
        else:
            message = item
            closing = self._close_text(message)
        message["content"].append(new_text(""))
        opening = self._in_content("response.content_part.added", part=message["content"][-1])
        self._set_head()
        return closing + opening

    def _set_head(self) -> None:
        # Most of every stream. The same bytes as `_event` would make of it.
        whole = self._in_content("response.output_text.delta", delta="")
        self._number -= 1
        before, _, after = whole.partition(b'"sequence_number":%d' % self._number)
        self._text_head = before + b'"sequence_number":'
        self._text_middle = after.removesuffix(b'""}\n\n')

    def _text(self, text: str) -> bytes:
        self._pieces.append(text)
        number = str(self._number).encode()
        self._number += 1
        return self._text_head + number + self._text_middle + msgspec.json.encode(text) + _TAIL

    def _open_call(self, event: ToolStarted) -> bytes:
        closing = self._close_item("completed")
        id_ = item_id("fc_", self._opened()["id"], self._index)
        item = call_item(self._frame, event.id, event.name, "", id_)
        item["status"] = "in_progress"
        return closing + self._add_item(item)

    def _thinking(self, event: ThinkingDelta, *, is_first: bool) -> bytes:
        pieces = []
        if is_first:
            pieces.append(self._close_item("completed"))
            item = reasoning_item(Thinking(""), self._opened()["id"], self._index)
            pieces.append(self._add_item(item))
        self._seal = event.signature or self._seal
        if event.text:
            if not self._pieces:
                part = {"type": "summary_text", "text": ""}
                pieces.append(self._in_summary("response.reasoning_summary_part.added", part=part))
            self._pieces.append(event.text)
            pieces.append(self._in_summary("response.reasoning_summary_text.delta", delta=event.text))
        return b"".join(pieces)

    def _add_item(self, item: wire.OutputItem) -> bytes:
        self._item = item
        return self._event("response.output_item.added", output_index=self._index, item=item)

    def _close_item(self, status: wire.Status) -> bytes:
        """The open item is told whole and is part of the answer."""
        item = self._item
        if item is None:
            return b""
        if item["type"] == "message":
            closing = self._close_text(item)
        elif item["type"] == "function_call":
            closing = self._close_call(item)
        else:
            closing = self._close_reasoning(item)
        if item["type"] == "message":
            item["status"] = status
        elif item["type"] == "function_call":
            is_whole = parsed_object(item["arguments"]) is not None
            item["status"] = "completed" if is_whole else "incomplete"
        closing += self._event("response.output_item.done", output_index=self._index, item=item)
        self._opened()["output"].append(item)
        self._item, self._pieces, self._seal, self._text_head = None, [], "", b""
        return closing

    def _close_text(self, message: wire.OutputMessage) -> bytes:
        text, self._pieces, self._text_head = "".join(self._pieces), [], b""
        part = message["content"][-1]
        part["text"] = text
        done = self._in_content("response.output_text.done", text=text, logprobs=[])
        return done + self._in_content("response.content_part.done", part=part)

    def _close_call(self, item: wire.FunctionCall) -> bytes:
        item["arguments"] = "".join(self._pieces)
        return self._in_item("response.function_call_arguments.done", arguments=item["arguments"])

    def _close_reasoning(self, item: wire.Reasoning) -> bytes:
        text = "".join(self._pieces)
        if self._seal:
            item["encrypted_content"] = self._seal
        if not text:
            return b""
        part: wire.SummaryText = {"type": "summary_text", "text": text}
        item["summary"] = [part]
        done = self._in_summary("response.reasoning_summary_text.done", text=text)
        return done + self._in_summary("response.reasoning_summary_part.done", part=part)

    def _in_item(self, kind: str, **rest: Any) -> bytes:
        assert self._item is not None
        return self._event(kind, item_id=self._item["id"], output_index=self._index, **rest)

    def _in_content(self, kind: str, **rest: Any) -> bytes:
        message = cast(wire.OutputMessage, self._item)
        return self._in_item(kind, content_index=len(message["content"]) - 1, **rest)

    def _in_summary(self, kind: str, **rest: Any) -> bytes:
        return self._in_item(kind, summary_index=0, **rest)

    def _event(self, kind: str, **rest: Any) -> bytes:
        data: wire.Event = {"type": kind, "sequence_number": self._number, **rest}
        self._number += 1
        return _framed(data)


def failure_event(failure: Failure, extension: JsonObject, number: int) -> bytes:
    """An error where no answer was opened: this API's `error` event, in the form its clients raise."""
    error = answer_error(failure)
    data: wire.Event = {
        "type": "error",
        "sequence_number": number,
        "code": error["code"],
        "message": error["message"],
        "param": None,
        "error": error,
    }
    if extension:
        data["offramp"] = extension
    return _framed(data)


def _framed(data: wire.Event) -> bytes:
    name: str = data["type"]
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
