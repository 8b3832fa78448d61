"""A model's answer that waits: put together from a stream, kept as bytes, and said again.

What is said again is written from what was read, never passed on: nobody can be given what was not judged.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec

from offramp.control import holds
from offramp.core.digests import JsonObject, canonical_json, sha256_hex
from offramp.core.errors import OfframpError
from offramp.dialects import turns
from offramp.gateway.record import Record

KIND: Final = "hold"
"""The kind of what is kept of a held answer."""


class Assembly:
    """The answer that a stream of events says."""

    def __init__(self) -> None:
        self._start = turns.ReplyStarted("", "")
        self._end: turns.ReplyEnded | None = None
        self._parts: dict[
            int, list[turns.TextDelta | turns.ThinkingDelta | turns.ToolStarted | turns.ToolDelta]
        ] = {}

    def feed(self, event: turns.Event) -> None:
        """`event` follows those before."""
        match event:
            case turns.ReplyStarted():
                self._start = event
            case turns.ReplyEnded():
                self._end = event
            case turns.TextDelta() | turns.ThinkingDelta() | turns.ToolStarted() | turns.ToolDelta():
                self._parts.setdefault(event.index, []).append(event)
            case _:
                pass

    @property
    def last_index(self) -> int:
        """The number of the last part; -1 where nothing was said."""
        return max(self._parts, default=-1)

    @property
    def text(self) -> str:
        """All that was said as text."""
        said = (event for events in self._parts.values() for event in events)
        return "".join(event.text for event in said if isinstance(event, turns.TextDelta))

    def reply(self) -> tuple[turns.Reply, tuple[str, ...]]:
        """The answer, and the tools whose call was cut short: those are not part of it."""
        parts: list[turns.Part] = []
        cut: list[str] = []
        for _, events in sorted(self._parts.items()):
            part = _part(events)
            if isinstance(part, str):
                cut.append(part)
            elif part is not None:
                parts.append(part)
        end = self._end or turns.ReplyEnded(turns.StopReason.OTHER)
        reply = turns.Reply(
            id=self._start.id,
            model=self._start.model,
            parts=tuple(parts),
            stop_reason=end.stop_reason,
            stop_sequence=end.stop_sequence,
            usage=end.usage,
            created_at=self._start.created_at,
        )
        return reply, tuple(cut)


def _part(events: list[Any]) -> turns.Part | str | None:
    first = events[0]
    if isinstance(first, turns.TextDelta):
        return turns.Text("".join(event.text for event in events))
    if isinstance(first, turns.ThinkingDelta):
        seal = "".join(event.signature for event in events)
        return turns.Thinking("".join(event.text for event in events), seal, first.is_redacted)
    if not isinstance(first, turns.ToolStarted):
        return None
    text = "".join(event.arguments for event in events[1:])
    try:
        arguments = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return first.name
    if not isinstance(arguments, dict):
        return first.name
    return turns.ToolUse(first.id, first.name, arguments, first.signature)


def events_of(reply: turns.Reply) -> Iterator[turns.Event]:
    """The stream that says `reply`."""
    yield turns.ReplyStarted(reply.id, reply.model, reply.usage, reply.created_at)
    for index, part in enumerate(reply.parts):
        match part:
            case turns.Text(text):
                yield turns.TextDelta(index, text)
            case turns.Thinking():
                yield turns.ThinkingDelta(index, part.text, part.signature, part.is_redacted)
            case turns.ToolUse():
                yield turns.ToolStarted(index, part.id, part.name, part.signature)
                yield turns.ToolDelta(index, msgspec.json.encode(dict(part.arguments)).decode())
            case _:
                raise unkeepable(part)
    yield turns.ReplyEnded(reply.stop_reason, reply.stop_sequence, reply.usage)


def calls_of(reply: turns.Reply) -> tuple[turns.ToolUse, ...]:
    """The tool calls in an answer."""
    return tuple(part for part in reply.parts if isinstance(part, turns.ToolUse))


def text_of(reply: turns.Reply) -> str:
    """The text of an answer."""
    return "".join(part.text for part in reply.parts if isinstance(part, turns.Text))


def said_instead(reply: turns.Reply, notice: str) -> turns.Reply:
    """The answer without its calls, and `notice` at its end."""
    kept = tuple(part for part in reply.parts if not isinstance(part, turns.ToolUse))
    gap = "\n\n" if text_of(reply) else ""
    return replace(
        reply,
        parts=(*kept, turns.Text(gap + notice)),
        stop_reason=turns.StopReason.END,
        stop_sequence="",
    )


class _Kept(msgspec.Struct):
    """A part as it is kept."""

    kind: str
    text: str = ""
    seal: str = ""
    origin: str = ""
    is_redacted: bool = False
    id: str = ""
    name: str = ""
    arguments: dict[str, Any] = {}


class KeptTurn(msgspec.Struct):
    """An answer as it is kept, with where it came from and what persons are shown of it."""

    id: str
    stop_reason: str
    parts: list[_Kept]
    upstream: str
    model: str
    """The name the upstream was asked for."""
    facts: dict[str, str | int | bool]
    """What the instruments were asked with for the request."""
    shown: dict[str, Any]


def kept_turn(reply: turns.Reply, record: Record, shown: dict[str, Any]) -> bytes:
    """`reply` as bytes. Raises `OfframpError` for a part that cannot be kept."""
    return msgspec.json.encode(
        KeptTurn(
            id=reply.id,
            stop_reason=str(reply.stop_reason),
            parts=[_kept(part) for part in reply.parts],
            upstream=record.upstream,
            model=record.model,
            facts=dict(record.facts),
            shown=shown,
        )
    )


def read_turn(data: bytes) -> KeptTurn:
    """What was kept. Raises `OfframpError` where it is not sound."""
    try:
        return msgspec.json.decode(data, type=KeptTurn)
    except msgspec.MsgspecError as error:
        raise OfframpError(
            "held-turn-damaged",
            "what is kept of the held answer cannot be read",
            help="ask the model again once the hold has expired",
        ) from error


def shown_in(hold: holds.Hold, data: bytes | None) -> JsonObject:
    """What persons are shown of `hold`, out of what was kept. Raises where it is gone or another."""
    if data is None:
        raise OfframpError(
            "held-turn-gone",
            f"what was held as `{hold.id}` is not kept any more",
            help="a new call of the tool is held anew",
        )
    shown = read_turn(data).shown
    if sha256_hex(canonical_json(shown)) != hold.shown:
        raise OfframpError(
            "binding-broken",
            f"what is kept of hold `{hold.id}` is not what was held",
            help="look for who can write `kept.db`; deny it, and have the model asked anew",
        )
    return shown


def reply_of(turn: KeptTurn) -> turns.Reply:
    """The answer that was kept. It used no tokens this time."""
    return turns.Reply(
        id=turn.id,
        model=turn.model,
        parts=tuple(_said(part) for part in turn.parts),
        stop_reason=turns.StopReason(turn.stop_reason),
        usage=turns.Usage(input=0, output=0),
    )


def _kept(part: turns.Part) -> _Kept:
    match part:
        case turns.Text(text):
            return _Kept("text", text)
        case turns.Thinking():
            return _Kept("thinking", part.text, part.signature, part.origin, part.is_redacted)
        case turns.ToolUse():
            return _Kept(
                "call", seal=part.signature, id=part.id, name=part.name, arguments=dict(part.arguments)
            )
        case _:
            raise unkeepable(part)


def _said(part: _Kept) -> turns.Part:
    if part.kind == "call":
        return turns.ToolUse(part.id, part.name, part.arguments, part.seal)
    if part.kind == "thinking":
        return turns.Thinking(part.text, part.seal, part.is_redacted, part.origin)
    return turns.Text(part.text)


def unkeepable(part: object) -> OfframpError:
    """An answer held something beside text, reasoning and calls."""
    return OfframpError(
        "held-turn-unkeepable",
        f"an answer with a part of the kind `{type(part).__name__.lower()}` cannot be held",
        help="have the model answer with text and tool calls only",
    )
