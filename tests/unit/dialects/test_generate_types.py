"""What is written for generateContent is what its own SDK reads: bodies and events against its types."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.genai import types

from offramp.dialects import DIALECTS, Failure, FailureKind
from offramp.dialects.turns import (
    Document,
    Effort,
    Image,
    Reasoning,
    Reply,
    Request,
    Speaker,
    StopReason,
    Text,
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
GENERATE = DIALECTS["gemini-generate"]

REQUEST = Request(
    model="example-model",
    system=("Be brief.", "Be kind."),
    turns=(
        Turn(
            Speaker.USER,
            (
                Text("Draw"),
                Image("image/png", "iVBORw0KGgo="),
                Image("", url="https://example.org/a"),
                Document("application/pdf", "JVBERi0=", title="a"),
                Document("text/plain", text="Grüße"),
            ),
        ),
        Turn(
            Speaker.ASSISTANT,
            (
                Thinking("hm", "c2ln", origin="gemini-generate"),
                Text("Yes"),
                Thinking("", "c2Vh", is_redacted=True, origin="gemini-generate"),
                ToolUse("call_a", "draw", {"what": "x"}),
            ),
        ),
        Turn(
            Speaker.USER,
            (ToolResult("call_a", (Text("done"), Image("image/png", "iVBORw0KGgo=")), is_error=True),),
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
    reasoning=Reasoning(effort=Effort.HIGH),
)


def test_request() -> None:
    body = GENERATE.encode_request(REQUEST).body
    assert body.keys() == {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
    for content in (*body["contents"], body["systemInstruction"]):
        types.Content.model_validate(content)
    for tool in body["tools"]:
        types.Tool.model_validate(tool)
    types.ToolConfig.model_validate(body["toolConfig"])
    types.GenerationConfig.model_validate(body["generationConfig"])
    assert [part for content in body["contents"] for part in content["parts"] if len(part) == 0] == []


def read(body: Any) -> types.GenerateContentResponse:
    """`body` as the SDK reads it, which takes no member its types do not have."""
    return types.GenerateContentResponse.model_validate_json(json.dumps(body))


@pytest.mark.parametrize("reason", [reason for reason in StopReason if reason is not StopReason.OTHER])
@pytest.mark.parametrize(
    "usage",
    [
        Usage(),
        Usage(input=1, output=2),
        Usage(input=1, output=5, cache_read=3, cache_write=4, reasoning=2),
        Usage(output=2),
    ],
)
def test_replies(reason: StopReason, usage: Usage) -> None:
    said = read(
        GENERATE.encode_reply(
            Reply(id="x1", model="m", parts=(Text("hi"),), stop_reason=reason, usage=usage)
        ).body
    )
    assert said.text == "hi"
    assert said.model_version == "m"
    counted = said.usage_metadata
    if usage.input is not None and usage.output is not None:
        assert counted is not None
        assert counted.total_token_count == usage.input + usage.output + sum(
            (usage.cache_read or 0, usage.cache_write or 0)
        )


def test_a_reply_of_every_part() -> None:
    parts = (
        Thinking("hm", "offr1-ab.cd"),
        Thinking("", "ZGF0YQ==", is_redacted=True),
        Text("a"),
        ToolUse("id/1", "t", {"a": [1]}, "c2VhbA=="),
        ToolUse("id/2", "t", {}),
    )
    body = GENERATE.encode_reply(Reply(id="x", model="m", parts=parts, stop_reason=StopReason.TOOL_USE)).body
    said = read(body)
    assert said.text == "a"
    assert said.function_calls is not None
    assert [(call.id, call.name, call.args) for call in said.function_calls] == [
        ("id/1", "t", {"a": [1]}),
        ("id/2", "t", {}),
    ]
    content = said.candidates[0].content  # type: ignore[index]
    assert content is not None
    sent = json.loads(content.model_dump_json(by_alias=True, exclude_none=True))
    asked = {"contents": [{"parts": [{"text": "x"}]}, sent, {"parts": RESULTS}]}
    back = GENERATE.decode_request(asked).value.turns[1].parts
    assert back[0] == Thinking("hm", "offr1-ab.cd")
    assert back[1] == Thinking("", "ZGF0YQ==", is_redacted=True, origin="gemini-generate")


RESULTS = [
    {"functionResponse": {"id": "id/2", "name": "t", "response": {}}},
    {"functionResponse": {"name": "t", "response": {"output": "x"}}},
]


@pytest.mark.parametrize("path", sorted(WIRE.glob("*.sse")), ids=lambda path: path.stem)
def test_streams(path: Path) -> None:
    source = next(slug for slug in DIALECTS if path.name.startswith(slug))
    decoder = DIALECTS[source].stream_decoder()
    encoder = GENERATE.stream_encoder(wants_usage=True)
    out = b"".join(encoder.encode(event) for event in [*decoder.feed(path.read_bytes()), *decoder.close()])
    finished = []
    for block in out.decode().strip().split("\n\n"):
        data = block.removeprefix("data: ")
        if data.startswith('{"error":'):
            assert json.loads(data)["error"]["code"] >= 400
            finished.append("error")
            continue
        said = read(json.loads(data))
        assert said.candidates is not None
        finished += [reason for one in said.candidates if (reason := one.finish_reason)]
    assert len(finished) == 1


def test_models_and_counts() -> None:
    listed = GENERATE.encode_models(["a", "b"])
    assert [model["name"] for model in listed["models"]] == ["models/a", "models/b"]
    assert GENERATE.encode_models([]) == {"models": []}


@pytest.mark.parametrize("kind", list(FailureKind))
def test_failures(kind: FailureKind) -> None:
    failure = Failure(kind=kind, message="no", code="norm-forbids", retry_after_seconds=1_500_000.25)
    extension = {"code": "norm-forbids", "request_id": "req_1", "norms": ["a/1"]}
    status, body = GENERATE.encode_failure(failure, extension)
    assert body["error"]["code"] == status
    assert body["error"]["details"][0]["retryDelay"] == "1500000.25s"
    assert body["offramp"] == extension
    event = GENERATE.encode_failure_event(failure, {})
    assert event.startswith(b'data: {"error":')
    again = GENERATE.decode_failure(status, {}, event.removeprefix(b"data: "))
    if kind in (FailureKind.RATE_LIMIT, FailureKind.OVERLOADED, FailureKind.TIMEOUT):
        assert (again.kind, again.retry_after_seconds) == (kind, 1_500_000.25)
