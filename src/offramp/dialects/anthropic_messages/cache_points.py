"""`cache_control`: a mark on the block, system text or tool behind which the prompt may be kept."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Effect, Loss, LossLog
from offramp.dialects.turns import CachePoint, CacheSection, Request, Speaker

MARK: Final = "cache_control"
NO_PLACE: Final = Loss(
    "cache_control", "this API marks no block of reasoning; the saving is lost", Effect.COST
)

_UNMARKED: Final = frozenset({"thinking", "redacted_thinking"})


def take_cache_points(body: JsonObject) -> tuple[JsonObject, tuple[CachePoint, ...]]:
    """`body` without the marks that were read, and what they say. Others stay, to be accounted for."""
    points: list[CachePoint] = []
    plain = dict(body)
    for name, section in (("tools", CacheSection.TOOLS), ("system", CacheSection.SYSTEM)):
        if isinstance(body.get(name), list):
            plain[name] = list(_plain(body[name], section, None, points))
    messages = body.get("messages")
    if isinstance(messages, list):
        plain["messages"] = [_message(message, number, points) for number, message in enumerate(messages)]
        ttl = _ttl(body.get(MARK))
        last = len(messages) - 1
        if ttl is not None and last >= 0 and isinstance(messages[last], dict):
            # A mark on the whole request stands for one on its last block.
            parts = _kept(messages[last].get("content"))
            points.append(CachePoint(CacheSection.TURNS, last, max(0, parts - 1), ttl))
            del plain[MARK]
    return plain, tuple(points)


def _message(message: Any, number: int, points: list[CachePoint]) -> Any:
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        return message
    return {**message, "content": list(_plain(message["content"], CacheSection.TURNS, number, points))}


def _plain(
    blocks: Sequence[Any], section: CacheSection, turn: int | None, points: list[CachePoint]
) -> Iterator[Any]:
    for number, block in enumerate(blocks):
        ttl = _ttl(block.get(MARK)) if isinstance(block, dict) else None
        behind = _kept(blocks[: number + 1]) - 1
        if ttl is None or behind < 0:
            yield block
            continue
        yield {name: value for name, value in block.items() if name != MARK}
        points.append(
            CachePoint(section, behind if turn is None else turn, 0 if turn is None else behind, ttl)
        )


def _kept(content: Any) -> int:
    """How many parts `content` becomes: empty text becomes none."""
    if not isinstance(content, list):
        return 1
    return sum(
        not (isinstance(block, dict) and block.get("type") == "text" and not block.get("text"))
        for block in content
    )


def _ttl(mark: Any) -> str | None:
    match mark:
        case {"type": "ephemeral", "ttl": str(ttl), **rest} if not rest:
            return ttl
        case {"type": "ephemeral", **rest} if not rest:
            return ""
    return None


def written_mark(point: CachePoint) -> dict[str, str]:
    """The mark of `point`."""
    return {"type": "ephemeral", "ttl": point.ttl} if point.ttl else {"type": "ephemeral"}


def mark_listed(blocks: Sequence[Any], request: Request, section: CacheSection) -> None:
    """Marks the tools or system texts of a body that stand behind the request's points."""
    for point in request.cache_points:
        if point.section is section and point.index < len(blocks):
            blocks[point.index][MARK] = written_mark(point)


def placed(request: Request, is_led: bool) -> Mapping[tuple[int, int], CachePoint]:
    """Message and part, once neighbouring turns of one speaker are one message, of each point in a turn.

    `is_led` says that a message was put before the others.
    """
    points = {
        (point.index, point.part): point
        for point in request.cache_points
        if point.section is CacheSection.TURNS
    }
    found: dict[tuple[int, int], CachePoint] = {}
    message, parts, last = (0 if is_led else -1), 0, None
    for number, turn in enumerate(request.turns if points else ()):
        if turn.speaker is Speaker.SYSTEM:
            continue
        if turn.speaker is not last:
            message, parts, last = message + 1, 0, turn.speaker
        for part in range(len(turn.parts)):
            if (number, part) in points:
                found[message, parts + part] = points[number, part]
        parts += len(turn.parts)
    return found


def mark_block(blocks: Sequence[Any], point: CachePoint, losses: LossLog) -> None:
    """Marks the last of `blocks` that can bear it."""
    for block in reversed(blocks):
        if block["type"] not in _UNMARKED:
            block[MARK] = written_mark(point)
            return
    losses.add(NO_PLACE)
