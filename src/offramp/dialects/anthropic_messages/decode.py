"""Messages API requests into neutral form. Replies are read in `decode_reply`."""

from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.anthropic_messages.blocks import BLOCK_LOSSES, BLOCK_REFUSALS, read_content
from offramp.dialects.anthropic_messages.cache_points import take_cache_points
from offramp.dialects.anthropic_messages.clearing import CLEARING_LOSSES, cleared, read_edits
from offramp.dialects.anthropic_messages.reasoning import read_effort, read_reasoning
from offramp.dialects.loss import Decoded, Effect, Loss, Refusal
from offramp.dialects.pairing import check_pairing, speaker_runs
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import (
    Effort,
    Request,
    Speaker,
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
)

DROPPED: Final = (
    *BLOCK_LOSSES,
    *CLEARING_LOSSES,
    Loss("diagnostics", "cache diagnostics are this vendor's own", Effect.METADATA),
    Loss("metadata", "only `user_id` has a counterpart", Effect.METADATA),
    Loss("service_tier", "service tiers are this vendor's own", Effect.COST),
    Loss("speed", "speed modes are this vendor's own", Effect.COST),
    Loss("thinking", "a way of reasoning that no target can be asked for", Effect.CONTROL),
    Loss("tools.allowed_callers", "no target calls tools from code it runs itself", Effect.METADATA),
    Loss("tools.defer_loading", "every tool is shown to the target from the start", Effect.COST),
    Loss(
        "tools.eager_input_streaming",
        "how arguments are cut into pieces is the target's choice",
        Effect.METADATA,
    ),
    Loss("tools.input_examples", "the target sees the tool's schema only", Effect.CONTENT),
    Loss("user_profile_id", "profiles are kept by this vendor", Effect.METADATA),
    Loss("workspace_id", "workspaces are kept by this vendor", Effect.METADATA),
)
"""Fields of this API that are known and not carried."""

_SERVER_TOOL: Final = "send this route to an upstream of this API, or run the tool in the application"

REFUSED: Final = (
    *BLOCK_REFUSALS,
    Refusal("container", "it names state kept by this vendor", "leave `container` out"),
    Refusal(
        "inference_geo", "where the target computes is not set per request", "choose the region by the route"
    ),
    Refusal("mcp_servers", "the target would not call these servers", _SERVER_TOOL),
    Refusal("tools.type", "the vendor itself defines or runs this tool", _SERVER_TOOL),
)
"""Fields of this API that change the answer and cannot be carried."""

_TOOL_HELP: Final = "give each tool a `name` and an `input_schema` of type object"


