"""Dates, times and periods as documents write them: a date means a day in the document's zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from offramp.core.instants import Instant
from offramp.core.yaml_values import Fields, Value
from offramp.instruments.business_days import Calendar, named_calendar
from offramp.instruments.periods import Period, day_begins, end_of, is_period, parse_period

BEGINS = "begins"
POINTS = (BEGINS, "issued", "announced")
"""What a period may be counted from, beside a date."""
MEASURED = ("within", "after", "of", "calendar", "moved")
CALENDAR = ("like", "closed", "opened")


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How one place of a document counts time."""

    zone: ZoneInfo | None = None
    calendar: Calendar | None = None
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Those the documents make themselves."""
    points: Mapping[str, Instant | None] = field(default_factory=dict)
    """The instants periods are counted from here, by name."""

    def counted_from(self, **points: Instant | None) -> "Reckoning":
        """The same, with these points; those that are None leave what stands."""
        given = {name: at for name, at in points.items() if at is not None}
        return replace(self, points={**self.points, **given})


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


def calendar_of(value: Value | None, calendars: Mapping[str, Calendar]) -> Calendar | None:
    """The calendar of business days called by its name."""
    if value is None:
        return None
    name = value.text()
    found = calendars.get(name) or (named_calendar(name) if name else None)
    if found is None:
        value.problem(
            "calendar-unknown",
            f"no calendar `{name}`",
            "write us-federal, weekdays, a country (DE), a part of one (DE-BY), or one under `calendars`",
        )
    return found


def calendars_of(sections: list[Value]) -> Mapping[str, Calendar]:
    """The calendars documents make from others."""
    found: dict[str, Calendar] = {}
    for section in sections:
        for name, body in section.entries("calendar").items():
            fields = body.fields(CALENDAR, required=("like",))
            like = calendar_of(fields.get("like"), {})
            if name in found or named_calendar(name) is not None:
                body.problem("name-twice", f"the calendar `{name}` already exists", "rename it")
            elif like is not None:
                found[name] = Calendar(
                    name=name, like=like.like, closed=_days(fields, "closed"), opened=_days(fields, "opened")
                )
    return found


def _days(fields: Fields, key: str) -> frozenset[date]:
    days = set()
    for item in fields.items(key, f"the entry of `{key}`"):
        try:
            days.add(date.fromisoformat(item.raw.strip()))
        except ValueError:
            item.problem("instant-unreadable", f"`{item.raw}` is not a date", "write 2026-12-24")
    return frozenset(days)


def begins(value: Value, times: Reckoning) -> Instant | None:
    """The first instant meant: a date is the start of that day; a period ends before it."""
    return _instant(value, times, days=0)


def ends(value: Value, times: Reckoning) -> Instant | None:
    """The first instant no longer meant: a date is the end of that day, and so is a period."""
    return _instant(value, times, days=1)


def bounds(fields: Mapping[str, Value], times: Reckoning) -> tuple[Instant | None, Instant | None]:
    """What `from` and `until` mean. An end before its beginning is a problem: it would never count."""
    start = begins(fields["from"], times) if "from" in fields else None
    until = times.counted_from(begins=start)
    end = ends(fields["until"], until) if "until" in fields else None
    if start is not None and end is not None and end <= start:
        fields["until"].problem(
            "until-before-from",
            f"`until` {fields['until'].raw} is before `from` {fields['from'].raw}, so this never counts",
            "correct one of the two",
        )
    return start, end


def period(value: Value) -> Period | None:
    """A length of time."""
    found = parse_period(value.raw.strip())
    if found is None:
        value.problem(
            "period-unreadable",
            f"`{value.raw.strip()}` is not a length of time",
            "write P6M, P30D, PT72H, 6 months or 3 business days; hours and days do not mix",
        )
    return found


def measured(
    value: Value, length: Period | None, start: Instant | None, times: Reckoning, *, is_moved: bool = False
) -> Instant | None:
    """The first instant after a period, or None with the problem recorded at `value`."""
    if length is None:
        return None
    if start is None:
        value.problem(
            "period-from-nothing",
            f"nothing says since when {length} are counted",
            f"add `of: DATE`, or give the instrument one of: from, {', '.join(POINTS[1:])}",
        )
        return None
    if times.calendar is None and (length.business_days or is_moved):
        value.problem(
            "calendar-missing",
            "business days are counted in a calendar, and none is named",
            "add `calendar: us-federal`, here or at the top of the document",
        )
        return None
    try:
        return end_of(length, start, times.zone, times.calendar, is_moved=is_moved)
    except OverflowError:
        value.problem("instant-out-of-range", f"{length} reach too far", "leave it out: no end is no date")
        return None


def anchor(value: Value, times: Reckoning, also: tuple[str, ...] = ()) -> Instant | None:
    """The instant `of` names: one of the points here, or a date or time; None for a name in `also`."""
    name = value.raw.strip()
    if name in also:
        return None
    if name in POINTS:
        at = times.points.get(name)
        if at is None:
            value.problem("point-missing", f"nothing here says when it was {name}", f"add `{name}: DATE`")
        return at
    return begins(value, times)


def _instant(value: Value, times: Reckoning, *, days: int) -> Instant | None:
    text = value.raw.strip()
    if value.is_table:
        return _table(value, times, "within" if days else "after")
    if is_period(text):
        return measured(value, period(value), times.points.get(BEGINS), times)
    try:
        if len(text) == 10:
            return day_begins(date.fromisoformat(text) + timedelta(days=days), times.zone)
        moment = datetime.fromisoformat(text)
    except OverflowError:
        value.problem("instant-out-of-range", f"`{text}` is too far away", "leave it out: no end is no date")
        return None
    except ValueError:
        value.problem(
            "instant-unreadable",
            f"`{text}` is not a date or a time",
            "write 2026-03-05, 2026-03-05T17:01-05:00 with its offset, or a period such as P6M",
        )
        return None
    if moment.tzinfo is None:
        return _local(moment, value, times.zone)
    return _in_utc(moment, value)


def _table(value: Value, times: Reckoning, key: str) -> Instant | None:
    """A period with what it is counted from."""
    fields = value.fields((key, *MEASURED[2:]), required=(key,))
    start = anchor(fields["of"], times) if "of" in fields else times.points.get(BEGINS)
    if key not in fields or ("of" in fields and start is None):
        return None
    calendar = calendar_of(fields.get("calendar"), times.calendars) or times.calendar
    return measured(
        fields[key],
        period(fields[key]),
        start,
        replace(times, calendar=calendar),
        is_moved=fields.flag("moved"),
    )


def _local(moment: datetime, value: Value, zone: ZoneInfo | None) -> Instant | None:
    """A time without offset, in the document's zone; one that does not exist or exists twice is a problem."""
    text = value.raw.strip()
    if zone is None:
        value.problem(
            "instant-without-zone",
            f"`{text}` has a time but no offset, and the document names no zone",
            f"write {text}-05:00, or `zone: America/New_York` at the top",
        )
        return None
    moment = moment.replace(tzinfo=zone)
    second = moment.replace(fold=1)
    if moment.utcoffset() == second.utcoffset():
        return _in_utc(moment, value)
    exists = moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None)
    value.problem(
        "instant-ambiguous",
        f"clocks in {zone.key} show `{text}` twice that day"
        if exists
        else f"clocks in {zone.key} never show `{text}`: they are put forward over it that day",
        f"write the offset: {moment.isoformat()} or {second.isoformat()}",
    )
    return None


def _in_utc(moment: datetime, value: Value) -> Instant | None:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        value.problem("instant-out-of-range", f"`{value.raw}` is too far away", "write a nearer one")
        return None
