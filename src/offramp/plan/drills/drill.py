"""Drills: the loss of a vendor rehearsed. It is healthy but not permitted, and nothing else changes.

A drill holds every upstream of its vendor by the cause `drill:NAME`. While it goes on, the gateway takes that
cause as it would a prohibition: a route that refuses what is forbidden refuses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, select

from offramp.core.errors import OfframpError
from offramp.core.ids import ApplicationId, RouteName, UpstreamId, VendorId
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.evidence import Change, EntryType
from offramp.instruments import Instruments
from offramp.plan.moves import Act, Step, cut, restore
from offramp.plan.pacing.steps import step_of
from offramp.plan.traffic import SPREAD, Cause, CauseKind, TrafficState, barring, order_targets
from offramp.store.schema import plan_drills
from offramp.workspace import Route, WhenForbidden, Workspace

BUCKETS = tuple(share + 100 * position for share in range(100) for position in range(0, SPREAD, SPREAD // 20))
"""Conversations as routes spread them, evenly chosen."""
LONGEST = timedelta(days=7)
GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A drill as it was begun, and when it ended."""

    name: str
    vendor: VendorId
    at: Instant
    until: Instant
    by: str
    reason: str
    ended_at: Instant | None = None
    ended_by: str = ""

    @property
    def cause(self) -> Cause:
        """What it holds by."""
        return Cause(CauseKind.DRILL, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What beginning a drill does."""

    drill: Drill
    upstreams: tuple[UpstreamId, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """Requests of an application to a route that would have no permitted target."""

    application: ApplicationId
    route: RouteName
    why: str


def read_drills(connection: Connection) -> tuple[Drill, ...]:
    """Every drill there was, the oldest first."""
    if not connection.dialect.has_table(connection, plan_drills.name):
        return ()
    return tuple(
        Drill(
            name=row.name,
            vendor=VendorId(row.vendor),
            at=parse_instant(row.at),
            until=parse_instant(row.until),
            by=row.by,
            reason=row.reason,
            ended_at=parse_instant(row.ended_at) if row.ended_at else None,
            ended_by=row.ended_by,
        )
        for row in connection.execute(select(plan_drills).order_by(plan_drills.c.at, plan_drills.c.name))
    )


def begin(
    workspace: Workspace,
    state: TrafficState,
    instruments: Instruments,
    known: Sequence[Drill],
    vendor: str,
    lasts: timedelta,
    act: Act,
) -> Begun:
    """The steps that begin it. Raises where the vendor has no upstream here, or the name was used."""
    own = tuple(one.id for one in workspace.upstreams.values() if one.vendor == vendor)
    if not own:
        vendors = sorted({one.vendor for one in workspace.upstreams.values()})
        raise OfframpError(
            "vendor-without-upstream",
            f"no upstream of this workspace is of vendor `{vendor}`",
            help=f"use one of: {', '.join(vendors)}" if vendors else "add one under `upstreams`",
        )
    name = act.cause.name
    if any(drill.name == name for drill in known) or any(hold.cause == act.cause for hold in state.causes):
        raise OfframpError(
            "drill-exists", f"there was a drill `{name}` already", help="give this one another --name"
        )
    if not timedelta(0) < lasts <= LONGEST:
        raise OfframpError(
            "drill-length", "a drill lasts more than nothing and at most 7 days", help="write --for 10m"
        )
    drill = Drill(
        name=name, vendor=VendorId(vendor), at=act.at, until=act.at + lasts, by=act.by, reason=act.reason
    )
    steps = [cut(workspace, state, instruments, upstream, None, act).step for upstream in own]
    found = [step for step in steps if step is not None]
    # INVARIANT: the drill is known with its first cause, so that no cause of it ever counts as another.
    first = replace(found[0], changes=(Change("plan_drills", _row(drill)), *found[0].changes))
    return Begun(drill=drill, upstreams=own, steps=(first, *found[1:]))


def end(
    workspace: Workspace, state: TrafficState, instruments: Instruments, drill: Drill, act: Act
) -> tuple[Step, ...]:
    """The steps that end it: every cause of it is lifted. None where it has ended."""
    if drill.ended_at is not None:
        return ()
    held = dict.fromkeys(hold.upstream for hold in state.causes if hold.cause == drill.cause)
    steps = []
    for upstream in held:
        if upstream in workspace.upstreams:
            step = restore(workspace, state, instruments, upstream, None, act).step
            steps += [step] if step is not None else []
    row = _row(replace(drill, ended_at=act.at, ended_by=act.by))
    if not steps:
        data = {"drill": drill.name, "ended": True}
        steps = [step_of(EntryType.CONFIG, f"drill:{drill.name}", act, data, ())]
    last = steps[-1]
    return (*steps[:-1], replace(last, changes=(*last.changes, Change("plan_drills", row))))


def is_over(drill: Drill, state: TrafficState, at: Instant) -> bool:
    """Its time has come, or somebody lifted the last of its causes."""
    is_lifted = all(hold.cause != drill.cause for hold in state.causes)
    return drill.ended_at is None and (drill.until <= at or is_lifted)


def end_act(drill: Drill, at: Instant, recorded_at: Instant) -> Act:
    """The gateway's act that ends a drill whose time is over."""
    reason = "its time is over" if drill.until <= at else "nothing of it is held any more"
    return Act(by=GATEWAY, cause=drill.cause, reason=reason, at=at, recorded_at=recorded_at)


def stranded(workspace: Workspace, state: TrafficState, vendor: str) -> tuple[Stranded, ...]:
    """Who would have no permitted target without `vendor`, as routes and causes stand. No norm is asked."""
    found = []
    for route in workspace.routes.values():
        why = _why(workspace, state, route, vendor)
        found += [
            Stranded(application=one.id, route=route.name, why=why)
            for one in workspace.applications.values()
            if why
        ]
    return tuple(found)


def _why(workspace: Workspace, state: TrafficState, route: Route, vendor: str) -> str:
    targets = [target for target in route.targets if not barring(state, target.upstream, route.name)]
    is_own = [workspace.upstreams[target.upstream].vendor == vendor for target in targets]
    if not any(is_own):
        return ""
    if all(is_own):
        return "no target of another vendor"
    if route.when_forbidden is WhenForbidden.NEXT:
        return ""
    firsts = [order_targets(route, state, bucket)[0] for bucket in BUCKETS]
    share = sum(workspace.upstreams[first.upstream].vendor == vendor for first in firsts) / len(firsts)
    if not share:
        return ""
    return f"{share:.0%} of conversations begin there, and the route refuses what is forbidden"


def _row(drill: Drill) -> dict[str, str]:
    return {
        "name": drill.name,
        "vendor": drill.vendor,
        "at": format_instant(drill.at),
        "until": format_instant(drill.until),
        "by": drill.by,
        "reason": drill.reason,
        "ended_at": format_instant(drill.ended_at) if drill.ended_at else "",
        "ended_by": drill.ended_by,
    }
