"""Converse requests into neutral form. Replies are read in `decode_reply`."""

from collections.abc import Mapping
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.bedrock_converse.model_fields import (
    MODEL_LOSSES,
    MODEL_REFUSAL,
    read_effort,
    read_model_fields,
)
from offramp.dialects.bedrock_converse.read_blocks import (
    BLOCK_LOSSES,
    BLOCK_REFUSALS,
    read_block,
    read_guarded_text,
)
from offramp.dialects.loss import Decoded, Effect, Loss, Refusal
from offramp.dialects.pairing import check_pairing, speaker_runs
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import (
    CachePoint,
    CacheSection,
    Part,
    Reasoning,
    Request,
    Speaker,
    Tool,
    ToolChoice,
    ToolMode,
    Turn,
)

_FIRST_POINT: Final = Loss("cachePoint", "nothing stands before it that could be kept", Effect.COST)
DROPPED: Final = (
    *BLOCK_LOSSES,
    _FIRST_POINT,
    *MODEL_LOSSES,
    Loss("additionalModelResponseFieldPaths", "fields of one vendor's models are not given", Effect.METADATA),
    Loss(
        "outputConfig.textFormat.structure.jsonSchema.description",
        "the target sees the schema only",
        Effect.CONTENT,
    ),
    Loss(
        "outputConfig.textFormat.structure.jsonSchema.name",
        "the target has no name for the schema",
        Effect.METADATA,
    ),
    Loss("performanceConfig", "speed settings are this vendor's own", Effect.COST),
    Loss("requestMetadata", "labels for this vendor's logs are not carried", Effect.METADATA),
    Loss("serviceTier", "service tiers are this vendor's own", Effect.COST),
)
"""Fields of this API that are known and not carried."""

REFUSED: Final = (
    *BLOCK_REFUSALS,
    MODEL_REFUSAL,
    Refusal(
        "guardrailConfig",
        "dropping it would remove a check the caller relies on",
        "send this route to an upstream of this API, or leave the guardrail out",
    ),
    Refusal("promptVariables", "the prompt they fill is kept by this vendor", "send the prompt itself"),
    Refusal("systemTool", "the vendor itself runs this tool", "run the tool in the application"),
)
"""Fields of this API that change the answer and cannot be carried."""


