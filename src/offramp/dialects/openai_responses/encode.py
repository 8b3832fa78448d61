"""Neutral requests into the Responses API. Answers are written in `encode_reply`."""

from typing import Final, cast

from offramp.core.digests import JsonObject
from offramp.dialects.cache_points import NO_CACHE_POINTS, lose_cache_points
from offramp.dialects.efforts import BUDGET_AS_EFFORT, effort_of
from offramp.dialects.json_schema import is_strict_schema
from offramp.dialects.loss import Effect, Encoded, Loss, LossLog
from offramp.dialects.openai_responses import wire
from offramp.dialects.openai_responses.encode_items import ITEM_LOSSES, write_items
from offramp.dialects.turns import Reasoning, Request, Tool, ToolChoice, ToolMode

_FLOOR: Final = Loss(
    "max_tokens", f"this API takes no limit below {wire.MIN_OUTPUT_TOKENS}; that was set", Effect.CONTROL
)
_TOP_K: Final = Loss("top_k", "this API has no such knob", Effect.SAMPLING)
_SEED: Final = Loss("seed", "this API has no seed", Effect.SAMPLING)
_FREQUENCY: Final = Loss("frequency_penalty", "this API has no penalties", Effect.SAMPLING)
_PRESENCE: Final = Loss("presence_penalty", "this API has no penalties", Effect.SAMPLING)
_STOP: Final = Loss(
    "stop", "this API has no stop sequences; the gateway cuts the answer at them", Effect.COST
)
_LOOSE_SCHEMA: Final = Loss(
    "response_schema",
    "the schema is sent, but this API promises to keep only closed, all-required ones",
    Effect.CONTROL,
)

_CACHE_POINTS: Final = Loss(
    "cache_points", "this API itself decides what of a request it keeps in its cache", Effect.COST
)

REQUEST_LOSSES: Final = (
    *ITEM_LOSSES,
    NO_CACHE_POINTS,
    _FLOOR,
    _TOP_K,
    _SEED,
    _FREQUENCY,
    _PRESENCE,
    _STOP,
    _LOOSE_SCHEMA,
    _CACHE_POINTS,
    BUDGET_AS_EFFORT,
)
"""What this API cannot carry towards a model."""


def encode_request(request: Request) -> Encoded:
    """Body of `POST /v1/responses`. The upstream is asked to keep nothing: the whole conversation is sent."""
    losses = LossLog()
    lose_cache_points(request, losses)
    body: wire.ResponsesRequest = {
        "model": request.model,
        "input": write_items(request, losses),
        "store": False,
    }
    if request.system and not request.turns:
        # This API answers no request without an item.
        body["input"].insert(0, {"role": "system", "content": request.system[0]})
    elif request.system:
        body["instructions"] = request.system[0]
    if request.max_tokens is not None:
        body["max_output_tokens"] = max(request.max_tokens, wire.MIN_OUTPUT_TOKENS)
        if request.max_tokens < wire.MIN_OUTPUT_TOKENS:
            losses.add(_FLOOR)
    _write_reasoning(body, request.reasoning, losses)
    if request.cache_points:
        losses.add(_CACHE_POINTS)
    _write_sampling(body, request, losses)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        _write_choice(body, request.tool_choice)
    if request.response_schema is not None:
        body["text"] = {"format": _format(request.response_schema, losses)}
    if request.wants_stream:
        body["stream"] = True
    if request.end_user:
        body["safety_identifier"] = request.end_user
    return Encoded(cast(JsonObject, body), losses.all())


def _write_sampling(body: wire.ResponsesRequest, request: Request, losses: LossLog) -> None:
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if request.top_k is not None:
        losses.add(_TOP_K)
    if request.seed is not None:
        losses.add(_SEED)
    if request.frequency_penalty:
        losses.add(_FREQUENCY)
    if request.presence_penalty:
        losses.add(_PRESENCE)
    if request.stop:
        losses.add(_STOP)


def _write_reasoning(body: wire.ResponsesRequest, asked: Reasoning | None, losses: LossLog) -> None:
    if asked is None:
        return
    written: wire.ReasoningConfig = {}
    if asked.effort is not None:
        written["effort"] = str(asked.effort)
    elif asked.budget is not None:
        losses.add(BUDGET_AS_EFFORT)
        written["effort"] = str(effort_of(asked.budget))
    if asked.is_shown and (asked.budget is not None or asked.is_adaptive):
        written["summary"] = "auto"
    if written:
        body["reasoning"] = written


def _tool(tool: Tool) -> wire.Tool:
    # This API enforces where nothing is said; nowhere else is that so.
    written: wire.Tool = {
        "type": "function",
        "name": tool.name,
        "parameters": tool.schema,
        "strict": tool.is_strict or False,
    }
    if tool.description:
        written["description"] = tool.description
    return written


def _write_choice(body: wire.ResponsesRequest, choice: ToolChoice) -> None:
    match choice.mode:
        case ToolMode.AUTO:
            pass
        case ToolMode.NONE:
            body["tool_choice"] = "none"
        case ToolMode.ANY:
            body["tool_choice"] = "required"
        case ToolMode.NAMED:
            body["tool_choice"] = {"type": "function", "name": choice.name}
    if choice.allows_parallel is not None:
        body["parallel_tool_calls"] = choice.allows_parallel


def _format(schema: JsonObject, losses: LossLog) -> wire.Format:
    if schema == {"type": "object"}:
        return {"type": "json_object"}
    written: wire.Format = {"type": "json_schema", "name": "answer", "schema": schema}
    if is_strict_schema(schema):
        written["strict"] = True
    else:
        losses.add(_LOOSE_SCHEMA)
    return written
