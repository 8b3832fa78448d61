"""Messages API replies, usage and stop reasons into neutral form."""

from collections.abc import Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.loss import Decoded, Effect, Loss
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Part, Reply, StopReason, Text, Thinking, ToolUse, Usage

DROPPED: Final = (
    Loss("container", "containers are this vendor's own", Effect.METADATA),
    Loss("content.caller", "who called a tool is this vendor's bookkeeping", Effect.METADATA),
    Loss("content.citations", "citations are not carried", Effect.CONTENT),
    Loss("content.toolset_name", "toolsets are this vendor's own", Effect.METADATA),
    Loss("content.type", "a block of a type that is not carried", Effect.CONTENT),
    Loss("diagnostics", "cache diagnostics are this vendor's own", Effect.METADATA),
    Loss("stop_details", "why an answer was refused is not carried", Effect.METADATA),
    Loss("usage.cache_creation", "the split of cached tokens by lifetime is not carried", Effect.METADATA),
    Loss("usage.inference_geo", "where the answer was computed is not carried", Effect.METADATA),
    Loss("usage.output_tokens_details", "the split of output tokens is not carried", Effect.METADATA),
    Loss("usage.server_tool_use", "no server tool was asked for", Effect.METADATA),
    Loss("usage.service_tier", "service tiers are this vendor's own", Effect.METADATA),
    Loss("usage.speed", "speed modes are this vendor's own", Effect.METADATA),
)
"""Fields of a reply that are known and not carried."""

STOP_REASONS: Final[Mapping[str, StopReason]] = {
    "end_turn": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSAL,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
}


def stop_reason(said: Any) -> StopReason:
    """The neutral stop reason; a missing one is no finish: `ReplyInvalid`."""
    if not isinstance(said, str):
        raise ReplyInvalid("reply-unfinished", "the upstream's answer has no stop reason")
    return STOP_REASONS.get(said, StopReason.OTHER)


def read_usage(usage: Fields | None) -> Usage:
    """Tokens as counted by this API, where the input already excludes the cache."""
    if usage is None:
        return Usage()
    with usage:
        details = usage.fields("output_tokens_details")
        reasoning = None
        if details is not None:
            with details:
                reasoning = details.integer("thinking_tokens", 0)
        return Usage(
            input=usage.integer("input_tokens"),
            output=usage.integer("output_tokens"),
            cache_read=usage.integer("cache_read_input_tokens"),
            cache_write=usage.integer("cache_creation_input_tokens"),
            reasoning=reasoning,
        )


def decode_usage(body: JsonObject) -> Usage:
    """What an answer says of tokens; unknown where it says nothing clear."""
    return read_usage(Reading(is_reply=True).fields(body).fields("usage"))


def decode_reply(body: JsonObject) -> Decoded[Reply]:
    """Body of an answer. Raises `ReplyInvalid` for one that cannot be used."""
    reading = Reading(DROPPED, is_reply=True)
    with reading.fields(body) as fields:
        fields.skip("type", "role")
        parts = (_read_block(block, reading) for block in fields.each("content"))
        reply = Reply(
            id=fields.text("id") or "",
            model=fields.text("model") or "",
            parts=tuple(part for part in parts if part is not None),
            stop_reason=stop_reason(fields.raw("stop_reason")),
            stop_sequence=fields.text("stop_sequence") or "",
            usage=read_usage(fields.fields("usage")),
        )
    return reading.decoded(reply)


def _read_block(block: Fields, reading: Reading) -> Part | None:
    with block:
        match block.raw("type"):
            case "text":
                return Text(block.text("text") or "")
            case "thinking":
                return Thinking(block.text("thinking") or "", block.text("signature") or "")
            case "redacted_thinking":
                return Thinking("", block.text("data") or "", is_redacted=True)
            case "tool_use":
                arguments = block.json_object("input")
                if arguments is None:
                    reading.invalid(block.at("input"), "the tool call's `input` must be an object")
                if block.raw("caller") not in (None, {"type": "direct"}):
                    block.leave("caller")
                return ToolUse(block.needed_text("id"), block.needed_text("name"), arguments or {})
        block.skip_all()
        block.leave("type")
        return None
