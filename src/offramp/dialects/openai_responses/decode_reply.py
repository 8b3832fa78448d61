"""Responses answers, usage and what ended them into neutral form."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.id_forms import minted_id
from offramp.dialects.loss import Decoded, Effect, Loss
from offramp.dialects.openai_responses.errors import failed
from offramp.dialects.openai_responses.groups import GROUP, joined
from offramp.dialects.openai_responses.wire import CALL_ID_PREFIX, SLUG
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import Part, Reply, StopReason, Text, Thinking, ToolUse, Usage

CUT_CALL: Final = Loss("output", "a tool call cut short by the token limit is left out", Effect.CONTENT)
EMPTY_ARGUMENTS: Final = Loss("output.arguments", "empty text was read as no arguments", Effect.METADATA)
OTHER_ITEM: Final = Loss("output.type", "an item of a type that is not carried", Effect.CONTENT)
OTHER_PART: Final = Loss("output.content.type", "a part of a type that is not carried", Effect.CONTENT)
SUMMARIES: Final = Loss("output.summary", "several parts of a summary became one", Effect.METADATA)

ECHOED: Final = (
    "background",
    "conversation",
    "frequency_penalty",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "presence_penalty",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
)
"""Fields in which an answer repeats its request: whoever asked has them."""

DROPPED: Final = (
    CUT_CALL,
    EMPTY_ARGUMENTS,
    OTHER_ITEM,
    OTHER_PART,
    SUMMARIES,
    Loss("access_programs", "access programs are this vendor's own", Effect.METADATA),
    Loss("billing", "who pays is not carried", Effect.METADATA),
    Loss("image", "how images were compressed is not carried", Effect.METADATA),
    Loss("input_transformations", "which earlier reasoning was left out is not carried", Effect.METADATA),
    Loss("moderation", "moderation results are not carried", Effect.METADATA),
    Loss("output.async", "no call was offered to be answered later", Effect.METADATA),
    Loss("output.caller", "who called a tool is this vendor's bookkeeping", Effect.METADATA),
    Loss("output.content.annotations", "citations are not carried", Effect.CONTENT),
    Loss("output.content.logprobs", "likelihoods of tokens are not carried", Effect.METADATA),
    Loss("output.phase", "whether text is on the way or final is not carried", Effect.METADATA),
    Loss("prompt_cache_diagnostics", "cache diagnostics are this vendor's own", Effect.METADATA),
    Loss("service_tier", "service tiers are this vendor's own", Effect.METADATA),
    Loss("tool_usage", "what the vendor's own tools used is not carried", Effect.METADATA),
    Loss(
        "usage.input_tokens_details.cache_write_tokens_details",
        "the split of cached tokens by lifetime is not carried",
        Effect.METADATA,
    ),
)
"""What of a reply is known and not carried."""

_CUT_REASONS: Final[Mapping[str, StopReason]] = {
    "content_filter": StopReason.REFUSAL,
    "max_output_tokens": StopReason.LENGTH,
}


def stop_reason(status: Any, why: Any, *, has_calls: bool, is_refusal: bool) -> StopReason:
    """The neutral stop reason; an answer that is not finished is none: `ReplyInvalid`."""
    if status == "incomplete":
        return _CUT_REASONS.get(str(why), StopReason.OTHER)
    if status != "completed":
        raise ReplyInvalid("reply-unfinished", f"the upstream's answer is not finished: `{status}`")
    if has_calls:
        return StopReason.TOOL_USE
    return StopReason.REFUSAL if is_refusal else StopReason.END


def why_incomplete(fields: Fields) -> Any:
    """The reason in `incomplete_details`."""
    details = fields.fields("incomplete_details")
    if details is None:
        return None
    with details:
        return details.raw("reason")


def read_usage(usage: Fields | None) -> Usage:
    """Tokens; the input as this API counts it includes the cache, the neutral input does not."""
    if usage is None:
        return Usage()
    with usage:
        usage.skip("total_tokens")
        prompt = usage.integer("input_tokens", 0)
        output = usage.integer("output_tokens", 0)
        cache_read = cache_write = reasoning = None
        details = usage.fields("input_tokens_details")
        if details is not None:
            with details:
                cache_read = details.integer("cached_tokens", 0)
                cache_write = details.integer("cache_write_tokens", 0)
        details = usage.fields("output_tokens_details")
        if details is not None:
            with details:
                reasoning = details.integer("reasoning_tokens", 0)
    cached = (cache_read or 0) + (cache_write or 0)
    fresh = None if prompt is None else max(0, prompt - cached)
    return Usage(
        input=fresh, output=output, cache_read=cache_read, cache_write=cache_write, reasoning=reasoning
    )


def read_created(seconds: Any) -> Instant | None:
    """The instant of Unix `seconds`; None for a missing or impossible one."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1 << 36:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def decode_usage(body: JsonObject) -> Usage:
    """What an answer says of tokens; unknown where it says nothing clear."""
    return read_usage(Reading(is_reply=True).fields(body).fields("usage"))


