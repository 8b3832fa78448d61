"""Moving traffic: ramp, cut and restore, as steps that are ready to be recorded.

Each function decides from values and returns what it decided with one `Step`: the ledger entry and the
rows that change with it, in one transaction. No step means that nothing would change. The caller records
it with `record`; a dry run does not.
"""

from dataclasses import dataclass

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.ids import RouteName, UpstreamId
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Change, Entry, EntryType, Ledger, Receipt
from offramp.instruments import Instruments
from offramp.plan.norms import check_norm_binds, check_norm_ended, cite
from offramp.plan.traffic import Cause, CauseKind, HeldBy, Hold, TrafficState, parse_cause, share_of
from offramp.workspace import Route, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who moves traffic, why, and when."""

    by: str
    cause: Cause
    reason: str
    at: Instant
    """The instant the act counts from; norms are judged at it."""
    recorded_at: Instant
    """The instant it is written down, by the system clock."""

    @property
    def is_for_norm(self) -> bool:
        """Whether a norm is the cause, so that the instruments must be readable."""
        return self.cause.kind is CauseKind.NORM


def act(*, by: str, cause: str, reason: str, at: Instant | None, recorded_at: Instant) -> Act:
    """The act of a named person, with its cause read. Without `at` it counts from when it is recorded."""
    if not by.strip():
        raise OfframpError("name-missing", "nobody is named", help="say who does this with --by NAME")
    return Act(
        by=by.strip(),
        cause=parse_cause(cause),
        reason=reason.strip(),
        at=recorded_at if at is None else at,
        recorded_at=recorded_at,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A ledger entry and the rows that change with it."""

    entry: Entry
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramped:
    """What a ramp does."""

    route: RouteName
    before: int
    share: int
    held: tuple[HeldBy, ...]
    """What keeps traffic off the route's second target, whatever its share."""
    step: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What a cut does."""

    hold: Hold
    held: tuple[HeldBy, ...]
    """Every live cause after it, this one included."""
    step: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restoration does."""

    upstream: UpstreamId
    route: RouteName | None
    lifted: tuple[Hold, ...]
    still_held: tuple[HeldBy, ...]
    """Every other live cause that keeps the upstream down there."""
    step: Step | None


def record(ledger: Ledger, step: Step) -> Receipt:
    """Make `step` durable. When this returns, the entry and its rows are on disk together."""
    return ledger.append(step.entry, step.changes)


def ramp(
    workspace: Workspace, state: TrafficState, instruments: Instruments, route: str, share: int, act: Act
) -> Ramped:
    """Give `share` per cent of the route's conversations to its second target."""
    found = _route(workspace, route)
    if not 0 <= share <= 100:
        raise OfframpError(
            "share-out-of-range", f"`{share}` is not a share", help="give a whole number from 0 to 100"
        )
    if len(found.targets) < 2 and share > 0:
        raise OfframpError(
            "route-without-successor",
            f"route `{route}` has one target, so nothing can move",
            help=f"add a second target under `routes: {route}: targets` in offramp.yaml",
        )
    before = share_of(found, state)
    is_known = route in state.shares and before == share
    row = {
        "route": route,
        "share": share,
        "at": format_instant(act.at),
        "by": act.by,
        "cause": str(act.cause),
    }
    data = {"before": before, "share": share}
    step = _step(EntryType.RAMP, route, act, data, (Change("plan_ramps", row),), (), instruments)
    successor = found.targets[1].upstream if len(found.targets) > 1 else None
    holds = state.holding(successor, route) if successor else ()
    return Ramped(
        route=RouteName(route),
        before=before,
        share=share,
        held=cite(workspace, instruments, holds, act.at),
        step=None if is_known else step,
    )


def cut(
    workspace: Workspace,
    state: TrafficState,
    instruments: Instruments,
    upstream: str,
    route: str | None,
    act: Act,
) -> Cut:
    """Hold `upstream` down for one cause, on `route` or on every route.

    A norm must exist and be in force at `act.at`.
    """
    _check_place(workspace, upstream, route)
    rests_on: tuple[str, ...] = ()
    if act.cause.kind is CauseKind.NORM:
        rests_on = check_norm_binds(workspace, instruments, act.cause.name, UpstreamId(upstream), act.at)
    hold = Hold(
        upstream=UpstreamId(upstream),
        route=RouteName(route) if route else None,
        cause=act.cause,
        at=act.at,
        by=act.by,
        reason=act.reason,
    )
    same = next((live for live in state.causes if live.id == hold.id), None)
    others = tuple(live for live in state.holding(upstream, route) if live.id != hold.id)
    step = None
    if same is None:
        data = {"upstream": upstream, "route": route or "", "others": [str(o.cause) for o in others]}
        step = _step(
            EntryType.CUT, upstream, act, data, (Change("plan_causes", _row(hold)),), rests_on, instruments
        )
    return Cut(
        hold=same or hold, held=cite(workspace, instruments, (same or hold, *others), act.at), step=step
    )


