"""Responses requests into neutral form. Their items are read in `decode_items`, replies in `decode_reply`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.json_schema import is_strict_schema
from offramp.dialects.loss import Decoded, Effect, Loss, Refusal
from offramp.dialects.openai_responses import groups
from offramp.dialects.openai_responses.decode_items import ITEM_LOSSES, ITEM_REFUSALS, read_input
from offramp.dialects.openai_tool_choice import ToolChoiceReader
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Effort, Reasoning, Request, Tool

_CACHE: Final = "cache settings are this vendor's own; the saving is lost"
_OWN_TOOLS: Final = "the vendor's own tools are not used"

DROPPED: Final = (
    *ITEM_LOSSES,
    Loss("access_programs", "access programs are this vendor's own", Effect.CONTROL),
    Loss("background_options", "the answer is not made in the background", Effect.METADATA),
    Loss("context_management", "the target sees the whole conversation, nothing is cleared", Effect.COST),
    Loss("image", "how images are compressed is the target's choice", Effect.COST),
    Loss("include", f"{_OWN_TOOLS}, so there is nothing to include", Effect.METADATA),
    Loss("max_tool_calls", f"it limits {_OWN_TOOLS.removesuffix(' are not used')}", Effect.METADATA),
    Loss("metadata", "labels are repeated in the answer and not sent on", Effect.METADATA),
    Loss("personality", "how the model speaks is set in words elsewhere", Effect.CONTROL),
    Loss("prompt_cache_key", _CACHE, Effect.COST),
    Loss("prompt_cache_options", _CACHE, Effect.COST),
    Loss("prompt_cache_retention", _CACHE, Effect.COST),
    Loss("reasoning.context", "which earlier reasoning counts is the target's choice", Effect.CONTROL),
    Loss("reasoning.generate_summary", "how long a summary is is the target's choice", Effect.CONTROL),
    Loss("reasoning.mode", "modes of reasoning are this vendor's own", Effect.CONTROL),
    Loss("reasoning.summary", "how long a summary is is the target's choice", Effect.CONTROL),
    Loss("service_tier", "service tiers are this vendor's own", Effect.COST),
    Loss("stream_options.include_obfuscation", "streams are not padded", Effect.METADATA),
    Loss("text.format.description", "the target sees the schema only", Effect.CONTENT),
    Loss("text.format.name", "the target has no name for the schema", Effect.METADATA),
    Loss("text.format.strict", "the target itself decides how strictly it enforces", Effect.CONTROL),
    Loss("text.verbosity", "how much the model says is set per model elsewhere", Effect.CONTROL),
    Loss(
        "tool_choice.allowed_tools", "the other tools are left out, so a cached prefix changes", Effect.COST
    ),
    Loss("tools.allowed_callers", "no target calls tools from code it runs itself", Effect.METADATA),
    Loss("tools.defer_loading", "every tool is shown to the target from the start", Effect.COST),
    Loss("tools.namespace", "groups are joined with the names of their tools", Effect.METADATA),
    Loss("tools.output_schema", "the target sees the schema of the arguments only", Effect.CONTENT),
    Loss(
        "truncation", "the target does not shorten the conversation; it refuses one too long", Effect.CONTROL
    ),
    Loss("user", "only one name of the end user is carried, `safety_identifier`", Effect.METADATA),
)
"""Fields of this API that are known and not carried."""

_SERVER_HELP: Final = "send this route to an upstream of this API"
_SERVER_TOOL: Final = f"{_SERVER_HELP}, or run the tool in the application as a function"
_LOGPROBS_HELP: Final = f"leave it out, or {_SERVER_HELP}"

REFUSED: Final = (
    *ITEM_REFUSALS,
    Refusal("background", "nobody would fetch the answer later", "leave it out and stream the answer"),
    Refusal("conversation", "conversations are kept by this vendor", "use `previous_response_id`"),
    Refusal("include.logprobs", "the target does not give likelihoods of tokens", _LOGPROBS_HELP),
    Refusal("moderation", "dropping it would remove a check the caller relies on", _SERVER_HELP),
    Refusal(
        "previous_response_id", "no answer of this id is kept here", "send the conversation itself in `input`"
    ),
    Refusal("prompt", "prompts are kept by this vendor", "send the prompt's text in `instructions`"),
    Refusal("tool_choice.type", "the vendor itself defines or runs this tool", "name a function"),
    Refusal("tools.async", "calls that are answered later need this vendor's state", "leave `async` out"),
    Refusal("tools.type", "the vendor itself defines or runs this tool", _SERVER_TOOL),
    Refusal("top_logprobs", "the target does not give likelihoods of tokens", _LOGPROBS_HELP),
)
"""Fields of this API that change the answer and cannot be carried."""

ENCRYPTED: Final = "reasoning.encrypted_content"
_LOGPROBS: Final = "message.output_text.logprobs"


def decode_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST /v1/responses`."""
    return _decode(body, is_count=False)


