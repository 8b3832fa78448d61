"""Requests of generateContent into neutral form. Contents are read in `decode_contents`."""

from dataclasses import replace
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.gemini_generate.decode_contents import Contents
from offramp.dialects.gemini_generate.parts import PART_LOSSES, PART_REFUSALS
from offramp.dialects.gemini_generate.reasoning import read_reasoning
from offramp.dialects.gemini_generate.schema import lifted
from offramp.dialects.gemini_generate.spelling import MAX_DEPTH, is_too_deep, one_spelling
from offramp.dialects.json_schema import is_strict_schema
from offramp.dialects.loss import Decoded, Effect, Loss, Refusal
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Request, Tool, ToolChoice, ToolMode

_TARGETS_CHOICE: Final = "the target itself decides that"

_ANY_JSON: Final = Loss(
    "generationConfig.responseMimeType",
    "one JSON object is asked for, where this API would allow any JSON",
    Effect.CONTROL,
)

_VALIDATED: Final = Loss(
    "toolConfig.functionCallingConfig.mode",
    "other APIs enforce a tool's schema only where it is closed and requires every property",
    Effect.CONTROL,
)

DROPPED: Final = (
    *PART_LOSSES,
    _ANY_JSON,
    _VALIDATED,
    Loss("generationConfig.audioTimestamp", "no sound is carried", Effect.METADATA),
    Loss("generationConfig.enableAffectiveDialog", _TARGETS_CHOICE, Effect.CONTENT),
    Loss("generationConfig.enableEnhancedCivicAnswers", _TARGETS_CHOICE, Effect.CONTENT),
    Loss(
        "generationConfig.mediaResolution",
        "how closely files are read is the target's choice",
        Effect.CONTENT,
    ),
    Loss("generationConfig.modelSelectionConfig", "the route chooses the model", Effect.CONTROL),
    Loss("generationConfig.routingConfig", "the route chooses the model", Effect.CONTROL),
    Loss("labels", "labels are kept by this vendor", Effect.METADATA),
    Loss("safetySettings", "what the target blocks is its own choice", Effect.CONTROL),
    Loss("serviceTier", "service tiers are this vendor's own", Effect.COST),
    Loss("store", "the target does not keep the answer", Effect.METADATA),
    Loss(
        "toolConfig.functionCallingConfig.allowedFunctionNames",
        "the other tools are left out, so a cached prefix changes",
        Effect.COST,
    ),
    Loss(
        "toolConfig.functionCallingConfig.streamFunctionCallArguments",
        "how arguments are cut into pieces is the target's choice",
        Effect.METADATA,
    ),
    Loss("toolConfig.includeServerSideToolInvocations", "the target runs no tools", Effect.METADATA),
    Loss("toolConfig.retrievalConfig", "the target looks nothing up", Effect.METADATA),
    Loss("tools.functionDeclarations.response", "the target sees the tool's parameters only", Effect.CONTENT),
    Loss(
        "tools.functionDeclarations.responseJsonSchema",
        "the target sees the tool's parameters only",
        Effect.CONTENT,
    ),
)
"""Fields of this API that are known and not carried."""

_SERVER_HELP: Final = "send this route to an upstream of this API"
_TOOL_HELP: Final = "send this route to an upstream of this API, or run the tool in the application"
_TEXT_HELP: Final = "ask for text only"

_SERVER_TOOLS: Final = (
    "codeExecution",
    "computerUse",
    "enterpriseWebSearch",
    "exaAiSearch",
    "fileSearch",
    "googleMaps",
    "googleSearch",
    "googleSearchRetrieval",
    "mcpServers",
    "parallelAiSearch",
    "retrieval",
    "urlContext",
)

