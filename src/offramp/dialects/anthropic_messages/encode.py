"""Neutral requests and replies into the Messages API."""

from collections.abc import Mapping
from typing import Any, Final, cast

from offramp.core.digests import JsonObject
from offramp.dialects.anthropic_messages import wire
from offramp.dialects.anthropic_messages.blocks import (
    BLANK_TEXT,
    DOCUMENT_TYPE,
    FOREIGN_THINKING,
    IMAGE_TYPE,
    TOOL_ID_PREFIX,
    UNSIGNED_THINKING,
    write_block,
)
from offramp.dialects.anthropic_messages.cache_points import (
    MARK,
    NO_PLACE,
    mark_block,
    mark_listed,
    placed,
)
from offramp.dialects.anthropic_messages.reasoning import REASONING_LOSSES, write_reasoning
from offramp.dialects.failures import no_finish
from offramp.dialects.id_forms import minted_id, outward_id
from offramp.dialects.json_schema import closed_schema
from offramp.dialects.loss import Effect, Encoded, Loss, LossLog
from offramp.dialects.pairing import merge_speakers
from offramp.dialects.turns import (
    CachePoint,
    CacheSection,
    Part,
    Reply,
    Request,
    Speaker,
    StopReason,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolMode,
    ToolUse,
    Turn,
    Usage,
)

DEFAULT_MAX_TOKENS: Final = 4096
JSON_ONLY: Final = "Answer with one JSON object and nothing else."

_MAX_TOKENS: Final = Loss(
    "max_tokens", f"this API needs a limit; {DEFAULT_MAX_TOKENS} was set", Effect.CONTROL
)
_TEMPERATURE: Final = Loss("temperature", "above 1 is not allowed by this API; 1 was set", Effect.SAMPLING)
_SEED: Final = Loss("seed", "this API has no seed", Effect.SAMPLING)
_FREQUENCY: Final = Loss("frequency_penalty", "this API has no penalties", Effect.SAMPLING)
_PRESENCE: Final = Loss("presence_penalty", "this API has no penalties", Effect.SAMPLING)
_STOP: Final = Loss("stop", "this API refuses blank stop sequences", Effect.CONTROL)
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
_PREFILL_END: Final = Loss(
    "messages.prefill", "white space at the end of the answer begun for the model is removed", Effect.CONTENT
)
_JSON_MODE: Final = Loss(
    "response_format",
    "any JSON object is asked for in words; this API enforces exact schemas only",
    Effect.CONTROL,
)
_CLOSED_SCHEMA: Final = Loss(
    "response_format.schema", "this API allows no additional properties in an enforced schema", Effect.CONTROL
)

REQUEST_LOSSES: Final = (
    _MAX_TOKENS,
    _TEMPERATURE,
    _SEED,
    _FREQUENCY,
    _PRESENCE,
    _STOP,
    _LATE_SYSTEM,
    _FIRST_TURN,
    _SYSTEM_ONLY,
    _EMPTY_TURN,
    _PREFILL_END,
    _JSON_MODE,
    _CLOSED_SCHEMA,
    UNSIGNED_THINKING,
    FOREIGN_THINKING,
    BLANK_TEXT,
    NO_PLACE,
    NO_PLACE,
    IMAGE_TYPE,
    *REASONING_LOSSES,
)
"""What this API cannot carry towards a model."""

REQUEST_NOT_TAKEN: Final = (DOCUMENT_TYPE,)

UNKNOWN_USAGE: Final = Loss("usage", "the upstream did not say; 0 stands for unknown", Effect.METADATA)

REPLY_LOSSES: Final = (UNKNOWN_USAGE, BLANK_TEXT)
"""What this API cannot carry towards a caller."""


