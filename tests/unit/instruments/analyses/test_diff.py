"""Comparing two wordings: what is newly allowed and forbidden, and under which reading they say the same."""

import time

from offramp.instruments import Instruments, Source, load
from offramp.instruments.analyses import Analysis, Budget, Profile, Wordings, diff

HEAD = """schema: offramp.instruments/v1
readings:
  law:
    question: Does the law bar it already?
    options: {no: {by: one side, text: it does not}, yes: {by: the other side, text: it does}}
instruments:
"""
CLAUSE = "kind: clause, title: t, issuer: i, basis: text, source: {document: d}, from: 2030-01-01"
NORM = "effect: prohibit, binds: {kinds: [anyone]}, vendor: example-a, action: use, quote: q"
LAW = f"""  - {{id: law, {CLAUSE}, norms: [{{id: bars, {NORM}, when: context.force,
      readings: {{law: {{no: {{applies: false}}}}}}}}]}}
"""


def loaded(when: str = "", *, law: str = "") -> Instruments:
    norm = f"{{id: no, {NORM}, when: '{when}'}}" if when else f"{{id: no, {NORM}}}"
    return load([Source("x.yaml", f"{HEAD}  - {{id: clause, {CLAUSE}, norms: [{norm}]}}\n{law}")])


def compared(old: Instruments, new: Instruments, seconds: float = 60.0) -> Analysis:
    return diff(Wordings(old=old, new=new), profile=Profile(), budget=Budget(seconds, time.monotonic))


def test_the_same_wording_changes_nothing() -> None:
    analysis = compared(loaded("context.force"), loaded("context.force"))
    assert not analysis.is_found
    assert analysis.is_decided
    assert [one.verdict for one in analysis.results] == ["no difference"]


def test_a_lower_threshold_forbids_more_and_allows_nothing_new() -> None:
    analysis = compared(loaded("context.persons >= 1000"), loaded("context.persons >= 100"))
    (only,) = analysis.results
    assert only.verdict == "newly forbidden"
    assert "persons from 100 to 999" in only.region
    assert only.shown == {"old": "permit", "new": "forbid"}
    assert only.witness is not None
    assert only.witness.facts["persons"] == 100


def test_a_dispute_about_background_law_is_the_whole_difference() -> None:
    analysis = compared(loaded("context.force", law=LAW), loaded("false", law=LAW))
    assert analysis.is_found
    assert "no difference under reading law = yes" in {one.says for one in analysis.results}


def test_no_budget_is_undecided_and_never_no() -> None:
    analysis = compared(loaded("context.force"), loaded("!context.force"), seconds=1e-9)
    assert not analysis.is_decided
    assert not analysis.is_found
    assert {one.verdict for one in analysis.results} == {"undecided"}


DUTY = "effect: oblige, binds: {kinds: [company]}, vendor: example-a, action: use, quote: q"


def duty(more: str) -> Instruments:
    return load(
        [Source("x.yaml", f"{HEAD}  - {{id: clause, {CLAUSE}, norms: [{{id: tell, {DUTY}{more}}}]}}\n")]
    )


def test_a_duty_that_applies_to_more_is_newly_owed_with_an_example() -> None:
    analysis = compared(duty(", when: context.persons >= 1000"), duty(", when: context.persons >= 100"))
    (only,) = analysis.results
    assert only.verdict == "newly owed"
    assert "persons from 100 to 999" in only.region
    assert only.shown == {"old": "does not apply", "new": "applies"}
    assert analysis.headline == (
        "the two wordings differ: something is newly owed; nothing is newly allowed or newly forbidden"
    )


def test_a_duty_whose_deadline_alone_changed_is_owed_differently() -> None:
    analysis = compared(duty(", duty: {within: 3 days}"), duty(", duty: {within: 10 days}"))
    (only,) = analysis.results
    assert only.verdict == "owed differently"
    assert "10 days" in only.says
    assert "3 days" in only.says


def test_a_duty_that_binds_others_is_newly_owed_by_them_and_no_longer_by_the_first() -> None:
    old = duty(", readings: {law: {no: {when: context.force}}}")
    new = duty(", readings: {law: {no: {when: '!context.force'}}}")
    analysis = compared(old, new)
    assert {one.verdict for one in analysis.results} == {"newly owed", "no longer owed", "no difference"}
    assert "no difference under reading law = yes" in {one.says for one in analysis.results}


def test_a_duty_that_did_not_change_is_no_difference() -> None:
    assert not compared(duty(", duty: {within: 3 days}"), duty(", duty: {within: 3 days}")).is_found
