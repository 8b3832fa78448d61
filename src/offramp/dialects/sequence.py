"""Parts of a streamed reply put strictly one after another.

Some APIs let the pieces of several tool calls arrive mixed; others need each block closed before the next
opens. A part is passed on as it comes while no earlier one is unfinished; the others wait.
"""

from collections.abc import Iterator
from typing import NamedTuple

from offramp.dialects.tool_arguments import Arguments
from offramp.dialects.turns import (
    Failure,
    FailureKind,
    TextDelta,
    ThinkingDelta,
    ToolDelta,
    ToolStarted,
)

PartEvent = TextDelta | ThinkingDelta | ToolStarted | ToolDelta


class Placed(NamedTuple):
    """An event whose turn has come."""

    is_first: bool
    """It opens its part; the part before it is closed."""
    event: PartEvent


class PartSequence:
    """Orders events by part. Parts open in the order in which they first appeared."""

    __slots__ = ("_arguments", "_closed", "_open", "_waiting")

    def __init__(self) -> None:
        self._open: int | None = None
        self._waiting: dict[int, list[PartEvent]] = {}
        self._arguments: dict[int, Arguments] = {}
        self._closed: set[int] = set()

    def take(self, event: PartEvent) -> "tuple[Placed, ...] | Failure":
        """What can be said now. A `Failure` where a tool call goes on after its arguments were complete."""
        index = event.index
        if isinstance(event, ToolStarted):
            self._arguments[index] = Arguments()
        elif isinstance(event, ToolDelta):
            if index not in self._arguments:
                return _broken("arguments arrived before their tool call")
            self._arguments[index].add(event.arguments)
        if index == self._open:
            return (Placed(False, event),)
        if index in self._closed:
            if isinstance(event, ToolDelta) and event.arguments.strip():
                return _broken("a tool call went on after its arguments were complete")
            if isinstance(event, ToolStarted | ToolDelta):
                return ()
            self._closed.discard(index)
        if self._open is None and not self._waiting:
            self._open = index
            return (Placed(True, event),)
        self._waiting.setdefault(index, []).append(event)
        return tuple(self._advance())

    def is_open(self, index: int) -> bool:
        """The part numbered `index` is the one being said: its next piece can be said at once."""
        return index == self._open

    def close(self) -> tuple[Placed, ...]:
        """Everything still waiting, part after part."""
        placed: list[Placed] = []
        while self._waiting:
            self._shut()
            placed.extend(self._next())
        return tuple(placed)

    def _advance(self) -> Iterator[Placed]:
        while self._waiting and self._can_close():
            self._shut()
            yield from self._next()

    def _can_close(self) -> bool:
        arguments = None if self._open is None else self._arguments.get(self._open)
        return arguments is None or arguments.is_object

    def _shut(self) -> None:
        if self._open is not None:
            self._closed.add(self._open)
        self._open = None

    def _next(self) -> Iterator[Placed]:
        index = next(iter(self._waiting))
        self._open = index
        for number, event in enumerate(self._waiting.pop(index)):
            yield Placed(number == 0, event)


def _broken(message: str) -> Failure:
    return Failure(kind=FailureKind.UPSTREAM, message=message, code="stream-invalid")