def encode_request(request: Request) -> Encoded:
    """Body of `POST /v1/messages`."""
    losses = LossLog()
    system, turns = _conversation(request, losses)
    if request.response_schema == {"type": "object"}:
        losses.add(_JSON_MODE)
        system = (*system, JSON_ONLY)
    if request.max_tokens is None:
        losses.add(_MAX_TOKENS)
    body: wire.MessagesRequest = {
        "model": request.model,
        "max_tokens": request.max_tokens if request.max_tokens is not None else DEFAULT_MAX_TOKENS,
        "messages": _messages(turns, placed(request, _is_led(request)), losses),
    }
    _write_system(body, system, request)
    _write_tools(body, request)
    _write_sampling(body, request, losses)
    if request.response_schema is not None and request.response_schema != {"type": "object"}:
        schema, was_open = closed_schema(request.response_schema)
        if was_open:
            losses.add(_CLOSED_SCHEMA)
        body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    write_reasoning(body, request, losses)
    if request.wants_stream:
        body["stream"] = True
    if request.end_user:
        body["metadata"] = {"user_id": request.end_user}
    return Encoded(cast(JsonObject, body), losses.all())


def _write_system(body: wire.MessagesRequest, system: tuple[str, ...], request: Request) -> None:
    has_points = any(point.section is CacheSection.SYSTEM for point in request.cache_points)
    if len(system) == 1 and not has_points:
        body["system"] = system[0]
    elif system:
        blocks: list[wire.TextBlock] = [{"type": "text", "text": text} for text in system]
        mark_listed(blocks, request, CacheSection.SYSTEM)
        body["system"] = blocks


def _is_led(request: Request) -> bool:
    spoken = (turn.speaker for turn in request.turns if turn.speaker is not Speaker.SYSTEM)
    return next(spoken, Speaker.USER) is Speaker.ASSISTANT


def _conversation(request: Request, losses: LossLog) -> tuple[tuple[str, ...], tuple[Turn, ...]]:
    system = [text for text in request.system if text.strip()]
    turns: list[Turn] = []
    for turn in request.turns:
        if turn.speaker is Speaker.SYSTEM:
            losses.add(_LATE_SYSTEM)
            system += [part.text for part in turn.parts if isinstance(part, Text) and part.text.strip()]
        else:
            turns.append(turn)
    if not turns:
        losses.add(_SYSTEM_ONLY)
        return (), (Turn(Speaker.USER, (Text("\n\n".join(system) or JSON_ONLY),)),)
    if turns[0].speaker is Speaker.ASSISTANT:
        losses.add(_FIRST_TURN)
        turns.insert(0, Turn(Speaker.USER, (Text("(The conversation begins with your own words.)"),)))
    return tuple(system), merge_speakers(turns)


def _messages(
    turns: tuple[Turn, ...], points: Mapping[tuple[int, int], CachePoint], losses: LossLog
) -> list[wire.Message]:
    messages: list[wire.Message] = []
    for index, turn in enumerate(turns):
        parts = turn.parts
        last = parts[-1] if parts and index == len(turns) - 1 else None
        if turn.speaker is Speaker.ASSISTANT and isinstance(last, Text) and last.text != last.text.rstrip():
            losses.add(_PREFILL_END)
            parts = (*parts[:-1], Text(last.text.rstrip()))
        blocks: list[wire.Block] = []
        for number, part in enumerate(parts):
            block = write_block(part, losses)
            if block is not None:
                blocks.append(block)
            if (index, number) in points:
                mark_block(blocks, points[index, number], losses)
        if not blocks:
            losses.add(_EMPTY_TURN)
            continue
        role: Any = str(turn.speaker)
        content = blocks[0]["text"] if _is_plain(blocks) and blocks[0]["type"] == "text" else blocks
        messages.append({"role": role, "content": content})
    return messages


def _is_plain(blocks: list[wire.Block]) -> bool:
    return len(blocks) == 1 and MARK not in blocks[0]


def _write_tools(body: wire.MessagesRequest, request: Request) -> None:
    if not request.tools:
        return
    body["tools"] = [_tool(tool) for tool in request.tools]
    mark_listed(body["tools"], request, CacheSection.TOOLS)
    choice = _tool_choice(request.tool_choice)
    if choice is not None:
        body["tool_choice"] = choice


def _tool(tool: Tool) -> wire.Tool:
    schema = tool.schema if "type" in tool.schema else {"type": "object", **tool.schema}
    written: wire.Tool = {"name": tool.name, "input_schema": schema}
    if tool.description:
        written["description"] = tool.description
    if tool.is_strict is not None:
        written["strict"] = tool.is_strict
    return written


