"""generateContent replies, usage and finish reasons into neutral form."""

from collections.abc import Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.gemini_generate import wire
from offramp.dialects.gemini_generate.parts import call_id, kinds_of, read_text
from offramp.dialects.loss import Decoded, Effect, Loss
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Part, Reply, StopReason, ToolUse, Usage

CUT_CALL: Final = Loss(
    "candidates.content.parts.functionCall",
    "a tool call cut short by the token limit is left out",
    Effect.CONTENT,
)
OTHER_CANDIDATES: Final = Loss("candidates", "only the first answer is carried", Effect.CONTENT)
_DETAILS: Final = "the split of tokens by kind is not carried"

DROPPED: Final = (
    CUT_CALL,
    OTHER_CANDIDATES,
    Loss("candidates.avgLogprobs", "likelihoods of tokens are not carried", Effect.METADATA),
    Loss("candidates.citationMetadata", "citations are not carried", Effect.CONTENT),
    Loss("candidates.content.parts", "a part of a kind that is not carried", Effect.CONTENT),
    Loss("candidates.continuationToken", "an answer cut short cannot be gone on with", Effect.CONTENT),
    Loss("candidates.finishMessage", "why an answer ended is not carried in words", Effect.METADATA),
    Loss("candidates.groundingMetadata", "sources are not carried", Effect.CONTENT),
    Loss("candidates.logprobsResult", "likelihoods of tokens are not carried", Effect.METADATA),
    Loss("candidates.safetyRatings", "ratings of safety are not carried", Effect.METADATA),
    Loss("candidates.urlContextMetadata", "sources are not carried", Effect.CONTENT),
    Loss("createTime", "when the answer was asked for is not carried", Effect.METADATA),
    Loss("modelStatus", "how long the model stays is not carried", Effect.METADATA),
    Loss("promptFeedback.blockReason", "why the prompt was refused is not carried", Effect.METADATA),
    Loss("promptFeedback.blockReasonMessage", "why the prompt was refused is not carried", Effect.METADATA),
    Loss("promptFeedback.safetyRatings", "ratings of safety are not carried", Effect.METADATA),
    Loss("usageMetadata.cacheTokensDetails", _DETAILS, Effect.METADATA),
    Loss("usageMetadata.candidatesTokensDetails", _DETAILS, Effect.METADATA),
    Loss("usageMetadata.promptTokensDetails", _DETAILS, Effect.METADATA),
    Loss("usageMetadata.serviceTier", "service tiers are this vendor's own", Effect.METADATA),
    Loss("usageMetadata.toolUsePromptTokensDetails", _DETAILS, Effect.METADATA),
    Loss("usageMetadata.trafficType", "how the answer is paid for is not carried", Effect.METADATA),
)
"""What of a reply is known and not carried."""

_REFUSALS: Final = (
    "BLOCKLIST",
    "ESCALATION",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "IMAGE_SAFETY",
    "LANGUAGE",
    "MODEL_ARMOR",
    "PROHIBITED_CONTENT",
    "PUP_LIMITED_DISABLED",
    "RECITATION",
    "SAFETY",
    "SPII",
)

FINISH_REASONS: Final[Mapping[str, StopReason]] = {
    **dict.fromkeys(_REFUSALS, StopReason.REFUSAL),
    "CONTINUATION": StopReason.LENGTH,
    "MAX_TOKENS": StopReason.LENGTH,
    "STOP": StopReason.END,
}

_BROKEN: Final[Mapping[str, str]] = {
    "MALFORMED_FUNCTION_CALL": "the upstream's model wrote a tool call that cannot be read",
    "MALFORMED_RESPONSE": "the upstream's model wrote an answer that cannot be read",
    "MISSING_THOUGHT_SIGNATURE": "the upstream misses a seal in the conversation",
    "TOO_MANY_TOOL_CALLS": "the upstream's model made more tool calls than its vendor allows",
    "UNEXPECTED_TOOL_CALL": "the upstream's model called a tool that was not offered",
}
"""Reasons that are failures: there is no answer that could be given to anybody."""


def finish_reason(said: Any, *, has_calls: bool) -> StopReason:
    """The neutral stop reason. Raises `ReplyInvalid` for a missing one and for those that are failures."""
    if not isinstance(said, str):
        raise ReplyInvalid("reply-unfinished", "the upstream's answer has no finish reason")
    if said in _BROKEN:
        raise ReplyInvalid("tool-call-invalid", f"{_BROKEN[said]} ({said})")
    known = FINISH_REASONS.get(said, StopReason.OTHER)
    return StopReason.TOOL_USE if known is StopReason.END and has_calls else known


