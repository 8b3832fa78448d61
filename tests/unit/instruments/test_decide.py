"""Deciding: what a stance makes of an answer, what a bad fact does, and that memory changes nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.instants import parse_instant
from offramp.core.verdicts import FactValue, Outcome
from offramp.instruments import (
    Enforcer,
    Instruments,
    Question,
    Source,
    State,
    binds,
    change_points,
    checked,
    decide,
    enforce,
    load,
    norm_state,
)

US = Path(__file__).parents[3] / "examples" / "us-2026"
DAY = parse_instant("2026-03-05")


@pytest.fixture(scope="module")
def us() -> Instruments:
    return load([Source(path.name, path.read_text()) for path in sorted(US.glob("*.yaml"))])


def ask(facts: Mapping[str, FactValue], user: str = "contractor", vendor: str = "anthropic") -> Question:
    return Question((user,), (), vendor, "use", facts)


def test_a_strict_stance_forbids_what_is_contested_and_a_followed_reading_settles_it(us: Instruments) -> None:
    decision = decide(us, ask({"under": "commercial"}), at=DAY)
    assert decision.outcome is Outcome.CONTESTED
    assert enforce(decision, is_strictest=True, readings={}) is Outcome.FORBID
    assert enforce(decision, is_strictest=False, readings={}) is Outcome.CONTESTED
    assert enforce(decision, is_strictest=False, readings={"designation_scope": "b"}) is Outcome.PERMIT
    assert enforce(decision, is_strictest=True, readings={"designation_scope": "b"}) is Outcome.PERMIT
    assert enforce(decision, is_strictest=False, readings={"phaseout_scope": "a"}) is Outcome.CONTESTED


@pytest.mark.parametrize("bad", ["navy", True, 3, ""])
def test_a_fact_it_cannot_be_never_permits(us: Instruments, bad: FactValue) -> None:
    decision = decide(us, ask({"under": bad}), at=parse_instant("2026-04-10"))
    assert decision.outcome is Outcome.UNKNOWN
    assert decision.missing_facts == ("under",)
    assert "fact unreadable: under" in {norm.note for one in decision.readings for norm in one.norms}


def test_a_bad_fact_holds_even_a_norm_that_is_taken_not_to_apply(us: Instruments) -> None:
    question = Question(("company",), (), "anthropic", "use", {"force": "perhaps"})
    assert decide(us, question, at=DAY).outcome is Outcome.UNKNOWN


def test_an_evaluation_error_never_permits(us: Instruments) -> None:
    """A number Cedar cannot hold makes the evaluation fail; the norm is taken not to apply otherwise."""
    facts: dict[str, FactValue] = {"us_persons": 2**70, "purpose": "surveillance"}
    decision = decide(us, Question(("company",), (), "anthropic", "use", facts), at=DAY)
    assert decision.outcome is Outcome.UNKNOWN


def test_every_citation_carries_its_words_and_its_source(us: Instruments) -> None:
    decision = decide(us, ask({"under": "dow"}), at=DAY)
    for reading in decision.readings:
        for norm in reading.norms:
            assert norm.quote.startswith("(paraphrase) ")
            assert norm.source


def test_memory_gives_the_same_answers_and_forgets_at_a_change(us: Instruments) -> None:
    enforcer = Enforcer(us)
    for day in ("2026-02-26", "2026-02-28", "2026-03-05", "2026-04-01", "2026-04-10", "2026-03-05"):
        for under in ("commercial", "dow", "commercial"):
            for user in ("contractor", "civil_agency"):
                question = ask({"under": under, "existing_use": True}, user)
                at = parse_instant(day)
                assert enforcer.decide(question, at) == decide(us, question, at=at)
    first = enforcer.decide(ask({"under": "dow"}), DAY)
    assert enforcer.decide(ask({"under": "dow", "route": "another"}), DAY) is first


def test_served_and_announced_are_enforced_apart(us: Instruments) -> None:
    served = Enforcer(us, notice="served")
    assert served.decide(ask({"under": "dow"}), DAY).outcome is Outcome.PERMIT
    assert Enforcer(us).decide(ask({"under": "dow"}), DAY).outcome is Outcome.FORBID


def test_a_party_served_later_than_the_announcement(us: Instruments) -> None:
    def bound(day: str, notice: str) -> set[str]:
        found = binds(us, user=("dow_component",), vendor="anthropic", at=parse_instant(day), notice=notice)
        return {one.norm for one in found if one.standing.is_live}

    assert "designation-3252.department-purchases" not in bound("2026-03-04", "announced")
    assert "designation-3252.department-purchases" in bound("2026-03-05", "announced")
    assert "cio-memo.remove" in bound("2026-03-06", "served")


def test_where_a_norm_stands(us: Instruments) -> None:
    def stands(name: str, day: str) -> tuple[State, tuple[str, ...]]:
        found = norm_state(us, name, parse_instant(day))
        return found.state, tuple(found.by)

    assert stands("presidential-directive.cease", "2026-02-26") == (State.NOT_YET, ())
    assert stands("presidential-directive.cease", "2026-03-05") == (State.IN_FORCE, ())
    assert stands("presidential-directive.cease", "2026-04-10") == (State.STAYED, ("injunction-nd-cal",))
    assert stands("determination-4713", "2026-04-10") == (State.IN_FORCE, ())
    assert stands("gsa-delisting.no-listing", "2026-04-10") == (State.EXPIRED, ("agency-restoration",))
    assert stands("export-directive.no-access", "2026-07-01") == (State.EXPIRED, ("export-directive-lifted",))
    assert stands("nobody.knows", "2026-04-10") == (State.UNKNOWN_NORM, ())


def test_what_binds_a_contractor_with_deadline_and_readings(us: Instruments) -> None:
    found = {
        (str(one.norm), one.readings): one
        for one in binds(us, user=("contractor",), vendor="anthropic", at=parse_instant("2026-04-10"))
    }
    stayed = found["designation-3252.exclusion", ("designation_scope=a",)]
    assert stayed.standing.state is State.STAYED
    assert stayed.condition == ""
    assert found["designation-3252.exclusion", ("designation_scope=b",)].condition == "under is dow"
    certify = found["cio-memo.certify", ()]
    assert certify.deadline_at == parse_instant("2026-09-02T23:59:59-04:00")
    assert not [name for name, _ in found if name.startswith("presidential-directive")]


def test_nothing_changes_between_change_points(us: Instruments) -> None:
    points = change_points(us)
    assert list(points) == sorted(set(points))
    assert parse_instant("2026-04-02T00:00-04:00") in points


def test_a_question_is_checked_whole(us: Instruments) -> None:
    question = Question(
        ("pirate",), (), "anthropic", "sing", {"colour": "red", "persons": "-1", "existing_use": "x"}
    )
    with pytest.raises(Problems) as caught:
        checked(us, question)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == [
        "party-unknown",
        "action-unknown",
        "fact-unknown",
        "fact-value-unknown",
        "fact-value-unknown",
    ]


def test_text_facts_become_what_they_are(us: Instruments) -> None:
    question = checked(us, ask({"existing_use": "true", "persons": "12", "under": "dow", "model": "12"}))
    assert question.facts == {"existing_use": True, "persons": 12, "under": "dow", "model": "12"}


@pytest.mark.parametrize(
    ("readings", "code"), [({"x": "a"}, "question-unknown"), ({"designation_scope": "z"}, "option-unknown")]
)
def test_a_reading_must_exist(us: Instruments, readings: dict[str, str], code: str) -> None:
    with pytest.raises(OfframpError) as caught:
        decide(us, ask({}), at=DAY, readings=readings)
    assert caught.value.code == code


COMBINED = """schema: offramp.instruments/v1
instruments:
  - id: order
    kind: order
    title: t
    issuer: i
    basis: text
    source: {document: d}
    from: 2030-01-01
    norms:
      - {id: no, effect: prohibit, binds: {kinds: [civil_agency]}, vendor: example-a, action: use, quote: q}
      - {id: not, effect: prohibit, binds: {kinds: [supplier]}, vendor: example-b, action: use, quote: q}
      - {id: but, effect: permit, strength: lift, overrides: [order.no], binds: {kinds: [supplier]},
         vendor: example-a, action: use, when: context.force, quote: q}
"""


def test_who_is_several_kinds_is_bound_and_exempted_as_each_of_them() -> None:
    words = load([Source("order.yaml", COMBINED)])
    at = parse_instant("2030-06-01")

    def outcome(user: tuple[str, ...], vendor: str, force: bool = False) -> Outcome:
        return decide(words, Question(user, (), vendor, "use", {"force": force}), at=at).outcome

    for both in (("civil_agency", "supplier"), ("supplier", "civil_agency")):
        assert outcome(both, "example-a") is outcome(both, "example-b") is Outcome.FORBID
        assert outcome(both, "example-a", force=True) is Outcome.PERMIT
    assert outcome(("civil_agency",), "example-b") is Outcome.PERMIT
    assert outcome(("civil_agency",), "example-a", force=True) is Outcome.FORBID
