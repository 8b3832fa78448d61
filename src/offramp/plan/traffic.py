"""Where traffic goes: shares of ramps, and what holds an upstream down.

`order_targets` is the rule every gateway worker follows; it is pure, so that the rule can be tested
without one. Reading the state is here too; changing it is in `moves.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection, select

from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.ids import RouteName, UpstreamId
from offramp.core.instants import Instant, parse_instant
from offramp.store.schema import plan_causes, plan_drills, plan_ramps
from offramp.workspace import Route, Target

BUCKETS = 100
"""Conversations are spread over buckets 0 to 99; a share of 25 moves buckets 0 to 24."""

SPREAD = 10_000
"""How finely conversations that move are spread over several successors."""


class CauseKind(StrEnum):
    """Who or what holds an upstream down."""

    NORM = "norm"
    PERSON = "person"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason to hold, written `norm:ID`, `person:NAME` or `drill:NAME`."""

    kind: CauseKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}"


def parse_cause(text: str) -> Cause:
    """Read `norm:ID`, `person:NAME` or `drill:NAME`; raises `cause-unreadable`."""
    kind, _, name = text.partition(":")
    if kind not in set(CauseKind) or not name.strip():
        raise OfframpError(
            "cause-unreadable",
            f"`{text}` is not a cause",
            help="write norm:ID, person:NAME or drill:NAME",
        )
    return Cause(CauseKind(kind), name.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One live cause that holds an upstream down."""

    upstream: UpstreamId
    route: RouteName | None
    """None means every route."""
    cause: Cause
    at: Instant
    by: str
    reason: str

    @property
    def id(self) -> str:
        """The same for the same cause at the same place, so that holding twice is holding once."""
        place = "\x00".join((self.upstream, self.route or "", self.cause.kind.value, self.cause.name))
        return "c_" + sha256_hex(place.encode())[:16]

    def covers(self, upstream: str, route: str | None) -> bool:
        """Whether this hold takes `upstream` off `route`; a route of None asks about any of them."""
        return self.upstream == upstream and (self.route is None or route is None or self.route == route)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBy:
    """A live cause, with the clause it rests on where it is a norm."""

    hold: Hold
    clause: str = ""
    """What the norm says, marked as a quotation or a paraphrase."""
    source: str = ""
    standing: str = ""
    """Where the norm stands now, such as `in force` or `stayed by …`; empty for other causes."""
    is_binding: bool = False
    """The norm is in force, so that it cannot be lifted now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficState:
    """Shares and live causes at one moment."""

    shares: Mapping[RouteName, int] = field(default_factory=dict)
    """Route to the share, 0 to 100, of conversations that go to its second target."""
    causes: tuple[Hold, ...] = ()
    """What holds upstreams down now, oldest first."""
    rehearsed: frozenset[str] = frozenset()
    """Names of the drills that rehearse a prohibition: what they hold is healthy but not permitted."""

    def share(self, route: str) -> int:
        """The route's share; 0 where nobody set one."""
        return self.shares.get(RouteName(route), 0)

    def is_rehearsal(self, hold: Hold) -> bool:
        """Whether `hold` is to be taken as a prohibition would be."""
        return hold.cause.kind is CauseKind.DRILL and hold.cause.name in self.rehearsed

    def holding(self, upstream: str, route: str | None = None) -> tuple[Hold, ...]:
        """Every live cause that keeps `upstream` off `route`, or off any route."""
        if not self.causes:
            return ()
        return tuple(hold for hold in self.causes if hold.covers(upstream, route))


def barring(state: TrafficState, upstream: str, route: str | None = None) -> tuple[Hold, ...]:
    """Every live cause that keeps `upstream` off `route`, those apart that only rehearse a prohibition."""
    held = state.holding(upstream, route)
    return tuple(hold for hold in held if not state.is_rehearsal(hold)) if state.rehearsed else held


def read_traffic(connection: Connection) -> TrafficState:
    """The shares and the live causes in the database."""
    shares = {
        RouteName(row.route): int(row.share)
        for row in connection.execute(select(plan_ramps.c.route, plan_ramps.c.share))
    }
    live = (
        select(plan_causes).where(plan_causes.c.lifted_at == "").order_by(plan_causes.c.at, plan_causes.c.id)
    )
    causes = tuple(
        Hold(
            upstream=UpstreamId(row.upstream),
            route=RouteName(row.route) if row.route else None,
            cause=Cause(CauseKind(row.kind), row.name),
            at=parse_instant(row.at),
            by=row.by,
            reason=row.reason,
        )
        for row in connection.execute(live)
    )
    return TrafficState(shares=shares, causes=causes, rehearsed=_rehearsed(connection))


def _rehearsed(connection: Connection) -> frozenset[str]:
    # A database that no newer writer opened yet does not have the table.
    if not connection.dialect.has_table(connection, plan_drills.name):
        return frozenset()
    live = select(plan_drills.c.name).where(plan_drills.c.ended_at == "")
    return frozenset(connection.execute(live).scalars())


def share_of(route: Route, state: TrafficState) -> int:
    """Per cent of the route's conversations that leave its first target.

    As it was ramped; else what the targets' weights say, else 0.
    """
    share = state.shares.get(route.name)
    if share is not None:
        return share
    weights = [target.weight or 0 for target in route.targets]
    total = sum(weights)
    return 0 if total == 0 else round(100 * (total - weights[0]) / total)


def successors_of(route: Route) -> tuple[Target, ...]:
    """Where conversations go that leave the first target: those with a weight, else the second."""
    weighted = tuple(target for target in route.targets[1:] if target.weight)
    return weighted or route.targets[1:2]


def is_spread(route: Route, state: TrafficState) -> bool:
    """Whether a conversation's bucket matters: some of them go elsewhere than others."""
    targets = route.targets
    if len(targets) < 2:
        return False
    share = share_of(route, state)
    return 0 < share < BUCKETS or (share > 0 and sum(bool(target.weight) for target in targets[1:]) > 1)


def order_targets(route: Route, state: TrafficState, bucket: int) -> tuple[Target, ...]:
    """The targets a conversation in `bucket` may go to, best first; held targets are left out.

    The last two digits of `bucket` say whether it leaves the first target: below the route's share it does.
    The digits before them say which of the others it goes to, by their weights; without weights it is the
    second. The order depends on nothing else, so a conversation stays where it is, and a larger share never
    moves one back. Targets that a drill holds as a prohibition would are not left out: whoever asks treats
    them as forbidden. Empty where everything is held.
    """
    targets = route.targets
    if len(targets) > 1 and bucket % BUCKETS < share_of(route, state):
        at = _successor(targets, bucket // BUCKETS)
        targets = (targets[at], targets[0], *targets[1:at], *targets[at + 1 :])
    if not state.causes:
        return targets
    return tuple(target for target in targets if not barring(state, target.upstream, route.name))


def _successor(targets: tuple[Target, ...], position: int) -> int:
    weights = [target.weight or 0 for target in targets[1:]]
    point = position % SPREAD / SPREAD * sum(weights)
    for at, weight in enumerate(weights, 1):
        if point < weight:
            return at
        point -= weight
    return 1
