"""Going on with a broken stream at another target, where the route says so.

The caller sees one stream with one end: the events of the next target are written by the same encoder, its
text in the part that was open. Never across a tool call, never where a schema holds the answer together.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from offramp.dialects import Dialect, Failure, Loss, offers, shaping, turns
from offramp.gateway.outgoing import Asked, Outgoing
from offramp.gateway.relay import TurnsRelay, merged
from offramp.gateway.repair import summed


class Encoder(Protocol):
    """What writes the caller's events."""

    @property
    def losses(self) -> list[Loss]:
        """What was lost so far."""

    @property
    def failure(self) -> Failure | None:
        """Why the answer could not be written to its end."""

    def encode(self, event: turns.Event) -> bytes:
        """The bytes to send now."""


class Thread:
    """What was said in one stream so far, by whichever targets."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.said: list[str] = []
        self.losses: list[Loss] = []
        self.seen = sha256()
        """Over everything that was sent."""
        self.has_begun = False
        self.has_tool = False
        self.usage: turns.Usage | None = None
        """Of the targets that broke off, as far as they said."""
        self._parts = 0
        self._open_text: int | None = None

    @property
    def text(self) -> str:
        """The text the caller has."""
        return "".join(self.said)

    def fold(self, event: turns.Event, places: dict[int, int]) -> turns.Event | None:
        """`event` as it belongs into the one stream; None where the caller has had its like.

        `places` are the parts of this target's answer in the stream.
        """
        match event:
            case turns.ReplyStarted():
                if self.has_begun:
                    return None
                self.has_begun = True
                return event
            case turns.TextDelta():
                self.said.append(event.text)
                at = self._place(event.index, places, is_text=True)
                self._open_text = at
                return replace(event, index=at)
            case turns.ThinkingDelta() | turns.ToolStarted() | turns.ToolDelta():
                self.has_tool = self.has_tool or isinstance(event, turns.ToolStarted)
                self._open_text = None
                return replace(event, index=self._place(event.index, places, is_text=False))
            case turns.ReplyEnded() if self.usage is not None:
                return replace(event, usage=summed(self.usage, event.usage))
            case _:
                return event

    def _place(self, index: int, places: dict[int, int], *, is_text: bool) -> int:
        if index not in places:
            goes_on = is_text and not places and self._open_text is not None
            places[index] = self._open_text if goes_on and self._open_text is not None else self._parts
            self._parts = max(self._parts, places[index] + 1)
        return places[index]


class ContinuableRelay(TurnsRelay):
    """A stream that another target may go on with, or that goes on with another's."""

    def __init__(
        self,
        source: Dialect,
        target: Dialect,
        request: turns.Request,
        asked: str,
        request_id: str,
        shapers: Sequence[shaping.Shaper],
        thread: Thread | None,
    ) -> None:
        super().__init__(source, target, request, asked, request_id, shapers, is_constrained=False)
        self.thread = thread or Thread(self._encoder)
        self._encoder = self.thread.encoder
        # Text that no shaper has to see is looked at here all the same.
        self._sees_text = True
        self._places: dict[int, int] = {}
        self.own_usage: turns.Usage | None = None
        """Of this target alone, where it went on with another's stream."""

    def _tell(self, event: turns.Event, written: list[bytes]) -> None:
        folded = self.thread.fold(event, self._places)
        if folded is None:
            self.see(event)
            return
        own = self.usage
        super()._tell(folded, written)
        if isinstance(folded, turns.ReplyEnded) and self.thread.usage is not None:
            assert isinstance(event, turns.ReplyEnded)
            self.own_usage = merged(own, event.usage)
            # What one of them did not say stays unknown of the whole.
            self.usage = folded.usage

    def break_off(self) -> None:
        """What this target used and lost is kept for the whole."""
        thread = self.thread
        thread.usage = self.usage if thread.usage is None else summed(thread.usage, self.usage)
        thread.losses += [
            *self._decoder.losses,
            *(loss for shaper in self._shapers for loss in shaper.losses),
        ]

    def losses(self) -> Sequence[Loss]:
        """Of every target of the stream."""
        return (*self.thread.losses, *super().losses())


def may_continue(outgoing: Outgoing, relay: object) -> bool:
    """Whether another target can go on with what `relay` sent."""
    request = outgoing.request
    return (
        isinstance(relay, ContinuableRelay)
        and not relay.thread.has_tool
        and request is not None
        and request.response_schema is None
    )


def continued(asked: Asked, thread: Thread, *, takes_prefill: bool) -> Asked:
    """The request that asks for the rest: the text so far is the assistant's beginning, or stands before.

    Where the model is not known to go on with an answer begun for it, it is asked to in words.
    """
    said = thread.text
    whole = asked.request()
    if said:
        more = [turns.Turn(turns.Speaker.ASSISTANT, (turns.Text(said),))]
        if not takes_prefill:
            more.append(turns.Turn(turns.Speaker.USER, (turns.Text(shaping.GO_ON),)))
        left = whole.max_tokens
        if left is not None:
            spent = offers.estimated_tokens(replace(whole, system=(), tools=(), turns=tuple(more[:1])))
            left = max(1, left - spent)
        whole = replace(whole, turns=(*whole.turns, *more), max_tokens=left)
    copy = asked.with_body(asked.parsed)
    copy.fields = asked.fields
    copy.become(whole)
    return copy


def wants_stream(asked: Asked) -> bool:
    """Whether the caller asked for a stream, as far as its request can be read."""
    request = asked.request_or_none()
    return request is not None and request.wants_stream
