"""Schedules: which step is due, what it waits for, and the step that takes it.

A step counts from the latest of its own date, the day its schedule was recorded and its verdict. It is due
where that is later than the last time anybody ramped the route: who ramps by hand overtakes what was due
before. So a step is taken once, whether or not the gateway ran at its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Change, EntryType
from offramp.instruments import Instruments
from offramp.plan.moves import Act, Ramped, Step, ramp
from offramp.plan.pacing.reading import Pace
from offramp.plan.pacing.steps import step_of
from offramp.plan.traffic import Cause, CauseKind, TrafficState
from offramp.workspace import Route, Workspace
from offramp.workspace.rules import Schedule, ScheduledStep, step_instant

GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A step whose time has come."""

    number: int
    """From 1."""
    step: ScheduledStep
    schedule: Schedule
    counts_from: Instant
    passed_over: int
    """Earlier steps that were due as well and are not taken one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One step, and how it stands."""

    number: int
    step: ScheduledStep
    standing: str
    """`taken`, `due`, `coming`, or what it waits for."""


def schedule_of(route: Route, pace: Pace) -> Schedule | None:
    """The one recorded by command, else the one of `offramp.yaml`."""
    return pace.schedules.get(route.name) or route.rules.schedule


def due(route: Route, pace: Pace, at: Instant) -> Due | None:
    """The step to take now; None where none is due, or something keeps the schedule from going on."""
    schedule = schedule_of(route, pace)
    if schedule is None or pace.pausing(route.name):
        return None
    last = pace.ramps.get(route.name)
    found: Due | None = None
    for number, step in enumerate(schedule.steps, 1):
        counts_from = _counts_from(step, schedule, pace)
        if counts_from is None or counts_from > at:
            break
        if last is None or counts_from > last.at:
            found = Due(
                number=number,
                step=step,
                schedule=schedule,
                counts_from=counts_from,
                passed_over=found.passed_over + 1 if found else 0,
            )
    return found


def outlook(route: Route, pace: Pace, at: Instant) -> tuple[Outlook, ...]:
    """Every step of the route's schedule, and how it stands at `at`."""
    schedule = schedule_of(route, pace)
    if schedule is None:
        return ()
    found = due(route, pace, at)
    pauses = pace.pausing(route.name)
    last = pace.ramps.get(route.name)
    steps: list[Outlook] = []
    waits = ""
    for number, step in enumerate(schedule.steps, 1):
        counts_from = _counts_from(step, schedule, pace)
        if counts_from is None and not waits:
            verdict = pace.verdicts.get(step.after)
            why = "failed" if verdict is not None else "is not recorded"
            waits = f"waits: verdict `{step.after}` {why}"
        if waits:
            standing = waits
        elif counts_from is not None and counts_from > at:
            standing = "coming"
        elif counts_from is not None and last is not None and counts_from <= last.at:
            standing = "taken" if last.share == step.share else "overtaken"
        elif pauses:
            standing = f"paused by {', '.join(pause.name for pause in pauses)}"
        else:
            standing = "due" if found is not None and found.number == number else "passed over"
        steps.append(Outlook(number=number, step=step, standing=standing))
    return tuple(steps)


def moved_on(
    workspace: Workspace,
    state: TrafficState,
    instruments: Instruments,
    route: Route,
    found: Due,
    *,
    at: Instant,
    recorded_at: Instant,
) -> Ramped:
    """The ramp that takes `found`. Its cause is the person who made the schedule."""
    step = found.step
    reason = f"step {found.number} of the schedule, due {format_instant(step.at)}"
    if step.after:
        reason += f", after verdict {step.after}"
    act = Act(
        by=GATEWAY,
        cause=Cause(CauseKind.PERSON, found.schedule.by),
        reason=reason,
        at=at,
        recorded_at=recorded_at,
    )
    # Also where the share is that already: the step is recorded as taken.
    known = {name: share for name, share in state.shares.items() if name != route.name}
    ramped = ramp(workspace, replace(state, shares=known), instruments, route.name, step.share, act)
    ramped = replace(ramped, before=state.shares.get(route.name, ramped.before))
    if ramped.step is None:
        return ramped
    data = {
        **ramped.step.entry.data,
        "before": ramped.before,
        "schedule": {
            "step": found.number,
            "of": len(found.schedule.steps),
            "due_at": format_instant(step.at),
            "counts_from": format_instant(found.counts_from),
            "passed_over": found.passed_over,
            "after": step.after,
        },
    }
    entry = replace(ramped.step.entry, data=data)
    return replace(ramped, step=Step(entry, ramped.step.changes))


