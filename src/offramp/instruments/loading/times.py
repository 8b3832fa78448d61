"""Dates and times as documents write them: a date means a day in the document's zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from offramp.core.instants import Instant
from offramp.core.yaml_values import Value


def zone_of(value: Value | None) -> ZoneInfo | None:
    """The document's zone. None where the document names none: its dates are in UTC."""
    if value is None:
        return None
    name = value.text()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        value.problem("zone-unknown", f"no time zone `{name}`", "write a name such as America/New_York")
        return None


def begins(value: Value, zone: ZoneInfo | None) -> Instant | None:
    """The first instant meant: a date is the start of that day in the zone."""
    return _instant(value, zone, days=0)


def ends(value: Value, zone: ZoneInfo | None) -> Instant | None:
    """The first instant no longer meant: a date is the end of that day in the zone."""
    return _instant(value, zone, days=1)


def _instant(value: Value, zone: ZoneInfo | None, *, days: int) -> Instant | None:
    text = value.raw.strip()
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=days)
            return datetime.combine(day, time(), zone or UTC).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        value.problem(
            "instant-unreadable",
            f"`{text}` is not a date or a time",
            "write 2026-03-05, or 2026-03-05T17:01-05:00 with its offset",
        )
        return None
    if moment.tzinfo is None:
        if zone is None:
            value.problem(
                "instant-without-zone",
                f"`{text}` has a time but no offset, and the document names no zone",
                f"write {text}-05:00, or `zone: America/New_York` at the top",
            )
            return None
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)