REFUSED: Final = (
    *PART_REFUSALS,
    Refusal("cachedContent", "this vendor keeps the content it names", "send the content itself"),
    Refusal("continuationToken", "the answer it goes on with is kept by this vendor", _SERVER_HELP),
    Refusal("generationConfig.audioTranscriptionConfig", "sound cannot be carried", _TEXT_HELP),
    Refusal(
        "generationConfig.candidateCount", "the target gives one answer", "send one request for each answer"
    ),
    Refusal(
        "generationConfig.continuationToken",
        "the answer it goes on with is kept by this vendor",
        _SERVER_HELP,
    ),
    Refusal("generationConfig.imageConfig", "the target draws no images", _TEXT_HELP),
    Refusal("generationConfig.logprobs", "the target does not give likelihoods of tokens", "leave it out"),
    Refusal("generationConfig.responseFormat", "the older fields can be carried", "use `responseJsonSchema`"),
    Refusal(
        "generationConfig.responseLogprobs", "the target does not give likelihoods of tokens", "leave it out"
    ),
    Refusal("generationConfig.responseMimeType", "text and JSON can be asked for", _TEXT_HELP),
    Refusal("generationConfig.responseModalities", "the target answers in text", _TEXT_HELP),
    Refusal("generationConfig.speechConfig", "the target does not speak", _TEXT_HELP),
    Refusal("generationConfig.translationConfig", "the target does not speak", _TEXT_HELP),
    Refusal("modelArmorConfig", "dropping it would remove a check the caller relies on", _SERVER_HELP),
    Refusal("tools.functionDeclarations.behavior", "the target waits for every result", "leave it out"),
    *(Refusal(f"tools.{name}", "the vendor itself runs this tool", _TOOL_HELP) for name in _SERVER_TOOLS),
)
"""Fields of this API that change the answer and cannot be carried."""


