"""Laws of ramps, cuts and restorations."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from offramp.core.ids import RouteName, UpstreamId, VendorId
from offramp.core.instants import parse_instant
from offramp.evidence import Change
from offramp.instruments import load
from offramp.plan import cut, moves, restore
from offramp.plan.traffic import Cause, CauseKind, Hold, TrafficState, order_targets
from offramp.workspace import Route, Target, Upstream, Workspace
from offramp.workspace.model import Organisation

NAMES = ("a", "b", "c")
ROUTES = {
    RouteName(name): Route(
        name=RouteName(name), targets=tuple(Target(upstream=UpstreamId(u), model="m") for u in NAMES)
    )
    for name in ("r", "s")
}
WORKSPACE = Workspace(
    root=Path("nowhere"),
    organisation=Organisation(name="X", kinds=("company",)),
    systems={},
    applications={},
    upstreams={
        UpstreamId(u): Upstream(id=UpstreamId(u), vendor=VendorId(f"example-{u}"), dialect="d", local="m")
        for u in NAMES
    },
    routes=ROUTES,
    successors={},
    stance=None,
    instruments=(),
    declared=(),
)
NONE = load(())
AT = parse_instant("2026-03-05")

places = st.tuples(st.sampled_from(NAMES), st.sampled_from([None, "r", "s"]))
causes = st.builds(
    lambda kind, name: f"{kind}:{name}", st.sampled_from(["person", "drill"]), st.sampled_from(NAMES)
)
holds = st.builds(lambda place, cause: (place[0], place[1], cause), places, causes)
shares = st.dictionaries(st.sampled_from([RouteName("r"), RouteName("s")]), st.integers(0, 100))


def state_of(chosen: list[tuple[str, str | None, str]], ramps: dict[RouteName, int]) -> TrafficState:
    state = TrafficState(shares=ramps)
    for upstream, route, cause in chosen:
        state = after(state, cut(WORKSPACE, state, NONE, upstream, route, act(cause)).step)
    return state


def act(cause: str) -> moves.Act:
    return moves.act(by="A", cause=cause, reason="", at=AT, recorded_at=AT)


def after(state: TrafficState, step: moves.Step | None) -> TrafficState:
    """The state once the step's rows are written, as the database would hold it."""
    live = {hold.id: hold for hold in state.causes}
    for change in step.changes if step else ():
        write(live, change)
    return TrafficState(shares=state.shares, causes=tuple(live.values()))


def write(live: dict[str, Hold], change: Change) -> None:
    row = change.row
    if row["lifted_at"]:
        live.pop(row["id"], None)
        return
    live[row["id"]] = Hold(
        upstream=UpstreamId(row["upstream"]),
        route=RouteName(row["route"]) if row["route"] else None,
        cause=Cause(CauseKind(row["kind"]), row["name"]),
        at=AT,
        by=row["by"],
        reason=row["reason"],
    )


def everywhere(state: TrafficState) -> list[tuple[Target, ...]]:
    return [order_targets(route, state, bucket) for route in ROUTES.values() for bucket in range(100)]


@given(st.lists(holds, max_size=6), shares, holds)
def test_cut_then_restore_is_identity_on_traffic(
    chosen: list[tuple[str, str | None, str]], ramps: dict[RouteName, int], one: tuple[str, str | None, str]
) -> None:
    upstream, route, _ = one
    before = state_of(chosen, ramps)
    fresh = act("drill:never-used-before")
    during = after(before, cut(WORKSPACE, before, NONE, upstream, route, fresh).step)
    back = after(during, restore(WORKSPACE, during, NONE, upstream, route, fresh).step)
    assert everywhere(back) == everywhere(before)


@given(st.lists(holds, min_size=1, max_size=6), shares, st.data())
def test_lifting_one_cause_lifts_no_other(
    chosen: list[tuple[str, str | None, str]], ramps: dict[RouteName, int], data: st.DataObject
) -> None:
    state = state_of(chosen, ramps)
    upstream, route, cause = data.draw(st.sampled_from(chosen))
    if route is not None and (upstream, None, cause) in chosen:
        return
    done = restore(WORKSPACE, state, NONE, upstream, route, act(cause))
    left = after(state, done.step)
    assert {hold.id for hold in state.causes} - {hold.id for hold in left.causes} == {
        h.id for h in done.lifted
    }
    assert all(str(hold.cause) == cause and hold.upstream == upstream for hold in done.lifted)
    assert {one.hold.id for one in done.still_held} == {hold.id for hold in left.holding(upstream, route)}


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 99), st.lists(holds, max_size=4))
def test_more_ramp_never_moves_a_conversation_back(
    low: int, high: int, bucket: int, chosen: list[tuple[str, str | None, str]]
) -> None:
    low, high = sorted((low, high))
    route = ROUTES[RouteName("r")]
    before = order_targets(route, state_of(chosen, {RouteName("r"): low}), bucket)
    later = order_targets(route, state_of(chosen, {RouteName("r"): high}), bucket)
    successor = route.targets[1]
    if before and before[0] == successor:
        assert later[0] == successor


@given(st.lists(holds, max_size=6), shares)
def test_no_held_target_is_ever_chosen(
    chosen: list[tuple[str, str | None, str]], ramps: dict[RouteName, int]
) -> None:
    state = state_of(chosen, ramps)
    for route in ROUTES.values():
        for bucket in (0, 50, 99):
            targets = order_targets(route, state, bucket)
            assert not [t for t in targets if state.holding(t.upstream, route.name)]
            assert set(targets) == {t for t in route.targets if not state.holding(t.upstream, route.name)}
