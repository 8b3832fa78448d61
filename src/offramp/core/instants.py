"""Points in time: aware UTC, to the microsecond. The only module that reads the system clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from offramp.core.errors import OfframpError

Instant = datetime
"""Always aware and in UTC. Make one with `parse_instant` or `now`."""

Clock = Callable[[], Instant]
"""Handed to whatever needs the time, so that tests and `--at` can choose it."""


def now() -> Instant:
    """The present instant, from the system clock."""
    return datetime.now(UTC)


def clock_from(at: Instant) -> Clock:
    """A clock that starts at `at` and runs at the speed of the system clock."""
    offset = at - now()
    return lambda: now() + offset


def parse_instant(text: str) -> Instant:
    """Read `2026-03-05`, `2026-03-05T17:01-05:00` or `2026-03-05T22:01:00Z`.

    A bare date means the last second of that day in UTC: "as of the end of that day". A time needs an
    offset, because a deadline an hour off is a different deadline.
    """
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise OfframpError(
            "instant-unreadable",
            f"`{text}` is not a date or a time",
            help="write 2026-03-05, or 2026-03-05T17:01-05:00 with its offset",
        ) from None
    if moment.tzinfo is None:
        raise OfframpError(
            "instant-without-zone",
            f"`{text}` has a time but no offset",
            help=f"add the offset, for example {text}Z or {text}-05:00",
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise OfframpError(
            "instant-out-of-range", f"`{text}` is too far away", help="write a year from 2 to 9998"
        ) from None


def from_seconds(seconds: int) -> Instant:
    """The instant so many seconds after the first moment of 1970. Raises `ValueError` after 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError(f"{seconds} seconds after 1970 is no time") from None


def format_instant(at: Instant) -> str:
    """RFC 3339 in UTC with `Z`; microseconds only where there are any."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return f"{at.isoformat()[:-6]}Z"


def days_between(start: Instant, end: Instant) -> int:
    """Whole days from `start` to `end`, rounded up; negative when `end` has passed."""
    return -((start - end) // timedelta(days=1))
