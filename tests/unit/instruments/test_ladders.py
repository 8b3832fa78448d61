"""Ladders: comparisons with many numbers, told from how many of them Cedar says are reached."""

import operator

import pytest

from offramp.instruments.conditions import parse
from offramp.instruments.ladders import Step, step
from offramp.instruments.model import LARGEST, Condition
from offramp.instruments.policies import Policies
from offramp.instruments.residues import Given
from offramp.instruments.totals import total

NOBODY: frozenset[str] = frozenset()
COMPARED = {">=": operator.ge, ">": operator.gt, "<": operator.lt, "<=": operator.le}


def conditions(texts: list[str]) -> list[Condition]:
    made = []
    for text in texts:
        tree = parse(text)
        sure, possible = total(tree)
        facts = frozenset({"persons"})
        made.append(
            Condition(
                written=tree,
                source=tree,
                sure=sure,
                possible=possible,
                facts=facts,
                presence=NOBODY,
                text=text,
            )
        )
    return made


def given(*facts: str) -> Given:
    return Given(NOBODY, NOBODY, NOBODY, NOBODY, frozenset(facts))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 31])
def test_every_comparison_holds_where_cedar_alone_says_it_does(count: int) -> None:
    asked = [(sign, number * 10) for number in range(count) for sign in COMPARED]
    policies = Policies(
        conditions([f"context.persons {sign} {least}" for sign, least in asked]), given("persons")
    )
    for value in (-5, *range(count * 10 + 2)):
        sure, possible, is_complete = policies.ask({"persons": value})
        assert is_complete
        assert sure == possible
        for number, (sign, least) in enumerate(asked):
            assert bool(sure >> number & 1) is COMPARED[sign](value, least), (value, sign, least)


def test_what_cedar_could_not_evaluate_holds_nothing() -> None:
    texts = ["context.persons < 10", "context.persons >= 20", "!(context.persons >= 30)"]
    sure, _, is_complete = Policies(conditions(texts), given("persons")).ask({"persons": "many"})
    assert (sure, is_complete) == (0, False)


def test_a_missing_number_leaves_every_comparison_open() -> None:
    sure, possible, is_complete = Policies(conditions(["context.persons < 10"]), given()).ask({})
    assert (sure, possible, is_complete) == (0, 1, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("context.persons > 5", Step("persons", 6, True)),
        ("context.persons <= 5", Step("persons", 6, False)),
        ("!(context.persons < 5)", Step("persons", 5, True)),
        (f"context.persons > {LARGEST - 1}", None),
        ("context.persons == 5", None),
        ("context.persons >= context.us_persons", None),
    ],
)
def test_a_step_is_a_comparison_with_one_number(text: str, expected: Step | None) -> None:
    assert step(parse(text)) == expected
