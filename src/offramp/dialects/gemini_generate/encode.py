"""Neutral requests into the Gemini API. Replies are written in `encode_reply`."""

from typing import Final, cast

from offramp.core.digests import JsonObject
from offramp.dialects.cache_points import NO_CACHE_POINTS, lose_cache_points
from offramp.dialects.gemini_generate import wire
from offramp.dialects.gemini_generate.encode_contents import (
    CONTENT_LOSSES,
    DOCUMENT_TYPE,
    LOST_SEAL,
    conversation,
    write_contents,
)
from offramp.dialects.gemini_generate.reasoning import REASONING_LOSSES, write_reasoning
from offramp.dialects.gemini_generate.schema import CYCLE, HELP, Lowering
from offramp.dialects.loss import Effect, Encoded, Loss, LossLog, Refusal
from offramp.dialects.turns import Request, Tool, ToolChoice, ToolMode

_ONE_CALL: Final = Loss(
    "tool_choice.parallel",
    "this API has no such switch; calls after the first are held back",
    Effect.CONTROL,
)
_END_USER: Final = Loss("end_user", "this API has no name of the end user", Effect.METADATA)
_STOPS: Final = Loss(
    "stop",
    f"this API takes {wire.MAX_STOPS} stop sequences, none empty; the rest is left out",
    Effect.CONTROL,
)
_WHICH_STOP: Final = Loss(
    "stop.which",
    "this API does not say which stop sequence ended the answer, or that one did",
    Effect.METADATA,
)
_SEED: Final = Loss("seed", "this API takes seeds of 32 bits only", Effect.SAMPLING)
_ANY_JSON: Final = Loss("response_format", "this API promises JSON, not that it is an object", Effect.CONTROL)
_UNKNOWN_KEYWORD: Final = "keywords of a schema that this API does not know are left out"
_TOOL_SCHEMA: Final = Loss("tools.schema", _UNKNOWN_KEYWORD, Effect.CONTROL)
_RESPONSE_SCHEMA: Final = Loss("response_schema", _UNKNOWN_KEYWORD, Effect.CONTROL)

REQUEST_LOSSES: Final = (
    *CONTENT_LOSSES,
    NO_CACHE_POINTS,
    _ONE_CALL,
    _END_USER,
    _STOPS,
    _WHICH_STOP,
    _SEED,
    _ANY_JSON,
    _TOOL_SCHEMA,
    _RESPONSE_SCHEMA,
    *REASONING_LOSSES,
)
"""What this API cannot carry towards a model."""

REQUEST_NOT_TAKEN: Final = (
    DOCUMENT_TYPE,
    LOST_SEAL,
    Refusal("tools.schema", CYCLE, HELP),
    Refusal("response_schema", CYCLE, HELP),
)
"""What it must not be asked without."""


def encode_request(request: Request) -> Encoded:
    """Body of `POST …:generateContent`; model and streaming are said by the path."""
    losses = LossLog()
    lose_cache_points(request, losses)
    system, turns = conversation(request, losses)
    body: wire.GenerateRequest = {"contents": write_contents(turns, losses)}
    if system:
        body["systemInstruction"] = {"parts": [{"text": text} for text in system]}
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_tool(tool, losses) for tool in request.tools]}]
        config = _calling(request.tools, request.tool_choice)
        if config is not None:
            body["toolConfig"] = {"functionCallingConfig": config}
        if request.tool_choice.allows_parallel is False:
            losses.add(_ONE_CALL)
    generation = _generation(request, losses)
    if generation:
        body["generationConfig"] = generation
    if request.end_user:
        losses.add(_END_USER)
    return Encoded(cast(JsonObject, body), losses.all())


def _tool(tool: Tool, losses: LossLog) -> wire.FunctionDeclaration:
    schema = tool.schema if "type" in tool.schema else {"type": "object", **tool.schema}
    written: wire.FunctionDeclaration = {
        "name": tool.name,
        "parametersJsonSchema": _lowered(schema, _TOOL_SCHEMA, losses),
    }
    if tool.description:
        written["description"] = tool.description
    return written


def _lowered(schema: JsonObject, loss: Loss, losses: LossLog) -> JsonObject:
    lowering = Lowering(schema, loss.field)
    lowered = lowering.lowered()
    for keyword in lowering.lost:
        losses.add(Loss(f"{loss.field}.{keyword}", loss.reason, loss.effect))
    return lowered


def _calling(tools: tuple[Tool, ...], choice: ToolChoice) -> wire.FunctionCallingConfig | None:
    """Where a tool is strict, the mode that enforces schemas; it holds for the others as well."""
    match choice.mode:
        case ToolMode.AUTO:
            return {"mode": "VALIDATED"} if any(tool.is_strict for tool in tools) else None
        case ToolMode.ANY:
            return {"mode": "ANY"}
        case ToolMode.NONE:
            return {"mode": "NONE"}
        case ToolMode.NAMED:
            return {"mode": "ANY", "allowedFunctionNames": [choice.name]}


def _generation(request: Request, losses: LossLog) -> wire.GenerationConfig:
    config: wire.GenerationConfig = {}
    if request.max_tokens is not None:
        config["maxOutputTokens"] = request.max_tokens
    if request.temperature is not None:
        config["temperature"] = request.temperature
    if request.top_p is not None:
        config["topP"] = request.top_p
    if request.top_k is not None:
        config["topK"] = request.top_k
    if request.frequency_penalty is not None:
        config["frequencyPenalty"] = request.frequency_penalty
    if request.presence_penalty is not None:
        config["presencePenalty"] = request.presence_penalty
    if request.seed is not None and abs(request.seed) <= wire.MAX_SEED:
        config["seed"] = request.seed
    elif request.seed is not None:
        losses.add(_SEED)
    stops = [text for text in request.stop if text][: wire.MAX_STOPS]
    if len(stops) != len(request.stop):
        losses.add(_STOPS)
    if stops:
        losses.add(_WHICH_STOP)
        config["stopSequences"] = stops
    if request.response_schema is not None:
        config["responseMimeType"] = "application/json"
        if request.response_schema == {"type": "object"}:
            losses.add(_ANY_JSON)
        else:
            config["responseJsonSchema"] = _lowered(request.response_schema, _RESPONSE_SCHEMA, losses)
    write_reasoning(config, request, losses)
    return config
