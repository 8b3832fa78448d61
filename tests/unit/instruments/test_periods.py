"""Periods and business days against days counted by hand."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from offramp.core.instants import format_instant, parse_instant
from offramp.instruments.business_days import named_calendar
from offramp.instruments.periods import end_of, parse_period

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("period", "start", "last_day"),
    [
        ("P6M", "2026-02-27T21:00:00Z", "2026-08-27"),
        ("6 months", "2026-02-28T04:59:00Z", "2026-08-27"),  # 23:59 on the 27th in New York
        ("P6M", "2026-08-31T12:00:00Z", "2027-02-28"),
        ("P1Y6M", "2026-08-31T12:00:00Z", "2028-02-29"),
        ("P180D", "2026-03-06T12:00:00Z", "2026-09-02"),
        ("P2W", "2026-03-06T12:00:00Z", "2026-03-20"),
        ("P0D", "2026-03-06T12:00:00Z", "2026-03-06"),
        ("3 business days", "2026-07-01T12:00:00Z", "2026-07-07"),  # 3 July is kept as a holiday
        ("1 business day", "2026-11-25T12:00:00Z", "2026-11-27"),  # over Thanksgiving
        ("10 business days", "2026-06-12T12:00:00Z", "2026-06-29"),  # over a weekend and 19 June
        ("1 business day", "2027-12-30T12:00:00Z", "2028-01-03"),  # 1 January 2028 is kept on 31 December
    ],
)
def test_the_last_day_counts_whole(period: str, start: str, last_day: str) -> None:
    read = parse_period(period)
    assert read is not None
    end = end_of(read, parse_instant(start), NEW_YORK, named_calendar("us-federal"))
    local = end.astimezone(NEW_YORK)
    assert (local.hour, local.minute) == (0, 0)
    assert date.fromordinal(local.date().toordinal() - 1).isoformat() == last_day


def test_hours_are_exact_over_a_change_of_clocks() -> None:
    read = parse_period("PT72H")
    assert read is not None
    end = end_of(read, parse_instant("2026-03-06T22:01:00Z"), NEW_YORK, None)
    assert format_instant(end) == "2026-03-09T22:01:00Z"


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "6", "P-3D", "P1DT2H", "3 fortnights", "P1.5M", "P99999999D", "P1D2M", "3business days"],
)
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize(
    ("name", "day", "is_open"),
    [
        ("weekdays", "2026-07-03", True),
        ("weekdays", "2026-07-04", False),
        ("us-federal", "2026-07-03", False),
        ("us-federal", "2026-11-27", True),
        ("DE", "2026-10-03", False),
        ("DE-BY", "2026-01-06", False),
        ("DE", "2026-01-06", True),
        ("IL", "2026-07-03", False),  # a Friday: the weekend there
    ],
)
def test_business_days_by_calendar(name: str, day: str, is_open: bool) -> None:
    calendar = named_calendar(name)
    assert calendar is not None
    assert calendar.is_open(date.fromisoformat(day)) is is_open


@pytest.mark.parametrize("name", ["", "us", "XX", "DE-ZZ", "US-federal", "us-federals"])
def test_calendars_that_do_not_exist(name: str) -> None:
    assert named_calendar(name) is None
