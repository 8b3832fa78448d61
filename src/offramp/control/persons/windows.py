"""Windows of days and the keys that live with them. Pure.

A count over W days is the union of W calendar days (UTC), today's among them. A key is for the days of two
windows: generation g serves days gW to (g+2)W - 1. Every day has two live generations, and the older of them
has been there for the whole window that ends today; when its last day has passed it is destroyed, and what
was counted under it leads to nobody any more.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from offramp.core.instants import Instant

LONGEST_DAYS = 366
"""A fact that names no window is counted over a year, the longest that is kept."""

_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(T.+)?\Z")
_EPOCH = date(1970, 1, 1)


def days_of(window: str) -> int:
    """How many calendar days a period takes in, at most: months have 31, hours begin another day."""
    found = _PERIOD.match(window.strip().upper())
    if not window or found is None:
        return LONGEST_DAYS
    years, months, weeks, days = (int(part or 0) for part in found.groups()[:4])
    whole = years * 366 + months * 31 + weeks * 7 + days + (2 if found.group(5) else 0)
    return min(LONGEST_DAYS, max(1, whole))


@dataclass(frozen=True, slots=True, order=True)
class KeyId:
    """One key: for which length of window, and which generation of it."""

    days: int
    generation: int

    def __str__(self) -> str:
        return f"{self.days}d-{self.generation}"

    @property
    def last_day(self) -> date:
        """The last day it is needed for."""
        return _EPOCH + timedelta(days=(self.generation + 2) * self.days - 1)


def parse_key_id(text: str) -> KeyId:
    """Read what `str` of one gives. Raises `ValueError`."""
    days, _, generation = text.partition("d-")
    return KeyId(int(days), int(generation))


def live(days: int, today: date) -> tuple[KeyId, KeyId]:
    """The two keys of a window's length that are used today, the older first: counts are read under it."""
    newer = (today - _EPOCH).days // days
    return KeyId(days, newer - 1), KeyId(days, newer)


def first_day(days: int, today: date) -> date:
    """The first of the days counted together with today."""
    return today - timedelta(days=days - 1)


def day_of(at: Instant) -> date:
    """The calendar day in UTC."""
    return at.date()
