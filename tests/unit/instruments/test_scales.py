"""Scales: every comparison of a fact with literals, told from the class that Cedar says its value is in."""

import operator

import cedarpy
import pytest

from offramp.core.verdicts import FactValue
from offramp.instruments.conditions import parse
from offramp.instruments.model import LARGEST, Condition
from offramp.instruments.policies import Policies, compiled, policy
from offramp.instruments.residues import Given
from offramp.instruments.totals import total

NOBODY: frozenset[str] = frozenset()
ANYBODY = Given(NOBODY, NOBODY, NOBODY, NOBODY)
COMPARED = {">=": operator.ge, ">": operator.gt, "<": operator.lt, "<=": operator.le, "==": operator.eq}
REQUEST = {name: {"type": "Asked", "id": name} for name in ("principal", "action", "resource")}


def conditions(texts: list[str]) -> list[Condition]:
    made = []
    for text in texts:
        tree = parse(text)
        sure, possible = total(tree)
        made.append(
            Condition(
                written=tree,
                source=tree,
                sure=sure,
                possible=possible,
                facts=NOBODY,
                presence=NOBODY,
                text=text,
            )
        )
    return made


def alone(condition: Condition, facts: dict[str, FactValue]) -> tuple[bool, bool]:
    """What Cedar says of a condition put to it whole: whether it holds for sure, and whether it may."""
    handle = compiled([policy("sure", condition.sure), policy("possible", condition.possible)])
    said = cedarpy.is_authorized({**REQUEST, "context": facts}, handle, [])
    assert not said.diagnostics.errors
    return "sure" in said.diagnostics.reasons, "possible" in said.diagnostics.reasons


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 31])
def test_a_number_is_compared_as_cedar_alone_does(count: int) -> None:
    asked = [(sign, number * 10) for number in range(count) for sign in COMPARED]
    policies = Policies(conditions([f"context.persons {sign} {least}" for sign, least in asked]), ANYBODY)
    for value in (-5, *range(count * 10 + 2)):
        sure, possible, is_complete = policies.ask({"persons": value})
        assert is_complete
        assert sure == possible
        for number, (sign, least) in enumerate(asked):
            assert bool(sure >> number & 1) is COMPARED[sign](value, least), (value, sign, least)


TEXTS = [
    "context.persons >= 20 && context.persons != 25",
    "!(context.persons < 5) || 7 > context.persons",
    "[1, 30].contains(context.persons)",
    f"context.persons > {LARGEST - 1}",
    f"context.persons < {LARGEST - 1}",
    f"{-LARGEST} <= context.persons",
    "context.persons >= context.us_persons",
    "!(context.persons >= context.us_persons) && context has force",
    "context.force",
    "!context.force || context.model == \"m-1\"",
    "context.force == false",
    "context.force != context.existing_use",
    "[].contains(context.model)",
    "![].contains(context.model)",
    "context.model != \"m-2\" && !(context.model == \"m-1\" || context.force)",
    "[\"m-1\", \"m-3\"].contains(context.model)",
    "!(context has model) || context.model == \"m-3\"",
    "context.model == context.network",
    "(context.force || context.persons > 4) && (context.existing_use || context.model == \"m-2\")",
]  # fmt: skip
GIVEN: list[dict[str, FactValue]] = [
    {},
    {"persons": 25},
    {"persons": 6, "us_persons": 7, "force": True},
    {"persons": LARGEST - 1, "us_persons": -LARGEST, "force": False, "existing_use": False},
    {"persons": -LARGEST, "model": "m-1", "network": "m-1", "existing_use": True},
    {"persons": 30, "model": "m-3", "force": True, "existing_use": False},
    {"persons": 20, "us_persons": 20, "model": "another", "network": "m-2", "force": False},
    {"model": "", "existing_use": True},
]


@pytest.mark.parametrize("facts", GIVEN, ids=lambda facts: ", ".join(facts) or "nothing")
def test_conditions_together_hold_where_cedar_says_so_of_each(facts: dict[str, FactValue]) -> None:
    asked = conditions(TEXTS)
    sure, possible, is_complete = Policies(asked, ANYBODY).ask(facts)
    assert is_complete
    for number, condition in enumerate(asked):
        said = bool(sure >> number & 1), bool(possible >> number & 1)
        assert said == alone(condition, facts), condition.text


def test_what_cedar_could_not_evaluate_holds_nothing() -> None:
    texts = ["context.persons < 10", "context.persons >= 20", "!(context.persons >= 30)"]
    sure, _, is_complete = Policies(conditions(texts), ANYBODY).ask({"persons": "many"})
    assert (sure, is_complete) == (0, False)


def test_a_missing_number_leaves_every_comparison_open() -> None:
    assert Policies(conditions(["context.persons < 10"]), ANYBODY).ask({}) == (0, 1, True)