def skip_frame(fields: Fields) -> None:
    """What of an answer says nothing that could be lost."""
    fields.skip("object", "completed_at", "error", *ECHOED)


def decode_reply(body: JsonObject) -> Decoded[Reply]:
    """Body of an answer. Raises `ReplyInvalid` for one that cannot be used."""
    if body.get("status") == "failed" or body.get("error"):
        raise failed(body.get("error"))
    reading = Reading(DROPPED, is_reply=True)
    with reading.fields(body) as fields:
        skip_frame(fields)
        reply_id = fields.text("id") or ""
        status, why = fields.raw("status"), why_incomplete(fields)
        parts: list[Part] = []
        is_refusal = False
        for number, item in enumerate(fields.each("output")):
            own_id = minted_id(CALL_ID_PREFIX, reply_id, str(number))
            with item:
                is_refusal |= _read_item(item, own_id, parts, reading, is_cut=status == "incomplete")
        reply = Reply(
            id=reply_id,
            model=fields.text("model") or "",
            parts=tuple(parts),
            stop_reason=stop_reason(
                status,
                why,
                has_calls=any(isinstance(part, ToolUse) for part in parts),
                is_refusal=is_refusal,
            ),
            usage=read_usage(fields.fields("usage")),
            created_at=read_created(fields.raw("created_at")),
        )
    return reading.decoded(reply)


def _read_item(item: Fields, own_id: str, parts: list[Part], reading: Reading, *, is_cut: bool) -> bool:
    """The item's parts are added; whether it is a refusal."""
    kind = item.raw("type")
    item.skip("id", "status", "role")
    match kind:
        case "message":
            return _read_message(item, parts, reading)
        case "function_call":
            call = _read_call(item, own_id, reading, is_cut=is_cut)
            parts += [] if call is None else [call]
        case "reasoning":
            parts.append(read_reasoning(item, reading))
        case _:
            item.skip_all()
            reading.lose(OTHER_ITEM)
    return False


def _read_message(item: Fields, parts: list[Part], reading: Reading) -> bool:
    is_refusal = False
    for part in item.each("content"):
        with part:
            match part.raw("type"):
                case "output_text":
                    text = part.text("text")
                    for name in ("annotations", "logprobs"):
                        if part.raw(name):
                            part.leave(name)
                case "refusal":
                    is_refusal = True
                    text = part.text("refusal")
                case _:
                    part.skip_all()
                    text = ""
                    reading.lose(OTHER_PART)
            if text:
                parts.append(Text(text))
    return is_refusal


def call_fields(item: Fields) -> None:
    """What of a call holds nothing that could be lost is skipped."""
    if item.raw("caller") not in (None, {"type": "direct"}):
        item.leave("caller")
    if item.raw("async"):
        item.leave("async")


def _read_call(item: Fields, own_id: str, reading: Reading, *, is_cut: bool) -> ToolUse | None:
    call_fields(item)
    call_id = item.text("call_id") or own_id
    name = joined(item.text(GROUP) or "", item.needed_text("name"))
    text = item.text("arguments") or ""
    arguments = parsed_object(text)
    if arguments is None and is_cut:
        reading.lose(CUT_CALL)
        return None
    if arguments is None and not text.strip():
        reading.lose(EMPTY_ARGUMENTS)
        arguments = {}
    if arguments is None:
        raise ReplyInvalid(
            "tool-call-invalid", f"the upstream's arguments for the tool `{name}` are not a JSON object"
        )
    return ToolUse(call_id, name, arguments)


def seal_of(item: Fields) -> str:
    """The seal on a reasoning item together with the item's id, which goes back with it."""
    item_id, sealed = item.text("id") or "", item.text("encrypted_content") or ""
    return f"{item_id}:{sealed}" if item_id and sealed else sealed


def read_reasoning(item: Fields, reading: Reading) -> Thinking:
    """A reasoning item. Without a word of it, it is redacted: only its vendor can read it."""
    texts: list[str] = []
    for name in ("summary", "content"):
        for part in item.each(name):
            with part:
                part.skip("type")
                text = part.text("text")
                texts += [text] if text else []
    if len(texts) > 1:
        reading.lose(SUMMARIES)
    seal = seal_of(item)
    return Thinking("\n\n".join(texts), seal, is_redacted=bool(seal and not texts), origin=SLUG)
