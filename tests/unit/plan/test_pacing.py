"""Schedules, verdicts, pauses and bands, as values."""

from dataclasses import replace

import pytest

from offramp.core.errors import OfframpError
from offramp.core.ids import RouteName, UpstreamId
from offramp.core.instants import Instant, parse_instant
from offramp.plan import moves, pacing, traffic
from offramp.plan.pacing.bands import Edge
from offramp.workspace import Route, Target
from offramp.workspace.rules import Band, Bands, Measure, RouteRules, Schedule, ScheduledStep

A, B, C = (Target(upstream=UpstreamId(name), model="m", weight=None) for name in "abc")
NAME = RouteName("r")


def day(number: int) -> Instant:
    return parse_instant(f"2026-03-{number:02}T00:00Z")


STEPS = (
    ScheduledStep(at=day(10), share=10),
    ScheduledStep(at=day(20), share=50, after="trial-7"),
    ScheduledStep(at=day(25), share=100),
)
ROUTE = Route(name=NAME, targets=(A, B), rules=RouteRules(schedule=Schedule(by="R. Okafor", steps=STEPS)))


def ramped(share: int, at: Instant) -> pacing.Pace:
    return pacing.Pace(ramps={NAME: pacing.Ramp(share=share, at=at, by="A", cause="person:A")})


def passed(at: Instant, *, has_passed: bool = True) -> dict[str, pacing.Verdict]:
    return {
        "trial-7": pacing.Verdict(name="trial-7", has_passed=has_passed, at=at, by="S. Lindgren", reason="")
    }


def share_due(pace: pacing.Pace, at: Instant) -> int | None:
    found = pacing.due(ROUTE, pace, at)
    return None if found is None else found.step.share


def test_a_step_is_due_from_its_date_on_and_taken_once() -> None:
    assert share_due(pacing.Pace(), day(9)) is None
    assert share_due(pacing.Pace(), day(10)) == 10
    assert share_due(ramped(10, day(10)), day(15)) is None


def test_a_step_waits_for_its_verdict_and_those_behind_it_do_too() -> None:
    pace = ramped(10, day(10))
    assert share_due(pace, day(28)) is None
    assert share_due(replace(pace, verdicts=passed(day(12), has_passed=False)), day(28)) is None
    late = replace(pace, verdicts=passed(day(22)))
    assert share_due(late, day(21)) is None
    assert share_due(late, day(22)) == 50
    assert share_due(late, day(28)) == 100


def test_what_was_due_while_nothing_ran_is_caught_up_with_the_last_step() -> None:
    pace = pacing.Pace(verdicts=passed(day(12)))
    found = pacing.due(ROUTE, pace, day(21))
    assert found is not None
    assert (found.step.share, found.passed_over) == (50, 1)


def test_who_ramps_by_hand_overtakes_what_was_due_before() -> None:
    pace = replace(ramped(5, day(21)), verdicts=passed(day(12)))
    assert share_due(pace, day(22)) is None
    assert share_due(pace, day(25)) == 100
    assert [one.standing for one in pacing.outlook(ROUTE, pace, day(22))] == [
        "overtaken",
        "overtaken",
        "coming",
    ]


def test_a_pause_stops_it_and_is_said() -> None:
    pause = pacing.Pause(
        route=NAME, name="errors", at=day(9), by="gateway", reason="", waits_for_person=False
    )
    pace = pacing.Pace(pauses=(pause,))
    assert share_due(pace, day(11)) is None
    assert pacing.outlook(ROUTE, pace, day(11))[0].standing == "paused by errors"


def test_a_recorded_schedule_comes_before_the_written_one() -> None:
    steps = (ScheduledStep(at=day(1), share=70),)
    recorded = Schedule(by="B", steps=steps, recorded_at=day(5))
    pace = replace(ramped(0, day(3)), schedules={NAME: recorded})
    found = pacing.due(ROUTE, pace, day(6))
    assert found is not None
    assert (found.step.share, found.counts_from) == (70, day(5))


