"""The cloud's own model of its API: what we write has its shapes, and every member of them is known."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from tests.gateway.fake_bedrock import MODEL, check_conversation, check_shape
from tests.unit.dialects.test_published_types import REPLIES

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, Failure, FailureKind
from offramp.dialects.bedrock_converse.stream import ConverseStreamDecoder
from offramp.dialects.reading import UNKNOWN_REASON
from offramp.dialects.turns import (
    Document,
    Image,
    Reply,
    Request,
    Speaker,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
    ToolUse,
    Turn,
)

WIRE = Path(__file__).parents[2] / "wire"
CONVERSE = DIALECTS["bedrock-converse"]
PNG = Image("image/png", "iVBORw0KGgo=")

REQUEST = Request(
    model="example-model",
    system=("Be brief.", " ", "Be kind."),
    turns=(
        Turn(Speaker.ASSISTANT, (Text("I begin."),)),
        Turn(Speaker.USER, (Document("application/pdf", "JVBERi0=", title="a__b.pdf"), Text(""), PNG)),
        Turn(Speaker.USER, (Document("text/plain", text="t", title="a b pdf"), Document("text/csv", "YSxi"))),
        Turn(
            Speaker.ASSISTANT, (Thinking("hm", "c2ln"), Text("Yes"), ToolUse("call/ä", "draw", {"what": "x"}))
        ),
        Turn(
            Speaker.USER,
            (ToolResult("call/ä", (Text("done"), PNG, Text(" ")), is_error=True), Text("And?")),
        ),
        Turn(Speaker.SYSTEM, (Text("Hurry."),)),
    ),
    tools=(Tool("other", "Draws.", {"properties": {}}, is_strict=True),),
    tool_choice=ToolChoice(ToolMode.NAMED, "other", allows_parallel=False),
    max_tokens=10,
    temperature=1.5,
    top_p=0.5,
    top_k=5,
    seed=1,
    frequency_penalty=0.5,
    stop=("x", ""),
    response_schema={"type": "object", "properties": {"a": {"type": "string"}}},
    end_user="u-1",
)


def test_a_request_of_everything() -> None:
    body = CONVERSE.encode_request(REQUEST).body
    check_shape(MODEL.operation_model("Converse").input_shape, body, "body")
    check_conversation(body)


@pytest.mark.parametrize("reply", REPLIES)
def test_replies(reply: Reply) -> None:
    body = CONVERSE.encode_reply(reply).body
    check_shape(MODEL.operation_model("Converse").output_shape, body, "body")


def event_shape(name: str) -> Any:
    return MODEL.operation_model("ConverseStream").output_shape.members["stream"].members[name]


STREAMS = sorted(path for path in WIRE.iterdir() if path.suffix in (".sse", ".frames"))


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_streams(path: Path) -> None:
    source = next(slug for slug in DIALECTS if path.name.startswith(slug))
    decoder = DIALECTS[source].stream_decoder()
    encoder = CONVERSE.stream_encoder(wants_usage=True)
    events = [*decoder.feed(path.read_bytes()), *decoder.close()]
    buffer = EventStreamBuffer()
    buffer.add_data(b"".join(encoder.encode(event) for event in events))
    for frame in buffer:
        kind = frame.headers.get(":event-type") or frame.headers[":exception-type"]
        check_shape(event_shape(kind), json.loads(frame.payload), kind)


@pytest.mark.parametrize("kind", list(FailureKind))
def test_failures_have_names_the_service_has(kind: FailureKind) -> None:
    failure = Failure(kind=kind, message="no")
    status, body = CONVERSE.encode_failure(failure, {"code": "x"})
    (name,) = CONVERSE.failure_headers(failure).values()
    known = {shape.name: shape for shape in MODEL.operation_model("Converse").error_shapes}
    if kind is FailureKind.AUTHENTICATION:
        assert (status, name) == (403, "UnrecognizedClientException")
    else:
        assert name in known
        if kind is not FailureKind.TOO_LARGE:
            assert status == known[name].metadata["error"]["httpStatusCode"]
    assert body == {"message": "no", "offramp": {"code": "x"}}
    buffer = EventStreamBuffer()
    buffer.add_data(CONVERSE.encode_failure_event(failure, {}))
    (frame,) = list(buffer)
    assert frame.headers[":message-type"] == "exception"
    assert event_shape(frame.headers[":exception-type"])


def samples(shape: Any, seen: tuple[str, ...] = ()) -> Iterator[Any]:
    """Values of `shape`: the least there can be, then one with each further member."""
    match shape.type_name:
        case "structure":
            if shape.is_document_type:
                yield {"a": 1}
            elif shape.name not in seen:
                yield from _structures(shape, (*seen, shape.name))
        case "list":
            for item in samples(shape.member, seen):
                yield [item]
        case "map":
            for item in samples(shape.value, seen):
                yield {"key": item}
        case "string":
            yield from shape.metadata.get("enum") or ["{}"]
        case "blob":
            yield "YQ=="
        case "boolean":
            yield from (True, False)
        case _:
            yield 1


def _structures(shape: Any, seen: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    members = {
        name: member for name, member in shape.members.items() if not member.serialization.get("location")
    }
    base: dict[str, Any] = {}
    if not shape.is_tagged_union:
        for name in shape.required_members:
            first = next(samples(members[name], seen), None) if name in members else None
            if first is not None:
                base[name] = first
        yield base
    for name, member in members.items():
        for value in samples(member, seen):
            yield {**base, name: value}


def known(losses: Any) -> bool:
    return all(loss.reason != UNKNOWN_REASON for loss in losses)


def test_every_member_of_a_request_is_carried_lost_for_a_reason_or_refused() -> None:
    count = 0
    for body in samples(MODEL.operation_model("ConverseStream").input_shape):
        count += 1
        body.setdefault("messages", [{"role": "user", "content": [{"text": "x"}]}])
        try:
            losses = CONVERSE.decode_request(body).losses
        except OfframpError:
            continue
        assert known(losses), (body, losses)
    assert count > 100


def test_every_member_of_a_reply_is_known() -> None:
    for body in samples(MODEL.operation_model("Converse").output_shape):
        try:
            losses = CONVERSE.decode_reply(body).losses
        except OfframpError:
            continue
        assert known(losses), (body, losses)


def test_every_member_of_a_stream_is_known() -> None:
    for name in MODEL.operation_model("ConverseStream").output_shape.members["stream"].members:
        for body in samples(event_shape(name)):
            decoder = ConverseStreamDecoder()
            try:
                decoder.take(name, json.dumps(body).encode())
            except OfframpError:
                continue
            assert known(decoder.losses), (name, body, decoder.losses)