def decode_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST /v1/messages`."""
    return _decode(body, is_count=False)


def decode_count_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST /v1/messages/count_tokens`: the same without `max_tokens`."""
    return _decode(body, is_count=True)


def _decode(body: JsonObject, *, is_count: bool) -> Decoded[Request]:
    reading = Reading(DROPPED, REFUSED)
    body, points = take_cache_points(body)
    with reading.fields(body) as fields:
        tools = _tools(fields, reading)
        schema, effort = _output_config(fields, reading)
        request = Request(
            model=fields.needed_text("model"),
            turns=_turns(fields, reading),
            system=_system(fields, reading),
            tools=tools,
            tool_choice=_tool_choice(fields, tools, reading),
            max_tokens=_max_tokens(fields, reading, is_count=is_count),
            temperature=fields.number("temperature", 0, 1),
            top_p=fields.number("top_p", 0, 1),
            top_k=fields.integer("top_k", 0),
            stop=fields.texts("stop_sequences"),
            wants_stream=fields.flag("stream") or False,
            wants_stream_usage=True,
            response_schema=schema,
            end_user=_end_user(fields),
            reasoning=read_reasoning(fields, effort, reading),
            cache_points=points,
        )
        request = cleared(request, read_edits(fields, reading), reading)
        if fields.raw("inference_geo") not in (None, "global"):
            fields.leave("inference_geo")
        if fields.raw("service_tier") not in (None, "auto", "standard_only"):
            fields.leave("service_tier")
        if fields.raw("mcp_servers"):
            fields.leave("mcp_servers")
    return reading.decoded(request)


def _max_tokens(fields: Fields, reading: Reading, *, is_count: bool) -> int | None:
    limit = fields.integer("max_tokens", 0)
    if limit == 0:
        reading.unsupported(
            fields.at("max_tokens"),
            "`max_tokens` 0 fills this vendor's cache and asks for no answer",
            "send the request without it once an answer is wanted",
        )
    if limit is None and not is_count and not fields.has("max_tokens"):
        reading.invalid(fields.at("max_tokens"), "`max_tokens` is required")
    return limit


def _turns(fields: Fields, reading: Reading) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    pointers: list[str] = []
    for message in fields.each("messages"):
        with message:
            role = message.needed_text("role")
            if role not in tuple(Speaker):
                reading.invalid(message.at("role"), "`role` must be user, assistant or system")
                message.skip("content")
                continue
            parts = read_content(message, Speaker(role), reading)
        turns.append(Turn(Speaker(role), parts))
        pointers.append(message.pointer)
    if not turns:
        reading.invalid(fields.at("messages"), "`messages` must hold at least one message")
    runs, starts = speaker_runs(turns, pointers)
    check_pairing(runs, starts, reading)
    for run, start in zip(runs, starts, strict=True):
        _check_results_first(run, start, reading)
    return tuple(turns)


def _check_results_first(turn: Turn, pointer: str, reading: Reading) -> None:
    kinds = [isinstance(part, ToolResult) for part in turn.parts]
    if any(kinds) and not all(kinds[: sum(kinds)]):
        reading.invalid(
            pointer,
            "tool results must come before everything else in their message",
            "move the `tool_result` blocks to the front of the message's content",
        )


def _system(fields: Fields, reading: Reading) -> tuple[str, ...]:
    value = fields.raw("system")
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,) if value else ()
    blocks: list[str] = []
    for block in fields.each("system"):
        with block:
            if block.needed_text("type") != "text":
                reading.invalid(block.at("type"), "a block of `system` must be of type text")
            blocks.append(block.text("text") or "")
    return tuple(block for block in blocks if block)


def _tools(fields: Fields, reading: Reading) -> tuple[Tool, ...]:
    tools = tuple(_tool(item, reading) for item in fields.each("tools"))
    names = [tool.name for tool in tools if tool.name]
    if len(set(names)) != len(names):
        reading.invalid(fields.at("tools"), "two tools have the same name")
    return tools


def _tool(item: Fields, reading: Reading) -> Tool:
    with item:
        kind = item.raw("type")
        if kind not in (None, "custom"):
            reading.unsupported(
                item.at("type"), f"tool `{kind}` is one the vendor itself defines or runs", _SERVER_TOOL
            )
            item.skip_all()
            return Tool("", "", {})
        if item.raw("allowed_callers") not in (None, ["direct"]):
            item.leave("allowed_callers")
        if item.raw("defer_loading"):
            item.leave("defer_loading")
        schema = item.json_object("input_schema")
        if schema is None and not item.has("input_schema"):
            reading.invalid(item.at("input_schema"), "`input_schema` is required", _TOOL_HELP)
        return Tool(
            name=item.needed_text("name"),
            description=item.text("description") or "",
            schema=schema or {},
            is_strict=item.flag("strict"),
        )


_MODES: Final = {
    "auto": ToolMode.AUTO,
    "any": ToolMode.ANY,
    "tool": ToolMode.NAMED,
    "none": ToolMode.NONE,
}


def _tool_choice(fields: Fields, tools: tuple[Tool, ...], reading: Reading) -> ToolChoice:
    choice = fields.fields("tool_choice")
    if choice is None:
        return ToolChoice()
    with choice:
        mode = _MODES.get(choice.needed_text("type"))
        if mode is None:
            reading.invalid(choice.at("type"), "`type` of `tool_choice` must be auto, any, tool or none")
            mode = ToolMode.AUTO
        name = choice.needed_text("name") if mode is ToolMode.NAMED else ""
        serial = choice.flag("disable_parallel_tool_use")
    if mode is ToolMode.NAMED and name not in {tool.name for tool in tools}:
        reading.invalid(
            fields.at("tool_choice"), f"`tool_choice` names the tool `{name}`, which is not in `tools`"
        )
    if mode is ToolMode.ANY and not tools:
        reading.invalid(fields.at("tool_choice"), "`tool_choice` asks for a tool, and `tools` is empty")
    return ToolChoice(mode, name, None if serial is None else not serial)


def _output_config(fields: Fields, reading: Reading) -> tuple[JsonObject | None, Effort | None]:
    config = fields.fields("output_config")
    if config is None:
        return _schema_of(fields.fields("output_format"), reading), None
    with config:
        return _schema_of(config.fields("format"), reading), read_effort(config, reading)


def _schema_of(shape: Fields | None, reading: Reading) -> JsonObject | None:
    if shape is None:
        return None
    with shape:
        if shape.needed_text("type") != "json_schema":
            reading.invalid(shape.at("type"), "`type` of an output format must be json_schema")
        schema = shape.json_object("schema")
        if schema is None and not shape.has("schema"):
            reading.invalid(shape.at("schema"), "`schema` is required")
        return schema


def _end_user(fields: Fields) -> str:
    metadata = fields.fields("metadata")
    if metadata is None:
        return ""
    with metadata:
        return metadata.text("user_id") or ""
