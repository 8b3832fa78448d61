"""Calendars: RFC 5545 line ends, folding and escapes."""

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant
from offramp.report import Document, render


def document(body: dict[str, object]) -> Document:
    return Document(
        schema="offramp/plan/v1",
        title="t",
        at=parse_instant("2026-03-05T10:00Z"),
        body=body,
        scope="s",
        method="m",
        gaps=(),
    )


def event(summary: str) -> dict[str, str]:
    return {
        "uid": "a@offramp",
        "date": "2026-08-26",
        "summary": summary,
        "description": "one\ntwo; three, \\",
    }


def test_an_event_is_a_day() -> None:
    text = render(document({"events": [event("Permit desk has to be off")]}), "ics")
    assert text.splitlines() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//offramp//plan//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        "UID:a@offramp",
        "DTSTAMP:20260305T100000Z",
        "DTSTART;VALUE=DATE:20260826",
        "SUMMARY:Permit desk has to be off",
        "DESCRIPTION:one\\ntwo\\; three\\, \\\\",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("summary", ["x" * 300, "€" * 120, "🚢" * 90, "a\u0007b" * 60])
def test_long_lines_are_folded_and_unfold_to_themselves(summary: str) -> None:
    text = render(document({"events": [event(summary)]}), "ics")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "")
    assert f"SUMMARY:{summary.replace(chr(7), '')}\r\n" in unfolded


def test_a_document_without_dates_has_no_calendar() -> None:
    with pytest.raises(OfframpError) as caught:
        render(document({}), "ics")
    assert caught.value.code == "format-without-dates"
