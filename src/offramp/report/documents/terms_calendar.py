"""calendar/v1: every dated thing in the instruments, each with whom it binds and what it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from offramp.core.digests import JsonObject, sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.instruments import Instruments
from offramp.instruments.calendar import Entry, EntryKind
from offramp.report.attribution import attribution_bodies, attributions
from offramp.report.document import Document, Table
from offramp.report.documents.decision import gaps_of, scope_of

WORDS = {
    EntryKind.CHANGE: "changes",
    EntryKind.DUTY: "due",
    EntryKind.NOTICE: "notice",
    EntryKind.READING: "reading",
    EntryKind.RECORD: "record",
}
DAY = timedelta(days=1)
MIDNIGHT = (0, 0, 0)
LAST_SECOND = (23, 59, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of the calendar is asked for, as written: a date means the whole day, where the entry is."""

    since: str = ""
    until: str = ""
    known: Instant | None = None

    def check(self) -> None:
        """Raises where a bound is no time, and `window-empty` where it ends before it begins."""
        since, until = self.bounds()
        if since is not None and until is not None and until < since:
            raise OfframpError(
                "window-empty", "`--until` is before `--from`", help="give the earlier of the two as `--from`"
            )

    def bounds(self) -> tuple[Instant | None, Instant | None]:
        """Instants that no entry in the window lies outside of, in any zone."""
        since = parse_instant(self.since) - 2 * DAY if _is_day(self.since) else _instant(self.since)
        until = parse_instant(self.until) + DAY if _is_day(self.until) else _instant(self.until)
        if since and until and _is_day(self.since) and _is_day(self.until) and self.until < self.since:
            return since, since - DAY
        return since, until

    def has(self, one: Entry) -> bool:
        """Whether an entry within the bounds is in the window; one without a date always is."""
        if one.at is None:
            return True
        day = f"{one.at.astimezone(ZoneInfo(one.zone or 'UTC')):%Y-%m-%d}"
        return (not _is_day(self.since) or day >= self.since) and (
            not _is_day(self.until) or day <= self.until
        )


def _is_day(text: str) -> bool:
    return len(text) == len("2026-03-05")


def _instant(text: str) -> Instant | None:
    return parse_instant(text) if text else None


def terms_calendar_document(
    entries: Sequence[Entry],
    instruments: Instruments,
    window: Window,
    folders: tuple[str, ...],
    at: Instant,
) -> Document:
    """What changes and what is due, in order; each day in the zone its document counts days in."""
    entries = [one for one in entries if window.has(one)]
    dated = [one for one in entries if one.at is not None]
    undated = [one for one in entries if one.at is None]
    tables = [
        Table(
            title=_between(window),
            columns=("when", "about", "whom", "what"),
            rows=tuple(_row(one) for one in dated),
            below=1,
        )
    ]
    if undated:
        tables.append(
            Table(
                title="Counted from an event, so without a date",
                columns=("about", "whom", "what"),
                rows=tuple(_row(one)[1:] for one in undated),
                below=1,
            )
        )
    return Document(
        schema="offramp/calendar/v1",
        title=f"{len(dated)} dated {'entry' if len(dated) == 1 else 'entries'}",
        at=at,
        body={
            "from": window.since,
            "until": window.until,
            "known": _maybe(window.known),
            "entries": [_body(one) for one in entries],
            "events": [_event(one, one.at) for one in dated if one.at is not None],
            "attributions": attribution_bodies(instruments),
        },
        tables=tuple(tables),
        notes=(
            "Where a time of day is left out, the whole day is meant, in the zone its document names.",
            "A duty is due at the last second of the time given; one that is stayed says so.",
            "A date marked ASSUMED rests on a time its source does not give; who rendered it supplied it.",
        ),
        scope=scope_of(instruments, folders),
        method="every instant at which something changes, seen from both sides; conditions not evaluated",
        gaps=gaps_of(instruments, at, ""),
        attributions=attributions(instruments),
        is_legal_matter=True,
    )


def _between(window: Window) -> str:
    return f"from {window.since or 'the first date'} to {window.until or 'the last'}"


def _maybe(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


def _row(one: Entry) -> tuple[str, ...]:
    what = f"{WORDS[one.kind]}: {one.what}"
    lines = [f"under {' or '.join(one.under)}: {what}" if one.under else what]
    lines += [f"ASSUMED: {text}" for text in one.assumed]
    lines += [part for part in (one.says, f"— {one.source}" if one.source else "") if part]
    when = f"{_when(one)}{' (assumed)' if one.assumed else ''}"
    return when, one.subject, ", ".join(one.who), "\n".join(lines)


def _when(one: Entry) -> str:
    """The day in the document's zone, with the time of day where the day is not meant whole.

    A duty that is due in the last second before 17:30 is due at 17:30, as its text says.
    """
    if one.at is None:
        return ""
    local = one.at.astimezone(ZoneInfo(one.zone or "UTC"))
    day = f"{local:%Y-%m-%d}"
    if _is_whole_day(one, one.at):
        return day
    if one.kind is EntryKind.DUTY:
        local += timedelta(seconds=1)
    return f"{day} {local:%H:%M} {local.tzname()}"


def _is_whole_day(one: Entry, at: Instant) -> bool:
    local = at.astimezone(ZoneInfo(one.zone or "UTC"))
    clock = (local.hour, local.minute, local.second)
    return clock == (LAST_SECOND if one.kind is EntryKind.DUTY else MIDNIGHT)


def _body(one: Entry) -> JsonObject:
    return {
        "at": _maybe(one.at),
        "zone": one.zone or "UTC",
        "date": _when(one),
        "kind": one.kind.value,
        "subject": one.subject,
        "who": list(one.who),
        "what": one.what,
        "under": list(one.under),
        "by": list(one.by),
        "says": one.says,
        "source": one.source,
        "assumed": list(one.assumed),
    }


def _event(one: Entry, at: Instant) -> JsonObject:
    """One event of a calendar: the same thing keeps its identity when the calendar is made again."""
    local = at.astimezone(ZoneInfo(one.zone or "UTC"))
    about = "\n".join((one.subject, *one.under, one.what, format_instant(at), *one.who))
    whom = f" ({', '.join(one.who)})" if one.who else ""
    lines = (
        *(f"ASSUMED, the source does not say: {text}" for text in one.assumed),
        f"under {' or '.join(one.under)}" if one.under else "",
        one.says,
        one.source,
        "This is not legal advice.",
    )
    event = {
        "uid": f"{sha256_hex(about.encode())[:24]}@offramp",
        "date": f"{local:%Y-%m-%d}",
        "summary": f"{'(assumed) ' if one.assumed else ''}{one.subject}: {one.what}{whom}",
        "description": "\n".join(line for line in lines if line),
    }
    return event if _is_whole_day(one, at) else {**event, "at": format_instant(at)}
