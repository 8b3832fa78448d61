"""Upstreams that fail again and again are asked last, for a while."""

from offramp.core.ids import UpstreamId
from offramp.gateway.resting import FAILURES, REST_SECONDS, Resting
from offramp.workspace import Target

A, B = (Target(upstream=UpstreamId(name), model="m") for name in "ab")


class Hand:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_nobody_rests_before_so_many_failures_in_a_row() -> None:
    resting = Resting(Hand())
    for _ in range(FAILURES - 1):
        resting.failed("a")
    resting.worked("a")
    for _ in range(FAILURES - 1):
        resting.failed("a")
    assert resting.ordered((A, B)) == (A, B)
    resting.failed("a")
    assert resting.ordered((A, B)) == (B, A)


def test_who_rests_is_asked_last_and_never_left_out() -> None:
    resting = Resting(Hand())
    for _ in range(FAILURES):
        resting.failed("a")
        resting.failed("b")
    assert resting.ordered((A, B)) == (A, B)
    assert resting.ordered((A,)) == (A,)


def test_after_its_rest_one_failure_more_is_enough_and_one_answer_ends_it() -> None:
    hand = Hand()
    resting = Resting(hand)
    for _ in range(FAILURES):
        resting.failed("a")
    hand.at = REST_SECONDS
    assert resting.ordered((A, B)) == (A, B)
    resting.failed("a")
    assert resting.ordered((A, B)) == (B, A)
    resting.worked("a")
    assert resting.ordered((A, B)) == (A, B)
