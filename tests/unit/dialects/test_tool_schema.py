"""Tools for upstreams without tools."""

import json
from typing import Any

import pytest

from offramp.dialects import Failure, FailureKind, ReplyInvalid
from offramp.dialects.tool_schema import StreamInterpreter, constrain, interpret
from offramp.dialects.tool_schema.check import satisfies
from offramp.dialects.tool_schema.compile import call_schema
from offramp.dialects.turns import (
    Event,
    Reply,
    ReplyEnded,
    ReplyStarted,
    Request,
    Speaker,
    StopReason,
    Text,
    TextDelta,
    Tool,
    ToolChoice,
    ToolDelta,
    ToolMode,
    ToolStarted,
    ToolUse,
    Turn,
)

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = (Tool("get_weather", "Weather.", CITY), Tool("ping", "", {"type": "object"}))
CALL = '{"name": "get_weather", "arguments": {"city": "Oslo"}}'


def asked(mode: ToolMode, name: str = "", **more: Any) -> Request:
    turn = Turn(Speaker.USER, (Text("Weather?"),))
    return Request(model="m", turns=(turn,), tools=TOOLS, tool_choice=ToolChoice(mode, name), **more)


def said(text: str, reason: StopReason = StopReason.END) -> Reply:
    return Reply(id="r1", model="m", parts=(Text(text),), stop_reason=reason)


def streamed(request: Request, text: str, reason: StopReason = StopReason.END) -> list[Event]:
    interpreter = StreamInterpreter(request)
    events: list[Event] = [
        ReplyStarted("r1", "m"),
        *(TextDelta(0, sign) for sign in text),
        ReplyEnded(reason),
    ]
    return [out for event in events for out in interpreter.feed(event)]


@pytest.mark.parametrize("mode", [ToolMode.ANY, ToolMode.AUTO])
@pytest.mark.parametrize(
    "wrap", ["{}", " \n{}\n", "```json\n{}\n```", "```\n{}\n```", "<tool_call>\n{}\n</tool_call>"]
)
def test_a_lone_valid_object_is_a_call(mode: ToolMode, wrap: str) -> None:
    text = wrap.replace("{}", CALL)
    reply = interpret(said(text), asked(mode))
    (call,) = reply.parts
    assert isinstance(call, ToolUse)
    assert (call.name, call.arguments, reply.stop_reason) == (
        "get_weather",
        {"city": "Oslo"},
        StopReason.TOOL_USE,
    )
    events = streamed(asked(mode), text)
    assert events[1] == ToolStarted(1, call.id, "get_weather")
    assert isinstance(events[2], ToolDelta)
    assert json.loads(events[2].arguments) == {"city": "Oslo"}
    assert events[3] == ReplyEnded(StopReason.TOOL_USE)


NO_CALLS = [
    "Rain, I think.",
    f"Sure: {CALL}",
    CALL + CALL,
    CALL[:-2],
    '{"name": "get_weather", "arguments": {}}',
    '{"name": "get_weather", "arguments": "Oslo"}',
    '{"name": "get_weather", "arguments": {"city": 3}}',
    '{"name": "rm", "arguments": {}}',
    '{"name": "ping"}',
    '{"name": "ping", "arguments": {}, "note": 1}',
    "{}",
    "",
]


@pytest.mark.parametrize("text", NO_CALLS)
def test_anything_else_is_text_where_the_model_may_choose(text: str) -> None:
    assert interpret(said(text), asked(ToolMode.AUTO)) == said(text)
    events = streamed(asked(ToolMode.AUTO), text)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == text
    assert events[-1] == ReplyEnded(StopReason.END)


@pytest.mark.parametrize("text", NO_CALLS)
@pytest.mark.parametrize("mode", [ToolMode.ANY, ToolMode.NAMED])
def test_anything_else_is_a_failure_where_a_call_is_forced(text: str, mode: ToolMode) -> None:
    request = asked(mode, "ping" if mode is ToolMode.NAMED else "")
    with pytest.raises(ReplyInvalid) as caught:
        interpret(said(text), request)
    assert caught.value.code == "tool-call-invalid"
    events = streamed(request, text)
    assert isinstance(events[-1], Failure)
    assert not [event for event in events if isinstance(event, TextDelta | ToolStarted)]


