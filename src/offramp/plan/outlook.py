"""The plan seen from one instant: items with deadlines and states, what is late, what changes next."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from offramp.core.ids import VendorId
from offramp.core.instants import Instant, days_between
from offramp.instruments import Instruments, binds, change_points
from offramp.plan.changes import what_changes
from offramp.plan.deadlines import Deadlines, deadlines_for
from offramp.plan.exits import ExitPlan
from offramp.plan.items import LEFT, Item, ItemState, Use, state_at
from offramp.plan.norms import cite
from offramp.plan.stored import Stored
from offramp.plan.traffic import HeldBy, TrafficState, share_of, successors_of
from offramp.workspace import Route, Workspace

__all__ = ["LEFT", "Change", "Duty", "ExitOutlook", "Item", "ItemState", "Outlook", "RouteOutlook", "look"]

SOON = timedelta(days=7)
MOST_CHANGES = 5
TRAFFIC_KINDS = frozenset({"sdk-import", "sdk-call", "endpoint", "model-id", "provider-selector"})
"""Uses that go away when an application's requests go elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitOutlook:
    """How one exit stands."""

    exit: ExitPlan
    days_left: int
    by_state: Mapping[ItemState, int]
    by_system: Mapping[str, Mapping[ItemState, int]]

    @property
    def total(self) -> int:
        """Every item the exit ever had."""
        return sum(self.by_state.values())

    @property
    def left(self) -> int:
        """Items that still have to be done: neither moved nor rerouted."""
        return _left(self.by_state)

    def left_in(self, system: str) -> int:
        """The same for one system."""
        return _left(self.by_system[system])


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOutlook:
    """One route: how much of it has moved, and what holds its targets."""

    route: Route
    vendors: tuple[VendorId, ...]
    """The vendor of each target, in order."""
    share: int
    is_set: bool
    """False where nobody ever set a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An instant at which an answer can change, and what begins or ends then."""

    at: Instant
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A duty of the organisation with a date."""

    norm: str
    at: Instant
    clause: str
    source: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Everything `status` and `plan` show."""

    at: Instant
    exits: tuple[ExitOutlook, ...]
    items: tuple[Item, ...]
    """The earliest deadline first; items without one last."""
    routes: tuple[RouteOutlook, ...]
    held: tuple[HeldBy, ...]
    changes: tuple[Change, ...]
    duties: tuple[Duty, ...]
    undecided: tuple[str, ...]

    @property
    def late(self) -> tuple[Item, ...]:
        """Items past their deadline, or with less time left than moving them takes."""
        return tuple(i for i in self.items if i.state in (ItemState.OVERDUE, ItemState.LATE_START))

    @property
    def starting(self) -> tuple[Item, ...]:
        """Open items that have to be begun within seven days."""
        return tuple(
            item
            for item in self.items
            if item.state is ItemState.OPEN and item.start_by is not None and item.start_by <= self.at + SOON
        )


def look(workspace: Workspace, instruments: Instruments, stored: Stored, at: Instant) -> Outlook:
    """The plan at `at`, judged with what was known then; what was recorded after it is left out."""
    exits = {one.vendor: one for one in stored.exits if one.started_at <= at}
    dates: dict[tuple[VendorId, str], Deadlines] = {}
    items = []
    for use in stored.uses:
        if use.seen_at > at:
            continue
        key = (use.vendor, use.system)
        if key not in dates:
            by_at = exits[use.vendor].by_at if use.vendor in exits else None
            dates[key] = deadlines_for(workspace, instruments, use.vendor, use.system, by_at, at)
        deadline = dates[key].first
        rerouted = is_rerouted(workspace, stored.traffic, use)
        items.append(
            Item(use=use, deadline=deadline, state=state_at(use, deadline, at, is_rerouted=rerouted))
        )
    items.sort(key=_when)
    undecided = sorted({note for one in dates.values() for note in one.undecided})
    return Outlook(
        at=at,
        exits=tuple(_exit_outlook(one, items, at) for one in exits.values()),
        items=tuple(items),
        routes=_routes(workspace, stored.traffic),
        held=cite(workspace, instruments, stored.traffic.causes, at),
        changes=tuple(
            Change(at=point, what=what)
            for point in change_points(instruments)
            if point > at and (what := what_changes(instruments, point, at))
        )[:MOST_CHANGES],
        duties=_duties(workspace, instruments, tuple(exits), at),
        undecided=tuple(undecided),
    )


def is_rerouted(workspace: Workspace, traffic: TrafficState, use: Use) -> bool:
    """Whether every route that led to the use's vendor now sends all conversations to another one.

    Only for uses that make requests, of systems with an application: what a dependency, a credential or a
    declared setting does is not decided by a route.
    """
    if use.kind not in TRAFFIC_KINDS:
        return False
    if not any(application.system == use.system for application in workspace.applications.values()):
        return False
    leading = [
        route
        for route in workspace.routes.values()
        if workspace.upstreams[route.targets[0].upstream].vendor == use.vendor
    ]
    return bool(leading) and all(
        len(route.targets) > 1
        and share_of(route, traffic) == 100
        and all(workspace.upstreams[one.upstream].vendor != use.vendor for one in successors_of(route))
        for route in leading
    )


def _when(item: Item) -> tuple[bool, float, str, str, int]:
    at = item.deadline.at.timestamp() if item.deadline else 0.0
    return (item.deadline is None, at, item.use.system, item.use.path, item.use.line)


def _exit_outlook(exit_plan: ExitPlan, items: list[Item], at: Instant) -> ExitOutlook:
    own = [item for item in items if item.use.vendor == exit_plan.vendor]
    systems = sorted({item.use.system for item in own})
    return ExitOutlook(
        exit=exit_plan,
        days_left=days_between(at, exit_plan.by_at),
        by_state=Counter(item.state for item in own),
        by_system={
            system: Counter(item.state for item in own if item.use.system == system) for system in systems
        },
    )


def _left(counts: Mapping[ItemState, int]) -> int:
    return sum(counts.get(state, 0) for state in LEFT)


def _routes(workspace: Workspace, traffic: TrafficState) -> tuple[RouteOutlook, ...]:
    return tuple(
        RouteOutlook(
            route=route,
            vendors=tuple(workspace.upstreams[target.upstream].vendor for target in route.targets),
            share=share_of(route, traffic),
            is_set=route.name in traffic.shares or share_of(route, traffic) > 0,
        )
        for route in workspace.routes.values()
    )


def _duties(
    workspace: Workspace, instruments: Instruments, vendors: tuple[VendorId, ...], at: Instant
) -> tuple[Duty, ...]:
    found = {
        (one.norm, one.deadline_at): Duty(
            norm=one.norm,
            at=one.deadline_at,
            clause=one.quote,
            source=one.source,
            standing=one.standing.note or one.standing.state.value,
        )
        for vendor in vendors
        for one in binds(instruments, user=workspace.organisation.kinds, vendor=vendor, at=at, known=at)
        if one.deadline_at is not None
    }
    return tuple(sorted(found.values(), key=lambda duty: (duty.at, duty.norm)))