def restore(
    workspace: Workspace,
    state: TrafficState,
    instruments: Instruments,
    upstream: str,
    route: str | None,
    act: Act,
) -> Restored:
    """Lift one cause from `upstream`, on `route` or wherever it holds; every other cause stays.

    A norm that is still in force cannot be lifted: only a stay, waiver or lift that is loaded ends it.
    """
    _check_place(workspace, upstream, route)
    rests_on: tuple[str, ...] = ()
    if act.cause.kind is CauseKind.NORM:
        rests_on = check_norm_ended(workspace, instruments, act.cause.name, act.at)
    live = state.holding(upstream, route)
    same = tuple(hold for hold in live if hold.cause == act.cause)
    wider = tuple(hold for hold in same if route is not None and hold.route is None)
    if wider:
        raise OfframpError(
            "hold-is-wider",
            f"`{act.cause}` holds `{upstream}` on every route, not only on `{route}`",
            help="leave --route out to lift it everywhere",
        )
    others = tuple(hold for hold in live if hold not in same)
    step = None
    if same:
        rows = tuple(Change("plan_causes", _lifted(hold, act)) for hold in same)
        data = {
            "upstream": upstream,
            "lifted": [hold.route or "" for hold in same],
            "still_held_by": [str(other.cause) for other in others],
        }
        step = _step(EntryType.RESTORE, upstream, act, data, rows, rests_on, instruments)
    return Restored(
        upstream=UpstreamId(upstream),
        route=RouteName(route) if route else None,
        lifted=same,
        still_held=cite(workspace, instruments, others, act.at),
        step=step,
    )


def _route(workspace: Workspace, route: str) -> Route:
    found = workspace.routes.get(RouteName(route))
    if found is None:
        raise OfframpError(
            "route-unknown",
            f"no route `{route}` in offramp.yaml",
            help=f"use one of: {', '.join(workspace.routes)}"
            if workspace.routes
            else "add it under `routes`",
        )
    return found


def _check_place(workspace: Workspace, upstream: str, route: str | None) -> None:
    if upstream not in workspace.upstreams:
        known = ", ".join(workspace.upstreams)
        raise OfframpError(
            "upstream-unknown",
            f"no upstream `{upstream}` in offramp.yaml",
            help=f"use one of: {known}" if known else "add it under `upstreams`",
        )
    if route is None:
        return
    targets = [target.upstream for target in _route(workspace, route).targets]
    if upstream not in targets:
        raise OfframpError(
            "route-elsewhere",
            f"route `{route}` does not lead to `{upstream}`",
            help=f"it leads to: {', '.join(targets)}",
        )


def _row(hold: Hold) -> dict[str, str]:
    return {
        "id": hold.id,
        "upstream": hold.upstream,
        "route": hold.route or "",
        "kind": hold.cause.kind.value,
        "name": hold.cause.name,
        "at": format_instant(hold.at),
        "by": hold.by,
        "reason": hold.reason,
        "lifted_at": "",
        "lifted_by": "",
        "lifted_reason": "",
    }


def _lifted(hold: Hold, act: Act) -> dict[str, str]:
    return _row(hold) | {
        "lifted_at": format_instant(act.at),
        "lifted_by": act.by,
        "lifted_reason": act.reason,
    }


def _step(
    type: EntryType,  # noqa: A002
    subject: str,
    act: Act,
    data: JsonObject,
    changes: tuple[Change, ...],
    rests_on: tuple[str, ...],
    loaded: Instruments,
) -> Step:
    entry = Entry(
        type=type,
        at=act.recorded_at,
        actor=act.by,
        cause=str(act.cause),
        subject=subject,
        instruments=rests_on,
        digests={"instruments": loaded.digest},
        data={**data, "decided_at": format_instant(act.at), "reason": act.reason},
    )
    return Step(entry, changes)
