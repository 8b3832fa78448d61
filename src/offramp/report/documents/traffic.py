"""What `ramp`, `cut` and `restore` did, as documents."""

from shlex import quote

from offramp.core.digests import JsonObject
from offramp.core.instants import format_instant
from offramp.plan import moves, traffic
from offramp.plan.following import Recorded
from offramp.report.document import Document, Table
from offramp.report.documents.recorded import recorded_body, recorded_notes

METHOD = "shares and causes as stored in the workspace's state; norms as its instruments say"
GAPS = (
    "a request can still be refused by the instruments when nothing holds its upstream",
    "traffic that does not pass the gateway is not moved",
)
COLUMNS = ("cause", "on", "since", "by", "reason", "standing", "clause")


def ramp_document(ramped: moves.Ramped, act: moves.Act, recorded: Recorded | None) -> Document:
    """`ramp/v1`: the route's share before and after."""
    changed = ramped.step is not None
    title = (
        f"route {ramped.route}: {ramped.before} % → {ramped.share} % of conversations go to the successor"
        if changed
        else f"route {ramped.route} was at {ramped.share} % already; nothing changed"
    )
    notes = [f"the successor is held on this route by `{held.hold.cause}`" for held in ramped.held]
    return Document(
        schema="offramp/ramp/v1",
        title=title,
        at=act.at,
        body={
            "route": ramped.route,
            "before": ramped.before,
            "share": ramped.share,
            "changed": changed,
            "held": [held_body(held) for held in ramped.held],
            **_record(act, recorded),
        },
        tables=_tables("what holds the successor", ramped.held),
        notes=(*notes, *recorded_notes(recorded)),
        scope=f"route {ramped.route}",
        method=METHOD,
        gaps=GAPS,
    )


def cut_document(cut: moves.Cut, act: moves.Act, recorded: Recorded | None) -> Document:
    """`cut/v1`: what holds the upstream now."""
    changed = cut.step is not None
    place = _place(cut.hold.upstream, cut.hold.route)
    title = (
        f"{place} is held down by {cut.hold.cause}"
        if changed
        else f"{place} was held down by {cut.hold.cause} already; nothing changed"
    )
    return Document(
        schema="offramp/cut/v1",
        title=title,
        at=act.at,
        body={
            "upstream": cut.hold.upstream,
            "route": cut.hold.route,
            "cause": str(cut.hold.cause),
            "changed": changed,
            "held_by": [held_body(held) for held in cut.held],
            **_record(act, recorded),
        },
        tables=_tables("live causes", cut.held),
        notes=recorded_notes(recorded),
        scope=place,
        method=METHOD,
        gaps=GAPS,
        is_legal_matter=True,
    )


def restore_document(restored: moves.Restored, act: moves.Act, recorded: Recorded | None) -> Document:
    """`restore/v1`: what was lifted, and every other cause that still holds."""
    place = _place(restored.upstream, restored.route)
    lifted = (
        f"lifted {act.cause} from {place}"
        if restored.lifted
        else f"{act.cause} did not hold {place}; nothing changed"
    )
    after = (
        f"still held by {len(restored.still_held)} other cause(s)"
        if restored.still_held
        else "nothing holds it now"
    )
    return Document(
        schema="offramp/restore/v1",
        title=f"{lifted}: {after}",
        at=act.at,
        body={
            "upstream": restored.upstream,
            "route": restored.route,
            "cause": str(act.cause),
            "changed": restored.step is not None,
            "lifted": [hold.route for hold in restored.lifted],
            "still_held_by": [held_body(held) for held in restored.still_held],
            **_record(act, recorded),
        },
        tables=_tables("what still holds it", restored.still_held),
        notes=recorded_notes(recorded),
        scope=place,
        method=METHOD,
        gaps=GAPS,
        next_steps=tuple(
            f"offramp restore {held.hold.upstream} --cause {quote(str(held.hold.cause))} "
            "--by NAME --reason TEXT"
            for held in restored.still_held
            if not held.is_binding
        ),
        is_legal_matter=True,
    )


def held_table(title: str, held: tuple[traffic.HeldBy, ...]) -> Table:
    """Live causes with the clause each rests on."""
    return Table(
        title=title,
        columns=COLUMNS,
        below=3,
        names_below=True,
        rows=tuple(
            (
                str(one.hold.cause),
                one.hold.route or "every route",
                format_instant(one.hold.at),
                one.hold.by,
                one.hold.reason,
                one.standing or "until lifted",
                " — ".join(part for part in (one.clause, one.source) if part),
            )
            for one in held
        ),
    )


def held_body(held: traffic.HeldBy) -> JsonObject:
    """One live cause, for programs."""
    return {
        "cause": str(held.hold.cause),
        "upstream": held.hold.upstream,
        "route": held.hold.route,
        "at": format_instant(held.hold.at),
        "by": held.hold.by,
        "reason": held.hold.reason,
        "standing": held.standing,
        "clause": held.clause,
        "source": held.source,
    }


def _tables(title: str, held: tuple[traffic.HeldBy, ...]) -> tuple[Table, ...]:
    return (held_table(title, held),) if held else ()


def _place(upstream: str, route: str | None) -> str:
    return f"{upstream} on {f'route {route}' if route else 'every route'}"


def _record(act: moves.Act, recorded: Recorded | None) -> JsonObject:
    return {"by": act.by, "reason": act.reason, **recorded_body(recorded)}
