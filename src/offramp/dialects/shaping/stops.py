"""Stop sequences that an upstream was not told, or did not keep: the answer is cut where the first begins."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from offramp.dialects.loss import Effect, Loss
from offramp.dialects.turns import (
    Event,
    Part,
    Reply,
    ReplyEnded,
    ReplyStarted,
    StopReason,
    Text,
    TextDelta,
    Usage,
)

CUT: Final = Loss(
    "stop", "the gateway cut the answer; what the model wrote after it was paid for", Effect.COST
)
UNCOUNTED: Final = Loss(
    "usage.output", "the upstream was let go at the stop sequence and did not say", Effect.METADATA
)


class StopCutter:
    """Cuts text at the first of `stops`, which may fall across pieces."""

    sees_text = True

    def __init__(self, stops: Sequence[str]) -> None:
        self.losses: list[Loss] = []
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self._index = -1
        self._usage = Usage()
        self._is_over = False

    def feed(self, event: Event) -> Sequence[Event]:
        """Text waits while it may be the beginning of a stop sequence."""
        if self._is_over:
            return ()
        if isinstance(event, TextDelta):
            return self._text(event)
        if isinstance(event, ReplyStarted):
            self._usage = event.usage
        return (*self._release(), event)

    def whole(self, reply: Reply) -> Reply:
        """The reply up to the first stop sequence."""
        parts: list[Part] = []
        for part in reply.parts:
            found = self._first(part.text) if isinstance(part, Text) else None
            if found is None or not isinstance(part, Text):
                parts.append(part)
                continue
            at, stop = found
            if at:
                parts.append(Text(part.text[:at]))
            self.losses.append(CUT)
            return replace(
                reply, parts=tuple(parts), stop_reason=StopReason.STOP_SEQUENCE, stop_sequence=stop
            )
        return reply

    def _text(self, event: TextDelta) -> Sequence[Event]:
        released: Sequence[Event] = ()
        if event.index != self._index:
            released = self._release()
            self._index = event.index
        text = self._held + event.text
        found = self._first(text)
        if found is not None:
            at, stop = found
            self._is_over = True
            self.losses += [CUT, UNCOUNTED]
            said = (TextDelta(event.index, text[:at]),) if at else ()
            return (
                *released,
                *said,
                ReplyEnded(StopReason.STOP_SEQUENCE, stop, replace(self._usage, output=None)),
            )
        keep = self._may_begin(text)
        self._held = text[len(text) - keep :]
        ready = text[: len(text) - keep]
        return (*released, TextDelta(event.index, ready)) if ready else released

    def _release(self) -> Sequence[Event]:
        held, self._held = self._held, ""
        return (TextDelta(self._index, held),) if held else ()

    def _first(self, text: str) -> tuple[int, str] | None:
        """The sequence that is whole first, as a model that writes letter by letter would meet it."""
        places = [(at + len(stop), at, stop) for stop in self._stops if (at := text.find(stop)) >= 0]
        if not places:
            return None
        _, at, stop = min(places)
        return at, stop

    def _may_begin(self, text: str) -> int:
        """How many of the last characters may be the beginning of a stop sequence."""
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for size in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-size:]) for stop in self._stops):
                return size
        return 0
