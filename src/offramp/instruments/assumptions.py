"""Which dates rest on times that those who rendered an instrument supplied, because its source gives none."""

from collections.abc import Iterator

from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant
from offramp.instruments.model import Instrument, Instruments, Norm, TimeOf


def assumed_of(
    instruments: Instruments, name: InstrumentId, at: Instant, due: Norm | None = None
) -> Iterator[str]:
    """What the instrument assumes to arrive at `at`, in words; of the duty `due`, its deadline too."""
    one = instruments.instruments[name]
    for each in one.assumed:
        if any(at in _times(one, time) for time in each.times) or (
            due is not None and due.instrument == name and _is_deadline(due, each.times)
        ):
            yield each.what


def _is_deadline(due: Norm, times: tuple[TimeOf, ...]) -> bool:
    """The deadline itself is assumed, or the time it is counted from."""
    if TimeOf.DEADLINE in times:
        return True
    counted = due.duty.of if due.duty and due.duty.within else ""
    return any(counted == time or (counted == "begins" and time is TimeOf.FROM) for time in times)


def _times(one: Instrument, time: TimeOf) -> frozenset[Instant | None]:
    """Every time of this sort the instrument gives, what it does to others and its norms included."""
    forms = [form for norm in one.norms for form in norm.forms]
    match time:
        case TimeOf.ISSUED:
            return frozenset({one.issued_at})
        case TimeOf.ANNOUNCED:
            return frozenset({one.announced_at})
        case TimeOf.SERVED:
            return frozenset(one.served_at.values())
        case TimeOf.FROM:
            acts = [*(stay.from_at for stay in one.stays), *(ending.from_at for ending in one.ends)]
            acts += [settlement.from_at for settlement in one.settles]
            return frozenset({one.from_at, *acts, *(form.from_at for form in forms)})
        case TimeOf.UNTIL:
            acts = [*(stay.until_at for stay in one.stays), *(each.until_at for each in one.extends)]
            return frozenset({one.until_at, *acts, *(form.until_at for form in forms)})
        case TimeOf.DEADLINE:
            return frozenset(norm.duty.by_at for norm in one.norms if norm.duty)
