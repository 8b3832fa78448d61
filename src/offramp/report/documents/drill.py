"""Drills as documents: who would have no permitted target, and what became of the requests."""

from collections.abc import Sequence
from shlex import quote

from offramp.core.instants import Instant, format_instant
from offramp.plan import drills
from offramp.plan.following import InForce
from offramp.report.document import Document, Table
from offramp.report.documents.recorded import in_force_body, in_force_notes

GAPS = (
    "a drill shows what happened to the requests of its time, not to others",
    "requests that did not pass the gateway were not counted",
)
FORESEEN = "routes, targets and live causes as they stand; what the instruments forbid besides was not asked"
METHOD = (
    "requests between the drill's cuts and its restoration, as the ledger has them; affected are those for "
    "which a target was treated as forbidden"
)


def begun_document(
    begun: drills.Begun, stranded: Sequence[drills.Stranded], in_force: InForce | None
) -> Document:
    """`drill-begun/v1`: the drill, and who has no permitted target meanwhile. None: nothing was recorded."""
    drill = begun.drill
    is_recorded = in_force is not None
    what = "goes on" if is_recorded else "would go on"
    rows = tuple((one.application, one.route, one.why) for one in stranded)
    return Document(
        schema="offramp/drill-begun/v1",
        title=f"drill {drill.name}: {drill.vendor} is not permitted; it {what} until "
        f"{format_instant(drill.until)}",
        at=drill.at,
        body={
            "drill": drill.name,
            "vendor": drill.vendor,
            "until": format_instant(drill.until),
            "by": drill.by,
            "reason": drill.reason,
            "upstreams": list(begun.upstreams),
            "recorded": is_recorded,
            "in_force": in_force_body(in_force),
            "stranded": [
                {"application": one.application, "route": one.route, "why": one.why} for one in stranded
            ],
        },
        tables=(
            (Table(title="no permitted target", columns=("application", "route", "why"), rows=rows),)
            if rows
            else ()
        ),
        notes=(
            *(() if rows else ("every route that leads to it has another target that may be asked",)),
            *in_force_notes(in_force),
        ),
        scope=f"upstreams of {drill.vendor}: {', '.join(begun.upstreams)}",
        method=FORESEEN,
        gaps=GAPS,
        next_steps=(
            (
                f"offramp drill report {quote(drill.name)}",
                f"offramp drill end {quote(drill.name)} --by NAME",
            )
            if is_recorded
            else ()
        ),
    )


def drill_document(found: drills.Report, at: Instant) -> Document:
    """`drill/v1`: what broke, by application and route."""
    drill = found.drill
    ended = f"ended {format_instant(drill.ended_at)}" if drill.ended_at else "goes on"
    broke = found.count("refused") + found.count("failed")
    return Document(
        schema="offramp/drill/v1",
        title=f"drill {drill.name} ({drill.vendor} not permitted, {ended}): "
        f"{broke} of {found.count('total')} affected requests broke",
        at=drill.ended_at or at,
        body={
            "drill": drill.name,
            "vendor": drill.vendor,
            "by": drill.by,
            "reason": drill.reason,
            "began_at": format_instant(drill.at),
            "ended_at": format_instant(drill.ended_at) if drill.ended_at else None,
            "ended_by": drill.ended_by,
            "requests": found.requests,
            "affected": [drills.affected_body(one) for one in found.affected],
            "latency_ms": {
                "before": {"answers": len(found.before_ms), "median": drills.middle(found.before_ms)},
                "affected": {"answers": len(found.took_ms), "median": drills.middle(found.took_ms)},
            },
        },
        tables=_tables(found),
        notes=() if found.affected else ("no request of its time was affected",),
        scope=f"{found.requests} requests while drill {drill.name} went on",
        method=METHOD,
        gaps=GAPS if drill.ended_at else ("the drill has not ended", *GAPS),
        next_steps=(f"offramp evidence state drill {quote(drill.name)} --by NAME",) if drill.ended_at else (),
    )


def _tables(found: drills.Report) -> tuple[Table, ...]:
    if not found.affected:
        return ()
    rows = tuple(
        (
            one.application,
            one.route,
            str(one.total),
            str(one.answered),
            str(one.refused),
            str(one.failed),
            _milliseconds(drills.middle(one.took_ms)),
            ", ".join(f"{name} ({count})" for name, count in one.losses.most_common(5)) or "none",
        )
        for one in found.affected
    )
    columns = ("application", "route", "requests", "answered", "refused", "failed", "median", "lost")
    compared = (
        ("before, same routes", str(len(found.before_ms)), _milliseconds(drills.middle(found.before_ms))),
        ("affected, answered", str(len(found.took_ms)), _milliseconds(drills.middle(found.took_ms))),
    )
    return (
        Table(
            title="what became of affected requests", columns=columns, rows=rows, below=1, names_below=True
        ),
        Table(title="latency", columns=("answers", "number", "median"), rows=compared),
    )


def _milliseconds(value: int | None) -> str:
    return "unknown" if value is None else f"{value} ms"
