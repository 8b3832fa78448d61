"""Chat Completions requests into neutral form. Replies are read in `decode_reply`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Decoded, Effect, Loss, Refusal
from offramp.dialects.openai_chat.decode_messages import MESSAGE_LOSSES, MESSAGE_REFUSALS, read_messages
from offramp.dialects.openai_tool_choice import ToolChoiceReader
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Effort, Reasoning, Request, Tool

_CACHE: Final = "cache settings are this vendor's own; the saving is lost"
_LIKELIHOODS: Final = "the target does not give likelihoods of tokens"

DROPPED: Final = (
    *MESSAGE_LOSSES,
    Loss("logit_bias", "token numbers mean something else to every model", Effect.SAMPLING),
    Loss("metadata", "labels of stored answers are kept by this vendor", Effect.METADATA),
    Loss("prediction", "predicted output is this vendor's own", Effect.COST),
    Loss("prompt_cache_breakpoint", _CACHE, Effect.COST),
    Loss("prompt_cache_key", _CACHE, Effect.COST),
    Loss("prompt_cache_options", _CACHE, Effect.COST),
    Loss("prompt_cache_retention", _CACHE, Effect.COST),
    Loss("response_format.json_schema.description", "the target sees the schema only", Effect.CONTENT),
    Loss("response_format.json_schema.name", "the target has no name for the schema", Effect.METADATA),
    Loss(
        "response_format.json_schema.strict",
        "the target itself decides how strictly it enforces",
        Effect.CONTROL,
    ),
    Loss("service_tier", "service tiers are this vendor's own", Effect.COST),
    Loss("store", "the target does not keep the answer", Effect.METADATA),
    Loss("stream_options.include_obfuscation", "streams are not padded", Effect.METADATA),
    Loss(
        "tool_choice.allowed_tools", "the other tools are left out, so a cached prefix changes", Effect.COST
    ),
    Loss("user", "only one name of the end user is carried, `safety_identifier`", Effect.METADATA),
    Loss("verbosity", "how much the model says is set per model elsewhere", Effect.CONTROL),
)
"""Fields of this API that are known and not carried."""

_SERVER_HELP: Final = "send this route to an upstream of this API"
_TEXT_HELP: Final = "ask for text only"
_TOOLS_HELP: Final = "use `tools` and `tool_choice`"
_LOGPROBS_HELP: Final = f"leave it out, or {_SERVER_HELP}"

REFUSED: Final = (
    *MESSAGE_REFUSALS,
    Refusal("audio", "the target does not speak", _TEXT_HELP),
    Refusal("function_call", "the old form of tool calls", _TOOLS_HELP),
    Refusal("functions", "the old form of tools", _TOOLS_HELP),
    Refusal("logprobs", _LIKELIHOODS, _LOGPROBS_HELP),
    Refusal("modalities", "the target answers in text", _TEXT_HELP),
    Refusal("moderation", "dropping it would remove a check the caller relies on", _SERVER_HELP),
    Refusal("n", "the target gives one answer", "send one request for each answer"),
    Refusal("tools.type", "only function tools can be carried", "describe the tool as a function"),
    Refusal("top_logprobs", _LIKELIHOODS, _LOGPROBS_HELP),
    Refusal("web_search_options", "the target would not search", _SERVER_HELP),
)
"""Fields of this API that change the answer and cannot be carried."""


def decode_request(body: JsonObject) -> Decoded[Request]:
    """Body of `POST /v1/chat/completions`."""
    reading = Reading(DROPPED, REFUSED)
    with reading.fields(body) as fields:
        system, turns = read_messages(fields, reading)
        tools = _tools(fields, reading)
        choice, allowed = _Choice(fields, tools, reading).read()
        request = Request(
            model=fields.needed_text("model"),
            turns=turns,
            system=system,
            tools=tools if allowed is None else tuple(tool for tool in tools if tool.name in allowed),
            tool_choice=choice,
            max_tokens=_max_tokens(fields),
            temperature=fields.number("temperature", 0, 2),
            top_p=fields.number("top_p", 0, 1),
            seed=fields.integer("seed"),
            frequency_penalty=fields.number("frequency_penalty", -2, 2),
            presence_penalty=fields.number("presence_penalty", -2, 2),
            stop=_stop(fields),
            wants_stream=fields.flag("stream") or False,
            wants_stream_usage=_wants_usage(fields),
            response_schema=_response_schema(fields, reading),
            end_user=_end_user(fields),
            reasoning=_reasoning(fields, reading),
        )
        _skip_defaults(fields)
    return reading.decoded(request)


def _skip_defaults(fields: Fields) -> None:
    """A field that asks for what happens anyway holds nothing that could be lost."""
    defaults = {
        "logprobs": (False,),
        "modalities": (["text"],),
        "n": (1,),
        "service_tier": ("auto", "default"),
        "store": (False,),
        "top_logprobs": (0,),
    }
    for name, values in defaults.items():
        if fields.raw(name) not in values:
            fields.leave(name)


def _max_tokens(fields: Fields) -> int | None:
    newer = fields.integer("max_completion_tokens", 1)
    older = fields.integer("max_tokens", 1)
    return older if newer is None else newer


def _reasoning(fields: Fields, reading: Reading) -> Reasoning | None:
    said = fields.text("reasoning_effort")
    if said is None:
        return None
    if said not in tuple(Effort):
        reading.invalid(
            fields.at("reasoning_effort"), f"`reasoning_effort` must be one of {', '.join(Effort)}"
        )
        return None
    return Reasoning(effort=Effort(said))


def _stop(fields: Fields) -> tuple[str, ...]:
    value = fields.raw("stop")
    if isinstance(value, str):
        return (value,)
    return fields.texts("stop")


def _wants_usage(fields: Fields) -> bool:
    options = fields.fields("stream_options")
    if options is None:
        return False
    with options:
        if options.raw("include_obfuscation") is not False:
            options.leave("include_obfuscation")
        return options.flag("include_usage") or False


def _end_user(fields: Fields) -> str:
    identifier = fields.text("safety_identifier")
    user = fields.text("user")
    if identifier and user and identifier != user:
        fields.leave("user")
    return identifier or user or ""


def _tools(fields: Fields, reading: Reading) -> tuple[Tool, ...]:
    tools = tuple(_tool(item, reading) for item in fields.each("tools"))
    names = [tool.name for tool in tools if tool.name]
    if len(set(names)) != len(names):
        reading.invalid(fields.at("tools"), "two tools have the same name")
    return tools


def _tool(item: Fields, reading: Reading) -> Tool:
    with item:
        kind = item.needed_text("type")
        if kind not in ("function", ""):
            reading.unsupported(
                item.at("type"),
                f"tools of type `{kind}` cannot be carried",
                "describe the tool as a function",
            )
            item.skip_all()
            return Tool("", "", {})
        function = item.fields("function")
        if function is None:
            reading.invalid(item.at("function"), "`function` is required")
            return Tool("", "", {})
        with function:
            return Tool(
                name=function.needed_text("name"),
                description=function.text("description") or "",
                schema=function.json_object("parameters") or {"type": "object", "properties": {}},
                is_strict=function.flag("strict"),
            )


class _Choice(ToolChoiceReader):
    """Names stand inside `function`, and limits inside `allowed_tools`."""

    def function_name(self, choice: Fields) -> str:
        """In the choice's function."""
        function = choice.fields("function")
        if function is None:
            return ""
        with function:
            return function.needed_text("name")

    def allowed_name(self, item: Fields) -> str:
        """As in a choice."""
        with item:
            item.skip("type")
            return self.function_name(item)

    @contextmanager
    def limits(self, choice: Fields) -> Iterator[Fields | None]:
        """In a member of their own."""
        allowed = choice.fields("allowed_tools")
        if allowed is None:
            self.reading.invalid(choice.at("allowed_tools"), "`allowed_tools` is required")
            yield None
            return
        choice.leave("allowed_tools")
        with allowed:
            yield allowed


def _response_schema(fields: Fields, reading: Reading) -> JsonObject | None:
    shape = fields.fields("response_format")
    if shape is None:
        return None
    with shape:
        match shape.needed_text("type"):
            case "text":
                return None
            case "json_object":
                return {"type": "object"}
            case "json_schema":
                return _json_schema(shape.fields("json_schema"), shape, reading)
            case kind:
                reading.invalid(shape.at("type"), f"`{kind}` is not a response format of this API")
        shape.skip_all()
    return None


def _json_schema(schema: Fields | None, shape: Fields, reading: Reading) -> JsonObject | None:
    if schema is None:
        reading.invalid(shape.at("json_schema"), "`json_schema` is required")
        return None
    with schema:
        return schema.json_object("schema") or {"type": "object"}
