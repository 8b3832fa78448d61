"""When a norm counts: interval, notice, knowledge, stays, extensions, endings. No conditions.

What an instrument does to another (stays, ends, extends, settles) has a time of its own, which may lie before
the instrument itself: then it works back. Deadlines are `deadlines.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from offramp.core.ids import InstrumentId, NormId
from offramp.core.instants import Instant
from offramp.instruments.acts import ExtensionOf
from offramp.instruments.deadlines import SECOND, deadlines, served_times
from offramp.instruments.model import Form, Instrument, Instruments, Norm, Status
from offramp.instruments.periods import end_of

LAST = datetime.max.replace(tzinfo=UTC)
"""Where an extension runs past all calendars."""
Parties = frozenset[str] | None
"""Who asks, closed upwards; None: nobody in particular, whom only what is for everybody reaches."""


class State(StrEnum):
    """Where a norm stands at an instant."""

    IN_FORCE = "in force"
    STAYED = "stayed"
    NOT_YET = "not yet"
    EXPIRED = "expired"
    NOT_SERVED = "not served"
    NOT_KNOWN = "not known then"
    NEVER_BINDS = "never binds"
    UNKNOWN_NORM = "unknown norm"


@dataclass(frozen=True, slots=True)
class Standing:
    """A state, and the instruments that put the norm there."""

    state: State
    by: tuple[InstrumentId, ...] = ()
    note: str = ""

    @property
    def is_live(self) -> bool:
        """Whether the norm counts."""
        return self.state is State.IN_FORCE


@dataclass(frozen=True, slots=True)
class Moment:
    """As of which instant, known when, and from which notice on a norm counts."""

    at: Instant
    known: Instant | None = None
    """None: everything loaded is known."""
    is_served: bool = False
    """Count a norm from when it was served on the party, not from when it was announced."""


IN_FORCE = Standing(State.IN_FORCE)


def standing(instruments: Instruments, norm: Norm, form: Form, moment: Moment, parties: Parties) -> Standing:
    """Where one form of a norm stands for `parties` (closed upwards); None: for no party in particular."""
    instrument = instruments.instruments[norm.instrument]
    asked = _Asked(instruments, moment, parties)
    ground = asked.ground(instrument, instrument.from_at, (norm.id, norm.instrument), frozenset())
    if not ground.is_live:
        return ground
    if form.from_at is not None and moment.at < form.from_at:
        return Standing(State.NOT_YET)
    until = asked.latest_end((norm.id,), form.until_at, frozenset())
    if until is not None and moment.at >= until:
        return Standing(State.EXPIRED)
    notice = _notice(instrument, moment, parties)
    if not notice.is_live:
        return notice
    return asked.stayed((norm.id, norm.instrument), frozenset())


def settled(
    instruments: Instruments, moment: Moment, parties: Parties = None
) -> dict[str, tuple[str, InstrumentId]]:
    """Questions a live ruling has settled: the option, and which ruling. The one that began last counts.

    Where two that began at one instant differ, the question stays open: neither is picked.
    """
    asked = _Asked(instruments, moment, parties)
    found: dict[str, list[tuple[Instant | None, str, InstrumentId]]] = {}
    for one in instruments.instruments.values():
        for each in one.settles:
            since = each.from_at or one.from_at
            if _reaches(each.parties, parties) and asked.acts(one, since, frozenset()):
                found.setdefault(each.question, []).append((since, each.option, one.id))
    answers = {}
    for question, rulings in found.items():
        latest = max(rulings, key=lambda one: (one[0] is not None, one[0]))[0]
        last = sorted((by, option) for since, option, by in rulings if since == latest)
        if len({option for _, option in last}) == 1:
            answers[question] = (last[0][1], last[0][0])
    return answers


def change_points(instruments: Instruments) -> tuple[Instant, ...]:
    """Every instant at which an answer can change, in order. Between two of them nothing does."""
    return tuple(sorted({at for at in _instants(instruments) if at is not None}))


def _instants(instruments: Instruments) -> Iterator[Instant | None]:
    for one in instruments.instruments.values():
        yield from (one.issued_at, one.announced_at, one.known_at, one.from_at, one.until_at)
        yield from one.served_at.values()
        for stay in one.stays:
            yield from (stay.from_at, stay.until_at)
        for ending in one.ends:
            yield ending.from_at
        for settlement in one.settles:
            yield settlement.from_at
        yield from _extended(instruments, one)
        for norm in one.norms:
            for form in norm.forms:
                yield from (form.from_at, form.until_at)
                yield from deadlines(instruments, norm, form)
    for end in instruments.ends:
        yield end.until_at


def _extended(instruments: Instruments, one: Instrument) -> Iterator[Instant | None]:
    """Ends of what it extends, under every choice of readings and whichever extensions count."""
    for extension in one.extends:
        if extension.by is None:
            yield extension.until_at
            continue
        named = instruments.instruments.get(InstrumentId(extension.target))
        norm = instruments.norms.get(NormId(extension.target))
        ends = {named.until_at} if named else {form.until_at for form in norm.forms} if norm else set()
        others = [
            each
            for other in instruments.acting.get(extension.target, ())
            if other in instruments.instruments
            for each in instruments.instruments[other].extends
            if each.target == extension.target
        ]
        for _ in others:
            ends |= {_later(each, end) for each in others for end in ends if end is not None}
        yield from ends


def _later(extension: ExtensionOf, end: Instant) -> Instant:
    if extension.by is None:
        return max(end, extension.until_at or end)
    try:
        return end_of(extension.by, end - SECOND, extension.zone, extension.calendar)
    except OverflowError:
        return LAST


@dataclass(frozen=True, slots=True)
class _Asked:
    """One moment, asked for one set of parties.

    `asking` names the instruments whose standing is being asked further up: they are not asked again. Loading
    refuses circles of instruments that act on each other, so nothing ever hangs on that.
    """

    instruments: Instruments
    moment: Moment
    parties: Parties

    def ground(
        self, one: Instrument, since: Instant | None, names: tuple[str, ...], asking: frozenset[str]
    ) -> Standing:
        """Where an instrument stands, stays and notice apart, for something that begins at `since`."""
        moment = self.moment
        if not one.kind.can_bind:
            return Standing(State.NEVER_BINDS, note=f"a {one.kind} never binds")
        if one.status in (Status.PROPOSED, Status.WITHDRAWN):
            return Standing(State.NEVER_BINDS, note=str(one.status))
        if one.why_draft:
            return Standing(State.NEVER_BINDS, note=one.why_draft)
        if moment.known is not None and one.known_at is not None and one.known_at > moment.known:
            return Standing(State.NOT_KNOWN)
        if since is not None and moment.at < since:
            return Standing(State.NOT_YET)
        until = self.latest_end((one.id,), one.until_at, asking)
        if until is not None and moment.at >= until:
            return Standing(State.EXPIRED)
        return self._ended((*names, one.id), asking | {one.id})

    def acts(self, one: Instrument, since: Instant | None, asking: frozenset[str]) -> bool:
        """Whether something it does from `since` on counts: it is live, and not stayed itself."""
        if one.id in asking or not self.ground(one, since, (one.id,), asking).is_live:
            return False
        return self.stayed((one.id,), asking | {one.id}).is_live

    def stayed(self, names: tuple[str, ...], asking: frozenset[str]) -> Standing:
        """In force, or stayed and by which instruments."""
        at = self.moment.at
        staying = {
            other.id
            for other in self._acting_on(names)
            for stay in other.stays
            if stay.target in names
            and _within(at, stay.from_at, stay.until_at)
            and _reaches(stay.parties, self.parties)
            and self.acts(other, stay.from_at or other.from_at, asking | set(names))
        }
        if not staying:
            return IN_FORCE
        by = tuple(sorted(staying))
        return Standing(State.STAYED, by, f"stayed by {', '.join(by)}")

    def latest_end(
        self, names: tuple[str, ...], until: Instant | None, asking: frozenset[str]
    ) -> Instant | None:
        """The end with every live extension, those that began first put on first."""
        if until is None:
            return None
        found = [
            (other.from_at, other.id, extension)
            for other in self._acting_on(names)
            for extension in other.extends
            if extension.target in names
            and _reaches(extension.parties, self.parties)
            and self.acts(other, other.from_at, asking | set(names))
        ]
        for _, _, extension in sorted(found, key=lambda one: (one[0] is not None, one[0], one[1])):
            until = _later(extension, until)
        return until

    def _ended(self, names: tuple[str, ...], asking: frozenset[str]) -> Standing:
        found = {
            (other.id, ending.is_replaced)
            for other in self._acting_on(names)
            for ending in other.ends
            if ending.target in names
            and other.id not in asking
            and _reaches(ending.parties, self.parties)
            and self.acts(other, ending.from_at or other.from_at, asking)
        }
        if not found:
            return IN_FORCE
        by = tuple(sorted({name for name, _ in found}))
        word = "superseded" if any(is_replaced for _, is_replaced in found) else "ended"
        return Standing(State.EXPIRED, by, f"{word} by {', '.join(by)}")

    def _acting_on(self, names: tuple[str, ...]) -> Iterator[Instrument]:
        acting = self.instruments.acting
        for by in dict.fromkeys(one for name in names for one in acting.get(name, ())):
            if by in self.instruments.instruments:
                yield self.instruments.instruments[by]


def _notice(instrument: Instrument, moment: Moment, parties: Parties) -> Standing:
    if not moment.is_served:
        announced = instrument.announced_at
        if announced is not None and moment.at < announced:
            return Standing(State.NOT_YET, note="not yet announced")
        return IN_FORCE
    if parties is None:
        return IN_FORCE
    is_counted = instrument.status is not Status.ANNOUNCED
    served = next(served_times(instrument, parties), None) if is_counted else None
    latest = moment.at if moment.known is None else min(moment.at, moment.known)
    if served is not None and served <= latest:
        return IN_FORCE
    return Standing(State.NOT_SERVED, note="not known to have been served on this party by then")


def _reaches(listed: tuple[str, ...], parties: Parties) -> bool:
    if not listed:
        return True
    if parties is None:
        return False
    return any(name in parties for name in listed)


def _within(at: Instant, start: Instant | None, end: Instant | None) -> bool:
    return (start is None or at >= start) and (end is None or at < end)
