"""An answer in JSON back into a tool call."""

import re
from dataclasses import replace
from typing import Any, Final

from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.id_forms import minted_id
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.tool_schema.check import satisfies
from offramp.dialects.tool_schema.constrain import callable_tools, is_forced
from offramp.dialects.turns import (
    FailureKind,
    Part,
    Reply,
    Request,
    StopReason,
    Text,
    Thinking,
    Tool,
    ToolUse,
)

CALL_ID_PREFIX: Final = "call_"

_WRAPPED: Final = re.compile(
    r"\s*(?:```(?:json)?\s*(?P<fenced>\{.*\})\s*```|<tool_call>\s*(?P<tagged>\{.*\})\s*</tool_call>|(?P<bare>\{.*\}))\s*",
    re.DOTALL,
)


def interpret(reply: Reply, request: Request) -> Reply:
    """The answer to `constrain(request)` as an answer to `request`.

    Where a call is forced: exactly one valid `ToolUse`, or `ReplyInvalid`. Where the model may choose: a lone
    JSON object that is a valid call of one tool becomes that call, anything else stays what it is.
    """
    tools = callable_tools(request)
    if not tools or reply.stop_reason is StopReason.REFUSAL:
        return reply
    text = "".join(part.text for part in reply.parts if isinstance(part, Text))
    call = read_call(text, tools, reply.id)
    if call is not None:
        kept: tuple[Part, ...] = tuple(part for part in reply.parts if isinstance(part, Thinking))
        return replace(reply, parts=(*kept, call), stop_reason=StopReason.TOOL_USE, stop_sequence="")
    if is_forced(request):
        raise no_call(reply.stop_reason, request)
    return reply


def read_call(text: str, tools: tuple[Tool, ...], reply_id: str) -> ToolUse | None:
    """The call `text` is, if it is nothing but a valid call of one of `tools`."""
    match = _WRAPPED.fullmatch(text)
    if match is None:
        return None
    body = parsed_object(next(group for group in match.groups() if group is not None))
    if body is None or body.keys() != {"name", "arguments"}:
        return None
    arguments: Any = body["arguments"]
    for tool in tools:
        if tool.name == body["name"] and isinstance(arguments, dict) and satisfies(arguments, tool.schema):
            return ToolUse(minted_id(CALL_ID_PREFIX, reply_id), tool.name, arguments)
    return None


def no_call(stop_reason: StopReason, request: Request) -> ReplyInvalid:
    """Why a forced call did not come about."""
    if stop_reason is not StopReason.LENGTH:
        return ReplyInvalid("tool-call-invalid", "a tool call was required and the model gave no valid one")
    if request.max_tokens is None:
        return ReplyInvalid("tool-call-cut", "the tool call was cut short by the upstream's token limit")
    return ReplyInvalid(
        "tool-call-cut",
        f"the tool call did not fit into `max_tokens` {request.max_tokens}",
        kind=FailureKind.INVALID_REQUEST,
        help_line="raise `max_tokens`",
    )
