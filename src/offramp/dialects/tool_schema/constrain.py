"""A request with tools into one that an upstream without tools can answer."""

from dataclasses import replace
from typing import Final

import msgspec

from offramp.dialects.loss import Effect, Loss, LossLog
from offramp.dialects.tool_schema.compile import NOT_ENFORCED, call_schema, has_loose_keywords
from offramp.dialects.turns import (
    Document,
    Image,
    Part,
    Request,
    Speaker,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
    ToolUse,
    Turn,
)

HISTORY: Final = Loss("messages.tool_use", "earlier tool calls and results are shown as text", Effect.CONTENT)
ONE_AT_A_TIME: Final = Loss(
    "tool_choice.parallel", "the upstream is asked for one tool call a turn", Effect.COST
)
IN_WORDS: Final = Loss(
    "tools", "tools are described in the system prompt and calls are read from the answer", Effect.CONTENT
)

CONSTRAIN_LOSSES: Final = (IN_WORDS, ONE_AT_A_TIME, HISTORY, NOT_ENFORCED)
"""What an upstream that is asked for tools by schema does not get."""

_FORM: Final = '{"name": "<tool>", "arguments": {<its arguments>}}'


def callable_tools(request: Request) -> tuple[Tool, ...]:
    """The tools the model may call now."""
    match request.tool_choice.mode:
        case ToolMode.NONE:
            return ()
        case ToolMode.NAMED:
            return tuple(tool for tool in request.tools if tool.name == request.tool_choice.name)
        case _:
            return request.tools


def is_forced(request: Request) -> bool:
    """Whether the answer must be a tool call."""
    return bool(request.tools) and request.tool_choice.mode in (ToolMode.ANY, ToolMode.NAMED)


def constrain(request: Request) -> tuple[Request, tuple[Loss, ...]]:
    """The request without tools, and what that loses. Its answer goes through `interpret`.

    A forced choice becomes the response schema. Where the model may choose, it is told the form and speaks
    freely, unless the caller wants a schema anyway: then either is allowed.
    """
    losses = LossLog()
    tools = callable_tools(request)
    turns = tuple(_as_text(turn, request, losses) for turn in request.turns)
    if not tools:
        return replace(request, tools=(), tool_choice=ToolChoice(), turns=turns), losses.all()
    losses.add(IN_WORDS)
    if request.tool_choice.allows_parallel is not False:
        losses.add(ONE_AT_A_TIME)
    if has_loose_keywords(tools):
        losses.add(NOT_ENFORCED)
    forced = is_forced(request)
    schema = request.response_schema
    if forced:
        schema = call_schema(tools)
    elif schema is not None:
        schema = call_schema(tools, answer=schema)
    constrained = replace(
        request,
        tools=(),
        tool_choice=ToolChoice(),
        turns=turns,
        system=(*request.system, describe(tools, is_forced=forced)),
        response_schema=schema,
        # Inside a forced call a stop sequence could only break the JSON.
        stop=() if forced else request.stop,
    )
    return constrained, losses.all()


def describe(tools: tuple[Tool, ...], *, is_forced: bool) -> str:
    """The tools in words, short enough for a small model."""
    lines = [f"- {tool.name}: {_line(tool.description)} Arguments: {_compact(tool.schema)}" for tool in tools]
    if is_forced:
        how = f"Call one of these tools now. Answer with one line of JSON only: {_FORM}"
    else:
        how = f"You can call a tool. To call one, answer with JSON only: {_FORM}. Otherwise answer in words."
    return "\n".join((how, *lines))


def _line(text: str) -> str:
    return " ".join(text.split())


def _compact(schema: object) -> str:
    return msgspec.json.encode(schema).decode()


def _as_text(turn: Turn, request: Request, losses: LossLog) -> Turn:
    if not any(isinstance(part, ToolUse | ToolResult) for part in turn.parts):
        return turn
    losses.add(HISTORY)
    texts: list[str] = []
    files: list[Part] = []
    for part in turn.parts:
        match part:
            case Text(text):
                texts.append(text)
            case ToolUse(_, name, arguments):
                texts.append(_compact({"name": name, "arguments": dict(arguments)}))
            case ToolResult():
                texts.append(_result_text(part, request))
                files += [item for item in part.content if isinstance(item, Image | Document)]
            case Image() | Document():
                files.append(part)
            case _:
                pass
    return Turn(turn.speaker, (Text("\n".join(texts)), *files))


def _result_text(result: ToolResult, request: Request) -> str:
    name = next(
        (
            part.name
            for turn in request.turns
            if turn.speaker is Speaker.ASSISTANT
            for part in turn.parts
            if isinstance(part, ToolUse) and part.id == result.tool_use_id
        ),
        "the tool",
    )
    text = "\n".join(part.text for part in result.content if isinstance(part, Text))
    return f"{'Error from' if result.is_error else 'Result of'} {name}: {text}"