def decode_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST /model/{model}/converse` and of its streamed twin. The path names the model."""
    reading = Reading(DROPPED, REFUSED)
    points: list[CachePoint] = []
    with reading.fields(body) as fields:
        tools, choice = _tools(fields, points, reading)
        schema, reasoning = _output_config(fields, reading)
        top_k, asked = read_model_fields(fields, reading)
        limits = fields.fields("inferenceConfig") or reading.fields({})
        with limits:
            request = Request(
                model="",
                system=_system(fields, points, reading),
                turns=_turns(fields, points, reading),
                tools=tools,
                tool_choice=choice,
                max_tokens=limits.integer("maxTokens", 1),
                temperature=limits.number("temperature", 0, 1),
                top_p=limits.number("topP", 0, 1),
                stop=limits.texts("stopSequences"),
                top_k=top_k,
                response_schema=schema,
                reasoning=asked or reasoning,
                wants_stream_usage=True,
                cache_points=tuple(points),
            )
        if fields.raw("additionalModelResponseFieldPaths"):
            fields.leave("additionalModelResponseFieldPaths")
        if fields.raw("promptVariables"):
            fields.leave("promptVariables")
        _read_tier(fields)
    return reading.decoded(request)


def decode_count_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST /model/{model}/count-tokens`, asked for a conversation."""
    reading = Reading(
        refused=(
            Refusal("invokeModel", "only conversations are counted", "send the conversation as `converse`"),
        )
    )
    with reading.fields(body) as fields:
        asked = fields.fields("input")
        if asked is None:
            reading.invalid(fields.at("input"), "`input` is required")
            asked = reading.fields({})
        with asked:
            inner = asked.json_object("converse")
            if inner is None and not asked.has("invokeModel"):
                reading.invalid(asked.at("converse"), "`converse` is required")
    losses = reading.decoded(None).losses
    decoded = decode_request(inner or {})
    return Decoded(decoded.value, (*losses, *decoded.losses))


def _read_tier(fields: Fields) -> None:
    for name, plain in (("serviceTier", {"type": "default"}), ("performanceConfig", {"latency": "standard"})):
        if fields.raw(name) not in (None, plain):
            fields.leave(name)


def _turns(fields: Fields, points: list[CachePoint], reading: Reading) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    pointers: list[str] = []
    for message in fields.each("messages"):
        with message:
            role = message.needed_text("role")
            if role not in tuple(Speaker):
                reading.invalid(message.at("role"), "`role` must be user, assistant or system")
                message.skip("content")
                continue
            if not message.has("content"):
                reading.invalid(message.at("content"), "`content` is required")
            turns.append(Turn(Speaker(role), _content(message, turns, Speaker(role), points, reading)))
            pointers.append(message.pointer)
    if not turns:
        reading.invalid(fields.at("messages"), "`messages` must hold at least one message")
    runs, starts = speaker_runs(turns, pointers)
    check_pairing(runs, starts, reading)
    return tuple(turns)


def _content(
    message: Fields, before: list[Turn], speaker: Speaker, points: list[CachePoint], reading: Reading
) -> tuple[Part, ...]:
    parts: list[Part] = []
    for block in message.each("content"):
        if block.has("cachePoint"):
            at, part = len(before), len(parts) - 1
            if not parts:
                at, part = len(before) - 1, len(before[-1].parts) - 1 if before else -1
            _read_point(block, CacheSection.TURNS, at if part >= 0 else -1, part, points, reading)
            continue
        found = read_block(block, speaker, reading)
        if found is not None:
            parts.append(found)
    return tuple(parts)


def _read_point(
    block: Fields, section: CacheSection, index: int, part: int, points: list[CachePoint], reading: Reading
) -> None:
    with block:
        point = block.fields("cachePoint")
        if point is None:
            return
        with point:
            if point.raw("type") != "default":
                reading.invalid(point.at("type"), "`type` of a cache point must be default")
            ttl = point.text("ttl") or ""
    if index < 0:
        reading.lose(_FIRST_POINT)
    else:
        points.append(CachePoint(section, index, part, ttl))


def _system(fields: Fields, points: list[CachePoint], reading: Reading) -> tuple[str, ...]:
    texts: list[str] = []
    for block in fields.each("system"):
        if block.has("cachePoint"):
            _read_point(block, CacheSection.SYSTEM, len(texts) - 1, 0, points, reading)
            continue
        with block:
            guarded = block.fields("guardContent")
            if guarded is not None:
                with guarded:
                    if guarded.raw("image") is not None:
                        reading.unsupported(
                            guarded.at("image"),
                            "an image in the system prompt has no place elsewhere",
                            "put the image into the first turn",
                        )
                    said = read_guarded_text(guarded)
                    texts += [said.text] if said else []
            else:
                text = block.text("text")
                if text is None and not block.has("text"):
                    reading.invalid(block.at("text"), "`text` is required")
                texts += [text] if text else []
    return tuple(texts)


def _tools(fields: Fields, points: list[CachePoint], reading: Reading) -> tuple[tuple[Tool, ...], ToolChoice]:
    config = fields.fields("toolConfig")
    if config is None:
        return (), ToolChoice()
    tools: list[Tool] = []
    with config:
        for item in config.each("tools"):
            if item.has("cachePoint"):
                _read_point(item, CacheSection.TOOLS, len(tools) - 1, 0, points, reading)
                continue
            with item:
                if item.has("toolSpec") or not item.has("systemTool"):
                    tools.append(_tool(item, reading))
        choice = _tool_choice(config, {tool.name for tool in tools}, reading)
    return tuple(tools), choice


def _tool(item: Fields, reading: Reading) -> Tool:
    spec = item.fields("toolSpec")
    if spec is None:
        reading.invalid(item.at("toolSpec"), "`toolSpec` is required")
        return Tool("", "", {})
    with spec:
        holder = spec.fields("inputSchema")
        schema: JsonObject | None = None
        if holder is not None:
            with holder:
                schema = holder.json_object("json")
        if schema is None:
            reading.invalid(
                spec.at("inputSchema"),
                "`inputSchema` must hold a schema under `json`",
                "give each tool a `name` and an `inputSchema` of type object",
            )
        return Tool(
            name=spec.needed_text("name"),
            description=spec.text("description") or "",
            schema=schema or {},
            is_strict=spec.flag("strict"),
        )


_MODES: Final[Mapping[str, ToolMode]] = {
    "auto": ToolMode.AUTO,
    "any": ToolMode.ANY,
    "tool": ToolMode.NAMED,
}


def _tool_choice(config: Fields, names: set[str], reading: Reading) -> ToolChoice:
    choice = config.fields("toolChoice")
    if choice is None:
        return ToolChoice()
    name = ""
    with choice:
        kind = next((kind for kind in _MODES if choice.has(kind)), "")
        if not kind:
            reading.invalid(choice.pointer, "`toolChoice` must hold one of auto, any and tool")
            choice.skip_all()
            return ToolChoice()
        chosen = choice.fields(kind)
        assert chosen is not None
        with chosen:
            if kind == "tool":
                name = chosen.needed_text("name")
    if name and name not in names:
        reading.invalid(choice.pointer, f"`toolChoice` names the tool `{name}`, which is not in `tools`")
    return ToolChoice(_MODES[kind], name)


def _output_config(fields: Fields, reading: Reading) -> tuple[JsonObject | None, Reasoning | None]:
    config = fields.fields("outputConfig")
    if config is None:
        return None, None
    with config:
        reasoning = read_effort(config, reading)
        shape = config.fields("textFormat")
        if shape is None:
            return None, reasoning
        with shape:
            if shape.raw("type") != "json_schema":
                reading.invalid(shape.at("type"), "`type` of a text format must be json_schema")
            structure = shape.fields("structure") or reading.fields({})
            with structure:
                return _schema(structure, reading), reasoning


def _schema(structure: Fields, reading: Reading) -> JsonObject | None:
    named = structure.fields("jsonSchema")
    if named is None:
        reading.invalid(structure.at("jsonSchema"), "`jsonSchema` is required")
        return None
    with named:
        schema = parsed_object(named.needed_text("schema"))
        if schema is None:
            reading.invalid(named.at("schema"), "`schema` must be a JSON schema, written as text")
        return schema
