"""A streamed answer on its way to the caller. The end of it is held back until the ledger has the entry.

Two ways: `PassRelay` where caller and upstream speak the same API (bytes pass, the model name apart), and
`TurnsRelay` where the answer is read into events and written anew. Values only; nothing here sends.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

import orjson

from offramp.dialects import Dialect, Failure, Loss, shaping, turns
from offramp.gateway.model_name import EventRenaming


class Relay(Protocol):
    """Upstream bytes in, caller bytes out."""

    usage: turns.Usage
    served: str
    """The model the upstream said it is; empty until it said so."""
    call_seals: dict[str, str]
    """Id of a tool call to the seal it came with."""
    answer_id: str
    """The upstream's own id of the answer; empty until it said so."""
    stop: str
    """Why the model stopped; empty until it was said."""
    failure: Failure | None
    """Set when the answer did not end well."""
    has_said: bool
    """An event came: not only a sign that the connection lives."""
    has_ended: bool
    """The upstream said that it finished."""
    is_failure_told: bool
    """What `close` returns already tells the caller of the failure."""
    is_cut: bool
    """Nothing more is wanted of the upstream: the gateway itself ended the answer."""

    noted: shaping.whose.Noted | None
    """Notes the reasoning that goes by, where it has to be known later."""

    def feed(self, data: bytes) -> bytes:
        """What may be sent now. The end, once seen, is not among it."""

    def close(self) -> bytes:
        """The upstream's bytes are over: what to send once the entry is durable, if it ended well."""

    def losses(self) -> Sequence[Loss]:
        """What the answer held that could not be carried."""


class _Watch:
    """What both relays keep while events go by."""

    def __init__(self) -> None:
        self.usage = turns.Usage()
        self.served = ""
        self.call_seals: dict[str, str] = {}
        self.answer_id = ""
        self.is_cut = False
        self.stop = ""
        self.failure: Failure | None = None
        self.has_said = False
        self.has_ended = False
        self.is_failure_told = False
        self.noted: shaping.whose.Noted | None = None

    def is_over(self) -> bool:
        """Nothing more is to be sent before the entry is durable."""
        return self.has_ended or self.failure is not None

    def see(self, event: turns.Event) -> None:
        self.has_said = True
        if self.noted is not None:
            self.noted.see(event)
        match event:
            case turns.ToolStarted(signature=signature) if signature:
                self.call_seals[event.id] = signature
            case turns.ReplyStarted():
                self.served = event.model
                self.answer_id = event.id
                self.usage = event.usage
            case turns.ReplyEnded():
                self.has_ended = True
                self.stop = str(event.stop_reason)
                self.usage = merged(self.usage, event.usage)
            case Failure():
                self.failure = event
            case _:
                pass


class PassRelay(_Watch):
    """The same API on both sides. Events are read only to know the end, the usage and a cut."""

    def __init__(self, dialect: Dialect, asked: str) -> None:
        super().__init__()
        self._decoder = dialect.stream_decoder()
        self._member = dialect.model_member
        self._asked = asked
        self._renaming: EventRenaming | None = None
        """Once the upstream said which model it is."""
        self._partial = b""
        self._held: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Whole events that arrived before the end, with the caller's model name."""
        buffer = self._partial + data if self._partial else data
        if self.is_over():
            self._partial = b""
            self._hold(buffer)
            return b""
        sent = self._decoder.skip(buffer, 0)
        while end := self._decoder.event_end(buffer, sent):
            for event in self._decoder.feed(buffer[sent:end]):
                self.see(event)
            if self.is_over():
                self._partial = b""
                self._hold(buffer[sent:])
                return self._rename(buffer[:sent])
            sent = self._decoder.skip(buffer, end)
        self._partial = buffer[sent:]
        return self._rename(buffer[:sent])

    def close(self) -> bytes:
        """The held end. Where the answer was cut, `failure` is set and a half event is not passed on."""
        for event in self._decoder.feed(self._partial) if self._partial else ():
            self.see(event)
        for event in self._decoder.close():
            self.see(event)
        held = b"".join(self._held)
        return held + self._rename(self._partial) if self.has_ended else held

    def _hold(self, data: bytes) -> None:
        # A failure with a code is one we found, not one the upstream told: its bytes say nothing of it.
        self.is_failure_told = self.failure is not None and not self.failure.code
        if self.failure is None or self.is_failure_told:
            self._held.append(self._rename(data))

    def losses(self) -> Sequence[Loss]:
        """Nothing is lost where bytes pass."""
        return ()

    def _rename(self, block: bytes) -> bytes:
        if not (self.served and self._member):
            return block
        if self._renaming is None or self._renaming.was != self.served:
            self._renaming = EventRenaming(self._member, self.served, self._asked)
        return self._renaming(block)


