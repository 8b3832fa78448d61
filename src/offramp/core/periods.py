"""Retention periods: a number with its unit, such as `30 days` or `2 years`. Pure."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

_FORM = re.compile(r"(?P<number>[1-9][0-9]{0,4}) (?P<unit>day|week|month|year)s?", re.ASCII)


class Unit(StrEnum):
    """What a period is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """So many days, weeks, months or years, by the calendar in UTC."""

    number: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `30 days`. Raises `ValueError`."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"`{text}` is not a number with days, weeks, months or years")
        return cls(int(found["number"]), Unit(found["unit"]))

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"

    def after(self, day: date) -> date:
        """The day on which the period that begins at `day` is over; the last of time where there is none."""
        try:
            if self.unit is Unit.DAY:
                return day + timedelta(days=self.number)
            if self.unit is Unit.WEEK:
                return day + timedelta(weeks=self.number)
            months = self.number * (12 if self.unit is Unit.YEAR else 1) + day.month - 1
            year, month = day.year + months // 12, months % 12 + 1
            return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
        except (OverflowError, ValueError):
            return date.max
