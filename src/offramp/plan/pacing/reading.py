"""What the database holds of ramps that go on by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from offramp.core.ids import RouteName
from offramp.core.instants import Instant, parse_instant
from offramp.store.schema import plan_pauses, plan_ramps, plan_steps, plan_verdicts
from offramp.workspace.rules import Schedule, ScheduledStep

PASSED = "passed"
FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A route's share, and since when it is that."""

    share: int
    at: Instant
    by: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a named person or trial found."""

    name: str
    has_passed: bool
    at: Instant
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What keeps a route's schedule from going on."""

    route: RouteName
    name: str
    """`person`, or the measure that left its band."""
    at: Instant
    by: str
    reason: str
    waits_for_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Schedules, verdicts and pauses at one moment."""

    ramps: Mapping[RouteName, Ramp] = field(default_factory=dict)
    schedules: Mapping[RouteName, Schedule] = field(default_factory=dict)
    """Those recorded by command; they come before `offramp.yaml`'s."""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()

    def pausing(self, route: str) -> tuple[Pause, ...]:
        """What keeps this route's schedule from going on."""
        return tuple(pause for pause in self.pauses if pause.route == route)


def read_pace(connection: Connection) -> Pace:
    """What is stored now. A database that no newer writer opened yet has ramps only."""
    ramps = {
        RouteName(row.route): Ramp(share=row.share, at=parse_instant(row.at), by=row.by, cause=row.cause)
        for row in connection.execute(select(plan_ramps))
    }
    if not connection.dialect.has_table(connection, plan_steps.name):
        return Pace(ramps=ramps)
    return Pace(
        ramps=ramps,
        schedules=_schedules(connection),
        verdicts={
            row.name: Verdict(
                name=row.name,
                has_passed=row.outcome == PASSED,
                at=parse_instant(row.at),
                by=row.by,
                reason=row.reason,
            )
            for row in connection.execute(select(plan_verdicts))
        },
        pauses=tuple(
            Pause(
                route=RouteName(row.route),
                name=row.name,
                at=parse_instant(row.at),
                by=row.by,
                reason=row.reason,
                waits_for_person=bool(row.waits_for_person),
            )
            for row in connection.execute(select(plan_pauses).order_by(plan_pauses.c.at))
        ),
    )


def _schedules(connection: Connection) -> dict[RouteName, Schedule]:
    order = select(plan_steps).order_by(plan_steps.c.route, plan_steps.c.number)
    steps: dict[RouteName, list[ScheduledStep]] = {}
    said: dict[RouteName, tuple[str, Instant]] = {}
    for row in connection.execute(order):
        route = RouteName(row.route)
        step = ScheduledStep(at=parse_instant(row.at), share=row.share, after=row.after)
        steps.setdefault(route, []).append(step)
        said[route] = (row.by, parse_instant(row.recorded_at))
    return {
        route: Schedule(by=said[route][0], steps=tuple(found), recorded_at=said[route][1])
        for route, found in steps.items()
    }
