"""Holds as they are in the database. Reading only: rows are written through the ledger, by `steps`."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from offramp.control.holds.hold import (
    Decided,
    End,
    HeldCall,
    Hold,
    Presence,
    Showing,
    State,
    Stop,
    Verdict,
    Watch,
    Way,
)
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.core.verdicts import HumanRole
from offramp.store import connect, has_tables
from offramp.store.schema import (
    control_hold_decisions,
    control_hold_ends,
    control_hold_showings,
    control_holds,
    control_stops,
    control_watches,
)

DATABASE = "state.db"


def read_holds(connection: Connection) -> tuple[Hold, ...]:
    """Every hold there is, oldest first."""
    return _whole(connection, select(control_holds))


def open_holds(connection: Connection, at: Instant) -> tuple[Hold, ...]:
    """Those that have not expired at `at`, whatever was decided, oldest first."""
    found = select(control_holds).where(control_holds.c.expires_at > format_instant(at))
    return _whole(connection, found)


def read_hold(connection: Connection, id_: str) -> Hold:
    """The hold `id_`. Raises `hold-unknown`."""
    found = _whole(connection, select(control_holds).where(control_holds.c.id == id_))
    if not found:
        raise OfframpError(
            "hold-unknown", f"there is no hold `{id_[:80]}`", help="list them with `offramp holds`"
        )
    return found[0]


def holds_of(connection: Connection, application: str, conversation: str) -> tuple[Hold, ...]:
    """The holds of one conversation, oldest first."""
    mine = control_holds.c.application == application
    return _whole(connection, select(control_holds).where(mine, control_holds.c.conversation == conversation))


def read_presence(connection: Connection) -> Presence:
    """Who is on watch, and what is stopped."""
    watches = tuple(
        Watch(
            person=row.person,
            since_at=parse_instant(row.since_at),
            until_at=parse_instant(row.until_at),
        )
        for row in connection.execute(select(control_watches))
    )
    stops = {
        row.application: Stop(
            application=row.application, by=row.by, reason=row.reason, at=parse_instant(row.at)
        )
        for row in connection.execute(select(control_stops))
    }
    return Presence(watches=watches, stops=stops)


def stored_holds(state: Path) -> tuple[tuple[Hold, ...], Presence]:
    """Everything in the state directory, for whoever is not a gateway. Empty where nothing was recorded."""
    if not (state / DATABASE).is_file():
        return (), Presence()
    engine = connect(state / DATABASE, read_only=True)
    try:
        with engine.connect() as connection:
            if not has_tables(connection, control_holds, control_watches, control_stops):
                return (), Presence()
            return read_holds(connection), read_presence(connection)
    finally:
        engine.dispose()


def _whole(connection: Connection, query: "Select[Any]") -> tuple[Hold, ...]:
    rows = connection.execute(query.order_by(control_holds.c.requested_at, control_holds.c.id)).all()
    ids = [row.id for row in rows]
    if not ids:
        return ()
    showings = _by_hold(connection, control_hold_showings, ids)
    decisions = _by_hold(connection, control_hold_decisions, ids)
    ends = _by_hold(connection, control_hold_ends, ids)
    return tuple(
        _hold(row, showings.get(row.id, ()), decisions.get(row.id, ()), ends.get(row.id, ())) for row in rows
    )


def _by_hold(connection: Connection, table: Any, ids: Sequence[str]) -> dict[str, list["Row[Any]"]]:
    found: dict[str, list[Row[Any]]] = {}
    query = select(table).order_by(table.c.at, table.c.id)
    if len(ids) == 1:
        query = query.where(table.c.hold == ids[0])
    for row in connection.execute(query):
        found.setdefault(row.hold, []).append(row)
    return found


def _hold(
    row: "Row[Any]",
    showings: Iterable["Row[Any]"],
    decisions: Iterable["Row[Any]"],
    ends: Sequence["Row[Any]"],
) -> Hold:
    return Hold(
        id=row.id,
        application=row.application,
        conversation=row.conversation,
        binding=row.binding,
        shown=row.shown,
        calls=tuple(HeldCall(**call) for call in json.loads(row.calls)),
        role=HumanRole(row.role),
        norms=tuple(json.loads(row.norms)),
        instruments=tuple(json.loads(row.instruments)),
        requesters=tuple(json.loads(row.requesters)),
        approvals=int(row.approvals),
        approval_seconds=int(row.approval_seconds),
        request_id=row.request_id,
        asked=row.asked,
        vendor=row.vendor,
        requested_at=parse_instant(row.requested_at),
        expires_at=parse_instant(row.expires_at),
        showings=tuple(
            Showing(person=one.person, shown=one.shown, way=Way(one.way), at=parse_instant(one.at))
            for one in showings
        ),
        decisions=tuple(
            Decided(
                person=one.person,
                role=HumanRole(one.role),
                verdict=Verdict(one.verdict),
                reason=one.reason,
                way=Way(one.way),
                shown_at=parse_instant(one.shown_at),
                at=parse_instant(one.at),
            )
            for one in decisions
        ),
        end=End(state=State(ends[0].end), by=ends[0].by, at=parse_instant(ends[0].at)) if ends else None,
    )
