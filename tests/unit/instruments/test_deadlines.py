"""Until when a duty is to be done: counted from what, for whom, and again and again."""

import pytest

from offramp.core.instants import format_instant, parse_instant
from offramp.instruments import Instruments, Source, binds, change_points, load
from offramp.instruments.deadlines import counted, deadlines
from offramp.instruments.model import Norm


def loaded(duty: str, rest: str = "", top: str = "") -> Instruments:
    return load(
        [
            Source(
                "x.yaml",
                f"schema: offramp.instruments/v1\nzone: America/New_York\ncalendar: us-federal\n{top}"
                "instruments:\n"
                "  - {id: order, kind: order, title: t, issuer: i, basis: text, source: {document: d},\n"
                f"     issued: 2026-03-03, announced: 2026-03-05T16:00, {rest}\n"
                "     norms: [{id: tell, effect: oblige, binds: {kinds: [company]}, vendor: v, action: use,\n"
                f"     quote: q, duty: {{{duty}}}}}]}}\n",
            )
        ]
    )


def only(instruments: Instruments) -> Norm:
    (norm,) = instruments.norms.values()
    return norm


def due(instruments: Instruments) -> list[str]:
    norm = only(instruments)
    return [format_instant(at) for at in deadlines(instruments, norm, norm.forms[0])]


@pytest.mark.parametrize(
    ("duty", "rest", "expected"),
    [
        ("by: 2026-04-01", "", ["2026-04-02T03:59:59Z"]),
        ("by: 2026-04-01T17:01", "", ["2026-04-01T21:00:59Z"]),
        ("by: {within: P30D, of: issued}", "", ["2026-04-03T03:59:59Z"]),
        ("within_days: 30", "", ["2026-04-05T03:59:59Z"]),  # announced after it was issued
        ("within: P30D", "", ["2026-04-05T03:59:59Z"]),
        ("within: P30D, of: issued", "", ["2026-04-03T03:59:59Z"]),
        ("within: P30D, of: announced", "", ["2026-04-05T03:59:59Z"]),
        ("within: P30D, of: 2026-03-10", "", ["2026-04-10T03:59:59Z"]),
        ("within: 3 business days, of: announced", "", ["2026-03-11T03:59:59Z"]),
        ("within: 3 business days, of: announced, calendar: weekdays", "", ["2026-03-11T03:59:59Z"]),
        ("within: PT3H, of: announced", "", ["2026-03-05T23:59:59Z"]),
        ("within: P2D, of: announced, moved: true", "", ["2026-03-10T03:59:59Z"]),  # the 7th is a Saturday
        ("within: P2D, of: announced", "", ["2026-03-08T04:59:59Z"]),
        ("within: P3D, after: a covered article is found", "", []),
        ("within: P10D, of: served", "", []),
        (
            "within: P10D, of: served",
            "served: {supplier: 2026-03-10, partner: 2026-03-12, contractor: no},",
            ["2026-03-21T03:59:59Z", "2026-03-23T03:59:59Z"],
        ),
        (
            "every: P3M",
            "until: 2026-12-31,",
            ["2026-06-06T03:59:59Z", "2026-09-06T03:59:59Z", "2026-12-06T04:59:59Z"],
        ),
        ("towards: somebody", "", []),
    ],
)
def test_deadlines(duty: str, rest: str, expected: list[str]) -> None:
    assert due(loaded(duty, rest)) == expected


def test_a_day_a_document_closes_is_no_business_day() -> None:
    top = "calendars: {court: {like: us-federal, closed: [2026-03-06], opened: [2026-03-08]}}\n"
    duty = "within: 2 business days, of: announced, calendar: court"
    assert due(loaded(duty, top=top)) == ["2026-03-10T03:59:59Z"]


def test_each_party_has_the_deadline_of_its_own_service() -> None:
    instruments = loaded("within: P10D, of: served", "served: {supplier: 2026-03-10, partner: 2026-03-12},")
    for user, day in (("supplier", "2026-03-21"), ("partner", "2026-03-23"), ("company", "")):
        (binding,) = binds(instruments, user=(user,), at=parse_instant("2026-03-15"))
        found = binding.deadline_at
        assert (format_instant(found)[:10] if found else "") == day


def test_a_duty_that_comes_again_shows_the_next_time() -> None:
    instruments = loaded("every: P3M", "until: 2026-12-31,")
    (binding,) = binds(instruments, user=("company",), at=parse_instant("2026-07-01"))
    assert binding.deadline_at == parse_instant("2026-09-06T03:59:59Z")


def test_a_duty_of_an_event_is_counted_from_when_it_happens() -> None:
    instruments = loaded("within: 3 business days, after: a covered article is found")
    duty = only(instruments).duty
    assert duty is not None
    assert duty.within is not None
    last = counted(duty, duty.within, parse_instant("2026-07-01T15:00Z"))
    assert format_instant(last) == "2026-07-08T03:59:59Z"


def test_deadlines_are_change_points() -> None:
    assert parse_instant("2026-04-05T03:59:59Z") in change_points(loaded("within: P30D"))


def test_far_periods_end_nowhere_and_stop_nothing() -> None:
    instruments = loaded("within: P9999D, of: served", "served: {company: 9990-01-01},")
    assert due(instruments) == []
