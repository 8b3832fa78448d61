"""Neutral requests and replies into the Converse API."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.bedrock_converse import wire
from offramp.dialects.bedrock_converse.read_blocks import TOOL_ID_PREFIX
from offramp.dialects.bedrock_converse.write_blocks import (
    BLANK_TEXT,
    BLOCK_LOSSES,
    BLOCK_REFUSALS,
    UNSIGNED_THINKING,
    BlockWriter,
)
from offramp.dialects.efforts import (
    BUDGET_AS_EFFORT,
    NEAREST_EFFORT,
    OWN_REASONING,
    effort_of,
    nearest,
)
from offramp.dialects.failures import no_finish
from offramp.dialects.id_forms import outward_id
from offramp.dialects.json_schema import closed_schema
from offramp.dialects.loss import Effect, Encoded, Loss, LossLog, Refusal
from offramp.dialects.turns import (
    CachePoint,
    CacheSection,
    Effort,
    Part,
    Reasoning,
    Reply,
    Request,
    Speaker,
    StopReason,
    Text,
    Tool,
    ToolMode,
    ToolUse,
    Turn,
    Usage,
)

EFFORTS: Final = (Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.XHIGH, Effort.MAX)
JSON_ONLY: Final = "Answer with one JSON object and nothing else."

_TEMPERATURE: Final = Loss("temperature", "above 1 is not allowed by this API; 1 was set", Effect.SAMPLING)
_TOP_K: Final = Loss("top_k", "this API has no such knob for every model", Effect.SAMPLING)
_SEED: Final = Loss("seed", "this API has no seed", Effect.SAMPLING)
_FREQUENCY: Final = Loss("frequency_penalty", "this API has no penalties", Effect.SAMPLING)
_PRESENCE: Final = Loss("presence_penalty", "this API has no penalties", Effect.SAMPLING)
_STOP: Final = Loss("stop", "this API refuses empty stop sequences", Effect.CONTROL)
_WHICH_STOP: Final = Loss(
    "stop.which", "this API does not say which stop sequence ended the answer", Effect.METADATA
)
_END_USER: Final = Loss("end_user", "this API has no place for the end user", Effect.METADATA)
_LATE_SYSTEM: Final = Loss(
    "messages.system", "system text inside the conversation moved to the system prompt", Effect.CONTENT
)
_FIRST_TURN: Final = Loss(
    "messages.first", "this API wants a user turn first; a line saying so was put before it", Effect.CONTENT
)
_SYSTEM_ONLY: Final = Loss(
    "messages.only", "a request of system text alone is asked as a user turn", Effect.CONTENT
)
_EMPTY_TURN: Final = Loss("messages.empty", "a turn without content is left out", Effect.METADATA)
_DOCUMENT_ALONE: Final = Loss(
    "messages.document", "this API wants text beside a document; a line of it was added", Effect.CONTENT
)
_PARALLEL: Final = Loss(
    "tool_choice.parallel",
    "this API cannot ask for one call at a time; where several come, all but the first are held back",
    Effect.CONTROL,
)
_NO_TOOLS: Final = Loss(
    "tool_choice.none", "this API cannot forbid tools; they are left out instead", Effect.COST
)
_DECLARED: Final = Loss(
    "tools.declared",
    "this API wants the tools of earlier calls declared; they are, without their schemas",
    Effect.CONTENT,
)
_JSON_MODE: Final = Loss(
    "response_format",
    "any JSON object is asked for in words; this API enforces exact schemas only",
    Effect.CONTROL,
)
_CLOSED_SCHEMA: Final = Loss(
    "response_format.schema", "this API allows no additional properties in an enforced schema", Effect.CONTROL
)

NO_TOOLS_AFTER_CALLS: Final = Refusal(
    "tool_choice.none",
    "this API cannot forbid tools, and wants those of earlier calls declared",
    "leave the tool choice out, or send this route to an upstream of another API",
)
REQUEST_NOT_TAKEN: Final = (*BLOCK_REFUSALS, NO_TOOLS_AFTER_CALLS)
"""What must not be asked of this API without."""

_NO_EFFORT: Final = Loss("reasoning", "this API cannot ask for no reasoning", Effect.CONTROL)

REQUEST_LOSSES: Final = (
    *BLOCK_LOSSES,
    _TEMPERATURE,
    _TOP_K,
    _SEED,
    _FREQUENCY,
    _PRESENCE,
    _STOP,
    _WHICH_STOP,
    _END_USER,
    _LATE_SYSTEM,
    _FIRST_TURN,
    _SYSTEM_ONLY,
    _EMPTY_TURN,
    _DOCUMENT_ALONE,
    _PARALLEL,
    _NO_TOOLS,
    _DECLARED,
    _JSON_MODE,
    _CLOSED_SCHEMA,
    _NO_EFFORT,
    BUDGET_AS_EFFORT,
    NEAREST_EFFORT,
    OWN_REASONING,
)
"""What this API cannot carry towards a model."""

UNKNOWN_USAGE: Final = Loss("usage", "the upstream did not say; 0 stands for unknown", Effect.METADATA)
REASONING_USAGE: Final = Loss(
    "usage.reasoning", "tokens of reasoning are counted among the others only", Effect.METADATA
)
UNKNOWN_METRICS: Final = Loss(
    "metrics", "the upstream did not say how long it took; 0 stands for unknown", Effect.METADATA
)
STOP_SEQUENCE: Final = Loss(
    "stop_sequence", "this API does not say which stop sequence was met", Effect.METADATA
)

REPLY_LOSSES: Final = (
    UNKNOWN_USAGE,
    REASONING_USAGE,
    UNKNOWN_METRICS,
    STOP_SEQUENCE,
    UNSIGNED_THINKING,
    BLANK_TEXT,
)
"""What this API cannot carry towards a caller."""


def encode_request(request: Request) -> Encoded:
    """Body of a conversation. Raises `body-unsupported` for what has no form here and must not be dropped."""
    losses = LossLog()
    system, turns = _conversation(request, losses)
    if request.response_schema == {"type": "object"}:
        losses.add(_JSON_MODE)
        system = (*system, JSON_ONLY)
    body: wire.ConverseRequest = {"messages": _messages(turns, request.cache_points, losses)}
    blocks = _system(system, request.cache_points)
    if blocks:
        body["system"] = blocks
    limits = _limits(request, losses)
    if limits:
        body["inferenceConfig"] = limits
    config = _tool_config(request, losses)
    if config:
        body["toolConfig"] = config
    output = _output(request, losses)
    if output:
        body["outputConfig"] = output
    if request.end_user:
        losses.add(_END_USER)
    return Encoded(cast(JsonObject, body), losses.all())


def _conversation(request: Request, losses: LossLog) -> tuple[tuple[str, ...], tuple[tuple[int, Turn], ...]]:
    system = list(request.system)
    turns: list[tuple[int, Turn]] = []
    for index, turn in enumerate(request.turns):
        if turn.speaker is Speaker.SYSTEM:
            losses.add(_LATE_SYSTEM)
            system += [part.text for part in turn.parts if isinstance(part, Text)]
        else:
            turns.append((index, turn))
    if not turns:
        losses.add(_SYSTEM_ONLY)
        said = "\n\n".join(text for text in system if text.strip())
        return (), ((-1, Turn(Speaker.USER, (Text(said or JSON_ONLY),))),)
    if turns[0][1].speaker is Speaker.ASSISTANT:
        losses.add(_FIRST_TURN)
        turns.insert(0, (-1, Turn(Speaker.USER, (Text("(The conversation begins with your own words.)"),))))
    return tuple(system), tuple(turns)


def _messages(
    turns: Sequence[tuple[int, Turn]], points: Sequence[CachePoint], losses: LossLog
) -> list[wire.Message]:
    marks = {(point.index, point.part): point for point in points if point.section is CacheSection.TURNS}
    writer = BlockWriter(losses)
    messages: list[wire.Message] = []
    for index, turn in turns:
        blocks: list[wire.Block] = []
        for number, part in enumerate(turn.parts):
            block = writer.write(part)
            if block is not None:
                blocks.append(block)
            if (index, number) in marks:
                blocks.append({"cachePoint": _point(marks[index, number])})
        if not any("cachePoint" not in block for block in blocks):
            losses.add(_EMPTY_TURN)
        elif messages and messages[-1]["role"] == str(turn.speaker):
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": cast(Any, str(turn.speaker)), "content": blocks})
    for message in messages:
        if _has_lonely_document(message):
            losses.add(_DOCUMENT_ALONE)
            message["content"].insert(0, {"text": "(Documents.)"})
    return messages


def _has_lonely_document(message: wire.Message) -> bool:
    kinds = {kind for block in message["content"] for kind in block}
    return "document" in kinds and "text" not in kinds


def _point(point: CachePoint) -> wire.CachePoint:
    written: wire.CachePoint = {"type": "default"}
    if point.ttl:
        written["ttl"] = point.ttl
    return written


def _system(texts: Sequence[str], points: Sequence[CachePoint]) -> list[wire.Block]:
    blocks: list[wire.Block] = []
    marks = {point.index: point for point in points if point.section is CacheSection.SYSTEM}
    for index, text in enumerate(texts):
        if text.strip():
            blocks.append({"text": text})
        if index in marks and blocks:
            blocks.append({"cachePoint": _point(marks[index])})
    return blocks


def _limits(request: Request, losses: LossLog) -> wire.InferenceConfig:
    limits: wire.InferenceConfig = {}
    if request.max_tokens is not None:
        limits["maxTokens"] = request.max_tokens
    if request.temperature is not None:
        limits["temperature"] = min(request.temperature, 1.0)
        if request.temperature > 1:
            losses.add(_TEMPERATURE)
    if request.top_p is not None:
        limits["topP"] = request.top_p
    stop = [text for text in request.stop if text]
    if len(stop) != len(request.stop):
        losses.add(_STOP)
    if stop:
        limits["stopSequences"] = stop
        losses.add(_WHICH_STOP)
    for value, loss in (
        (request.top_k, _TOP_K),
        (request.seed, _SEED),
        (request.frequency_penalty or None, _FREQUENCY),
        (request.presence_penalty or None, _PRESENCE),
    ):
        if value is not None:
            losses.add(loss)
    return limits


def _tool_config(request: Request, losses: LossLog) -> wire.ToolConfig | None:
    called = list(dict.fromkeys(_called(request.turns)))
    choice = request.tool_choice
    if choice.mode is ToolMode.NONE and request.tools:
        if called:
            raise NO_TOOLS_AFTER_CALLS.error()
        losses.add(_NO_TOOLS)
        return None
    tools = request.tools
    missing = [name for name in called if name not in {tool.name for tool in tools}]
    if missing:
        losses.add(_DECLARED)
        tools = (*tools, *(Tool(name, "", {"type": "object"}) for name in missing))
    if not tools:
        return None
    config: wire.ToolConfig = {"tools": list(_tools(tools, request.cache_points))}
    if choice.mode is ToolMode.ANY:
        config["toolChoice"] = {"any": {}}
    elif choice.mode is ToolMode.NAMED:
        config["toolChoice"] = {"tool": {"name": choice.name}}
    if choice.allows_parallel is False:
        losses.add(_PARALLEL)
    return config


def _called(turns: Sequence[Turn]) -> Iterator[str]:
    return (part.name for turn in turns for part in turn.parts if isinstance(part, ToolUse))


def _tools(tools: Sequence[Tool], points: Sequence[CachePoint]) -> Iterator[wire.Tool]:
    marks = {point.index: point for point in points if point.section is CacheSection.TOOLS}
    for index, tool in enumerate(tools):
        schema = tool.schema if "type" in tool.schema else {"type": "object", **tool.schema}
        spec: wire.ToolSpec = {"name": tool.name, "inputSchema": {"json": schema}}
        if tool.description:
            spec["description"] = tool.description
        if tool.is_strict is not None:
            spec["strict"] = tool.is_strict
        yield {"toolSpec": spec}
        if index in marks:
            yield {"cachePoint": _point(marks[index])}


def _output(request: Request, losses: LossLog) -> JsonObject:
    output: JsonObject = {}
    schema = request.response_schema
    if schema is not None and schema != {"type": "object"}:
        closed, was_open = closed_schema(schema)
        if was_open:
            losses.add(_CLOSED_SCHEMA)
        named = {"schema": msgspec.json.encode(closed).decode()}
        output["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": named}}
    effort = _effort(request.reasoning, losses)
    if effort is not None:
        output["effort"] = str(effort)
    return output


def _effort(asked: Reasoning | None, losses: LossLog) -> Effort | None:
    if asked is None:
        return None
    if asked.effort is None and asked.budget is None:
        losses.add(OWN_REASONING)
        return None
    wanted = asked.effort
    if wanted is None:
        losses.add(BUDGET_AS_EFFORT)
        wanted = effort_of(asked.budget or 0)
    if wanted is Effort.NONE:
        losses.add(_NO_EFFORT)
        return None
    if wanted not in EFFORTS:
        losses.add(NEAREST_EFFORT)
    return nearest(wanted, EFFORTS)


STOP_REASONS: Final[dict[StopReason, str]] = {
    StopReason.END: "end_turn",
    StopReason.LENGTH: "max_tokens",
    StopReason.TOOL_USE: "tool_use",
    StopReason.STOP_SEQUENCE: "stop_sequence",
    StopReason.REFUSAL: "content_filtered",
}


def encode_reply(reply: Reply) -> Encoded:
    """Body of an answer. Raises `ReplyInvalid` for a stop reason this API has no word for."""
    if reply.stop_reason not in STOP_REASONS:
        raise no_finish()
    losses = LossLog()
    writer = BlockWriter(losses)
    content = [block for part in reply.parts if (block := writer.write(_outward(part))) is not None]
    if reply.stop_sequence:
        losses.add(STOP_SEQUENCE)
    losses.add(UNKNOWN_METRICS)
    body: wire.Reply = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": STOP_REASONS[reply.stop_reason],
        "usage": write_usage(reply.usage, losses),
        "metrics": {"latencyMs": 0},
    }
    return Encoded(cast(JsonObject, body), losses.all())


def _outward(part: Part) -> Part:
    if isinstance(part, ToolUse):
        return ToolUse(outward_id(TOOL_ID_PREFIX, part.id), part.name, part.arguments)
    return part


def write_usage(usage: Usage, losses: LossLog) -> wire.Usage:
    """Usage in this API's terms, which has no way to say "unknown" for input and output."""
    if usage.input is None or usage.output is None:
        losses.add(UNKNOWN_USAGE)
    if usage.reasoning:
        losses.add(REASONING_USAGE)
    known = (usage.input, usage.output, usage.cache_read, usage.cache_write)
    written: wire.Usage = {
        "inputTokens": usage.input or 0,
        "outputTokens": usage.output or 0,
        "totalTokens": sum(tokens or 0 for tokens in known),
    }
    if usage.cache_read is not None:
        written["cacheReadInputTokens"] = usage.cache_read
    if usage.cache_write is not None:
        written["cacheWriteInputTokens"] = usage.cache_write
    return written


def encode_count(tokens: int) -> JsonObject:
    """Body of an answer to `count-tokens`."""
    return {"inputTokens": tokens}


def encode_models(ids: Sequence[str]) -> JsonObject:
    """The list of models, in the shape of the service's own. The region in an ARN is the gateway."""
    summaries = [
        {"modelArn": f"arn:aws:bedrock:offramp::foundation-model/{name}", "modelId": name, "modelName": name}
        for name in ids
    ]
    return {"modelSummaries": summaries}
