"""What every shaper provides."""

from collections.abc import Sequence
from typing import Protocol

from offramp.dialects.loss import Loss
from offramp.dialects.turns import Event, Reply


class Shaper(Protocol):
    """One promise kept in an answer."""

    sees_text: bool
    """Pieces of text have to pass through it; they are most of every stream."""
    losses: list[Loss]
    """What was lost so far."""

    def feed(self, event: Event) -> Sequence[Event]:
        """The events to pass on now."""

    def whole(self, reply: Reply) -> Reply:
        """The same for an answer that came whole. Raises `ReplyInvalid`."""
