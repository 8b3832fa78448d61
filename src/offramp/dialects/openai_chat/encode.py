"""Neutral requests and replies into the Chat Completions API."""

from collections.abc import Sequence
from typing import Final, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.dialects.cache_points import NO_CACHE_POINTS, lose_cache_points
from offramp.dialects.efforts import BUDGET_AS_EFFORT, OWN_REASONING, effort_of
from offramp.dialects.failures import no_finish
from offramp.dialects.id_forms import minted_id, outward_id
from offramp.dialects.json_schema import is_strict_schema
from offramp.dialects.loss import Effect, Encoded, Loss, LossLog
from offramp.dialects.openai_chat import wire
from offramp.dialects.openai_chat.decode_messages import CALL_ID_PREFIX
from offramp.dialects.openai_chat.encode_messages import MESSAGE_LOSSES, MESSAGE_NOT_TAKEN, write_messages
from offramp.dialects.turns import (
    Part,
    Reasoning,
    Reply,
    Request,
    StopReason,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolMode,
    ToolUse,
    Usage,
)

_TOP_K: Final = Loss("top_k", "this API has no such knob", Effect.SAMPLING)
_STOPS: Final = Loss(
    "stop",
    f"this API takes {wire.MAX_STOPS} stop sequences; the gateway cuts the answer at the others",
    Effect.COST,
)
_WHICH_STOP: Final = Loss(
    "stop.which",
    "this API does not say which stop sequence ended the answer, or that one did",
    Effect.METADATA,
)
_LOOSE_SCHEMA: Final = Loss(
    "response_schema",
    "the schema is sent, but this API promises to keep only closed, all-required ones",
    Effect.CONTROL,
)

REQUEST_LOSSES: Final = (
    *MESSAGE_LOSSES,
    _TOP_K,
    _STOPS,
    _WHICH_STOP,
    _LOOSE_SCHEMA,
    BUDGET_AS_EFFORT,
    OWN_REASONING,
    NO_CACHE_POINTS,
)
"""What this API cannot carry towards a model."""

REQUEST_NOT_TAKEN: Final = MESSAGE_NOT_TAKEN

THINKING: Final = Loss("content.thinking", "this API has no place for reasoning", Effect.CONTENT)
ONE_TEXT: Final = Loss("content.text", "several blocks of text became one", Effect.METADATA)
ORDER: Final = Loss("content.order", "text after a tool call is put before it", Effect.METADATA)
UNKNOWN_CREATED: Final = Loss("created", "the upstream did not say; 0 stands for unknown", Effect.METADATA)
UNKNOWN_USAGE: Final = Loss(
    "usage", "the upstream did not say everything, so it is left out", Effect.METADATA
)
STOP_SEQUENCE: Final = Loss(
    "stop_sequence", "this API does not say which stop sequence was met", Effect.METADATA
)

REPLY_LOSSES: Final = (THINKING, ONE_TEXT, ORDER, UNKNOWN_CREATED, UNKNOWN_USAGE, STOP_SEQUENCE)
"""What this API cannot carry towards a caller."""


def encode_request(request: Request) -> Encoded:
    """Body of `POST /v1/chat/completions`."""
    losses = LossLog()
    body: wire.ChatRequest = {"model": request.model, "messages": write_messages(request, losses)}
    if request.max_tokens is not None and request.limits_reasoning:
        body["max_completion_tokens"] = request.max_tokens
    elif request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    _write_reasoning(body, request.reasoning, losses)
    _write_sampling(body, request, losses)
    lose_cache_points(request, losses)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        _write_choice(body, request.tool_choice)
    if request.response_schema is not None:
        body["response_format"] = _response_format(request.response_schema, losses)
    if request.wants_stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
    if request.end_user:
        body["user"] = request.end_user
    return Encoded(cast(JsonObject, body), losses.all())


def _write_sampling(body: wire.ChatRequest, request: Request, losses: LossLog) -> None:
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if request.seed is not None:
        body["seed"] = request.seed
    if request.frequency_penalty is not None:
        body["frequency_penalty"] = request.frequency_penalty
    if request.presence_penalty is not None:
        body["presence_penalty"] = request.presence_penalty
    if request.top_k is not None:
        losses.add(_TOP_K)
    if request.stop:
        losses.add(_WHICH_STOP)
        body["stop"] = list(request.stop[: wire.MAX_STOPS])
    if len(request.stop) > wire.MAX_STOPS:
        losses.add(_STOPS)


def _write_reasoning(body: wire.ChatRequest, asked: Reasoning | None, losses: LossLog) -> None:
    if asked is None:
        return
    if asked.effort is not None:
        body["reasoning_effort"] = str(asked.effort)
    elif asked.budget is not None:
        losses.add(BUDGET_AS_EFFORT)
        body["reasoning_effort"] = str(effort_of(asked.budget))
    else:
        losses.add(OWN_REASONING)


