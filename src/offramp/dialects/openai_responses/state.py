"""Going on from earlier answers: by `previous_response_id`, by `item_reference`, and reading what is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.dialects.id_forms import is_plain
from offramp.dialects.loss import Decoded, Effect, Loss, LossLog
from offramp.dialects.openai_responses import wire
from offramp.dialects.stateful import KeptAnswer

SEALED_ELSEWHERE: Final = Loss(
    "previous_response_id.reasoning",
    "earlier reasoning was sealed by another upstream, which alone can read it",
    Effect.CONTENT,
)
RUN_ELSEWHERE: Final = Loss(
    "previous_response_id.type",
    "what another upstream's own tools did in earlier answers is left out",
    Effect.CONTENT,
)

STATE_LOSSES: Final = (SEALED_ELSEWHERE, RUN_ELSEWHERE)

_CARRIED: Final = frozenset({"message", "function_call", "function_call_output", "reasoning"})
_ITEM_ID: Final = re.compile(r"[a-z]+_([A-Za-z0-9-]+)_(i?)(\d{1,6})")
_PREFIXES: Final = {
    "message": "msg_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "reasoning": "rs_",
}
MAX_ID: Final = 128
MAX_LISTED: Final = 100
DEFAULT_LISTED: Final = 20


def wants_keeping(body: JsonObject) -> bool:
    """This API keeps answers unless it is told not to."""
    return body.get("store") is not False


def named(body: JsonObject) -> Sequence[str]:
    """The answer before, and the answers whose items are referred to."""
    previous = body.get("previous_response_id")
    ids = [previous] if isinstance(previous, str) and previous else []
    ids += [_place(item)[0] for item in _own_items(body) if _is_reference(item)]
    return tuple(dict.fromkeys(id_ for id_ in ids if id_))


def expanded(body: JsonObject, kept: Mapping[str, KeptAnswer], upstream: str) -> Decoded[JsonObject]:
    """The request with its whole conversation in `input`."""
    losses = LossLog()
    items: list[JsonObject] = []
    for answer in _chain(body, kept):
        items += answer.items
        items += _said(answer, upstream, losses)
    items += _resolved(body, kept)
    whole = {name: value for name, value in body.items() if name != "previous_response_id"}
    return Decoded({**whole, "input": items}, losses.all())


def keep(
    body: JsonObject, answer: JsonObject, kept: Mapping[str, KeptAnswer], upstream: str, at_seconds: int
) -> KeptAnswer:
    """The answer with what was asked. Where a reference cannot be followed, it stays one.

    It has no id where its own is none that a path can hold.
    """
    previous = body.get("previous_response_id")
    id_ = str(answer.get("id") or "")
    return KeptAnswer(
        id=id_ if is_plain(id_, MAX_ID) else "",
        previous=previous if isinstance(previous, str) else "",
        items=_resolved(body, kept, is_strict=False),
        answer=answer,
        upstream=upstream,
        is_native=False,
        is_upstreams=False,
        at_seconds=at_seconds,
    )


def _chain(body: JsonObject, kept: Mapping[str, KeptAnswer]) -> list[KeptAnswer]:
    """The answers before, oldest first. Raises where one is not kept."""
    chain: list[KeptAnswer] = []
    id_ = body.get("previous_response_id")
    while isinstance(id_, str) and id_:
        if id_ not in kept:
            raise _unknown(id_, "/previous_response_id", has_later=bool(chain))
        chain.append(kept[id_])
        id_ = kept[id_].previous
    return chain[::-1]


def _own_items(body: JsonObject) -> list[Any]:
    """What this request itself says, as items."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}] if given else []
    return given if isinstance(given, list) else []


def _resolved(
    body: JsonObject, kept: Mapping[str, KeptAnswer], *, is_strict: bool = True
) -> list[JsonObject]:
    items = []
    for number, item in enumerate(_own_items(body)):
        if not _is_reference(item):
            items.append(item)
            continue
        found = _referred(item, kept)
        if found is None and is_strict:
            raise _unknown(str(item.get("id")), f"/input/{number}", has_later=False)
        items.append(found or item)
    return items


