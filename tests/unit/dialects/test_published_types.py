"""What we write is what the vendors' own SDKs read: every body and event against their published types."""

import json
from pathlib import Path
from typing import Any

import anthropic.types as messages
import openai.types as models
import openai.types.chat as chat
import pytest
from pydantic import BaseModel, TypeAdapter

from offramp.dialects import DIALECTS, Failure, FailureKind, ReplyInvalid
from offramp.dialects.turns import (
    Image,
    Reply,
    ReplyEnded,
    ReplyStarted,
    Request,
    Speaker,
    StopReason,
    Text,
    TextDelta,
    Thinking,
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
    ToolUse,
    Turn,
    Usage,
)

WIRE = Path(__file__).parents[2] / "wire"
ANTHROPIC, OPENAI = DIALECTS["anthropic-messages"], DIALECTS["openai-chat"]

REQUEST = Request(
    model="example-model",
    system=("Be brief.", "Be kind."),
    turns=(
        Turn(
            Speaker.USER,
            (Text("Draw"), Image("image/png", "iVBORw0KGgo="), Image("", url="https://example.org/a")),
        ),
        Turn(
            Speaker.ASSISTANT, (Thinking("hm", "c2ln"), Text("Yes"), ToolUse("call_a", "draw", {"what": "x"}))
        ),
        Turn(
            Speaker.USER,
            (
                ToolResult("call_a", (Text("done"), Image("image/png", "iVBORw0KGgo=")), is_error=True),
                Text("And?"),
            ),
        ),
    ),
    tools=(Tool("draw", "Draws.", {"type": "object", "properties": {}}, is_strict=True),),
    tool_choice=ToolChoice(ToolMode.NAMED, "draw", allows_parallel=False),
    max_tokens=10,
    temperature=0.5,
    top_p=0.5,
    top_k=5,
    seed=1,
    frequency_penalty=0.5,
    presence_penalty=0.5,
    stop=("x",),
    response_schema={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    end_user="u-1",
)

REPLIES = [
    Reply(id="x1", model="m", parts=(Text("hi"),), stop_reason=reason, usage=usage, stop_sequence="")
    for reason in StopReason
    if reason is not StopReason.OTHER
    for usage in (Usage(), Usage(input=1, output=2), Usage(input=1, output=2, cache_read=3, cache_write=4))
] + [
    Reply(id="", model="m", parts=(), stop_reason=StopReason.END),
    Reply(
        id="x",
        model="m",
        parts=(
            Thinking("hm", "c2ln"),
            Thinking("", "ZGF0YQ==", is_redacted=True),
            Text("a"),
            ToolUse("id/1", "t", {"a": [1]}),
            Text("b"),
            ToolUse("id/2", "t", {}),
        ),
        stop_reason=StopReason.TOOL_USE,
    ),
]


def strict(model: Any, body: Any) -> None:
    """`body` is a `model`, and holds no field that the model does not have."""
    parsed = model.model_validate_json(json.dumps(body), strict=True)
    assert not _extras(parsed), _extras(parsed)


def _extras(value: Any) -> list[str]:
    if isinstance(value, BaseModel):
        own = list(value.model_extra or ())
        return own + [extra for name in type(value).model_fields for extra in _extras(getattr(value, name))]
    if isinstance(value, list):
        return [extra for item in value for extra in _extras(item)]
    return []


def test_request_of_messages() -> None:
    body = ANTHROPIC.encode_request(REQUEST).body
    TypeAdapter(messages.message_create_params.MessageCreateParamsNonStreaming).validate_python(
        body, strict=True
    )
    extra_body = {"temperature", "top_p", "top_k"}  # the SDK sends these through `extra_body`
    assert (
        body.keys() - extra_body
        <= messages.message_create_params.MessageCreateParamsBase.__annotations__.keys()
    )


def test_request_of_chat() -> None:
    body = OPENAI.encode_request(REQUEST).body
    TypeAdapter(chat.completion_create_params.CompletionCreateParamsNonStreaming).validate_python(
        body, strict=True
    )
    assert body.keys() <= chat.completion_create_params.CompletionCreateParamsBase.__annotations__.keys()


@pytest.mark.parametrize("reply", REPLIES)
def test_replies(reply: Reply) -> None:
    strict(messages.Message, ANTHROPIC.encode_reply(reply).body)
    strict(chat.ChatCompletion, OPENAI.encode_reply(reply).body)


@pytest.mark.parametrize("path", sorted(WIRE.glob("*.sse")), ids=lambda path: path.stem)
@pytest.mark.parametrize("face", ["anthropic-messages", "openai-chat"])
def test_streams(path: Path, face: str) -> None:
    source = next(slug for slug in DIALECTS if path.name.startswith(slug))
    decoder = DIALECTS[source].stream_decoder()
    encoder = DIALECTS[face].stream_encoder(wants_usage=True)
    events = [*decoder.feed(path.read_bytes()), *decoder.close()]
    out = b"".join(encoder.encode(event) for event in events)
    for block in out.decode().strip().split("\n\n"):
        name, _, data = block.removeprefix("event: ").rpartition("\ndata: ")
        data = data.removeprefix("data: ")
        if face == "anthropic-messages":
            _check_messages_event(name, json.loads(data))
        elif data != "[DONE]" and "error" not in json.loads(data):
            strict(chat.ChatCompletionChunk, json.loads(data))


EVENTS: dict[str, Any] = {
    "content_block_delta": messages.RawContentBlockDeltaEvent,
    "content_block_start": messages.RawContentBlockStartEvent,
    "content_block_stop": messages.RawContentBlockStopEvent,
    "message_delta": messages.RawMessageDeltaEvent,
    "message_start": messages.RawMessageStartEvent,
    "message_stop": messages.RawMessageStopEvent,
}


def _check_messages_event(name: str, data: dict[str, Any]) -> None:
    assert data["type"] == name
    if name == "error":
        assert data["error"].keys() == {"type", "message"}
    else:
        strict(EVENTS[name], data)


def test_models() -> None:
    listed = ANTHROPIC.encode_models(["a", "b"])
    for entry in listed["data"]:
        messages.ModelInfo.model_validate(entry)
    assert (listed["first_id"], listed["last_id"], listed["has_more"]) == ("a", "b", False)
    for entry in OPENAI.encode_models(["a", "b"])["data"]:
        strict(models.Model, entry)
    assert OPENAI.encode_models([]) == {"object": "list", "data": []}


@pytest.mark.parametrize("kind", list(FailureKind))
def test_failures(kind: FailureKind) -> None:
    failure = Failure(kind=kind, message="no", code="norm-forbids")
    extension = {"code": "norm-forbids", "request_id": "req_1", "norms": ["a/1"]}
    status, body = ANTHROPIC.encode_failure(failure, extension)
    assert body["type"] == "error"
    assert body["offramp"] == extension
    assert body["request_id"] == "req_1"
    chat_status, chat_body = OPENAI.encode_failure(failure, extension)
    assert chat_body["error"].keys() == {"message", "type", "param", "code"}
    assert chat_body["offramp"] == extension
    assert 400 <= status < 600
    assert 400 <= chat_status < 600
    assert OPENAI.encode_failure_event(failure, {}).endswith(b"}\n\n")
    assert ANTHROPIC.encode_failure_event(failure, {}).startswith(b"event: error\ndata: ")


@pytest.mark.parametrize("slug", sorted(DIALECTS))
def test_a_reason_without_a_word_is_never_told_as_an_end(slug: str) -> None:
    reply = Reply(id="x", model="m", parts=(Text("a"),), stop_reason=StopReason.OTHER)
    with pytest.raises(ReplyInvalid) as caught:
        DIALECTS[slug].encode_reply(reply)
    assert caught.value.code == "reply-unfinished"
    encoder = DIALECTS[slug].stream_encoder(wants_usage=True)
    encoder.encode(ReplyStarted("x", "m"))
    out = encoder.encode(ReplyEnded(StopReason.OTHER))
    assert b'"error"' in out or b"modelStreamErrorException" in out
    assert b"message_stop" not in out
    assert b"[DONE]" not in out
    assert encoder.encode(TextDelta(0, "more")) == b""
