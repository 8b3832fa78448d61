"""Seals that some APIs set on tool calls and want back with them. No other API has a place for one.

A call that came with a seal gets an id that begins with `MARK`. Whoever passes the answer on keeps the seal
under that id, and puts it back into the next request: an id with the mark and no seal says that it was lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from offramp.dialects.loss import Loss
from offramp.dialects.turns import Event, Part, Reply, Request, ToolStarted, ToolUse, Turn

MARK: Final = "sealed_"


class CallSeals:
    """Notes the seals of an answer's calls and lets everything through."""

    sees_text = False

    def __init__(self) -> None:
        self.losses: list[Loss] = []
        self.seals: dict[str, str] = {}
        """Id of a call to its seal."""

    def feed(self, event: Event) -> Sequence[Event]:
        """The event as it is."""
        if isinstance(event, ToolStarted) and event.signature:
            self.seals[event.id] = event.signature
        return (event,)

    def whole(self, reply: Reply) -> Reply:
        """The reply as it is."""
        for part in reply.parts:
            if isinstance(part, ToolUse) and part.signature:
                self.seals[part.id] = part.signature
        return reply


def lost(request: Request) -> tuple[str, ...]:
    """Ids of the calls that had a seal and stand here without it."""
    parts = (part for turn in request.turns for part in turn.parts)
    return tuple(dict.fromkeys(part.id for part in parts if isinstance(part, ToolUse) and _is_bare(part)))


def restored(request: Request, seals: Mapping[str, str]) -> Request:
    """`request` with `seals` on the calls that lost theirs."""

    def sealed(part: Part) -> Part:
        if isinstance(part, ToolUse) and _is_bare(part):
            return replace(part, signature=seals.get(part.id, ""))
        return part

    turns = (Turn(turn.speaker, tuple(sealed(part) for part in turn.parts)) for turn in request.turns)
    return replace(request, turns=tuple(turns)) if seals else request


def _is_bare(call: ToolUse) -> bool:
    return call.id.startswith(MARK) and not call.signature
