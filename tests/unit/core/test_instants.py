"""Instants: what a date and a time mean."""

from datetime import UTC, datetime

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import days_between, format_instant, parse_instant


def test_a_bare_date_means_the_end_of_that_day() -> None:
    assert parse_instant("2026-03-05") == datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)


def test_a_time_is_read_with_its_offset() -> None:
    assert format_instant(parse_instant("2026-02-27T17:01-05:00")) == "2026-02-27T22:01:00Z"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-03-05T10:00", "instant-without-zone"),
        ("tomorrow", "instant-unreadable"),
        ("2026-13-01", "instant-unreadable"),
        ("0001-01-01T00:00+14:00", "instant-out-of-range"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, code: str) -> None:
    with pytest.raises(OfframpError) as caught:
        parse_instant(text)
    assert caught.value.code == code


def test_days_left_are_rounded_up_and_go_negative() -> None:
    start = parse_instant("2026-03-01T12:00Z")
    assert days_between(start, parse_instant("2026-03-02T12:00Z")) == 1
    assert days_between(start, parse_instant("2026-03-02T13:00Z")) == 2
    assert days_between(start, parse_instant("2026-02-27T12:00Z")) == -2
