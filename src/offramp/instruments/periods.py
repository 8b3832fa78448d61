"""Lengths of time as texts count them: calendar months, days, business days, exact hours.

Days, weeks, months, years and business days are counted from the day a thing begins, in the zone of the
document, and the last of them counts whole; hours and minutes are exact. Which days are business days is
`business_days.py`.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from offramp.core.instants import Instant
from offramp.instruments.business_days import Calendar

_ISO = re.compile(
    r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,5})M)?)?\Z"
)
_WORDS = re.compile(
    r"(?P<count>\d{1,5})\s+(?P<unit>business day|day|week|month|year|hour|minute)s?\Z", re.IGNORECASE
)
_IN_MONTHS = {"year": 12, "month": 1}
_IN_DAYS = {"week": 7, "day": 1}
_IN_MINUTES = {"hour": 60, "minute": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A length of time. Either days and months, or business days, or minutes."""

    text: str
    """As written."""
    months: int = 0
    days: int = 0
    business_days: int = 0
    minutes: int = 0
    is_exact: bool = False
    """Counted in minutes, not in days."""

    @property
    def is_empty(self) -> bool:
        """Whether it has no length."""
        return not (self.months or self.days or self.business_days or self.minutes)

    def times(self, count: int) -> "Period":
        """The same, `count` times over."""
        return replace(
            self,
            months=self.months * count,
            days=self.days * count,
            business_days=self.business_days * count,
            minutes=self.minutes * count,
        )

    def __str__(self) -> str:
        """In words."""
        if self.business_days:
            return _words(self.business_days, "business day")
        if self.is_exact:
            hours, minutes = divmod(self.minutes, 60)
            return _words(self.minutes, "minute") if minutes else _words(hours, "hour")
        parts = [_words(self.months, "month")] if self.months else []
        parts += [_words(self.days, "day")] if self.days or not parts else []
        return " and ".join(parts)


def is_period(text: str) -> bool:
    """Whether `text` is meant as a length of time, well written or not."""
    return text.startswith("P") or bool(re.match(r"\d+\s+[A-Za-z]", text))


def parse_period(text: str) -> Period | None:
    """`P6M`, `P30D`, `P2W`, `PT72H`, `6 months` or `3 business days`; None for anything else."""
    if words := _WORDS.match(text):
        count, unit = int(words["count"]), words["unit"].lower()
        if unit == "business day":
            return Period(text=text, business_days=count)
        return Period(
            text=text,
            months=count * _IN_MONTHS.get(unit, 0),
            days=count * _IN_DAYS.get(unit, 0),
            minutes=count * _IN_MINUTES.get(unit, 0),
            is_exact=unit in _IN_MINUTES,
        )
    iso = _ISO.match(text)
    if iso is None or not any(iso.groupdict().values()):
        return None
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in iso.groups())
    is_exact = "T" in text
    if is_exact and (years or months or weeks or days or text.endswith("T")):
        return None
    return Period(
        text=text,
        months=12 * years + months,
        days=7 * weeks + days,
        minutes=60 * hours + minutes,
        is_exact=is_exact,
    )


def end_of(
    period: Period,
    start: Instant,
    zone: ZoneInfo | None,
    calendar: Calendar | None,
    *,
    is_moved: bool = False,
) -> Instant:
    """The first instant after the period that begins at `start`.

    `is_moved`: where the last day is no business day, the next one counts as the last. Raises `OverflowError`
    for an end no calendar reaches, and `ValueError` for business days without a calendar.
    """
    if period.is_exact:
        return start + timedelta(minutes=period.minutes)
    first = start.astimezone(zone or UTC).date()
    if period.business_days or is_moved:
        if calendar is None:
            raise ValueError("business days are counted in a calendar")
        last = _months_later(first, period.months) + timedelta(days=period.days)
        last = (
            calendar.after(last, period.business_days) if period.business_days else calendar.open_from(last)
        )
    else:
        last = _months_later(first, period.months) + timedelta(days=period.days)
    return day_begins(last + timedelta(days=1), zone)


def day_begins(day: date, zone: ZoneInfo | None) -> Instant:
    """The first instant of a day in a zone, also where clocks change at midnight."""
    return datetime.combine(day, time(), zone or UTC).astimezone(UTC)


def _months_later(day: date, months: int) -> date:
    """The same day of the month that many months later; the last one where that month is shorter."""
    if not months:
        return day
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > date.max.year:
        raise OverflowError("past the last year")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _words(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
