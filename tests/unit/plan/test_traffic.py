"""Which target a conversation gets."""

from offramp.core.ids import RouteName, UpstreamId
from offramp.core.instants import parse_instant
from offramp.plan.traffic import Cause, CauseKind, Hold, TrafficState, order_targets
from offramp.workspace import Route, Target

A, B, C = (Target(upstream=UpstreamId(name), model="m") for name in "abc")
ROUTE = Route(name=RouteName("r"), targets=(A, B, C))


def state(share: int, *holds: tuple[str, str | None]) -> TrafficState:
    return TrafficState(
        shares={RouteName("r"): share},
        causes=tuple(
            Hold(
                upstream=UpstreamId(upstream),
                route=RouteName(route) if route else None,
                cause=Cause(CauseKind.DRILL, "x"),
                at=parse_instant("2026-03-01"),
                by="A",
                reason="",
            )
            for upstream, route in holds
        ),
    )


def test_without_a_ramp_everyone_goes_to_the_incumbent() -> None:
    assert {order_targets(ROUTE, TrafficState(), bucket) for bucket in range(100)} == {(A, B, C)}


def test_a_share_moves_as_many_buckets() -> None:
    moved = [bucket for bucket in range(100) if order_targets(ROUTE, state(25), bucket)[0] == B]
    assert moved == list(range(25))


def test_a_full_ramp_moves_every_bucket() -> None:
    assert {order_targets(ROUTE, state(100), bucket) for bucket in range(100)} == {(B, A, C)}


def test_a_held_target_is_left_out() -> None:
    assert order_targets(ROUTE, state(100, ("b", None)), 0) == (A, C)
    assert order_targets(ROUTE, state(0, ("a", "r")), 0) == (B, C)
    assert order_targets(ROUTE, state(0, ("a", "another")), 0) == (A, B, C)


def test_nothing_is_left_where_everything_is_held() -> None:
    assert order_targets(ROUTE, state(0, ("a", None), ("b", None), ("c", "r")), 0) == ()
