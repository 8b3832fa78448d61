"""Neutral answers into the Responses API: items, usage, and the frame that repeats what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.dialects.failures import no_finish
from offramp.dialects.id_forms import minted_id, outward_id
from offramp.dialects.loss import Effect, Encoded, Loss, LossLog
from offramp.dialects.openai_responses import wire
from offramp.dialects.turns import Part, Reply, StopReason, Text, Thinking, ToolUse, Usage

UNKNOWN_CREATED: Final = Loss("created_at", "the upstream did not say; 0 stands for unknown", Effect.METADATA)
UNKNOWN_USAGE: Final = Loss(
    "usage", "the upstream did not say everything, so it is left out", Effect.METADATA
)
UNKNOWN_DETAILS: Final = Loss(
    "usage.details", "the upstream did not say; 0 stands for unknown", Effect.METADATA
)
STOP_SEQUENCE: Final = Loss(
    "stop_sequence", "this API does not say which stop sequence was met", Effect.METADATA
)

REPLY_LOSSES: Final = (UNKNOWN_CREATED, UNKNOWN_USAGE, UNKNOWN_DETAILS, STOP_SEQUENCE)
"""What this API cannot carry towards a caller."""

STATUSES: Final[dict[StopReason, tuple[wire.Status, wire.Incomplete | None]]] = {
    StopReason.END: ("completed", None),
    StopReason.LENGTH: ("incomplete", {"reason": "max_output_tokens"}),
    StopReason.TOOL_USE: ("completed", None),
    StopReason.STOP_SEQUENCE: ("completed", None),
    StopReason.REFUSAL: ("incomplete", {"reason": "content_filter"}),
}

_REPEATED: Final = (
    "max_output_tokens",
    "max_tool_calls",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "user",
)
"""Repeated in the answer where they were asked."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one answer has from its request."""

    asked: JsonObject = field(default_factory=dict)
    """The request as the caller sent it."""
    answer_id: str = ""
    """The id the answer gets; empty to make one from the upstream's."""
    groups: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """See `groups.groups_of`."""

    def open(self, upstream_id: str, model: str, created_at: int) -> wire.Response:
        """An answer in which nothing has been said yet."""
        asked = self.asked
        answer: wire.Response = {
            "id": self.answer_id or answer_id(upstream_id),
            "object": "response",
            "created_at": created_at,
            "status": "in_progress",
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": asked.get("instructions"),
            "metadata": asked.get("metadata") or {},
            "model": model,
            "output": [],
            "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
            "previous_response_id": asked.get("previous_response_id"),
            "temperature": asked.get("temperature"),
            "text": asked.get("text") or {"format": {"type": "text"}},
            "tool_choice": asked.get("tool_choice") or "auto",
            "tools": asked.get("tools") or [],
            "top_p": asked.get("top_p"),
            "usage": None,
        }
        repeated = {name: asked[name] for name in _REPEATED if asked.get(name) is not None}
        return cast(wire.Response, {**answer, **repeated})


def answer_id(upstream_id: str) -> str:
    """`resp_…`, the upstream's own where it has that form."""
    if upstream_id.startswith(wire.ANSWER_ID_PREFIX):
        return upstream_id
    return minted_id(wire.ANSWER_ID_PREFIX, upstream_id)


def item_id(prefix: str, answer: str, index: int) -> str:
    """The id of an answer's item. It names the answer, so that the item can be found again."""
    return f"{prefix}{answer.removeprefix(wire.ANSWER_ID_PREFIX)}_{index}"


def encode_reply(reply: Reply, frame: Frame) -> Encoded:
    """Body of an answer. Raises `ReplyInvalid` for a stop reason this API has no word for."""
    if reply.stop_reason not in STATUSES:
        raise no_finish()
    losses = LossLog()
    status, incomplete = STATUSES[reply.stop_reason]
    answer = frame.open(reply.id, reply.model, created(reply.created_at, losses))
    answer["output"] = _output(reply.parts, answer["id"], status, frame)
    answer["status"], answer["incomplete_details"] = status, incomplete
    answer["usage"] = write_usage(reply.usage, losses)
    if reply.stop_sequence:
        losses.add(STOP_SEQUENCE)
    return Encoded(cast(JsonObject, answer), losses.all())


def _output(parts: Sequence[Part], answer: str, status: wire.Status, frame: Frame) -> list[wire.OutputItem]:
    items: list[wire.OutputItem] = []
    message: wire.OutputMessage | None = None
    for part in parts:
        match part:
            case Text(text):
                if message is None:
                    message = new_message(answer, len(items), "completed")
                    items.append(message)
                message["content"].append(new_text(text))
                continue
            case Thinking():
                items.append(reasoning_item(part, answer, len(items)))
            case ToolUse(call_id, name, arguments):
                written = msgspec.json.encode(dict(arguments)).decode()
                items.append(call_item(frame, call_id, name, written, item_id("fc_", answer, len(items))))
            case _:
                continue
        message = None
    if message is not None:
        message["status"] = status
    return items


def new_message(answer: str, index: int, status: wire.Status) -> wire.OutputMessage:
    """A message without content."""
    return {
        "id": item_id("msg_", answer, index),
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [],
    }


def new_text(text: str) -> wire.OutputText:
    """A part of an answer's text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call_item(frame: Frame, call_id: str, name: str, arguments: str, id_: str) -> wire.FunctionCall:
    """A call of a function, whole, in the group its caller has it in."""
    group, own = frame.groups.get(name, ("", name))
    item: wire.FunctionCall = {
        "id": id_,
        "type": "function_call",
        "status": "completed",
        "call_id": outward_id(wire.CALL_ID_PREFIX, call_id),
        "name": own,
        "arguments": arguments,
    }
    if group:
        item["namespace"] = group
    return item


def reasoning_item(part: Thinking, answer: str, index: int) -> wire.Reasoning:
    """Reasoning: what can be read as a summary, the seal as what only its vendor can read."""
    item: wire.Reasoning = {
        "id": item_id("rs_", answer, index),
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": part.text}] if part.text else [],
    }
    if part.signature:
        item["encrypted_content"] = part.signature
    return item


def write_usage(usage: Usage, losses: LossLog) -> wire.Usage | None:
    """Usage in this API's terms, where the input includes the cache; None unless both sums are known."""
    if usage.input is None or usage.output is None:
        losses.add(UNKNOWN_USAGE)
        return None
    if None in (usage.cache_read, usage.cache_write, usage.reasoning):
        losses.add(UNKNOWN_DETAILS)
    prompt = usage.input + (usage.cache_read or 0) + (usage.cache_write or 0)
    return {
        "input_tokens": prompt,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read or 0,
            "cache_write_tokens": usage.cache_write or 0,
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
        "total_tokens": prompt + usage.output,
    }


def created(at: Instant | None, losses: LossLog) -> int:
    """Unix seconds; 0 where the upstream did not say."""
    if at is None:
        losses.add(UNKNOWN_CREATED)
        return 0
    return int(at.timestamp())


def encode_count(tokens: int) -> JsonObject:
    """Body of an answer to `input_tokens`."""
    return {"object": "response.input_tokens", "input_tokens": tokens}


def encode_models(ids: Sequence[str]) -> JsonObject:
    """Body of `GET /v1/models`. 0 stands for an unknown date."""
    data: list[Any] = [{"id": name, "object": "model", "created": 0, "owned_by": "offramp"} for name in ids]
    return {"object": "list", "data": data}