def test_a_named_choice_takes_no_other_tool() -> None:
    with pytest.raises(ReplyInvalid):
        interpret(said(CALL), asked(ToolMode.NAMED, "ping"))


def test_a_call_cut_by_the_limit_says_so() -> None:
    with pytest.raises(ReplyInvalid, match="`max_tokens` 9") as caught:
        interpret(said(CALL[:9], StopReason.LENGTH), asked(ToolMode.ANY, max_tokens=9))
    assert caught.value.failure.kind is FailureKind.INVALID_REQUEST
    assert interpret(said(CALL[:9], StopReason.LENGTH), asked(ToolMode.AUTO)).stop_reason is StopReason.LENGTH
    with pytest.raises(ReplyInvalid) as unasked:
        interpret(said(CALL[:9], StopReason.LENGTH), asked(ToolMode.ANY))
    assert unasked.value.failure.kind is FailureKind.UPSTREAM


def test_a_refusal_stays_one() -> None:
    assert interpret(said("No.", StopReason.REFUSAL), asked(ToolMode.ANY)) == said("No.", StopReason.REFUSAL)
    assert streamed(asked(ToolMode.ANY), "No.", StopReason.REFUSAL)[-1] == ReplyEnded(StopReason.REFUSAL)


def test_prose_is_let_through_at_once() -> None:
    interpreter = StreamInterpreter(asked(ToolMode.AUTO))
    assert interpreter.feed(TextDelta(0, "Rain")) == [TextDelta(0, "Rain")]
    assert list(interpreter.feed(TextDelta(0, " {"))) == [TextDelta(0, " {")]


def test_no_choice_means_no_tools() -> None:
    constrained, _ = constrain(asked(ToolMode.NONE))
    assert (constrained.tools, constrained.system, constrained.response_schema) == ((), (), None)
    assert interpret(said(CALL), asked(ToolMode.NONE)) == said(CALL)


def test_a_wanted_schema_and_tools_are_both_allowed() -> None:
    answer = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}},
        "$defs": {"A": {"type": "integer"}},
    }
    schema = constrain(asked(ToolMode.AUTO, response_schema=answer))[0].response_schema
    assert schema is not None
    assert satisfies(json.loads(CALL), schema)
    assert satisfies({"a": 1}, schema)
    assert not satisfies({"a": "x"}, schema)


def test_references_of_tools_do_not_meet() -> None:
    tools = tuple(
        Tool(
            kind,
            "",
            {"properties": {"x": {"$ref": "#/$defs/X"}}, "required": ["x"], "$defs": {"X": {"type": kind}}},
        )
        for kind in ("string", "integer")
    )
    schema = call_schema(tools)
    assert satisfies({"name": "string", "arguments": {"x": "a"}}, schema)
    assert satisfies({"name": "integer", "arguments": {"x": 1}}, schema)
    assert not satisfies({"name": "string", "arguments": {"x": 1}}, schema)
    assert not satisfies({"name": "integer", "arguments": {"x": "a"}}, schema)


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        (1, {"const": True}, False),
        (1.0, {"type": "integer"}, True),
        (True, {"type": "integer"}, False),
        ("a", {"enum": ["a", 1]}, True),
        (None, {"type": ["string", "null"]}, True),
        ([1, "a"], {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}, True),
        ([1, 2], {"maxItems": 1}, False),
        ({"a": 1}, {"properties": {"b": {}}, "additionalProperties": False}, False),
        ({"a": 1}, {"additionalProperties": {"type": "string"}}, False),
        (3, {"oneOf": [{"minimum": 1}, {"minimum": 2}]}, False),
        (3, {"allOf": [{"minimum": 1}, {"maximum": 2}]}, False),
        (3, {"not": {"type": "string"}}, True),
        (3, {"$ref": "#/nowhere"}, False),
        (3, {"$ref": "#"}, False),
        ("x", {"maxLength": 0}, False),
    ],
)
def test_schema_check(value: Any, schema: dict[str, Any], expected: bool) -> None:
    assert satisfies(value, schema) is expected
