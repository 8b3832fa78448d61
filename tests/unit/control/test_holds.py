"""What a decision is bound to, who may decide, and where a hold stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from offramp.control import holds
from offramp.core.errors import OfframpError
from offramp.core.ids import ApplicationId
from offramp.core.instants import parse_instant
from offramp.core.verdicts import HumanRole
from offramp.workspace.holding import Holding, Person

AT = parse_instant("2030-06-15T12:00:00Z")
ANA = Person(id="ana", name="Ana Abe", role=HumanRole.DECIDES)
BEN = Person(id="ben", name="Ben Bo", role=HumanRole.DECIDES, applications=(ApplicationId("desk"),))
EVE = Person(id="eve", name="Eve Else", role=HumanRole.SUPERVISES)
HOLDING = Holding(persons={one.id: one for one in (ANA, BEN, EVE)})


def call(arguments: dict[str, object], tool: str = "open") -> holds.Call:
    return holds.Call("call_1", tool, arguments)


def digest(arguments: dict[str, object], tool: str = "open", app: str = "desk", said: str = "c") -> str:
    return holds.call_digest(call(arguments, tool), app, said)


def make(**changed: object) -> holds.Hold:
    hold = holds.Hold(
        id="hold_1",
        application="desk",
        conversation="c",
        binding="b",
        shown="s",
        calls=(holds.HeldCall(id="call_1", tool="open", digest="d"),),
        role=HumanRole.DECIDES,
        norms=("clause.valve",),
        instruments=("clause",),
        requesters=("O. Owner",),
        approvals=1,
        approval_seconds=900,
        request_id="req_1",
        asked="m",
        vendor="example-a",
        requested_at=AT,
        expires_at=AT + timedelta(hours=1),
        showings=tuple(
            holds.hold.Showing(person=one, shown="s", way=holds.Way.CLI, at=AT)
            for one in ("ana", "ben", "eve")
        ),
    )
    return replace(hold, **changed)  # type: ignore[arg-type]


def decided(person: str, verdict: holds.Verdict, seconds: int) -> holds.Decided:
    return holds.Decided(
        person=person,
        role=HumanRole.DECIDES,
        verdict=verdict,
        reason="r",
        way=holds.Way.CLI,
        shown_at=AT,
        at=AT + timedelta(seconds=seconds),
    )


def refusal(hold: holds.Hold, person: Person, verdict: str = "approve", seconds: int = 60) -> str:
    at = AT + timedelta(seconds=seconds)
    with pytest.raises(OfframpError) as caught:
        holds.steps.decide(hold, person, holds.Verdict(verdict), "because", holds.Way.CLI, at)
    return caught.value.code


def test_order_and_spelling_of_arguments_do_not_matter() -> None:
    assert digest({"a": 1, "b": {"c": 2, "d": [1]}}) == digest({"b": {"d": [1], "c": 2.0}, "a": 1.0})


@pytest.mark.parametrize(
    "other",
    [
        digest({"b": 1}),
        digest({"a": 2}),
        digest({"a": "1"}),
        digest({"A": 1}),
        digest({"a": 1, "b": None}),
        digest({"a": 1}, tool="open_"),
        digest({"a": 1}, tool="\u043epen"),
        digest({"a": 1}, app="lab"),
        digest({"a": 1}, said="d"),
    ],
)
def test_everything_else_does(other: str) -> None:
    assert other != digest({"a": 1})


@pytest.mark.parametrize("value", [2**53 + 1, -(2**60), float("inf"), "\ud800"])
def test_what_has_no_canonical_form_cannot_be_bound(value: object) -> None:
    with pytest.raises(OfframpError) as caught:
        digest({"a": value})
    assert caught.value.code == "arguments-not-canonical"


def test_a_set_is_bound_whole_and_in_its_order() -> None:
    one, two = call({"a": 1}), holds.Call("call_2", "open", {"a": 2})
    both = holds.binding_digest([one, two], "desk", "c")
    assert both != holds.binding_digest([two, one], "desk", "c")
    assert both != holds.binding_digest([one], "desk", "c")


def test_states_follow_from_decisions_and_time() -> None:
    hold = make()
    later = AT + timedelta(minutes=59)
    assert hold.state(later) is holds.State.PENDING
    assert hold.state(AT + timedelta(hours=1)) is holds.State.EXPIRED
    approved = replace(hold, decisions=(decided("ana", holds.Verdict.APPROVE, 60),))
    assert approved.state(AT + timedelta(minutes=15)) is holds.State.APPROVED
    assert approved.state(AT + timedelta(minutes=16)) is holds.State.EXPIRED
    two = replace(approved, approvals=2)
    assert two.state(AT + timedelta(minutes=2)) is holds.State.PENDING
    twice = replace(two, decisions=(decided("ana", holds.Verdict.APPROVE, 60),) * 2)
    assert twice.state(AT + timedelta(minutes=2)) is holds.State.PENDING
    both = replace(two, decisions=(*two.decisions, decided("ben", holds.Verdict.APPROVE, 120)))
    assert both.state(AT + timedelta(minutes=3)) is holds.State.APPROVED
    ended = replace(both, end=holds.hold.End(state=holds.State.DENIED, by="Ana Abe", at=AT))
    assert ended.state(AT + timedelta(minutes=3)) is holds.State.DENIED


def test_who_may_decide() -> None:
    own = Person(id="oo", name="o. \u200bOWNER", role=HumanRole.DECIDES)
    assert refusal(make(), own) == "own-request"
    assert refusal(make(), EVE) == "role-insufficient"
    assert refusal(make(application="lab"), BEN) == "role-insufficient"
    assert refusal(make(showings=()), ANA) == "hold-not-shown"
    shown_before = (holds.hold.Showing(person="ana", shown="other", way=holds.Way.CLI, at=AT),)
    assert refusal(make(showings=shown_before), ANA) == "hold-not-shown"
    assert refusal(make(), ANA, seconds=4000) == "hold-expired"
    ended = make(end=holds.hold.End(state=holds.State.RELEASED, by="req_1", at=AT))
    assert refusal(ended, ANA, "deny") == "hold-ended"
    before = make(decisions=(decided("ana", holds.Verdict.APPROVE, 1),), approvals=2)
    assert refusal(before, ANA) == "decided-already"


def test_who_approved_may_deny_while_it_is_not_used() -> None:
    hold = make(decisions=(decided("ana", holds.Verdict.APPROVE, 1),))
    step = holds.steps.decide(hold, ANA, holds.Verdict.DENY, "no", holds.Way.CLI, AT + timedelta(seconds=9))
    assert [change.table for change in step.changes] == ["control_hold_decisions", "control_hold_ends"]


def test_an_approval_counts_only_while_its_person_may_give_it() -> None:
    hold = make(decisions=(decided("ana", holds.Verdict.APPROVE, 1),))
    holds.rules.check_release(hold, HOLDING, AT)
    for persons in (
        {},
        {"ana": replace(ANA, role=HumanRole.SUPERVISES)},
        {"ana": replace(ANA, name="O. Owner")},
    ):
        with pytest.raises(OfframpError):
            holds.rules.check_release(hold, Holding(persons=persons), AT)


def test_habits_tell_how_persons_decide() -> None:
    quick = [
        make(id=f"hold_{number}", decisions=(decided("ana", holds.Verdict.APPROVE, seconds),))
        for number, seconds in enumerate((1, 2, 90))
    ]
    slow = make(id="hold_9", decisions=(decided("ben", holds.Verdict.DENY, 300),))
    ana, ben = holds.habits.habits([*quick, slow])
    assert (ana.decisions, ana.approval_share, ana.median_seconds, ana.shortest_seconds) == (3, 1.0, 2, 1)
    assert (ben.decisions, ben.approvals, ben.median_seconds) == (1, 0, 300)
    assert holds.habits.habits(quick, since=AT + timedelta(seconds=60))[0].decisions == 1
    tally = holds.habits.tally([*quick, slow], AT + timedelta(minutes=2))
    assert (tally.held, tally.approved, tally.pending) == (4, 3, 1)


def test_a_clock_that_went_back_decides_and_releases_nothing() -> None:
    hold = make(decisions=(decided("ana", holds.Verdict.APPROVE, 1),))
    holds.rules.check_release(hold, HOLDING, AT - holds.rules.DRIFT / 2)
    late = AT - timedelta(minutes=6)
    with pytest.raises(OfframpError) as caught:
        holds.rules.check_release(hold, HOLDING, late)
    assert caught.value.code == "clock-behind"
    with pytest.raises(OfframpError) as caught:
        holds.rules.check_decision(hold, BEN, holds.Verdict.APPROVE, "fine", late)
    assert caught.value.code == "clock-behind"
