"""What we write of the Responses API is what its vendor's own SDK reads; its streams fold to the answer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openai
import openai.types.responses as responses
import pytest
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import response_create_params
from pydantic import BaseModel, TypeAdapter
from tests.unit.dialects.test_published_types import REPLIES, REQUEST

from offramp.dialects import DIALECTS, Failure, FailureKind
from offramp.dialects.turns import (
    Event,
    Reply,
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
)

WIRE = sorted((Path(__file__).parents[2] / "wire").glob("*.sse"))
RESPONSES = DIALECTS["openai-responses"]
EVENT: TypeAdapter[Any] = TypeAdapter(responses.ResponseStreamEvent)
ASKED = {
    "model": "m",
    "input": "x",
    "instructions": "Be brief.",
    "metadata": {"k": "v"},
    "tools": [{"type": "function", "name": "t", "parameters": {"type": "object"}, "strict": False}],
    "tool_choice": {"type": "function", "name": "t"},
    "parallel_tool_calls": False,
    "max_output_tokens": 20,
    "reasoning": {"effort": "low"},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}},
    "user": "u",
}


def extras(value: Any) -> list[str]:
    """Fields that the published type does not have."""
    if isinstance(value, BaseModel):
        own = list(value.model_extra or ())
        return own + [extra for name in type(value).model_fields for extra in extras(getattr(value, name))]
    if isinstance(value, list):
        return [extra for item in value for extra in extras(item)]
    return []


def bound() -> Any:
    dialect: Any = RESPONSES
    return dialect.for_exchange(ASKED, "0001")


def test_request() -> None:
    body = RESPONSES.encode_request(REQUEST).body
    TypeAdapter(response_create_params.ResponseCreateParamsNonStreaming).validate_python(body, strict=True)
    assert body.keys() <= response_create_params.ResponseCreateParamsBase.__annotations__.keys()


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("is_bound", [False, True])
def test_replies(reply: Reply, *, is_bound: bool) -> None:
    body = (bound() if is_bound else RESPONSES).encode_reply(reply).body
    parsed = responses.Response.model_validate_json(json.dumps(body), strict=True)
    assert extras(parsed) == []
    if is_bound:
        assert body["id"] == "resp_0001"
        assert {name: body[name] for name in ASKED if name not in ("model", "input")} == {
            name: value for name, value in ASKED.items() if name not in ("model", "input")
        }


def events_in(out: bytes) -> list[Any]:
    """The events of a stream, each checked against its published type."""
    found = []
    for number, block in enumerate(out.decode().strip().split("\n\n")):
        name, _, data = block.removeprefix("event: ").partition("\ndata: ")
        event = EVENT.validate_json(data, strict=True)
        assert event.type == name
        assert event.sequence_number == number
        assert extras(event) == ([] if name != "error" else ["error"])
        found.append(event)
    return found


def fold(events: Sequence[Any]) -> Any:
    """What the SDK makes of a stream; it checks indexes, ids and order itself."""
    state: Any = ResponseStreamState(input_tools=[], text_format=openai.omit)
    for event in events:
        state.handle_event(event)
    return state._completed_response


@pytest.mark.parametrize("path", WIRE, ids=lambda path: path.stem)
def test_streams(path: Path) -> None:
    source = next(slug for slug in DIALECTS if path.name.startswith(slug))
    decoder = DIALECTS[source].stream_decoder()
    encoder = RESPONSES.stream_encoder(wants_usage=True)
    given = [*decoder.feed(path.read_bytes()), *decoder.close()]
    events = events_in(b"".join(encoder.encode(event) for event in given))
    last = given[-1]
    kinds = [event.type for event in events]
    if isinstance(last, Failure):
        assert kinds[-1] in ("response.failed", "error")
    else:
        assert kinds[-1] in ("response.completed", "response.incomplete")
        check_done_events(events)
    fold(events)


def check_done_events(events: Sequence[Any]) -> None:
    """Every item is opened once, closed once with what its pieces said, and stands in the answer."""
    texts: dict[tuple[int, int], str] = {}
    arguments: dict[int, str] = {}
    items = {}
    for event in events:
        match event.type:
            case "response.output_text.delta":
                place = (event.output_index, event.content_index)
                texts[place] = texts.get(place, "") + event.delta
            case "response.output_text.done":
                assert texts.get((event.output_index, event.content_index), "") == event.text
            case "response.function_call_arguments.delta":
                arguments[event.output_index] = arguments.get(event.output_index, "") + event.delta
            case "response.function_call_arguments.done":
                assert arguments.get(event.output_index, "") == event.arguments
            case "response.output_item.done":
                items[event.output_index] = event.item
    assert list(items) == list(range(len(items)))
    assert events[-1].response.output == list(items.values())


def as_events(reply: Reply) -> list[Event]:
    """The stream that says `reply` in two pieces each."""
    events: list[Event] = [ReplyStarted(reply.id, reply.model, created_at=reply.created_at)]
    for index, part in enumerate(reply.parts):
        match part:
            case Text(text):
                events += [TextDelta(index, text[:1]), TextDelta(index, text[1:])]
            case Thinking(text, signature, is_redacted):
                events += [ThinkingDelta(index, text)] if text else []
                events.append(ThinkingDelta(index, "", signature, is_redacted))
            case ToolUse(call_id, name, given):
                written = json.dumps(dict(given), separators=(",", ":"))
                events += [
                    ToolStarted(index, call_id, name),
                    ToolDelta(index, written[:1]),
                    ToolDelta(index, written[1:]),
                ]
            case _:
                raise AssertionError
    return [*events, ReplyEnded(reply.stop_reason, reply.stop_sequence, reply.usage)]


@pytest.mark.parametrize("reply", REPLIES)
def test_a_stream_says_the_same_as_the_whole_answer(reply: Reply) -> None:
    exchange = bound()
    encoder = exchange.stream_encoder(wants_usage=True)
    events = events_in(b"".join(encoder.encode(event) for event in as_events(reply)))
    whole = bound().encode_reply(reply).body
    assert json.loads(events[-1].response.to_json(exclude_unset=True)) == whole
    assert exchange.streamed() == whole
    if events[-1].type == "response.completed":
        assert fold(events).output_text == "".join(
            part.text for part in reply.parts if isinstance(part, Text)
        )


def test_a_failure_is_numbered_and_never_polite() -> None:
    failure = Failure(kind=FailureKind.UPSTREAM, message="gone", code="stream-cut")
    exchange = bound()
    encoder = exchange.stream_encoder(wants_usage=True)
    out = encoder.encode(ReplyStarted("x", "m")) + encoder.encode(TextDelta(0, "half"))
    out += exchange.encode_failure_event(failure, {"code": "stream-cut"})
    events = out.decode().strip().split("\n\n")
    last = json.loads(events[-1].partition("\ndata: ")[2])
    assert [last["type"], last["sequence_number"]] == ["response.failed", len(events) - 1]
    assert last["offramp"] == {"code": "stream-cut"}
    assert last["response"]["error"] == {"code": "server_error", "message": "gone (stream-cut)"}
    assert exchange.streamed() is None
    assert encoder.encode(TextDelta(0, "more")) == b""
    assert encoder.encode(ReplyEnded(StopReason.END)) == b""


def test_a_failure_before_anything_was_opened_is_one_the_sdk_raises() -> None:
    failure = Failure(kind=FailureKind.RATE_LIMIT, message="slow down")
    out = RESPONSES.encode_failure_event(failure, {})
    (event,) = events_in(out)
    assert (event.type, event.code) == ("error", "rate_limit_exceeded")
    assert b'"error":{' in out


def test_an_error_answer_is_read_by_its_code() -> None:
    headers = {"retry-after": "3"}
    busy = RESPONSES.decode_failure(429, headers, b'{"error":{"message":"slow","code":"x"}}')
    assert (busy.kind, busy.retry_after_seconds) == (FailureKind.RATE_LIMIT, 3)
    broke = RESPONSES.decode_failure(429, {}, b'{"error":{"message":"m","code":"insufficient_quota"}}')
    assert broke.kind is FailureKind.UPSTREAM
    status, body = RESPONSES.encode_failure(busy, {"code": "c"})
    assert (status, body["error"]["code"], body["offramp"]) == (429, "rate_limit_exceeded", {"code": "c"})
    assert body["error"].keys() == {"message", "type", "param", "code"}