def _tool(tool: Tool) -> wire.Tool:
    function: wire.FunctionTool = {"name": tool.name, "parameters": tool.schema}
    if tool.description:
        function["description"] = tool.description
    if tool.is_strict is not None:
        function["strict"] = tool.is_strict
    return {"type": "function", "function": function}


def _write_choice(body: wire.ChatRequest, choice: ToolChoice) -> None:
    match choice.mode:
        case ToolMode.AUTO:
            pass
        case ToolMode.NONE:
            body["tool_choice"] = "none"
        case ToolMode.ANY:
            body["tool_choice"] = "required"
        case ToolMode.NAMED:
            body["tool_choice"] = {"type": "function", "function": {"name": choice.name}}
    if choice.allows_parallel is not None:
        body["parallel_tool_calls"] = choice.allows_parallel


def _response_format(schema: JsonObject, losses: LossLog) -> wire.ResponseFormat:
    if schema == {"type": "object"}:
        return {"type": "json_object"}
    written: wire.JsonSchema = {"name": "answer", "schema": schema}
    if is_strict_schema(schema):
        written["strict"] = True
    else:
        losses.add(_LOOSE_SCHEMA)
    return {"type": "json_schema", "json_schema": written}


FINISH_REASONS: Final[dict[StopReason, wire.FinishReason]] = {
    StopReason.END: "stop",
    StopReason.LENGTH: "length",
    StopReason.TOOL_USE: "tool_calls",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.REFUSAL: "content_filter",
}


def encode_reply(reply: Reply) -> Encoded:
    """Body of an answer. Raises `ReplyInvalid` for a stop reason this API has no word for."""
    if reply.stop_reason not in FINISH_REASONS:
        raise no_finish()
    losses = LossLog()
    message: wire.ReplyMessage = {
        "role": "assistant",
        "content": _content(reply.parts, losses),
        "refusal": None,
    }
    calls = [_call(part) for part in reply.parts if isinstance(part, ToolUse)]
    if calls:
        message["tool_calls"] = calls
    if reply.stop_sequence:
        losses.add(STOP_SEQUENCE)
    body: wire.Reply = {
        "id": completion_id(reply.id),
        "object": "chat.completion",
        "created": created(reply.created_at, losses),
        "model": reply.model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": FINISH_REASONS[reply.stop_reason],
                "logprobs": None,
            }
        ],
    }
    usage = write_usage(reply.usage)
    if usage is None:
        losses.add(UNKNOWN_USAGE)
    else:
        body["usage"] = usage
    return Encoded(cast(JsonObject, body), losses.all())


def _content(parts: Sequence[Part], losses: LossLog) -> str | None:
    texts: list[str] = []
    calls = 0
    for part in parts:
        match part:
            case Text(text):
                if texts:
                    losses.add(ONE_TEXT)
                if calls:
                    losses.add(ORDER)
                texts.append(text)
            case Thinking():
                losses.add(THINKING)
            case ToolUse():
                calls += 1
            case _:
                pass
    return "".join(texts) if texts or not calls else None


def _call(part: ToolUse) -> wire.ToolCall:
    arguments = msgspec.json.encode(dict(part.arguments)).decode()
    return {
        "id": outward_id(CALL_ID_PREFIX, part.id),
        "type": "function",
        "function": {"name": part.name, "arguments": arguments},
    }


def write_usage(usage: Usage) -> wire.Usage | None:
    """Usage in this API's terms, where the prompt includes the cache; None unless all of it is known."""
    if usage.input is None or usage.output is None:
        return None
    prompt = usage.input + (usage.cache_read or 0) + (usage.cache_write or 0)
    written: wire.Usage = {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
    }
    details: wire.PromptDetails = {}
    if usage.cache_read is not None:
        details["cached_tokens"] = usage.cache_read
    if usage.cache_write is not None:
        details["cache_write_tokens"] = usage.cache_write
    if details:
        written["prompt_tokens_details"] = details
    if usage.reasoning is not None:
        written["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning}
    return written


def created(at: Instant | None, losses: LossLog) -> int:
    """Unix seconds; 0 where the upstream did not say."""
    if at is None:
        losses.add(UNKNOWN_CREATED)
        return 0
    return int(at.timestamp())


def completion_id(upstream_id: str) -> str:
    """`chatcmpl-…`, the upstream's own where it has that form."""
    return upstream_id if upstream_id.startswith("chatcmpl-") else minted_id("chatcmpl-", upstream_id)


def encode_models(ids: tuple[str, ...]) -> JsonObject:
    """Body of `GET /v1/models`. 0 stands for an unknown date."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "offramp"} for name in ids]
    return {"object": "list", "data": data}
