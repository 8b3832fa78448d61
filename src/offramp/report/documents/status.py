"""Where the exits stand: days left, burn-down, what is late, ramps, causes, what is next (`status/v1`)."""

from offramp.control import quotas
from offramp.core.digests import JsonObject
from offramp.core.instants import format_instant
from offramp.instruments import Instruments
from offramp.plan import outlook as seen
from offramp.plan import stored
from offramp.report.attribution import attributions
from offramp.report.document import Document, Table
from offramp.report.documents.keys import use_body, uses_table
from offramp.report.documents.plan import GAPS, METHOD, groups_table, item_body, reasons_table
from offramp.report.documents.traffic import held_body, held_table


def status_document(
    outlook: seen.Outlook,
    history: tuple[stored.ScanPoint, ...],
    organisation: str,
    used: tuple[quotas.Use, ...],
    instruments: Instruments,
) -> Document:
    """Everything that has to be known today."""
    return Document(
        schema="offramp/status/v1",
        title=_title(outlook, organisation),
        at=outlook.at,
        body={
            "exits": [_exit_body(one) for one in outlook.exits],
            "burn_down": [_point_body(point) for point in history],
            "late": [item_body(item, outlook) for item in outlook.late],
            "starting": [item_body(item, outlook) for item in outlook.starting],
            "routes": [_route_body(one) for one in outlook.routes],
            "held_by": [held_body(one) for one in outlook.held],
            "duties": [
                {
                    "norm": duty.norm,
                    "at": format_instant(duty.at),
                    "clause": duty.clause,
                    "source": duty.source,
                    "standing": duty.standing,
                }
                for duty in outlook.duties
            ],
            "next_changes": [
                {"at": format_instant(change.at), "what": list(change.what)} for change in outlook.changes
            ],
            "undecided": list(outlook.undecided),
            "used": [use_body(use) for use in used],
        },
        tables=(*_tables(outlook, history), *((uses_table(used),) if used else ())),
        notes=tuple(f"undecided for {note}" for note in outlook.undecided),
        scope=f"exits and routes of {organisation}'s workspace",
        method=METHOD + "; shares and causes are those stored now, whatever the date asked about",
        gaps=GAPS,
        next_steps=_next(outlook),
        is_legal_matter=True,
        attributions=attributions(instruments),
    )


def _title(outlook: seen.Outlook, organisation: str) -> str:
    if not outlook.exits:
        return f"{organisation}: no exit is under way"
    parts = [
        f"{one.exit.vendor} {_days(one.days_left)}, {one.left} of {one.total} left" for one in outlook.exits
    ]
    late = f"; {len(outlook.late)} late" if outlook.late else "; nothing is late"
    return f"{organisation}: leaving " + "; ".join(parts) + late


def _tables(outlook: seen.Outlook, history: tuple[stored.ScanPoint, ...]) -> tuple[Table, ...]:
    tables = [_exits(outlook), _burn_down(outlook)] if outlook.exits else []
    if len(history) > 1:
        tables.append(_history(history))
    if outlook.late:
        tables.append(groups_table("late: past the deadline, or too little time left", outlook.late, outlook))
    if outlook.starting:
        tables.append(groups_table("has to begin within seven days", outlook.starting, outlook))
    if outlook.late or outlook.starting:
        tables.append(reasons_table((*outlook.late, *outlook.starting)))
    if outlook.routes:
        tables.append(_routes(outlook))
    if outlook.held:
        tables.append(held_table("held down", outlook.held))
    if outlook.duties:
        tables.append(_duties(outlook))
    if outlook.changes:
        tables.append(_changes(outlook))
    return tuple(tables)


def _history(history: tuple[stored.ScanPoint, ...]) -> Table:
    return Table(
        title="scan by scan",
        columns=("at", "vendor", "found", "moved", "new"),
        rows=tuple(
            (format_instant(one.at), one.vendor, str(one.open), str(one.moved), str(one.new))
            for one in history
        ),
    )


def _duties(outlook: seen.Outlook) -> Table:
    return Table(
        title="duties",
        columns=("by", "norm", "standing", "clause", "source"),
        below=2,
        rows=tuple(
            (format_instant(one.at), one.norm, one.standing, one.clause, one.source) for one in outlook.duties
        ),
    )


def _changes(outlook: seen.Outlook) -> Table:
    return Table(
        title="what changes next",
        columns=("at", "what"),
        rows=tuple((format_instant(one.at), "; ".join(one.what)) for one in outlook.changes),
    )


def _exits(outlook: seen.Outlook) -> Table:
    return Table(
        title="exits",
        columns=("vendor", "to", "by", "days left", *(state.value for state in seen.ItemState)),
        rows=tuple(
            (
                one.exit.vendor,
                one.exit.successor,
                format_instant(one.exit.by_at)[:10],
                str(one.days_left),
                *(str(one.by_state.get(state, 0)) for state in seen.ItemState),
            )
            for one in outlook.exits
        ),
    )


def _burn_down(outlook: seen.Outlook) -> Table:
    return Table(
        title="by system",
        columns=("vendor", "system", "left", "rerouted", "moved"),
        rows=tuple(
            (
                one.exit.vendor,
                system or "none",
                str(one.left_in(system)),
                str(counts.get(seen.ItemState.REROUTED, 0)),
                str(counts.get(seen.ItemState.MOVED, 0)),
            )
            for one in outlook.exits
            for system, counts in one.by_system.items()
        ),
    )


def _routes(outlook: seen.Outlook) -> Table:
    return Table(
        title="routes",
        columns=("route", "from", "to", "share"),
        rows=tuple(
            (
                one.route.name,
                one.vendors[0],
                one.vendors[1] if len(one.vendors) > 1 else "no second target",
                f"{one.share} %" if one.is_set else "not begun",
            )
            for one in outlook.routes
        ),
    )


def _exit_body(one: seen.ExitOutlook) -> JsonObject:
    return {
        "vendor": one.exit.vendor,
        "successor": one.exit.successor,
        "by": format_instant(one.exit.by_at),
        "started_at": format_instant(one.exit.started_at),
        "started_by": one.exit.started_by,
        "days_left": one.days_left,
        "left": one.left,
        "total": one.total,
        "states": {state.value: one.by_state.get(state, 0) for state in seen.ItemState},
        "systems": {
            system or "": {state.value: counts.get(state, 0) for state in seen.ItemState}
            for system, counts in one.by_system.items()
        },
    }


def _point_body(point: stored.ScanPoint) -> JsonObject:
    return {
        "at": format_instant(point.at),
        "vendor": point.vendor,
        "open": point.open,
        "moved": point.moved,
        "new": point.new,
        "open_by_system": dict(point.open_by_system),
    }


def _route_body(one: seen.RouteOutlook) -> JsonObject:
    return {
        "route": one.route.name,
        "vendors": list(one.vendors),
        "share": one.share,
        "begun": one.is_set,
    }


def _days(days: int) -> str:
    if days < 0:
        return f"{-days} days past the deadline"
    return f"in {days} days" if days != 1 else "in 1 day"


def _next(outlook: seen.Outlook) -> tuple[str, ...]:
    if not outlook.exits:
        return ("offramp leave VENDOR --by DATE --to SUCCESSOR",)
    ready = [one for one in outlook.routes if len(one.vendors) > 1 and one.share < 100]
    ramps = tuple(f"offramp ramp '{one.route.name}' 100 --by NAME" for one in ready[:2])
    return ("offramp plan", *ramps)