def _is_reference(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return False
    kind = item.get("type")
    return kind == "item_reference" or (kind is None and item.keys() <= {"id", "type"})


def _place(reference: JsonObject) -> tuple[str, bool, int]:
    """The answer an item's id names, whether it is of what was asked, and its number."""
    match = _ITEM_ID.fullmatch(reference["id"])
    if match is None:
        return "", False, 0
    return wire.ANSWER_ID_PREFIX + match.group(1), bool(match.group(2)), int(match.group(3))


def _referred(reference: JsonObject, kept: Mapping[str, KeptAnswer]) -> JsonObject | None:
    id_, is_asked, number = _place(reference)
    answer = kept.get(id_)
    if answer is None:
        return None
    items: Any = answer.items if is_asked else answer.answer.get("output")
    return items[number] if isinstance(items, list) and number < len(items) else None


def _said(answer: KeptAnswer, upstream: str, losses: LossLog) -> list[JsonObject]:
    """An answer's items as input. Where another upstream goes on, without what only their maker can use."""
    output = answer.answer.get("output")
    items = [item for item in output if isinstance(item, dict)] if isinstance(output, list) else []
    if not answer.is_native:
        return [_plain(item) for item in items]
    if answer.upstream == upstream:
        return items
    carried = []
    for item in items:
        kind = item.get("type")
        if kind == "reasoning":
            losses.add(SEALED_ELSEWHERE)
        elif not isinstance(kind, str) or kind not in _CARRIED:
            losses.add(RUN_ELSEWHERE)
        else:
            carried.append(_plain(item))
    return carried


def _plain(item: JsonObject) -> JsonObject:
    """Without what an upstream would look up and not find. A message needs its id and status in this form."""
    if item.get("type") == "function_call":
        return {name: value for name, value in item.items() if name not in ("id", "status")}
    if item.get("type") == "message":
        texts = [_text(part) for part in item.get("content") or () if isinstance(part, dict)]
        return {"type": "message", "role": "assistant", "content": "".join(texts)}
    return item


def _text(part: JsonObject) -> str:
    said = part.get("refusal") if part.get("type") == "refusal" else part.get("text")
    return said if isinstance(said, str) else ""


def _unknown(id_: str, pointer: str, *, has_later: bool) -> OfframpError:
    what = "an earlier part of the conversation, answer" if has_later else "answer"
    return OfframpError(
        "answer-unknown",
        f"{what} `{id_[:80]}` is not kept here, or not any more",
        help="send the conversation itself in `input`",
        where=Span("body", pointer=pointer),
    )


def is_finished(kept: KeptAnswer) -> bool:
    """Nothing of it is still to come."""
    return kept.answer.get("status") not in ("queued", "in_progress")


def is_forgotten(body: JsonObject, status: int, error: bytes) -> bool:
    """The upstream says it does not know the answer before: its error names the id."""
    previous = body.get("previous_response_id")
    return (
        status in (400, 404) and isinstance(previous, str) and bool(previous) and previous.encode() in error
    )


def encode_items(kept: KeptAnswer, query: Mapping[str, str]) -> JsonObject:
    """What was asked, newest first unless the query says otherwise."""
    token = kept.id.removeprefix(wire.ANSWER_ID_PREFIX)
    items = enumerate(kept.items)
    listed = [_listed(item, f"{token}_i{number}") for number, item in items]
    page = _Page.of(query)
    if page.is_newest_first:
        listed.reverse()
    ids = [str(item["id"]) for item in listed]
    start = ids.index(page.after) + 1 if page.after in ids else 0
    shown = listed[start : start + page.limit]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else "",
        "last_id": shown[-1]["id"] if shown else "",
        "has_more": start + page.limit < len(listed),
    }


@dataclass(frozen=True, slots=True)
class _Page:
    """Which of the items are asked for."""

    limit: int
    after: str
    is_newest_first: bool

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "_Page":
        limit, order = query.get("limit", str(DEFAULT_LISTED)), query.get("order", "desc")
        if not (limit.isdigit() and 1 <= int(limit) <= MAX_LISTED):
            raise _wrong("limit", f"a whole number from 1 to {MAX_LISTED}")
        if order not in ("asc", "desc"):
            raise _wrong("order", "asc or desc")
        return cls(int(limit), query.get("after", ""), order == "desc")


def _wrong(name: str, wanted: str) -> OfframpError:
    return OfframpError("body-invalid", f"`{name}` must be {wanted}", help=f"leave `{name}` out")


def _listed(given: Any, tail: str) -> JsonObject:
    """An item with an id and the type that may be left out when it is sent."""
    item: JsonObject = given if isinstance(given, dict) else {}
    kind = str(item.get("type") or "message")
    content = item.get("content")
    whole: JsonObject = {
        "id": _PREFIXES.get(kind, "item_") + tail,
        "status": "completed",
        **item,
        "type": kind,
    }
    if kind == "message" and isinstance(content, str):
        part = "output_text" if item.get("role") == "assistant" else "input_text"
        more: JsonObject = {"annotations": []} if part == "output_text" else {}
        whole["content"] = [{"type": part, "text": content, **more}]
    return whole
