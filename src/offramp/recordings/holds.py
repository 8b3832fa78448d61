"""Legal holds: a named person keeps texts from being destroyed, says why and which, and lifts it again.

A hold is a row of `recordings_holds` and the entry it went in with.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import inspect, select

from offramp.core.errors import Exit, OfframpError
from offramp.core.ids import new_id
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Change, Entry, EntryType, Ledger
from offramp.recordings.windows import Window, checked_name
from offramp.store import connect, has_tables
from offramp.store.schema import recordings_holds

PLACED = "legal-hold"
LIFTED = "legal-hold-lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Which texts somebody holds. What is empty is not looked at: a hold without a scope holds everything."""

    id: str
    by: str
    reason: str
    at: str
    kind: str = ""
    application: str = ""
    first_day: date | None = None
    last_day: date | None = None
    lifted_at: str = ""
    lifted_by: str = ""
    lifted_reason: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it was not lifted."""
        return not self.lifted_at

    def covers(self, window: Window) -> bool:
        """Whether the window's texts are held by it."""
        return (
            self.is_live
            and self.kind in ("", window.kind)
            and self.application in ("", window.application)
            and (self.first_day is None or window.day >= self.first_day)
            and (self.last_day is None or window.day <= self.last_day)
        )

    @property
    def scope(self) -> str:
        """In words."""
        parts = [f"{self.kind or 'all'} texts"]
        if self.application:
            parts.append(f"of {self.application}")
        if self.first_day:
            parts.append(f"from {self.first_day.isoformat()}")
        if self.last_day:
            parts.append(f"to {self.last_day.isoformat()}")
        return " ".join(parts)


def read_holds(state: Path) -> tuple[Hold, ...]:
    """Every hold there ever was, oldest first."""
    path = state / "state.db"
    if not path.is_file():
        return ()
    engine = connect(path, read_only=True)
    try:
        with engine.connect() as connection:
            if not has_tables(connection) or not inspect(connection).has_table(recordings_holds.name):
                return ()
            rows = connection.execute(select(recordings_holds).order_by(recordings_holds.c.id)).mappings()
            return tuple(_hold(dict(row)) for row in rows)
    finally:
        engine.dispose()


def place_hold(
    state: Path,
    *,
    by: str,
    reason: str,
    at: Instant,
    kind: str = "",
    application: str = "",
    days: tuple[date | None, date | None] = (None, None),
) -> Hold:
    """Hold texts from now on. Recorded, with who and why; durable on return."""
    _need(by, reason)
    first, last = days
    if first is not None and last is not None and last < first:
        raise OfframpError(
            "hold-backwards", f"a hold cannot end on {last} and begin on {first}", help="swap the two days"
        )
    hold = Hold(
        id=new_id("lhold"),
        by=by,
        reason=reason,
        at=format_instant(at),
        kind=checked_name(kind, "a kind of text") if kind else "",
        application=checked_name(application, "an application") if application else "",
        first_day=first,
        last_day=last,
    )
    _record(state, hold, PLACED, at, by)
    return hold


def lift_hold(state: Path, id: str, *, by: str, reason: str, at: Instant) -> Hold:  # noqa: A002
    """End a hold. Raises for one that is not there or was lifted already."""
    _need(by, reason)
    found = {one.id: one for one in read_holds(state)}
    hold = found.get(id)
    if hold is None or not hold.is_live:
        why = f"was lifted at {hold.lifted_at}" if hold else "is not there"
        raise OfframpError(
            "hold-unknown",
            f"the hold `{id}` {why}",
            help="list them with `offramp evidence hold list`",
            exit_code=Exit.NOTHING,
        )
    lifted = Hold(
        id=hold.id,
        by=hold.by,
        reason=hold.reason,
        at=hold.at,
        kind=hold.kind,
        application=hold.application,
        first_day=hold.first_day,
        last_day=hold.last_day,
        lifted_at=format_instant(at),
        lifted_by=by,
        lifted_reason=reason,
    )
    _record(state, lifted, LIFTED, at, by)
    return lifted


def _record(state: Path, hold: Hold, predicate: str, at: Instant, by: str) -> None:
    row = {
        "id": hold.id,
        "kind": hold.kind,
        "application": hold.application,
        "first_day": hold.first_day.isoformat() if hold.first_day else "",
        "last_day": hold.last_day.isoformat() if hold.last_day else "",
        "at": hold.at,
        "by": hold.by,
        "reason": hold.reason,
        "lifted_at": hold.lifted_at,
        "lifted_by": hold.lifted_by,
        "lifted_reason": hold.lifted_reason,
    }
    entry = Entry(
        type=EntryType.STATEMENT,
        at=at,
        actor=by,
        cause=f"person:{by}",
        subject=hold.id,
        data={"predicate": predicate, **{name: value for name, value in row.items() if name != "id"}},
    )
    with Ledger.open(state) as ledger:
        ledger.append(entry, (Change("recordings_holds", row),))


def _hold(row: dict[str, str]) -> Hold:
    return Hold(
        id=row["id"],
        by=row["by"],
        reason=row["reason"],
        at=row["at"],
        kind=row["kind"],
        application=row["application"],
        first_day=date.fromisoformat(row["first_day"]) if row["first_day"] else None,
        last_day=date.fromisoformat(row["last_day"]) if row["last_day"] else None,
        lifted_at=row["lifted_at"],
        lifted_by=row["lifted_by"],
        lifted_reason=row["lifted_reason"],
    )


def _need(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise OfframpError(
            "hold-unsigned", "a hold needs a person and a reason", help='give --by "NAME" and --reason "WHY"'
        )