def read_usage(usage: Fields | None) -> Usage:
    """Tokens. Here the prompt includes what was cached, and the candidates leave the thoughts out."""
    if usage is None:
        return Usage()
    with usage:
        prompt = usage.integer("promptTokenCount", 0)
        cached = usage.integer("cachedContentTokenCount", 0)
        tools = usage.integer("toolUsePromptTokenCount", 0) or 0
        said = usage.integer("candidatesTokenCount", 0)
        thoughts = usage.integer("thoughtsTokenCount", 0)
        total = usage.integer("totalTokenCount", 0)
    output = None if said is None else said + (thoughts or 0)
    if output is None and total is not None and prompt is not None:
        # The API leaves a count of 0 out: an answer of thoughts alone has no candidates' tokens.
        output = max(0, total - prompt - tools)
    fresh = None if prompt is None else max(0, prompt - (cached or 0)) + tools
    return Usage(input=fresh, output=output, cache_read=cached, reasoning=thoughts)


def decode_usage(body: JsonObject) -> Usage:
    """What an answer says of tokens; unknown where it says nothing clear."""
    return read_usage(Reading(is_reply=True).fields(body).fields("usageMetadata"))


def decode_reply(body: JsonObject) -> Decoded[Reply]:
    """Body of an answer. Raises `ReplyInvalid` for one that cannot be used."""
    reading = Reading(DROPPED, is_reply=True)
    with reading.fields(body) as fields:
        reply_id = fields.text("responseId") or ""
        reader = PartReader(reply_id)
        parts: list[Part] = []
        said, is_blocked = read_candidate(fields, reading, reader, parts)
        has_calls = any(isinstance(part, ToolUse) for part in parts)
        if said is None and is_blocked:
            said = "SAFETY"
        reply = Reply(
            id=reply_id,
            model=fields.text("modelVersion") or "",
            parts=tuple(parts),
            stop_reason=finish_reason(said, has_calls=has_calls),
            usage=read_usage(fields.fields("usageMetadata")),
        )
    return reading.decoded(reply)


def read_candidate(
    fields: Fields, reading: Reading, reader: "PartReader", parts: list[Part]
) -> tuple[Any, bool]:
    """The finish reason, None where there is none yet, and whether the prompt was refused."""
    said: Any = None
    for number, candidate in enumerate(fields.each("candidates")):
        with candidate:
            if number or candidate.raw("index"):
                candidate.skip_all()
                reading.lose(OTHER_CANDIDATES)
                continue
            candidate.skip("tokenCount")
            said = candidate.raw("finishReason")
            if said == "FINISH_REASON_UNSPECIFIED":
                said = None
            content = candidate.fields("content")
            if content is not None:
                with content:
                    content.skip("role")
                    parts += [part for item in content.each("parts") for part in reader.read(item, reading)]
    feedback = fields.fields("promptFeedback")
    if feedback is None:
        return said, False
    with feedback:
        is_blocked = feedback.raw("blockReason") not in (None, "BLOCK_REASON_UNSPECIFIED")
        if is_blocked:
            feedback.leave("blockReason")
    return said, is_blocked


class PartReader:
    """Parts of one answer, calls numbered across its pieces."""

    def __init__(self, reply_id: str) -> None:
        self._reply_id = reply_id
        self._calls = 0

    def read(self, part: Fields, reading: Reading) -> tuple[Part, ...]:
        """What the part is to anybody else; nothing for a kind that is not carried."""
        with part:
            kinds = kinds_of(part)
            if kinds == ["functionCall"]:
                return self._call(part, reading)
            if kinds == ["text"]:
                return read_text(part)
            if not kinds and part.has("thoughtSignature"):
                return read_text(part)
            if kinds:
                reading.lose(Loss(f"{part.path}.{kinds[0]}", _NOT_CARRIED, Effect.CONTENT))
                part.skip_all()
            return ()

    def _call(self, part: Fields, reading: Reading) -> tuple[Part, ...]:
        signature = (part.text("thoughtSignature") or "").replace(wire.UNSEALED, "")
        call = part.fields("functionCall")
        if call is None:
            return ()
        with call:
            if call.raw("willContinue") or call.has("partialArgs"):
                reading.invalid(part.at("functionCall"), "a tool call arrived in pieces nobody asked for")
            name = call.needed_text("name")
            own_id = call_id(call.text("id") or "", signature, self._reply_id, str(self._calls))
            arguments = call.json_object("args") or {}
        self._calls += 1
        return (ToolUse(own_id, name, arguments, signature),)


_NOT_CARRIED: Final = "a part of a kind that is not carried"
