"""Chat Completions replies, usage and finish reasons into neutral form."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.id_forms import minted_id
from offramp.dialects.loss import Decoded, Effect, Loss
from offramp.dialects.openai_chat.decode_messages import CALL_ID_PREFIX
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import Part, Reply, StopReason, Text, Thinking, ToolUse, Usage

CUT_CALL: Final = Loss(
    "choices.message.tool_calls", "a tool call cut short by the token limit is left out", Effect.CONTENT
)
EMPTY_ARGUMENTS: Final = Loss(
    "choices.message.tool_calls.function.arguments", "empty text was read as no arguments", Effect.METADATA
)
NO_CALL: Final = Loss("choices.finish_reason", "it announced tool calls and there are none", Effect.METADATA)
OTHER_CHOICES: Final = Loss("choices", "only the first answer is carried", Effect.CONTENT)

DROPPED: Final = (
    CUT_CALL,
    EMPTY_ARGUMENTS,
    NO_CALL,
    OTHER_CHOICES,
    Loss("choices.logprobs", "likelihoods of tokens are not carried", Effect.METADATA),
    Loss("choices.message.annotations", "citations are not carried", Effect.CONTENT),
    Loss("choices.message.audio", "spoken answers are not carried", Effect.CONTENT),
    Loss("choices.message.function_call", "the old form of tool calls is not carried", Effect.CONTENT),
    Loss("metadata", "labels of stored answers are not carried", Effect.METADATA),
    Loss("moderation", "moderation results are not carried", Effect.METADATA),
    Loss("service_tier", "service tiers are this vendor's own", Effect.METADATA),
    Loss("system_fingerprint", "which build answered is not carried", Effect.METADATA),
    Loss("timings", "timings of the run are not carried", Effect.METADATA),
    Loss("usage.completion_tokens_details", "the split of output tokens is not carried", Effect.METADATA),
    Loss(
        "usage.prompt_tokens_details.audio_tokens", "the split of the prompt is not carried", Effect.METADATA
    ),
    Loss(
        "usage.prompt_tokens_details.image_tokens", "the split of the prompt is not carried", Effect.METADATA
    ),
    Loss(
        "usage.prompt_tokens_details.text_tokens", "the split of the prompt is not carried", Effect.METADATA
    ),
)
"""What of a reply is known and not carried."""

FINISH_REASONS: Final[Mapping[str, StopReason]] = {
    "content_filter": StopReason.REFUSAL,
    "eos_token": StopReason.END,
    "function_call": StopReason.TOOL_USE,
    "length": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "stop": StopReason.END,
    "tool_calls": StopReason.TOOL_USE,
}
"""This API's own reasons, and two that servers of the same shape use."""


def finish_reason(said: Any, *, has_calls: bool, is_refusal: bool, reading: Reading) -> StopReason:
    """The neutral stop reason; a missing one is no finish: `ReplyInvalid`."""
    if not isinstance(said, str):
        raise ReplyInvalid("reply-unfinished", "the upstream's answer has no finish reason")
    known = FINISH_REASONS.get(said, StopReason.OTHER)
    if is_refusal and known is StopReason.END:
        return StopReason.REFUSAL
    if known is StopReason.END and has_calls:
        return StopReason.TOOL_USE
    if known is StopReason.TOOL_USE and not has_calls:
        reading.lose(NO_CALL)
        return StopReason.END
    return known


_PLAIN_USAGE: Final = {"prompt_tokens", "completion_tokens", "total_tokens"}


def read_usage(usage: Fields | None) -> Usage:
    """Tokens; the prompt as this API counts it includes the cache, the neutral input does not."""
    if usage is None:
        return Usage()
    with usage:
        usage.skip("total_tokens")
        prompt = usage.integer("prompt_tokens", 0)
        output = usage.integer("completion_tokens", 0)
        details = usage.fields("prompt_tokens_details")
        cache_read = cache_write = reasoning = None
        if details is not None:
            with details:
                cache_read = details.integer("cached_tokens", 0)
                cache_write = details.integer("cache_write_tokens", 0)
        spent = usage.fields("completion_tokens_details")
        if spent is not None:
            with spent:
                reasoning = spent.integer("reasoning_tokens", 0)
                spent.skip_zeroes()
    cached = (cache_read or 0) + (cache_write or 0)
    fresh = None if prompt is None else max(0, prompt - cached)
    return Usage(
        input=fresh, output=output, cache_read=cache_read, cache_write=cache_write, reasoning=reasoning
    )


def read_created(seconds: int | None) -> Instant | None:
    """The instant of Unix `seconds`; None for a missing or impossible one."""
    if not seconds or not 0 < seconds < 1 << 36:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def decode_usage(body: JsonObject) -> Usage:
    """What an answer says of tokens; unknown where it says nothing clear."""
    told = body.get("usage")
    if type(told) is dict and told.keys() == _PLAIN_USAGE:
        prompt, output = told["prompt_tokens"], told["completion_tokens"]
        if type(prompt) is int and type(output) is int and prompt >= 0 and output >= 0:
            return Usage(input=prompt, output=output)
    return read_usage(Reading(is_reply=True).fields(body).fields("usage"))


def decode_reply(body: JsonObject) -> Decoded[Reply]:
    """Body of an answer. Raises `ReplyInvalid` for one that cannot be used."""
    reading = Reading(DROPPED, is_reply=True)
    with reading.fields(body) as fields:
        fields.skip("object")
        reply_id = fields.text("id") or ""
        choices = list(fields.each("choices"))
        if not choices:
            raise ReplyInvalid("reply-invalid", "the upstream's answer holds no choice")
        if len(choices) > 1:
            reading.lose(OTHER_CHOICES)
        with choices[0] as choice:
            choice.skip("index")
            said = choice.raw("finish_reason")
            message = choice.fields("message")
            if message is None:
                raise ReplyInvalid("reply-invalid", "the upstream's answer holds no message")
            parts, is_refusal = _read_message(message, reply_id, said, reading)
        reply = Reply(
            id=reply_id,
            model=fields.text("model") or "",
            parts=parts,
            stop_reason=finish_reason(
                said,
                has_calls=any(isinstance(part, ToolUse) for part in parts),
                is_refusal=is_refusal,
                reading=reading,
            ),
            usage=read_usage(fields.fields("usage")),
            created_at=read_created(fields.integer("created")),
        )
    return reading.decoded(reply)


def _read_message(
    message: Fields, reply_id: str, said: Any, reading: Reading
) -> tuple[tuple[Part, ...], bool]:
    with message:
        message.skip("role")
        parts: list[Part] = []
        thinking = message.text("reasoning_content") or message.text("reasoning")
        if thinking:
            parts.append(Thinking(thinking))
        refusal = message.text("refusal")
        parts += [Text(text) for text in (message.text("content"), refusal) if text]
        for number, item in enumerate(message.each("tool_calls")):
            call = _read_call(item, minted_id(CALL_ID_PREFIX, reply_id, str(number)), said, reading)
            if call is not None:
                parts.append(call)
    return tuple(parts), bool(refusal)


def _read_call(item: Fields, own_id: str, said: Any, reading: Reading) -> ToolUse | None:
    with item:
        item.skip("type", "index")
        call_id = item.text("id") or own_id
        function = item.fields("function")
        if function is None:
            raise ReplyInvalid("reply-invalid", "the upstream's answer holds a tool call without a function")
        with function:
            name = function.needed_text("name")
            text = function.text("arguments") or ""
    arguments = parsed_object(text)
    if arguments is None and FINISH_REASONS.get(str(said)) is StopReason.LENGTH:
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
