"""The last moment of a period counted from a day, for dates that a text outside the instruments sets."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from offramp.core.instants import Instant
from offramp.instruments.business_days import named_calendar
from offramp.instruments.periods import end_of, parse_period


def counted_end(period: str, start: Instant, calendar: str, zone: str) -> Instant:
    """The last second of `period` (`3 business days`) counted from the day of `start` in `zone`.

    The day itself is not counted. Raises `ValueError` for a period or a calendar that is none.
    """
    read, days = parse_period(period), named_calendar(calendar)
    if read is None or days is None:
        raise ValueError(f"`{period}` in the calendar `{calendar}` is no period")
    return end_of(read, start, ZoneInfo(zone), days) - timedelta(seconds=1)
