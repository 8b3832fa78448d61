"""One tool call a turn, where the caller asked for no more: later calls of the same turn are held back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from offramp.dialects.loss import Effect, Loss
from offramp.dialects.turns import Event, Part, Reply, ToolDelta, ToolStarted, ToolUse

HELD_BACK: Final = Loss(
    "tool_choice.parallel",
    "the model asked for several tools at once; only the first is shown",
    Effect.CONTENT,
)


class OneCall:
    """Lets the first tool call through."""

    sees_text = False

    def __init__(self) -> None:
        self.losses: list[Loss] = []
        self._first: int | None = None

    def feed(self, event: Event) -> Sequence[Event]:
        """Everything but later calls."""
        if isinstance(event, ToolStarted):
            if self._first is None:
                self._first = event.index
            elif event.index != self._first and not self.losses:
                self.losses.append(HELD_BACK)
        if isinstance(event, ToolStarted | ToolDelta) and event.index != self._first:
            return ()
        return (event,)

    def whole(self, reply: Reply) -> Reply:
        """The reply with its first call."""
        kept: list[Part] = []
        has_call = False
        for part in reply.parts:
            if isinstance(part, ToolUse):
                if has_call:
                    self.losses[:] = [HELD_BACK]
                    continue
                has_call = True
            kept.append(part)
        return replace(reply, parts=tuple(kept))