def scheduled(route: Route, pace: Pace, steps: Sequence[ScheduledStep], act: Act) -> Step | None:
    """The route's recorded schedule is `steps`; with none, `offramp.yaml`'s counts again.

    No step where nothing would change. Raises `route-without-successor`.
    """
    if steps and len(route.targets) < 2:
        raise OfframpError(
            "route-without-successor",
            f"route `{route.name}` has one target, so nothing can move",
            help=f"add a second target under `routes: {route.name}: targets` in offramp.yaml",
        )
    before = pace.schedules.get(route.name)
    old = before.steps if before else ()
    if old == tuple(steps):
        return None
    rows = [
        Change(
            "plan_steps",
            {
                "route": route.name,
                "number": number,
                "at": format_instant(step.at),
                "share": step.share,
                "after": step.after,
                "by": act.by,
                "recorded_at": format_instant(act.at),
            },
        )
        for number, step in enumerate(steps, 1)
    ]
    gone = range(len(steps) + 1, len(old) + 1)
    rows += [
        Change("plan_steps", {"route": route.name, "number": number}, is_removal=True) for number in gone
    ]
    told = [{"at": format_instant(one.at), "share": one.share, "after": one.after} for one in steps]
    return step_of(EntryType.CONFIG, route.name, act, {"schedule": told}, tuple(rows))


def parse_schedule(text: str) -> tuple[ScheduledStep, ...]:
    """Read `2026-03-10=10, 2026-03-20T09:00Z=50 after trial-7`; `none` is no step at all."""
    if text.strip() == "none":
        return ()
    steps: list[ScheduledStep] = []
    for part in text.split(","):
        when, _, rest = part.strip().partition("=")
        share, _, after = rest.strip().partition(" after ")
        if not share.strip().isdigit() or int(share) > 100:
            raise OfframpError(
                "schedule-unreadable",
                f"`{part.strip()}` is not a step",
                help="write DATE=SHARE, or DATE=SHARE after VERDICT, with commas between; or none",
            )
        step = ScheduledStep(at=step_instant(when.strip()), share=int(share), after=after.strip())
        if steps and step.at <= steps[-1].at:
            raise OfframpError(
                "schedule-disordered",
                f"step `{part.strip()}` is not later than the one before it",
                help="write the steps in the order of their dates",
            )
        steps.append(step)
    return tuple(steps)


def _counts_from(step: ScheduledStep, schedule: Schedule, pace: Pace) -> Instant | None:
    """When the step counts from; None while its verdict is not recorded as passed."""
    found = [step.at]
    if schedule.recorded_at is not None:
        found.append(schedule.recorded_at)
    if step.after:
        verdict = pace.verdicts.get(step.after)
        if verdict is None or not verdict.has_passed:
            return None
        found.append(verdict.at)
    return max(found)


def waiting_for(workspace: Workspace, pace: Pace, name: str) -> tuple[tuple[Route, int], ...]:
    """The routes with a step that waits for the verdict `name`, and the step's number."""
    return tuple(
        (route, number)
        for route in workspace.routes.values()
        if (schedule := schedule_of(route, pace)) is not None
        for number, step in enumerate(schedule.steps, 1)
        if step.after == name
    )
