"""Which days are business days, by a calendar that has a name. The holidays are the `holidays` library's.

A calendar is `weekdays`, `us-federal`, a country (`DE`) or one of its parts (`DE-BY`), or one a document
makes from another by closing and opening days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays.holiday_base import HolidayBase

WEEKDAYS = "weekdays"
_NAMED: Mapping[str, tuple[str, str | None]] = {"us-federal": ("US", None)}
_SATURDAY = 5
_FARTHEST_YEARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Business days under a name."""

    name: str
    like: str
    """The calendar it is made from; itself where nothing is changed."""
    closed: frozenset[date] = field(default_factory=frozenset)
    opened: frozenset[date] = field(default_factory=frozenset)

    def is_open(self, day: date) -> bool:
        """Whether it is a business day."""
        if day in self.closed or day in self.opened:
            return day in self.opened
        if self.like == WEEKDAYS:
            return day.weekday() < _SATURDAY
        return _holidays(self.like).is_working_day(day)

    def open_from(self, day: date) -> date:
        """The day itself, or the next business day."""
        return day if self.is_open(day) else self.after(day, 1)

    def after(self, day: date, count: int) -> date:
        """The business day that is the `count`th after `day`. Raises `OverflowError` past all calendars."""
        last = day + timedelta(days=366 * _FARTHEST_YEARS)
        while count:
            day += timedelta(days=1)
            count -= self.is_open(day)
            if day > last:
                raise OverflowError("too many business days")
        return day


def named_calendar(name: str) -> Calendar | None:
    """The calendar with this name, or None."""
    if name != WEEKDAYS:
        try:
            _holidays(name)
        except (NotImplementedError, KeyError, ValueError):
            return None
    return Calendar(name=name, like=name)


@lru_cache(maxsize=64)
def _holidays(name: str) -> "HolidayBase":
    # The library is slow to import, and few documents count business days.
    import holidays

    country, part = _NAMED.get(name, (None, None))
    if country is None:
        if not name.isupper():
            raise KeyError(name)
        country, _, subdivision = name.partition("-")
        part = subdivision or None
    return holidays.country_holidays(country, subdiv=part)