def decode_count_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST /v1/responses/input_tokens`: the same, and everything may be left out."""
    return _decode(body, is_count=True)


def _decode(body: JsonObject, *, is_count: bool) -> Decoded[Request]:
    reading = Reading(DROPPED, REFUSED)
    with reading.fields(body) as fields:
        said, turns = read_input(fields, reading)
        instructions = fields.text("instructions")
        system = (instructions, *said) if instructions else said
        if not (turns or system or is_count):
            reading.invalid(fields.at("input"), "`input` must hold at least one item")
        tools = _tools(fields, reading)
        choice, allowed = _Choice(fields, tools, reading).read()
        request = Request(
            model=(fields.text("model") or "") if is_count else fields.needed_text("model"),
            turns=turns,
            system=system,
            tools=tools if allowed is None else tuple(tool for tool in tools if tool.name in allowed),
            tool_choice=choice,
            max_tokens=fields.integer("max_output_tokens", 1),
            temperature=fields.number("temperature", 0, 2),
            top_p=fields.number("top_p", 0, 1),
            wants_stream=fields.flag("stream") or False,
            wants_stream_usage=True,
            response_schema=_response_schema(fields, reading),
            end_user=_end_user(fields),
            reasoning=_reasoning(fields, reading),
        )
        _read_options(fields, reading)
        _skip_defaults(fields)
    return reading.decoded(request)


def _skip_defaults(fields: Fields) -> None:
    """A field that asks for what happens anyway holds nothing that could be lost."""
    defaults = {
        "background": (False,),
        "service_tier": ("auto", "default"),
        "top_logprobs": (0,),
        "truncation": ("disabled",),
    }
    for name, values in defaults.items():
        if fields.raw(name) not in values:
            fields.leave(name)


def _read_options(fields: Fields, reading: Reading) -> None:
    fields.flag("store")
    included = set(fields.texts("include"))
    if _LOGPROBS in included:
        refusal = next(one for one in REFUSED if one.field == "include.logprobs")
        reading.unsupported(
            fields.at("include"), f"`{_LOGPROBS}` cannot be carried: {refusal.reason}", refusal.help
        )
    elif included - {ENCRYPTED}:
        fields.leave("include")
    options = fields.fields("stream_options")
    if options is not None:
        with options:
            if options.raw("include_obfuscation") is not False:
                options.leave("include_obfuscation")


def _reasoning(fields: Fields, reading: Reading) -> Reasoning | None:
    """This API's answers always hold their reasoning; how much of it can be read is the vendor's say."""
    asked = fields.fields("reasoning")
    if asked is None:
        return None
    with asked:
        for name in ("summary", "generate_summary"):
            if asked.raw(name) not in (None, "auto"):
                asked.leave(name)
        if asked.raw("mode") not in (None, "standard"):
            asked.leave("mode")
        if asked.raw("context") not in (None, "auto"):
            asked.leave("context")
        said = asked.text("effort")
        has_summary = asked.has("summary") or asked.has("generate_summary")
    if said is None:
        return Reasoning(is_adaptive=True) if has_summary else None
    if said not in tuple(Effort):
        reading.invalid(asked.at("effort"), f"`effort` must be one of {', '.join(Effort)}")
        return None
    return Reasoning(effort=Effort(said))


def _end_user(fields: Fields) -> str:
    identifier = fields.text("safety_identifier")
    user = fields.text("user")
    if identifier and user and identifier != user:
        fields.leave("user")
    return identifier or user or ""


def _tools(fields: Fields, reading: Reading) -> tuple[Tool, ...]:
    tools = tuple(
        tool
        for item in fields.each("tools")
        for tool in (_group(item, reading) if item.raw("type") == groups.GROUP else (_tool(item, reading),))
    )
    names = [tool.name for tool in tools if tool.name]
    if len(set(names)) != len(names):
        reading.invalid(fields.at("tools"), "two tools have the same name")
    return tools


def _group(item: Fields, reading: Reading) -> tuple[Tool, ...]:
    with item:
        item.skip("type")
        name, about = item.needed_text("name"), item.text("description") or ""
        reading.lose(next(loss for loss in DROPPED if loss.field == "tools.namespace"))
        tools = tuple(_tool(one, reading) for one in item.each("tools"))
    return tuple(
        replace(
            tool,
            name=groups.joined(name, tool.name) if tool.name else "",
            description="\n\n".join(text for text in (about, tool.description) if text),
        )
        for tool in tools
    )


def _tool(item: Fields, reading: Reading) -> Tool:
    with item:
        kind = item.needed_text("type")
        if kind != "function":
            if kind:
                reading.unsupported(
                    item.at("type"), f"tool `{kind}` is one the vendor itself defines or runs", _SERVER_TOOL
                )
            item.skip_all()
            return Tool("", "", {})
        if item.raw("allowed_callers") not in (None, ["direct"]):
            item.leave("allowed_callers")
        for name in ("defer_loading", "async"):
            if item.raw(name):
                item.leave(name)
        schema = item.json_object("parameters") or {"type": "object", "properties": {}}
        return Tool(
            name=item.needed_text("name"),
            description=item.text("description") or "",
            schema=schema,
            is_strict=_is_strict(item.flag("strict"), schema),
        )


def _is_strict(said: bool | None, schema: JsonObject) -> bool | None:
    """This API enforces a schema it can where the caller says nothing, and not where it says false."""
    if said is None:
        return True if is_strict_schema(schema) else None
    return True if said else None


class _Choice(ToolChoiceReader):
    """Names and limits stand in the choice itself."""

    def function_name(self, choice: Fields) -> str:
        """In the choice."""
        return choice.needed_text("name")

    def allowed_name(self, item: Fields) -> str:
        """In the entry, where it is a function."""
        with item:
            kind = item.needed_text("type")
            if kind in ("function", ""):
                return item.needed_text("name")
            message = f"tool `{kind}` is one the vendor itself defines or runs"
            self.reading.unsupported(item.at("type"), message, _SERVER_TOOL)
            item.skip_all()
        return ""

    @contextmanager
    def limits(self, choice: Fields) -> Iterator[Fields | None]:
        """In the choice."""
        self.reading.lose(next(loss for loss in DROPPED if loss.field == "tool_choice.allowed_tools"))
        yield choice


def _response_schema(fields: Fields, reading: Reading) -> JsonObject | None:
    text = fields.fields("text")
    if text is None:
        return None
    with text:
        shape = text.fields("format")
        if shape is None:
            return None
        with shape:
            match shape.needed_text("type"):
                case "text" | "":
                    return None
                case "json_object":
                    return {"type": "object"}
                case "json_schema":
                    schema = shape.json_object("schema")
                    if schema is None and not shape.has("schema"):
                        reading.invalid(shape.at("schema"), "`schema` is required")
                    return schema
                case kind:
                    reading.invalid(shape.at("type"), f"`{kind}` is not a format of this API")
            shape.skip_all()
    return None