def _tool_choice(choice: ToolChoice) -> wire.ToolChoice | None:
    written: wire.ToolChoice
    match choice.mode:
        case ToolMode.NONE:
            return {"type": "none"}
        case ToolMode.AUTO:
            if choice.allows_parallel is None:
                return None
            written = {"type": "auto"}
        case ToolMode.ANY:
            written = {"type": "any"}
        case ToolMode.NAMED:
            written = {"type": "tool", "name": choice.name}
    if choice.allows_parallel is not None:
        written["disable_parallel_tool_use"] = not choice.allows_parallel
    return written


def _write_sampling(body: wire.MessagesRequest, request: Request, losses: LossLog) -> None:
    if request.temperature is not None:
        body["temperature"] = min(request.temperature, 1.0)
        if request.temperature > 1:
            losses.add(_TEMPERATURE)
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if request.top_k is not None:
        body["top_k"] = request.top_k
    stop = [text for text in request.stop if text.strip()]
    if len(stop) != len(request.stop):
        losses.add(_STOP)
    if stop:
        body["stop_sequences"] = stop
    if request.seed is not None:
        losses.add(_SEED)
    if request.frequency_penalty:
        losses.add(_FREQUENCY)
    if request.presence_penalty:
        losses.add(_PRESENCE)


STOP_REASONS: Final[dict[StopReason, wire.StopReason]] = {
    StopReason.END: "end_turn",
    StopReason.LENGTH: "max_tokens",
    StopReason.TOOL_USE: "tool_use",
    StopReason.STOP_SEQUENCE: "stop_sequence",
    StopReason.REFUSAL: "refusal",
}


def encode_reply(reply: Reply) -> Encoded:
    """Body of an answer. Raises `ReplyInvalid` for a stop reason this API has no word for."""
    if reply.stop_reason not in STOP_REASONS:
        raise no_finish()
    losses = LossLog()
    content: list[wire.Block] = []
    for part in reply.parts:
        block = _shown(part, losses)
        if block is not None:
            content.append(block)
    body: wire.Reply = {
        "id": message_id(reply.id),
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
        "stop_reason": STOP_REASONS[reply.stop_reason],
        "stop_sequence": reply.stop_sequence or None,
        "usage": write_usage(reply.usage, losses),
    }
    return Encoded(cast(JsonObject, body), losses.all())


def _shown(part: Part, losses: LossLog) -> wire.Block | None:
    """A block for a caller. Reasoning is shown under whatever seal it carries."""
    if isinstance(part, ToolUse):
        part = ToolUse(outward_id(TOOL_ID_PREFIX, part.id), part.name, part.arguments)
    if isinstance(part, Thinking) and not part.is_redacted:
        return {"type": "thinking", "thinking": part.text, "signature": part.signature}
    return write_block(part, losses)


def write_usage(usage: Usage, losses: LossLog) -> wire.Usage:
    """Usage in this API's terms, which has no way to say "unknown" for input and output."""
    if usage.input is None or usage.output is None:
        losses.add(UNKNOWN_USAGE)
    written: wire.Usage = {"input_tokens": usage.input or 0, "output_tokens": usage.output or 0}
    if usage.cache_read is not None:
        written["cache_read_input_tokens"] = usage.cache_read
    if usage.cache_write is not None:
        written["cache_creation_input_tokens"] = usage.cache_write
    if usage.reasoning is not None:
        written["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return written


def message_id(upstream_id: str) -> str:
    """`msg_…`, the upstream's own where it has that form."""
    return upstream_id if upstream_id.startswith("msg_") else minted_id("msg_", upstream_id)


def encode_count(tokens: int) -> JsonObject:
    """Body of an answer to `count_tokens`."""
    return {"input_tokens": tokens}


def encode_models(ids: tuple[str, ...]) -> JsonObject:
    """Body of `GET /v1/models`. The epoch stands for an unknown date, as the API's reference allows."""
    models: list[wire.Model] = [
        {
            "type": "model",
            "id": name,
            "display_name": name,
            "created_at": "1970-01-01T00:00:00Z",
            "lifecycle": "active",
        }
        for name in ids
    ]
    body: wire.Models = {
        "data": models,
        "has_more": False,
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
    }
    return cast(JsonObject, body)
