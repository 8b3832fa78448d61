"""Generated conversations that both APIs can hold, for the laws about dialects."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from offramp.dialects import Loss
from offramp.dialects.turns import (
    Image,
    Part,
    Reply,
    Request,
    Speaker,
    StopReason,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
    ToolUse,
    Turn,
    Usage,
)

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
arguments = st.dictionaries(words, json_values, max_size=3)
images = st.builds(Image, st.just("image/png"), st.just("iVBORw0KGgo=")) | st.builds(
    Image, st.just(""), st.just(""), st.just("https://example.org/a.png")
)
tools = st.lists(names, min_size=1, max_size=3, unique=True).map(
    lambda found: tuple(
        Tool(name, f"About {name}.", {"type": "object", "properties": {"a": {"type": "string"}}})
        for name in found
    )
)


@st.composite
def turns(draw: st.DrawFn) -> tuple[Turn, ...]:
    """User first, speakers alternating, every tool call answered, the last word the user's."""
    made: list[Turn] = []
    results: tuple[ToolResult, ...] = ()
    number = 0
    for _ in range(draw(st.integers(0, 3))):
        made.append(_user(draw, results))
        calls: list[Part] = []
        for _ in range(draw(st.integers(0, 2))):
            number += 1
            calls.append(ToolUse(f"id{number}", draw(names), draw(arguments)))
        text: list[Part] = [
            Text(item) for item in draw(st.lists(words, min_size=0 if calls else 1, max_size=2))
        ]
        made.append(Turn(Speaker.ASSISTANT, (*text, *calls)))
        results = tuple(
            ToolResult(call.id, tuple(Text(item) for item in draw(st.lists(words, max_size=1))))
            for call in calls
            if isinstance(call, ToolUse)
        )
    made.append(_user(draw, results))
    return tuple(made)


def _user(draw: st.DrawFn, results: tuple[ToolResult, ...]) -> Turn:
    said = draw(st.lists(st.builds(Text, words) | images, min_size=0 if results else 1, max_size=2))
    return Turn(Speaker.USER, (*results, *said))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request both APIs can carry without any loss."""
    offered = draw(st.just(()) | tools)
    choices = [ToolChoice(), ToolChoice(ToolMode.AUTO, "", False)]
    if offered:
        choices += [
            ToolChoice(ToolMode.ANY),
            ToolChoice(ToolMode.NONE),
            ToolChoice(ToolMode.NAMED, offered[0].name, True),
        ]
    return Request(
        model=draw(names),
        turns=draw(turns()),
        system=tuple(draw(st.lists(words, max_size=1))),
        tools=offered,
        tool_choice=draw(st.sampled_from(choices)) if offered else ToolChoice(),
        max_tokens=draw(st.integers(16, 4096)),
        temperature=draw(st.none() | st.sampled_from([0.0, 0.5, 1.0])),
        top_p=draw(st.none() | st.sampled_from([0.1, 1.0])),
        wants_stream=draw(st.booleans()),
        wants_stream_usage=True,
        response_schema=draw(
            st.none()
            | st.just(
                {
                    "type": "object",
                    "properties": {"a": {"type": "string"}},
                    "required": ["a"],
                    "additionalProperties": False,
                }
            )
        ),
        end_user=draw(st.just("") | names),
    )


def _as_the_cloud_takes_it(request: Request) -> Request:
    """What is left of a request for an API that knows fewer choices: files by value, every tool declared."""
    called = {part.name for turn in request.turns for part in turn.parts if isinstance(part, ToolUse)}
    missing = sorted(called - {tool.name for tool in request.tools})
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    mode = request.tool_choice.mode
    return replace(
        request,
        turns=tuple(
            Turn(turn.speaker, tuple(_by_value(part) for part in turn.parts)) for turn in request.turns
        ),
        tools=(*request.tools, *(Tool(name, "", schema) for name in missing)),
        tool_choice=ToolChoice(ToolMode.AUTO if mode is ToolMode.NONE else mode, request.tool_choice.name),
        end_user="",
    )


def _by_value(part: Part) -> Part:
    return Image("image/png", "iVBORw0KGgo=") if isinstance(part, Image) else part


COUNTS = tuple(one.name for one in fields(Usage))


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Any of the counts may be unknown. Reasoning is part of the output."""
    usage = Usage(**{name: draw(st.none() | st.integers(0, 99)) for name in COUNTS})
    if usage.output is None or usage.reasoning is None:
        return usage
    return replace(usage, reasoning=min(usage.reasoning, usage.output))


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    """An answer both APIs can carry."""
    text: list[Part] = [Text(item) for item in draw(st.lists(words, max_size=1))]
    calls: list[Part] = [
        ToolUse(f"id{number}", draw(names), draw(arguments)) for number in range(draw(st.integers(0, 3)))
    ]
    plain = st.sampled_from([StopReason.END, StopReason.LENGTH, StopReason.REFUSAL])
    return Reply(
        id=draw(names),
        model=draw(names),
        parts=(*text, *calls),
        stop_reason=StopReason.TOOL_USE if calls else draw(plain),
        usage=draw(usages()),
    )


def as_held(request: Request, *slugs: str) -> Request:
    """What of `request` every API of `slugs` has a place for in its body."""
    if "gemini-generate" in slugs:
        choice = replace(request.tool_choice, allows_parallel=None)
        request = replace(request, end_user="", tool_choice=choice)
    if "bedrock-converse" in slugs:
        request = _as_the_cloud_takes_it(request)
    return request


def told_otherwise(known: Usage, told: Usage, losses: Iterable[Loss]) -> list[str]:
    """Counts that an API tells otherwise than they are known, and no loss says so. Unknown is not 0."""
    if any(loss.field.startswith("usage") for loss in losses):
        # It may say 0 for what is unknown, or nothing; a number nobody knows it never makes up.
        return [name for name in COUNTS if getattr(known, name) is None and getattr(told, name)]
    # What an API has no count for, and was none, need not be said.
    return [
        name
        for name in COUNTS
        if getattr(told, name) not in (getattr(known, name), getattr(known, name) or None)
    ]


FREE_FORM = {
    "args",
    "arguments",
    "input",
    "input_schema",
    "json",
    "parameters",
    "parametersJsonSchema",
    "response",
    "responseJsonSchema",
    "schema",
}


def objects_in(body: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths of all objects in a body, free-form ones left out."""
    found: list[tuple[str | int, ...]] = []
    if isinstance(body, dict):
        found.append(path)
        for key, value in body.items():
            if key not in FREE_FORM:
                found += objects_in(value, (*path, key))
    elif isinstance(body, list):
        for index, item in enumerate(body):
            found += objects_in(item, (*path, index))
    return found
