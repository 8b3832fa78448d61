"""The plan as a document: items by deadline, with owner and lead time (`plan/v1`)."""

from offramp.core.digests import JsonObject
from offramp.core.instants import days_between, format_instant
from offramp.instruments import Instruments
from offramp.plan import outlook as seen
from offramp.report.attribution import attribution_bodies, attributions, unsound
from offramp.report.document import Document, Table

METHOD = (
    "uses as the last scan recorded them; deadlines worked out for this date from the exits, the instruments "
    "known by then and the stance, if a person chose one"
)
GAPS = (
    "uses outside the scanned tree and the declarations are not in it",
    "a use that is rerouted is still found in the code; it counts as rerouted only if the "
    "system's applications send everything through the gateway, which is not checked here",
)


def plan_document(outlook: seen.Outlook, organisation: str, instruments: Instruments) -> Document:
    """Items sorted by deadline. The body has `events` for calendars."""
    named = {name for item in outlook.items if item.deadline for name in item.deadline.instruments}
    rests_on = [one for one in instruments.instruments if one in named]
    return Document(
        schema="offramp/plan/v1",
        title=f"plan of {organisation}: {len(outlook.items)} items",
        at=outlook.at,
        body={
            "items": [item_body(item, outlook) for item in outlook.items],
            "undecided": list(outlook.undecided),
            "events": _events(outlook),
            "attributions": attribution_bodies(instruments, rests_on),
        },
        tables=(items_table(outlook.items, outlook), reasons_table(outlook.items)) if outlook.items else (),
        notes=(*(f"undecided for {note}" for note in outlook.undecided), *unsound(instruments)),
        scope=f"uses to be moved in {organisation}'s workspace",
        method=METHOD,
        gaps=GAPS,
        next_steps=() if outlook.items else ("offramp leave VENDOR --by DATE --to SUCCESSOR",),
        attributions=attributions(instruments, rests_on),
        is_legal_matter=True,
    )


def items_table(items: tuple[seen.Item, ...], outlook: seen.Outlook) -> Table:
    """One row for each item."""
    return Table(
        title="items, the earliest deadline first",
        columns=("deadline", "days", "start by", "state", "system", "owner", "where", "use"),
        below=2,
        rows=tuple(
            (
                *_dates(item, outlook),
                item.state.value,
                item.use.system or "none",
                item.use.owner,
                f"{item.use.path}:{item.use.line}" if item.use.line else item.use.path,
                f"{item.use.vendor} {item.use.kind}",
            )
            for item in items
        ),
    )


def groups_table(title: str, items: tuple[seen.Item, ...], outlook: seen.Outlook) -> Table:
    """One row for each system, deadline and state, with the number of uses."""
    groups: dict[tuple[str, ...], int] = {}
    for item in items:
        row = (*_dates(item, outlook), item.state.value, item.use.system or "none", item.use.owner)
        groups[row] = groups.get(row, 0) + 1
    return Table(
        title=title,
        columns=("deadline", "days", "start by", "state", "system", "owner", "uses"),
        rows=tuple((*row, str(count)) for row, count in groups.items()),
    )


def reasons_table(items: tuple[seen.Item, ...]) -> Table:
    """What each date rests on, with the clauses."""
    reasons = dict.fromkeys(
        (_day(item.deadline.at), item.deadline.why, "; ".join(item.deadline.clauses))
        for item in items
        if item.deadline is not None
    )
    return Table(
        title="what the dates rest on",
        columns=("deadline", "why", "clause"),
        below=1,
        rows=tuple(reasons),
    )


def _dates(item: seen.Item, outlook: seen.Outlook) -> tuple[str, str, str]:
    if item.deadline is None or item.start_by is None:
        return ("none", "", "")
    days = str(days_between(outlook.at, item.deadline.at))
    return (_day(item.deadline.at), days, _day(item.start_by))


def item_body(item: seen.Item, outlook: seen.Outlook) -> JsonObject:
    """One item, for programs."""
    deadline = item.deadline
    return {
        "id": item.use.id,
        "vendor": item.use.vendor,
        "kind": item.use.kind,
        "path": item.use.path,
        "line": item.use.line,
        "message": item.use.message,
        "system": item.use.system or None,
        "owner": item.use.owner,
        "state": item.state.value,
        "lead_days": item.use.lead_days,
        "deadline": format_instant(deadline.at) if deadline else None,
        "days_left": days_between(outlook.at, deadline.at) if deadline else None,
        "start_by": format_instant(item.start_by) if item.start_by else None,
        "basis": deadline.basis.value if deadline else None,
        "why": deadline.why if deadline else None,
        "instruments": list(deadline.instruments) if deadline else [],
        "clauses": list(deadline.clauses) if deadline else [],
        "seen_at": format_instant(item.use.seen_at),
        "moved_at": format_instant(item.use.moved_at) if item.use.moved_at else None,
    }


def _events(outlook: seen.Outlook) -> list[JsonObject]:
    """One event for each system and deadline that has items left, and one for when work has to begin."""
    groups: dict[tuple[str, str, str, str], list[seen.Item]] = {}
    for item in outlook.items:
        if item.deadline is None or item.start_by is None or item.use.moved_at is not None:
            continue
        for what, at in (("deadline", item.deadline.at), ("start", item.start_by)):
            groups.setdefault((what, at.date().isoformat(), item.use.vendor, item.use.system), []).append(
                item
            )
    events: list[JsonObject] = []
    for (what, date, vendor, system), items in sorted(groups.items()):
        name, owner = system or "uses without a system", items[0].use.owner
        verb = "has to be off" if what == "deadline" else "has to begin moving off"
        events.append(
            {
                "uid": f"{what}-{vendor}-{system or 'none'}-{date}@offramp",
                "date": date,
                "summary": f"{name} {verb} {vendor} ({len(items)} uses)",
                "description": f"Owner: {owner}\n" + "\n".join(f"{i.use.path}:{i.use.line}" for i in items),
            }
        )
    return events


def _day(at: object) -> str:
    return str(at)[:10]