class TurnsRelay(_Watch):
    """Different APIs: events are read from one and written in the other."""

    def __init__(
        self,
        source: Dialect,
        target: Dialect,
        request: turns.Request,
        asked: str,
        request_id: str,
        shapers: Sequence[shaping.Shaper] = (),
        *,
        is_constrained: bool,
    ) -> None:
        super().__init__()
        self._decoder = source.stream_decoder()
        self._encoder = target.stream_encoder(wants_usage=request.wants_stream_usage)
        self._interpreter = shaping.StreamInterpreter(request) if is_constrained else None
        self._shapers = shapers
        self._sees_text = any(shaper.sees_text for shaper in shapers)
        self._is_plain = False
        """The last event was text that no shaper has to see: neither does one that follows it."""
        self._asked = asked
        self._request_id = request_id
        self._end = b""

    def feed(self, data: bytes) -> bytes:
        """The caller's events for what arrived, up to the end."""
        return self._written(self._decoder.feed(data))

    def close(self) -> bytes:
        """The caller's last events."""
        last = b"" if self.is_cut else self._written(self._decoder.close())
        return last + self._end

    def losses(self) -> Sequence[Loss]:
        """What either side could not carry, or the gateway took out."""
        shaped = [loss for shaper in self._shapers for loss in shaper.losses]
        return (*self._decoder.losses, *shaped, *self._encoder.losses)

    def _written(self, events: Sequence[turns.Event]) -> bytes:
        written = self._write(events)
        failure = self._encoder.failure
        if failure is not None and self.failure is None:
            # What was written says so already: nothing that comes later can be told the caller.
            self.failure = failure
            self.is_failure_told = self.is_cut = True
            self.has_ended = False
        return written

    def _write(self, events: Sequence[turns.Event]) -> bytes:
        written: list[bytes] = []
        if self._interpreter is not None:
            events = [meant for event in events for meant in self._interpreter.feed(event)]
        for event in events:
            if type(event) is turns.TextDelta:
                if self._is_plain and self.failure is None:
                    written.append(self._encoder.encode(event))
                    continue
                self._is_plain = not self._sees_text
            else:
                self._is_plain = False
            for shaped in self._shaped(event):
                if self.is_over():
                    return b"".join(written)
                self._tell(shaped, written)
                self.is_cut = self.has_ended and not isinstance(event, turns.ReplyEnded)
        return b"".join(written)

    def _shown(self, event: turns.Event) -> turns.Event:
        """With the caller's name of the model, and an id where the upstream gives its answers none."""
        if not isinstance(event, turns.ReplyStarted):
            return event
        return replace(event, model=self._asked, id=event.id or self._request_id)

    def _shaped(self, event: turns.Event) -> Sequence[turns.Event]:
        events: Sequence[turns.Event] = (event,)
        for shaper in self._shapers:
            events = [passed for one in events for passed in shaper.feed(one)]
        return events

    def _tell(self, event: turns.Event, written: list[bytes]) -> None:
        self.see(event)
        if self.failure is not None:
            return
        encoded = self._encoder.encode(self._shown(event))
        if isinstance(event, turns.ReplyEnded):
            self._end += encoded
        else:
            written.append(encoded)


def merged(early: turns.Usage, late: turns.Usage) -> turns.Usage:
    """What was said last counts; what was never said stays unknown."""
    return turns.Usage(
        input=early.input if late.input is None else late.input,
        output=early.output if late.output is None else late.output,
        cache_read=early.cache_read if late.cache_read is None else late.cache_read,
        cache_write=early.cache_write if late.cache_write is None else late.cache_write,
        reasoning=early.reasoning if late.reasoning is None else late.reasoning,
    )


@lru_cache(maxsize=256)
def is_of_type(content_type: str, media_type: str) -> bool:
    """Whether both name the same media type; parameters do not count."""
    one, other = (text.partition(";")[0].strip().lower() for text in (content_type, media_type))
    return one == other


def parsed_object(body: bytes) -> dict[str, object] | None:
    """The JSON object in `body`, or None."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
