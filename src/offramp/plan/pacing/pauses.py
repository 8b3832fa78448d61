"""Pauses of a schedule: by a person, or by a measure that left its band; and the step back."""

from collections.abc import Sequence
from dataclasses import replace

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Change, EntryType
from offramp.instruments import Instruments
from offramp.plan.moves import Act, Ramped, Step, ramp
from offramp.plan.pacing.bands import Standing
from offramp.plan.pacing.reading import Pace, Pause
from offramp.plan.pacing.schedule import GATEWAY, schedule_of
from offramp.plan.pacing.steps import step_of
from offramp.plan.traffic import Cause, CauseKind, TrafficState, share_of
from offramp.workspace import Route, Workspace
from offramp.workspace.rules import Bands, OnLeave

PERSON = "person"
BAND = "band"
"""The kind of cause a measure is."""


def paused(
    route: Route,
    pace: Pace,
    act: Act,
    *,
    name: str = PERSON,
    standing: Standing | None = None,
    bands: Bands | None = None,
) -> Step | None:
    """The route's schedule goes on no further until this pause is lifted. No step where it is paused so."""
    if any(pause.name == name for pause in pace.pausing(route.name)):
        return None
    waits = name == PERSON or (bands is not None and bands.on_leave is OnLeave.STEP_BACK)
    row = {
        "route": route.name,
        "name": name,
        "at": format_instant(act.at),
        "by": act.by,
        "reason": act.reason,
        "waits_for_person": int(waits),
    }
    data: dict[str, object] = {"paused": name, "waits_for_person": waits}
    if standing is not None and bands is not None:
        data["measured"] = _told(standing, bands)
    cause = "" if name == PERSON else f"{BAND}:{name}"
    return step_of(EntryType.CONFIG, route.name, act, data, (Change("plan_pauses", row),), cause)


def resumed(route: Route, pauses: Sequence[Pause], act: Act, *, cause: str = "") -> Step | None:
    """These pauses of the route are over. No step where there is none."""
    if not pauses:
        return None
    rows = tuple(
        Change("plan_pauses", {"route": pause.route, "name": pause.name}, is_removal=True) for pause in pauses
    )
    data = {"resumed": [pause.name for pause in pauses]}
    return step_of(EntryType.CONFIG, route.name, act, data, rows, cause)


def stepped_back(
    workspace: Workspace,
    state: TrafficState,
    instruments: Instruments,
    route: Route,
    pace: Pace,
    standing: Standing,
    act: Act,
) -> Ramped:
    """The share before the present one: the schedule's next lower, or 0."""
    share = share_of(route, state)
    schedule = schedule_of(route, pace)
    lower = [step.share for step in schedule.steps if step.share < share] if schedule else []
    ramped = ramp(workspace, state, instruments, route.name, max(lower, default=0), act)
    bands = route.rules.bands
    if ramped.step is None or bands is None:
        return ramped
    entry = replace(
        ramped.step.entry,
        cause=f"{BAND}:{standing.measure}",
        data={**ramped.step.entry.data, "measured": _told(standing, bands), "for": str(act.cause)},
    )
    return replace(ramped, step=Step(entry, ramped.step.changes))


def act_for(
    route: Route, bands: Bands, standing: Standing, pace: Pace, at: Instant, recorded_at: Instant
) -> Act:
    """The gateway's act on a measure, for the person whose ramp it is."""
    schedule = schedule_of(route, pace)
    ramp_now = pace.ramps.get(route.name)
    by = schedule.by if schedule else ramp_now.by if ramp_now else GATEWAY
    return Act(
        by=GATEWAY,
        cause=Cause(CauseKind.PERSON, by),
        reason=standing.told(bands),
        at=at,
        recorded_at=recorded_at,
    )


def check_route(workspace: Workspace, name: str) -> Route:
    """The route of that name. Raises `route-unknown`."""
    for route in workspace.routes.values():
        if route.name == name:
            return route
    raise OfframpError(
        "route-unknown",
        f"no route `{name}` in offramp.yaml",
        help=f"use one of: {', '.join(workspace.routes)}" if workspace.routes else "add it under `routes`",
    )


def _told(standing: Standing, bands: Bands) -> dict[str, object]:
    """For programs. Numbers that may have a fraction are text, as everywhere in the ledger."""
    edges = bands.edges[standing.measure]
    return {
        "measure": str(standing.measure),
        "value": "unknown" if standing.value is None else f"{standing.value:.4f}",
        "tries": standing.requests,
        "most": f"{edges.most:g}",
        "again": f"{edges.again:g}",
        "window_minutes": bands.window_minutes,
    }
