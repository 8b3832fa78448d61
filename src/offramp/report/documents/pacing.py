"""Where a route's ramp stands: its share, its schedule, its pauses and bands; and a recorded verdict."""

from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.plan import moves, pacing, stored, traffic
from offramp.plan.following import Recorded
from offramp.report.document import Document, Table
from offramp.report.documents.recorded import recorded_body, recorded_notes
from offramp.workspace import Route, Workspace

METHOD = "shares, schedules, verdicts and pauses as stored in the workspace's state and in offramp.yaml"
GAPS = (
    "steps are taken while the gateway runs, or when it starts next",
    "traffic that does not pass the gateway is not moved",
)


def pace_document(
    workspace: Workspace,
    route: Route,
    seen: stored.Stored,
    at: Instant,
    *,
    step: moves.Step | None = None,
    recorded: Recorded | None = None,
) -> Document:
    """`ramp-outlook/v1`: where the route stands at `at`, after `step` where one was recorded."""
    pace = seen.pace
    share = traffic.share_of(route, seen.traffic)
    schedule = pacing.schedule_of(route, pace)
    steps = pacing.outlook(route, pace, at)
    pauses = pace.pausing(route.name)
    source = "none" if schedule is None else "recorded" if route.name in pace.schedules else "offramp.yaml"
    title = f"route {route.name}: {share} % of conversations go to its successors"
    if pauses:
        title += f"; paused by {', '.join(pause.name for pause in pauses)}"
    return Document(
        schema="offramp/ramp-outlook/v1",
        title=title,
        at=at,
        body={
            "route": route.name,
            "share": share,
            "schedule": {
                "source": source,
                "by": schedule.by if schedule else "",
                "steps": [_step_body(one) for one in steps],
            },
            "pauses": [pause_body(one) for one in pauses],
            "bands": _bands_body(route),
            "recorded": None if step is None else str(step.entry.type),
            **recorded_body(recorded),
        },
        tables=(*_steps_table(steps, source), *_pauses_table(pauses), *_bands_table(route)),
        notes=recorded_notes(recorded),
        scope=f"route {route.name} of {workspace.organisation.name}",
        method=METHOD,
        gaps=GAPS,
    )


def verdict_document(
    name: str,
    outcome: str,
    waiting: Sequence[tuple[Route, int]],
    act: moves.Act,
    recorded: Recorded | None,
) -> Document:
    """`verdict/v1`: what was recorded, and which steps wait for it."""
    waits = [{"route": route.name, "step": number} for route, number in waiting]
    rows = tuple((route.name, str(number)) for route, number in waiting)
    return Document(
        schema="offramp/verdict/v1",
        title=f"verdict {name}: {outcome}, by {act.by}",
        at=act.at,
        body={
            "verdict": name,
            "outcome": outcome,
            "by": act.by,
            "reason": act.reason,
            "waiting": waits,
            **recorded_body(recorded),
        },
        tables=(Table(title="steps that wait for it", columns=("route", "step"), rows=rows),) if rows else (),
        notes=(
            *(() if rows else ("no step of any schedule waits for it",)),
            *recorded_notes(recorded),
        ),
        scope=f"verdict {name}",
        method="the verdict is what the named person says; nothing was tried here",
        gaps=("whether what it rests on is true was not examined",),
    )


def _step_body(one: pacing.Outlook) -> JsonObject:
    return {
        "number": one.number,
        "at": format_instant(one.step.at),
        "share": one.step.share,
        "after": one.step.after,
        "standing": one.standing,
    }


def pause_body(one: pacing.Pause) -> JsonObject:
    """One pause."""
    return {
        "name": one.name,
        "at": format_instant(one.at),
        "by": one.by,
        "reason": one.reason,
        "waits_for_person": one.waits_for_person,
    }


def _bands_body(route: Route) -> JsonObject | None:
    bands = route.rules.bands
    if bands is None:
        return None
    return {
        "window_minutes": bands.window_minutes,
        "least_requests": bands.least_requests,
        "on_leave": str(bands.on_leave),
        "edges": {
            str(measure): {"most": band.most, "again": band.again} for measure, band in bands.edges.items()
        },
    }


def _steps_table(steps: Sequence[pacing.Outlook], source: str) -> tuple[Table, ...]:
    if not steps:
        return ()
    rows = tuple(
        (str(one.number), format_instant(one.step.at), f"{one.step.share} %", one.step.after, one.standing)
        for one in steps
    )
    columns = ("step", "from", "share", "after verdict", "stands")
    return (Table(title=f"schedule ({source})", columns=columns, rows=rows),)


def _pauses_table(pauses: Sequence[pacing.Pause]) -> tuple[Table, ...]:
    if not pauses:
        return ()
    rows = tuple(
        (
            one.name,
            format_instant(one.at),
            one.by,
            "a person's --resume" if one.waits_for_person else "the measure",
            one.reason,
        )
        for one in pauses
    )
    columns = ("paused by", "since", "by", "waits for", "reason")
    return (Table(title="pauses", columns=columns, rows=rows, below=1),)


def _bands_table(route: Route) -> tuple[Table, ...]:
    bands = route.rules.bands
    if bands is None:
        return ()
    rows = tuple((str(measure), f"{band.most:g}", f"{band.again:g}") for measure, band in bands.edges.items())
    title = (
        f"bands over {bands.window_minutes} minutes and at least {bands.least_requests} tries; "
        f"on leaving: {bands.on_leave}"
    )
    return (Table(title=title, columns=("measure", "leaves above", "is back at"), rows=rows),)
