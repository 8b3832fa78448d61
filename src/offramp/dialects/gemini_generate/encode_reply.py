"""Neutral replies into the Gemini API, whole or as pieces of a stream."""

from collections.abc import Sequence
from typing import Final, cast

from offramp.core.digests import JsonObject
from offramp.dialects.failures import no_finish
from offramp.dialects.gemini_generate import wire
from offramp.dialects.gemini_generate.parts import write_thought
from offramp.dialects.id_forms import minted_id
from offramp.dialects.loss import Effect, Encoded, Loss, LossLog
from offramp.dialects.turns import Part, Reply, StopReason, Text, Thinking, ToolUse, Usage

STOP_SEQUENCE: Final = Loss(
    "stop_sequence", "this API does not say which stop sequence was met, or that one was", Effect.METADATA
)
CACHE_WRITE: Final = Loss(
    "usage.cache_write", "what went into the cache is counted with the prompt only", Effect.METADATA
)
REPLY_LOSSES: Final = (STOP_SEQUENCE, CACHE_WRITE)
"""What this API cannot carry towards a caller."""

FINISH_REASONS: Final[dict[StopReason, wire.FinishReason]] = {
    StopReason.END: "STOP",
    StopReason.LENGTH: "MAX_TOKENS",
    StopReason.TOOL_USE: "STOP",
    StopReason.STOP_SEQUENCE: "STOP",
    StopReason.REFUSAL: "SAFETY",
}


def encode_reply(reply: Reply) -> Encoded:
    """Body of an answer. Raises `ReplyInvalid` for a stop reason this API has no word for."""
    if reply.stop_reason not in FINISH_REASONS:
        raise no_finish()
    losses = LossLog()
    if reply.stop_sequence:
        losses.add(STOP_SEQUENCE)
    candidate: wire.Candidate = {"finishReason": FINISH_REASONS[reply.stop_reason], "index": 0}
    written = _parts(reply.parts)
    if written or reply.stop_reason is not StopReason.REFUSAL:
        candidate["content"] = {"role": "model", "parts": written or [{"text": ""}]}
    body: wire.Reply = {
        "candidates": [candidate],
        "modelVersion": reply.model,
        "responseId": response_id(reply.id),
    }
    usage = write_usage(reply.usage, losses)
    if usage:
        body["usageMetadata"] = usage
    return Encoded(cast(JsonObject, body), losses.all())


def _parts(parts: Sequence[Part]) -> list[wire.Part]:
    written: list[wire.Part] = []
    calls = 0
    for part in parts:
        match part:
            case Text(text):
                written.append({"text": text})
            case Thinking(text, signature, is_redacted):
                written.append(write_thought(text, signature, is_redacted=is_redacted))
            case ToolUse(call_id, name, arguments, signature):
                written.append(write_call(call_id, name, dict(arguments), signature, is_first=not calls))
                calls += 1
            case _:
                pass
    return written


def write_call(
    call_id: str, name: str, arguments: JsonObject, signature: str, *, is_first: bool
) -> wire.Part:
    """A call. The first of a turn is sealed, or marked as one of another model.

    So it can be sent back to this API itself, which demands that, should the conversation go on there.
    """
    part: wire.Part = {"functionCall": {"id": call_id, "name": name, "args": arguments}}
    if signature or is_first:
        part["thoughtSignature"] = signature or wire.UNSEALED
    return part


def write_usage(usage: Usage, losses: LossLog) -> wire.UsageMetadata:
    """Usage in this API's terms, where the prompt includes the cache. What is not known is left out."""
    written: wire.UsageMetadata = {}
    if usage.cache_write:
        losses.add(CACHE_WRITE)
    if usage.input is not None:
        written["promptTokenCount"] = usage.input + (usage.cache_read or 0) + (usage.cache_write or 0)
    if usage.cache_read is not None:
        written["cachedContentTokenCount"] = usage.cache_read
    if usage.output is not None:
        written["candidatesTokenCount"] = max(0, usage.output - (usage.reasoning or 0))
    if usage.reasoning is not None:
        written["thoughtsTokenCount"] = usage.reasoning
    if usage.input is not None and usage.output is not None:
        written["totalTokenCount"] = written["promptTokenCount"] + usage.output
    return written


def response_id(upstream_id: str) -> str:
    """An id that depends on the upstream's alone; this API's own have no form that clients know."""
    return minted_id("", upstream_id)


def encode_count(tokens: int) -> JsonObject:
    """Body of an answer to `countTokens`."""
    return {"totalTokens": tokens}


def encode_model(name: str) -> JsonObject:
    """Body of `GET /v1beta/models/…`."""
    model: wire.Model = {
        "name": f"models/{name}",
        "displayName": name,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }
    return cast(JsonObject, model)


def encode_models(ids: Sequence[str]) -> JsonObject:
    """Body of `GET /v1beta/models`, on one page."""
    return {"models": [encode_model(name) for name in ids]}