def decode_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST …:generateContent` and `…:streamGenerateContent`."""
    return _decode(body)


def decode_count_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST …:countTokens`: contents, or a whole request inside `generateContentRequest`."""
    whole = body.get("generateContentRequest", body.get("generate_content_request"))
    return _decode(whole if isinstance(whole, dict) else body)


def _decode(body: JsonObject) -> Decoded[Request]:
    reading = Reading(DROPPED, REFUSED)
    if is_too_deep(body):
        reading.invalid("", f"the body is nested more than {MAX_DEPTH} levels deep")
        body = {"contents": [{"parts": []}]}
    with reading.fields(one_spelling(body)) as fields:
        fields.skip("model")
        turns = Contents(reading).read(fields)
        tools = _tools(fields, reading)
        choice, allowed, is_strict = _tool_choice(fields, tools, reading)
        if allowed is not None:
            tools = tuple(tool for tool in tools if tool.name in allowed)
        if is_strict:
            tools = tuple(_strict(tool, reading) for tool in tools)
        knobs = _knobs(fields, reading)
        request = Request(
            model="",
            turns=turns,
            system=_system(fields, reading),
            tools=tools,
            tool_choice=choice,
            wants_stream_usage=True,
            **knobs,
        )
        if fields.raw("serviceTier") not in (None, "SERVICE_TIER_UNSPECIFIED", "STANDARD", "standard"):
            fields.leave("serviceTier")
    return reading.decoded(request)


def _system(fields: Fields, reading: Reading) -> tuple[str, ...]:
    content = fields.fields("systemInstruction")
    if content is None:
        return ()
    texts: list[str] = []
    with content:
        content.skip("role")
        for part in content.each("parts"):
            with part:
                if not part.has("text"):
                    reading.unsupported(
                        part.pointer, "only text can stand in `systemInstruction`", "move it into `contents`"
                    )
                    part.skip_all()
                texts.append(part.text("text") or "")
    return tuple(text for text in texts if text)


def _tools(fields: Fields, reading: Reading) -> tuple[Tool, ...]:
    tools: list[Tool] = []
    for item in fields.each("tools"):
        with item:
            tools += [_tool(declaration, reading) for declaration in item.each("functionDeclarations")]
    names = [tool.name for tool in tools if tool.name]
    if len(set(names)) != len(names):
        reading.invalid(fields.at("tools"), "two tools have the same name")
    return tuple(tools)


def _tool(declaration: Fields, reading: Reading) -> Tool:
    with declaration:
        if declaration.raw("behavior") not in (None, "BLOCKING", "UNSPECIFIED"):
            declaration.leave("behavior")
        schema = declaration.json_object("parametersJsonSchema")
        if declaration.has("parameters"):
            if schema is not None:
                reading.invalid(
                    declaration.at("parameters"), "`parameters` and `parametersJsonSchema` exclude each other"
                )
            schema = lifted(declaration.json_object("parameters"))
        return Tool(
            name=declaration.needed_text("name"),
            description=declaration.text("description") or "",
            schema=schema or {"type": "object", "properties": {}},
        )


def _strict(tool: Tool, reading: Reading) -> Tool:
    """Enforced, where its schema is of the kind that others can enforce."""
    if not is_strict_schema(tool.schema):
        reading.lose(_VALIDATED)
        return tool
    return replace(tool, is_strict=True)


_MODES: Final = {
    "": ToolMode.AUTO,
    "MODE_UNSPECIFIED": ToolMode.AUTO,
    "AUTO": ToolMode.AUTO,
    "ANY": ToolMode.ANY,
    "NONE": ToolMode.NONE,
    "VALIDATED": ToolMode.AUTO,
}


def _tool_choice(
    fields: Fields, tools: tuple[Tool, ...], reading: Reading
) -> tuple[ToolChoice, frozenset[str] | None, bool]:
    """The choice, the names of the tools it is limited to where it is, and whether schemas are enforced."""
    config = fields.fields("toolConfig")
    if config is None:
        return ToolChoice(), None, False
    with config:
        calling = config.fields("functionCallingConfig")
        if calling is None:
            return ToolChoice(), None, False
        with calling:
            if calling.raw("streamFunctionCallArguments"):
                calling.leave("streamFunctionCallArguments")
            said = (calling.text("mode") or "").upper()
            mode = _MODES.get(said)
            if mode is None:
                reading.invalid(calling.at("mode"), "`mode` must be AUTO, ANY, NONE or VALIDATED")
            names = calling.texts("allowedFunctionNames")
            for name in sorted(set(names) - {tool.name for tool in tools}):
                reading.invalid(
                    calling.at("allowedFunctionNames"),
                    f"`allowedFunctionNames` names the tool `{name}`, which is not declared",
                )
            if names and said not in ("ANY", "VALIDATED"):
                reading.invalid(
                    calling.at("allowedFunctionNames"),
                    "`allowedFunctionNames` needs the mode ANY or VALIDATED",
                )
            if mode is ToolMode.ANY and not tools:
                reading.invalid(calling.at("mode"), "`mode` ANY asks for a tool, and none is declared")
            if mode is ToolMode.ANY and len(names) == 1:
                return ToolChoice(ToolMode.NAMED, names[0]), None, False
            if names:
                calling.leave("allowedFunctionNames")
    allowed = frozenset(names) if names else None
    return ToolChoice(mode or ToolMode.AUTO), allowed, said == "VALIDATED"


def _knobs(fields: Fields, reading: Reading) -> dict[str, Any]:
    config = fields.fields("generationConfig")
    if config is None:
        return {}
    with config:
        knobs: dict[str, Any] = {
            "max_tokens": _whole(config, "maxOutputTokens", 1),
            "temperature": config.number("temperature", 0, 2),
            "top_p": config.number("topP", 0, 1),
            "top_k": _whole(config, "topK", 0),
            "seed": _whole(config, "seed"),
            "frequency_penalty": config.number("frequencyPenalty", -2, 2),
            "presence_penalty": config.number("presencePenalty", -2, 2),
            "stop": config.texts("stopSequences"),
            "response_schema": _response_schema(config, reading),
            "reasoning": read_reasoning(config, reading),
        }
        _skip_defaults(config)
    return knobs


def _whole(config: Fields, name: str, least: int | None = None) -> int | None:
    """A whole number, which clients of this API may write as 40.0."""
    value = config.raw(name)
    if isinstance(value, float) and value.is_integer() and (least is None or value >= least):
        return int(value)
    return config.integer(name, least)


def _skip_defaults(config: Fields) -> None:
    """A field that asks for what happens anyway holds nothing that could be lost."""
    defaults: dict[str, tuple[object, ...]] = {
        "audioTimestamp": (False,),
        "candidateCount": (1, 0),
        "responseLogprobs": (False,),
        "responseModalities": (["TEXT"], ["text"], []),
    }
    for name, values in defaults.items():
        if config.raw(name) not in values:
            config.leave(name)


def _response_schema(config: Fields, reading: Reading) -> JsonObject | None:
    media_type = (config.text("responseMimeType") or "").lower()
    schema = config.json_object("responseJsonSchema")
    if config.has("responseSchema"):
        if schema is not None:
            reading.invalid(
                config.at("responseSchema"), "`responseSchema` and `responseJsonSchema` exclude each other"
            )
        schema = lifted(config.json_object("responseSchema"))
    if media_type not in ("", "text/plain", "application/json"):
        config.leave("responseMimeType")
        return None
    if media_type != "application/json":
        if schema is not None:
            reading.invalid(
                config.at("responseMimeType"), "a schema of the answer needs the type application/json"
            )
        return None
    if schema is None:
        reading.lose(_ANY_JSON)
    return schema or {"type": "object"}
