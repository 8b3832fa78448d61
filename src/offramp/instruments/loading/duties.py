"""Duties: until when, counted from what, towards whom, and what shows that they were done."""

from dataclasses import replace

from offramp.core.yaml_values import Fields, Value
from offramp.instruments.loading.times import POINTS, Reckoning, anchor, calendar_of, ends, measured, period
from offramp.instruments.model import Duty
from offramp.instruments.periods import Period

KEYS = ("by", "within", "within_days", "of", "after", "every", "calendar", "moved", "towards", "proof")
DEADLINES = ("by", "within", "within_days", "every")
SERVED = "served"
MOST_DAYS = 99_999


def duty(value: Value, times: Reckoning) -> Duty:
    """Read one duty. Problems are recorded on the way."""
    fields = value.fields(KEYS)
    if len([key for key in DEADLINES if key in fields]) > 1:
        value.problem("deadline-twice", "a duty has one deadline", f"keep one of: {', '.join(DEADLINES)}")
    times = replace(times, calendar=calendar_of(fields.get("calendar"), times.calendars) or times.calendar)
    within = _within(fields)
    is_counted = "within" in fields or "within_days" in fields
    for key in ("of", "after"):
        if key in fields and not is_counted:
            fields[key].problem("key-misplaced", f"nothing is counted from `{key}`", "add `within: P30D`")
    if "of" in fields and "after" in fields:
        fields["after"].problem("anchor-twice", "a period is counted from one thing", "keep `of` or `after`")
    name = fields["of"].raw.strip() if "of" in fields else POINTS[0]
    is_named = name in (*POINTS, SERVED)
    of_at = anchor(fields["of"], times, (SERVED,)) if "of" in fields else times.points.get(name)
    is_moved = fields.flag("moved")
    every = period(fields["every"]) if "every" in fields else None
    for key, length in (("within", within), ("every", every)):
        if key in fields and ("after" in fields or name == SERVED or key == "every"):
            start = next((at for at in times.points.values() if at is not None), None)
            if start is not None:
                measured(fields[key], length, start, times, is_moved=is_moved)
        elif key in fields and ("of" not in fields or of_at is not None):
            measured(fields[key], length, of_at, times, is_moved=is_moved)
    if "every" in fields and every is not None and every.is_empty:
        fields["every"].problem(
            "period-empty", "this would be due at every instant", "write P3M, for example"
        )
        every = None
    return Duty(
        by_at=ends(fields["by"], times) if "by" in fields else None,
        within=within,
        of="" if not is_named or "after" in fields else name,
        of_at=of_at if not is_named else None,
        after=fields.text("after"),
        every=every,
        calendar=times.calendar,
        is_moved=is_moved,
        towards=fields.text("towards"),
        proof=fields.text("proof"),
        zone=times.zone.key if times.zone else "UTC",
    )


def _within(fields: Fields) -> Period | None:
    if "within_days" in fields:
        days = fields.number("within_days", least=0, most=MOST_DAYS)
        return Period(text=f"P{days}D", days=days)
    return period(fields["within"]) if "within" in fields else None
