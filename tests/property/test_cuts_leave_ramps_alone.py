"""Cut, then restore: as if it had not been, whatever else happened meanwhile.

For any interleaving of other causes, scheduled steps, verdicts, pauses, ramps by hand and drills.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.ids import RouteName, UpstreamId, VendorId
from offramp.core.instants import Instant, parse_instant
from offramp.instruments import load
from offramp.plan import cut, drills, moves, pacing, ramp, restore
from offramp.plan.traffic import Cause, CauseKind, Hold, TrafficState, order_targets
from offramp.workspace import Route, Target, Upstream, Workspace
from offramp.workspace.model import Organisation
from offramp.workspace.rules import RouteRules, Schedule, ScheduledStep

NONE = load(())
BEGAN = parse_instant("2026-03-01T00:00Z")
STEPS = (
    ScheduledStep(at=BEGAN + timedelta(hours=2), share=10),
    ScheduledStep(at=BEGAN + timedelta(hours=4), share=40, after="v"),
    ScheduledStep(at=BEGAN + timedelta(hours=8), share=100),
)
TARGETS = tuple(
    Target(upstream=UpstreamId(name), model="m", weight=weight)
    for name, weight in zip("abc", (5, 3, 2), strict=True)
)
ROUTE = Route(name=RouteName("r"), targets=TARGETS, rules=RouteRules(schedule=Schedule(by="A", steps=STEPS)))
PLACE = Workspace(
    root=Path("nowhere"),
    organisation=Organisation(name="X", kinds=("company",)),
    systems={},
    applications={},
    upstreams={
        UpstreamId(u): Upstream(id=UpstreamId(u), vendor=VendorId(f"example-{u}"), dialect="d", local="m")
        for u in "abc"
    },
    routes={ROUTE.name: ROUTE},
    successors={},
    stance=None,
    instruments=(),
    declared=(),
)


@dataclass(frozen=True)
class World:
    """What the database would hold."""

    state: TrafficState = field(default_factory=TrafficState)
    pace: pacing.Pace = field(default_factory=pacing.Pace)
    known: tuple[drills.Drill, ...] = ()
    at: Instant = BEGAN

    def after(self, *steps: moves.Step | None) -> "World":
        """With the rows of these steps written."""
        world = self
        for change in (change for step in steps if step for change in step.changes):
            world = world._written(change.table, dict(change.row), is_gone=change.is_removal)
        return world

    def _written(self, table: str, row: dict[str, str], *, is_gone: bool) -> "World":
        pace, state = self.pace, self.state
        if table == "plan_ramps":
            share = int(row["share"])
            made = pacing.Ramp(share=share, at=self.at, by=row["by"], cause=row["cause"])
            return replace(
                self,
                state=replace(state, shares={ROUTE.name: share}),
                pace=replace(pace, ramps={ROUTE.name: made}),
            )
        if table == "plan_causes":
            return replace(self, state=replace(state, causes=_causes(state.causes, row)))
        if table == "plan_verdicts":
            passed = row["outcome"] == "passed"
            said = pacing.Verdict(name="v", has_passed=passed, at=self.at, by="A", reason="")
            return replace(self, pace=replace(pace, verdicts={"v": said}))
        if table == "plan_pauses":
            others = tuple(one for one in pace.pauses if one.name != row["name"])
            pause = pacing.Pause(
                route=ROUTE.name, name=row["name"], at=self.at, by="A", reason="", waits_for_person=True
            )
            return replace(self, pace=replace(pace, pauses=others if is_gone else (*others, pause)))
        assert table == "plan_drills"
        others_held = tuple(one for one in self.known if one.name != row["name"])
        ended = BEGAN if row["ended_at"] else None
        drill = drills.Drill(
            name=row["name"],
            vendor=VendorId(row["vendor"]),
            at=self.at,
            until=self.at + timedelta(hours=1),
            by="A",
            reason="",
            ended_at=ended,
        )
        every = (*others_held, drill)
        live = frozenset(one.name for one in every if one.ended_at is None)
        return replace(self, known=every, state=replace(state, rehearsed=live))


def _causes(causes: tuple[Hold, ...], row: dict[str, str]) -> tuple[Hold, ...]:
    others = tuple(hold for hold in causes if hold.id != row["id"])
    if row["lifted_at"]:
        return others
    hold = Hold(
        upstream=UpstreamId(row["upstream"]),
        route=RouteName(row["route"]) if row["route"] else None,
        cause=Cause(CauseKind(row["kind"]), row["name"]),
        at=BEGAN,
        by=row["by"],
        reason=row["reason"],
    )
    return (*others, hold)


def act(world: World, cause: str = "person:A") -> moves.Act:
    return moves.act(by="A", cause=cause, reason="", at=world.at, recorded_at=world.at)


def happen(world: World, event: tuple[str, str, int]) -> World:
    """One thing happens, an hour later."""
    what, upstream, number = event
    world = replace(world, at=world.at + timedelta(hours=1))
    state, pace = world.state, world.pace
    if what == "cut":
        return world.after(cut(PLACE, state, NONE, upstream, None, act(world, f"drill:{number}")).step)
    if what == "restore":
        return world.after(restore(PLACE, state, NONE, upstream, None, act(world, f"drill:{number}")).step)
    if what == "ramp":
        return world.after(ramp(PLACE, state, NONE, "r", number * 10, act(world)).step)
    if what == "verdict":
        return world.after(pacing.verdict("v", has_passed=number > 3, act=act(world)))
    if what == "pause":
        return world.after(pacing.paused(ROUTE, pace, act(world)))
    if what == "resume":
        return world.after(pacing.resumed(ROUTE, pace.pausing("r"), act(world)))
    if what == "drill":
        return _drilled(world, upstream, number)
    found = pacing.due(ROUTE, pace, world.at) if what == "step" else None
    if found is None:
        return world
    done = pacing.moved_on(PLACE, state, NONE, ROUTE, found, at=world.at, recorded_at=world.at)
    return world.after(done.step)


def _drilled(world: World, upstream: str, number: int) -> World:
    """The drill of this number begins, or ends where it goes on."""
    name = f"exercise-{number}"
    own = act(world, f"drill:{name}")
    known = [drill for drill in world.known if drill.name == name]
    if known:
        return world.after(*drills.end(PLACE, world.state, NONE, known[0], own))
    length = timedelta(hours=1)
    begun = drills.begin(PLACE, world.state, NONE, world.known, f"example-{upstream}", length, own)
    return world.after(*begun.steps)


def run(events: Sequence[tuple[str, str, int]]) -> World:
    world = World()
    for event in events:
        world = happen(world, event)
    return world


def everywhere(world: World) -> list[tuple[Target, ...]]:
    places = [share + 100 * place for share in range(0, 100, 5) for place in (0, 9000)]
    return [order_targets(ROUTE, world.state, bucket) for bucket in places]


kinds = st.sampled_from(["cut", "restore", "ramp", "verdict", "pause", "resume", "step", "step", "drill"])
events = st.lists(st.tuples(kinds, st.sampled_from("abc"), st.integers(0, 9)), max_size=14)


@settings(deadline=None, max_examples=60)
@given(events, events, events, st.sampled_from("abc"))
def test_cut_then_restore_is_identity_whatever_happens_between(
    before: list[tuple[str, str, int]],
    between: list[tuple[str, str, int]],
    after: list[tuple[str, str, int]],
    upstream: str,
) -> None:
    cutting, restoring = ("cut", upstream, 77), ("restore", upstream, 77)
    idle = ("resting", upstream, 0)
    with_it = run([*before, cutting, *between, restoring, *after])
    without = run([*before, idle, *between, idle, *after])
    assert everywhere(with_it) == everywhere(without)
    assert with_it.state.shares == without.state.shares
    assert with_it.pace == without.pace
    assert {hold.id for hold in with_it.state.causes} == {hold.id for hold in without.state.causes}


@settings(deadline=None, max_examples=60)
@given(events, st.sampled_from("abc"))
def test_a_drill_leaves_nothing_behind(before: list[tuple[str, str, int]], upstream: str) -> None:
    world = run(before)
    held = _drilled(world, upstream, 99)
    ended = _drilled(held, upstream, 99)
    assert ended.state.causes == world.state.causes
    assert ended.state.shares == world.state.shares
    assert everywhere(ended) == everywhere(world)


@settings(deadline=None, max_examples=60)
@given(events)
def test_a_step_is_taken_once(before: list[tuple[str, str, int]]) -> None:
    world = happen(run(before), ("step", "a", 0))
    assert pacing.due(ROUTE, world.pace, world.at) is None


@settings(deadline=None, max_examples=60)
@given(events)
def test_nothing_of_a_drill_is_left_out_of_the_order_it_is_refused_instead(
    before: list[tuple[str, str, int]],
) -> None:
    world = run(before)
    plain = replace(
        world.state,
        rehearsed=frozenset(),
        causes=tuple(hold for hold in world.state.causes if not world.state.is_rehearsal(hold)),
    )
    for bucket in (0, 50, 99):
        assert order_targets(ROUTE, world.state, bucket) == order_targets(ROUTE, plain, bucket)
