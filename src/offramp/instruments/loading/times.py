"""Dates and times as documents write them: a date means a day in the document's zone."""

from collections.abc import Mapping
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


def bounds(fields: Mapping[str, Value], zone: ZoneInfo | None) -> tuple[Instant | None, Instant | None]:
    """What `from` and `until` mean. An end before its beginning is a problem: it would never count."""
    start = begins(fields["from"], zone) if "from" in fields else None
    end = ends(fields["until"], zone) if "until" in fields else None
    if start is not None and end is not None and end <= start:
        fields["until"].problem(
            "until-before-from",
            f"`until` {fields['until'].raw} is before `from` {fields['from'].raw}, so this never counts",
            "correct one of the two",
        )
    return start, end


def _instant(value: Value, zone: ZoneInfo | None, *, days: int) -> Instant | None:
    text = value.raw.strip()
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=days)
            return datetime.combine(day, time(), zone or UTC).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except OverflowError:
        value.problem("instant-out-of-range", f"`{text}` is too far away", "leave it out: no end is no date")
        return None
    except ValueError:
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
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            value.problem(
                "instant-ambiguous",
                f"clocks in {zone.key} change at `{text}`: there is no such time that day, or there are two",
                f"write the offset, for example {text}-05:00",
            )
            return None
    return _in_utc(moment, value)


def _in_utc(moment: datetime, value: Value) -> Instant | None:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        value.problem("instant-out-of-range", f"`{value.raw}` is too far away", "write a nearer one")
        return None
