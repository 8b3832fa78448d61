"""When a norm counts: interval, notice, knowledge, stays, extensions, what supersedes it. No conditions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant
from offramp.instruments.model import Form, Instrument, Instruments, Norm, Status

SECOND = timedelta(seconds=1)


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


def standing(
    instruments: Instruments, norm: Norm, form: Form, moment: Moment, parties: frozenset[str] | None
) -> Standing:
    """Where one form of a norm stands for `parties` (closed upwards); None: for no party in particular."""
    instrument = instruments.instruments[norm.instrument]
    ground = _instrument_standing(instruments, instrument, moment, (norm.id, norm.instrument), frozenset())
    if not ground.is_live:
        return ground
    if form.from_at is not None and moment.at < form.from_at:
        return Standing(State.NOT_YET)
    until = _latest_end(instruments, (norm.id,), form.until_at, moment, frozenset())
    if until is not None and moment.at >= until:
        return Standing(State.EXPIRED)
    notice = _notice(instrument, moment, parties)
    if not notice.is_live:
        return notice
    return _stayed(instruments, (norm.id, norm.instrument), moment, parties, frozenset())


def settled(instruments: Instruments, moment: Moment) -> dict[str, tuple[str, InstrumentId]]:
    """Questions a live ruling has settled: the option, and which ruling. The latest ruling counts."""
    rulings = sorted(
        (
            one
            for one in instruments.instruments.values()
            if one.settles and _acts(instruments, one, moment, frozenset())
        ),
        key=lambda one: (one.from_at is not None, one.from_at, one.id),
    )
    return {question: (option, one.id) for one in rulings for question, option in one.settles.items()}


def deadline(instruments: Instruments, norm: Norm, form: Form) -> Instant | None:
    """The last second in which a duty can be done in time: of its date, or of the last day counted."""
    duty = norm.duty
    if duty is None:
        return None
    if duty.by_at is not None:
        return duty.by_at - SECOND
    start = form.from_at or _start(instruments.instruments[norm.instrument])
    if duty.within_days is None or start is None:
        return None
    zone = ZoneInfo(duty.zone)
    day = start.astimezone(zone).date() + timedelta(days=duty.within_days + 1)
    return datetime.combine(day, time(), zone).astimezone(UTC) - SECOND


def change_points(instruments: Instruments) -> tuple[Instant, ...]:
    """Every instant at which an answer can change, in order. Between two of them nothing does."""
    return tuple(sorted({at for at in _instants(instruments) if at is not None}))


def _instants(instruments: Instruments) -> Iterator[Instant | None]:
    for one in instruments.instruments.values():
        yield from (one.issued_at, one.announced_at, one.known_at, one.from_at, one.until_at)
        yield from one.served_at.values()
        for stay in one.stays:
            yield from (stay.from_at, stay.until_at)
        for extension in one.extends:
            yield extension.until_at
        for norm in one.norms:
            for form in norm.forms:
                yield from (form.from_at, form.until_at, deadline(instruments, norm, form))
    for end in instruments.ends:
        yield end.until_at


def _start(instrument: Instrument) -> Instant | None:
    times = [at for at in (instrument.from_at, instrument.announced_at) if at is not None]
    return max(times, default=None)


def _instrument_standing(
    instruments: Instruments, one: Instrument, moment: Moment, names: tuple[str, ...], asking: frozenset[str]
) -> Standing:
    if not one.kind.can_bind:
        return Standing(State.NEVER_BINDS, note=f"a {one.kind} never binds")
    if one.status in (Status.PROPOSED, Status.WITHDRAWN):
        return Standing(State.NEVER_BINDS, note=str(one.status))
    if one.why_draft:
        return Standing(State.NEVER_BINDS, note=one.why_draft)
    if moment.known is not None and one.known_at is not None and one.known_at > moment.known:
        return Standing(State.NOT_KNOWN)
    if one.from_at is not None and moment.at < one.from_at:
        return Standing(State.NOT_YET)
    until = _latest_end(instruments, (one.id,), one.until_at, moment, asking)
    if until is not None and moment.at >= until:
        return Standing(State.EXPIRED)
    asking = asking | {one.id}
    later = [
        other.id
        for other in instruments.instruments.values()
        if other.id not in asking
        and any(name in other.supersedes for name in (*names, one.id))
        and _acts(instruments, other, moment, asking)
    ]
    if later:
        return Standing(State.EXPIRED, tuple(sorted(later)), f"superseded by {', '.join(sorted(later))}")
    return IN_FORCE


def _acts(instruments: Instruments, one: Instrument, moment: Moment, asking: frozenset[str]) -> bool:
    """Whether its stays, rulings, extensions and replacements count: it is live, and not stayed itself."""
    if one.id in asking:
        return False
    if not _instrument_standing(instruments, one, moment, (one.id,), asking).is_live:
        return False
    return _stayed(instruments, (one.id,), moment, None, asking | {one.id}).is_live


def _latest_end(
    instruments: Instruments,
    names: tuple[str, ...],
    until: Instant | None,
    moment: Moment,
    asking: frozenset[str],
) -> Instant | None:
    if until is None:
        return None
    later = [
        extension.until_at
        for other in instruments.instruments.values()
        for extension in other.extends
        if extension.target in names
        and other.id not in asking
        and _acts(instruments, other, moment, asking | set(names))
    ]
    return max([until, *later])


def _notice(instrument: Instrument, moment: Moment, parties: frozenset[str] | None) -> Standing:
    if not moment.is_served:
        announced = instrument.announced_at
        if announced is not None and moment.at < announced:
            return Standing(State.NOT_YET, note="not yet announced")
        return IN_FORCE
    if parties is None:
        return IN_FORCE
    times = [
        at
        for party, at in instrument.served_at.items()
        if at is not None
        and (party == "all" or party in parties)
        and instrument.status is not Status.ANNOUNCED
    ]
    if times and moment.at >= min(times):
        return IN_FORCE
    return Standing(State.NOT_SERVED, note="not known to have been served on this party by then")


def _stayed(
    instruments: Instruments,
    names: tuple[str, ...],
    moment: Moment,
    parties: frozenset[str] | None,
    asking: frozenset[str],
) -> Standing:
    staying = []
    for other in instruments.instruments.values():
        for stay in other.stays:
            covers = stay.target in names and _within(moment.at, stay.from_at, stay.until_at)
            if not covers or not _reaches(stay.parties, parties):
                continue
            if other.id not in asking and _acts(instruments, other, moment, asking | set(names)):
                staying.append(other.id)
    if not staying:
        return IN_FORCE
    by = tuple(sorted(set(staying)))
    return Standing(State.STAYED, by, f"stayed by {', '.join(by)}")


def _reaches(listed: tuple[str, ...], parties: frozenset[str] | None) -> bool:
    if not listed:
        return True
    if parties is None:
        return False
    return any(name in parties for name in listed)


def _within(at: Instant, start: Instant | None, end: Instant | None) -> bool:
    return (start is None or at >= start) and (end is None or at < end)