@pytest.mark.parametrize(
    ("text", "count"),
    [("none", 0), ("2026-03-10=10", 1), ("2026-03-10=10, 2026-03-20T09:00Z=50 after trial-7", 2)],
)
def test_schedules_are_read(text: str, count: int) -> None:
    steps = pacing.parse_schedule(text)
    assert len(steps) == count
    if count == 2:
        assert steps[1] == ScheduledStep(at=parse_instant("2026-03-20T09:00Z"), share=50, after="trial-7")


@pytest.mark.parametrize("text", ["", "10", "2026-03-10=101", "2026-03-10=1, 2026-03-09=2", "tomorrow=5"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(OfframpError):
        pacing.parse_schedule(text)


def test_recording_it_twice_changes_nothing() -> None:
    act = moves.act(by="A", cause="person:A", reason="", at=day(1), recorded_at=day(1))
    step = pacing.scheduled(ROUTE, pacing.Pace(), STEPS, act)
    assert step is not None
    known = Schedule(by="A", steps=STEPS, recorded_at=day(1))
    assert pacing.scheduled(ROUTE, pacing.Pace(schedules={NAME: known}), STEPS, act) is None


BANDS = Bands(edges={Measure.ERRORS: Band(20, 10), Measure.COST: Band(3, 2)}, least_requests=10)


def samples(failed: int, well: int, upstream: str = "b", cost: float | None = None) -> list[pacing.Sample]:
    bad = pacing.Sample(at=day(1), upstream=upstream, has_failed=True)
    good = pacing.Sample(at=day(1), upstream=upstream, has_failed=False, cost=cost)
    return [bad] * failed + [good] * well


@pytest.mark.parametrize(
    ("failed", "well", "edge"),
    [
        (3, 6, Edge.UNKNOWN),
        (2, 8, Edge.BETWEEN),
        (3, 7, Edge.LEFT),
        (1, 9, Edge.BACK),
        (0, 10, Edge.BACK),
        (3, 17, Edge.BETWEEN),
    ],
)
def test_a_measure_leaves_above_its_edge_and_is_back_at_the_lower(failed: int, well: int, edge: Edge) -> None:
    errors, _ = pacing.standings(BANDS, samples(failed, well), {"b"})
    assert errors.edge is edge


def test_only_successors_count_and_unknown_costs_are_unknown() -> None:
    found = pacing.standings(BANDS, samples(10, 0, "a") + samples(0, 20, "b"), {"b"})
    assert [one.edge for one in found] == [Edge.BACK, Edge.UNKNOWN]
    found = pacing.standings(BANDS, samples(0, 20, cost=0.0031), {"b"})
    assert [one.edge for one in found] == [Edge.BACK, Edge.LEFT]


def test_between_its_edges_nothing_changes() -> None:
    between = pacing.standings(BANDS, samples(3, 17), {"b"})
    for pausing in ([], ["errors"]):
        judged = pacing.judge(between, pausing)
        assert (judged.left, judged.back) == ((), ())
    left = pacing.standings(BANDS, samples(9, 1), {"b"})
    assert [one.measure for one in pacing.judge(left, []).left] == [Measure.ERRORS]
    assert pacing.judge(left, ["errors"]).left == ()


def test_weights_spread_those_that_move_and_a_ramp_says_how_many() -> None:
    weighed = Route(
        name=NAME,
        targets=(replace(A, weight=50), replace(B, weight=30), replace(C, weight=20)),
    )
    everyone = [share + 100 * place for share in range(100) for place in range(0, 10_000, 100)]

    def counts(state: traffic.TrafficState) -> dict[str, int]:
        firsts = [traffic.order_targets(weighed, state, bucket)[0].upstream for bucket in everyone]
        return {name: firsts.count(UpstreamId(name)) for name in "abc"}

    assert counts(traffic.TrafficState()) == {"a": 5000, "b": 3000, "c": 2000}
    assert counts(traffic.TrafficState(shares={NAME: 10})) == {"a": 9000, "b": 600, "c": 400}
    assert counts(traffic.TrafficState(shares={NAME: 100})) == {"a": 0, "b": 6000, "c": 4000}
