"""Reasoning nobody asked to see: taken out, as the caller's own API would not have shown it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from offramp.dialects.loss import Effect, Loss
from offramp.dialects.turns import Event, Reply, Thinking, ThinkingDelta

UNASKED: Final = Loss("content.thinking", "the caller did not ask to see reasoning", Effect.METADATA)


class Unthinking:
    """Lets everything through but reasoning."""

    sees_text = False

    def __init__(self) -> None:
        self.losses: list[Loss] = []

    def feed(self, event: Event) -> Sequence[Event]:
        """Nothing where it is reasoning."""
        if isinstance(event, ThinkingDelta):
            self.losses[:] = [UNASKED]
            return ()
        return (event,)

    def whole(self, reply: Reply) -> Reply:
        """The reply without its reasoning."""
        kept = tuple(part for part in reply.parts if not isinstance(part, Thinking))
        if len(kept) != len(reply.parts):
            self.losses[:] = [UNASKED]
        return replace(reply, parts=kept)
