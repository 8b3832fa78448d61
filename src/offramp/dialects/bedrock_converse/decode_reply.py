"""Converse replies, usage and stop reasons into neutral form."""

from collections.abc import Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.bedrock_converse.read_blocks import kind_of, read_cited, read_reasoning
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.loss import Decoded, Effect, Loss
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Part, Reply, StopReason, Text, ToolUse, Usage

CITATIONS: Final = Loss("content.citations", "citations are not carried", Effect.CONTENT)
OTHER_BLOCK: Final = Loss("content.type", "a block of a type that is not carried", Effect.CONTENT)

DROPPED: Final = (
    CITATIONS,
    OTHER_BLOCK,
    Loss("additionalModelResponseFields", "fields of one vendor's models are not carried", Effect.METADATA),
    Loss("metrics.latencyMs", "how long the answer took is not carried", Effect.METADATA),
    Loss("performanceConfig", "speed settings are this vendor's own", Effect.METADATA),
    Loss("serviceTier", "service tiers are this vendor's own", Effect.METADATA),
    Loss("trace", "what a guardrail or router found is not carried", Effect.METADATA),
    Loss("usage.cacheDetails", "the split of cached tokens by lifetime is not carried", Effect.METADATA),
)
"""Fields of a reply that are known and not carried."""

STOP_REASONS: Final[Mapping[str, StopReason]] = {
    "content_filtered": StopReason.REFUSAL,
    "end_turn": StopReason.END,
    "guardrail_intervened": StopReason.REFUSAL,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
}

_MALFORMED: Final = frozenset({"malformed_model_output", "malformed_tool_use"})
_KINDS: Final = {"text": 0, "toolUse": 0, "reasoningContent": 0, "citationsContent": 0}


def stop_reason(said: Any) -> StopReason:
    """The neutral stop reason. A missing one is no finish, and what the service itself calls malformed is no
    answer: `ReplyInvalid`."""
    if not isinstance(said, str):
        raise ReplyInvalid("reply-unfinished", "the upstream's answer has no stop reason")
    if said in _MALFORMED:
        raise ReplyInvalid("reply-malformed", f"the upstream says its model's answer is broken (`{said}`)")
    return STOP_REASONS.get(said, StopReason.OTHER)


def read_usage(usage: Fields | None) -> Usage:
    """Tokens as counted by this API, where the input already excludes the cache."""
    if usage is None:
        return Usage()
    with usage:
        usage.skip("totalTokens")
        if usage.raw("cacheDetails"):
            usage.leave("cacheDetails")
        return Usage(
            input=usage.integer("inputTokens"),
            output=usage.integer("outputTokens"),
            cache_read=usage.integer("cacheReadInputTokens"),
            cache_write=usage.integer("cacheWriteInputTokens"),
        )


def see_metrics(fields: Fields) -> None:
    """What an answer says of time is accounted for."""
    metrics = fields.fields("metrics")
    if metrics is not None:
        with metrics:
            pass


def decode_usage(body: JsonObject) -> Usage:
    """What an answer says of tokens; unknown where it says nothing clear."""
    return read_usage(Reading(is_reply=True).fields(body).fields("usage"))


def decode_reply(body: JsonObject) -> Decoded[Reply]:
    """Body of an answer, which names neither itself nor its model. Raises `ReplyInvalid`."""
    reading = Reading(DROPPED, is_reply=True)
    with reading.fields(body) as fields:
        see_metrics(fields)
        reply = Reply(
            id="",
            model="",
            parts=_parts(fields, reading),
            stop_reason=stop_reason(fields.raw("stopReason")),
            usage=read_usage(fields.fields("usage")),
        )
    return reading.decoded(reply)


def _parts(fields: Fields, reading: Reading) -> tuple[Part, ...]:
    output = fields.fields("output")
    if output is None:
        reading.invalid(fields.at("output"), "the answer holds no `output`")
        return ()
    with output:
        message = output.fields("message")
        if message is None:
            reading.invalid(output.at("message"), "the answer holds no message")
            return ()
        with message:
            message.skip("role")
            parts = [_read_block(block, reading) for block in message.each("content")]
    return tuple(part for part in parts if part is not None)


def _read_block(block: Fields, reading: Reading) -> Part | None:
    with block:
        match kind_of(block, _KINDS):
            case "text":
                return Text(block.text("text") or "")
            case "toolUse":
                return _tool_use(block, reading)
            case "reasoningContent":
                reasoning = block.fields("reasoningContent")
                assert reasoning is not None
                return read_reasoning(reasoning, reading)
            case "citationsContent":
                cited = block.fields("citationsContent")
                assert cited is not None
                reading.lose(CITATIONS)
                return Text(read_cited(cited))
        block.skip_all()
        reading.lose(OTHER_BLOCK)
        return None


def _tool_use(block: Fields, reading: Reading) -> Part | None:
    call = block.fields("toolUse")
    assert call is not None
    with call:
        if call.raw("type") is not None:
            call.skip_all()
            reading.lose(OTHER_BLOCK)
            return None
        arguments = call.json_object("input")
        if arguments is None:
            reading.invalid(call.at("input"), "the tool call's `input` must be an object")
        return ToolUse(call.needed_text("toolUseId"), call.needed_text("name"), arguments or {})
