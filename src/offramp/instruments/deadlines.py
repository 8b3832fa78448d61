"""Until when a duty is to be done: from its date, or counted from what its period runs from."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from offramp.core.instants import Instant
from offramp.instruments.model import Duty, Form, Instrument, Instruments, Norm, Status
from offramp.instruments.periods import Period, end_of

SECOND = timedelta(seconds=1)
EVERYBODY = "all"
"""Under `served`: it was served on everybody."""
MOST_REPEATED = 400
"""A duty that comes again is listed so many times where nothing says when it ends."""
FARTHEST = timedelta(days=3660)


def deadline(
    instruments: Instruments,
    norm: Norm,
    form: Form,
    parties: frozenset[str] | None = None,
    after: Instant | None = None,
) -> Instant | None:
    """The last second in which a duty can be done in time: of its date, or of the last day counted.

    For `parties` (closed upwards) where it is counted from service; the next one at `after` or later where it
    comes again. None where there is no deadline, or what it is counted from has no known time.
    """
    found = tuple(deadlines(instruments, norm, form, parties))
    later = [at for at in found if after is None or at >= after]
    return min(later, default=max(found, default=None))


def deadlines(
    instruments: Instruments, norm: Norm, form: Form, parties: frozenset[str] | None = None
) -> Iterator[Instant]:
    """Every deadline: several where a duty comes again, or was served on several at different times.

    One that no calendar reaches is none.
    """
    try:
        yield from _deadlines(instruments.instruments[norm.instrument], norm.duty, form, parties)
    except OverflowError:
        return


def _deadlines(
    instrument: Instrument, duty: Duty | None, form: Form, parties: frozenset[str] | None
) -> Iterator[Instant]:
    if duty is None:
        return
    if duty.by_at is not None:
        yield duty.by_at - SECOND
    elif duty.every is not None:
        ends = [at for at in (form.until_at, instrument.until_at) if at is not None]
        start = form.from_at or _begins(instrument)
        if start is not None:
            until = min(ends, default=start + FARTHEST)
            yield from takewhile(lambda at: at < until, _again(duty, duty.every, start))
    elif duty.within is not None and not duty.after:
        for start in sorted(set(_starts(duty, instrument, form, parties))):
            yield counted(duty, duty.within, start)


def counted(duty: Duty, period: Period, start: Instant) -> Instant:
    """The last second of a period of a duty that runs from `start`, such as an event the duty names."""
    return end_of(period, start, ZoneInfo(duty.zone), duty.calendar, is_moved=duty.is_moved) - SECOND


def _again(duty: Duty, period: Period, start: Instant) -> Iterator[Instant]:
    for count in range(1, MOST_REPEATED + 1):
        yield counted(duty, period.times(count), start)


def _starts(
    duty: Duty, instrument: Instrument, form: Form, parties: frozenset[str] | None
) -> Iterator[Instant]:
    match duty.of:
        case "":
            found = duty.of_at
        case "issued":
            found = instrument.issued_at
        case "announced":
            found = instrument.announced_at
        case "served":
            if instrument.status is not Status.ANNOUNCED:
                yield from served_times(instrument, parties)
            return
        case _:
            found = form.from_at or _begins(instrument)
    if found is not None:
        yield found


def served_times(instrument: Instrument, parties: frozenset[str] | None) -> Iterator[Instant]:
    """When it was first served on `parties`, or for None every time it was served on somebody."""
    times = [
        at
        for party, at in instrument.served_at.items()
        if at is not None and (parties is None or party == EVERYBODY or party in parties)
    ]
    yield from times if parties is None else sorted(times)[:1]


def _begins(instrument: Instrument) -> Instant | None:
    times = [at for at in (instrument.from_at, instrument.announced_at) if at is not None]
    return max(times, default=None)
