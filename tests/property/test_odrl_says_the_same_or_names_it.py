"""What the export says of a condition is what the condition says; what it cannot say it names."""

from collections.abc import Callable, Mapping
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from offramp.core.instants import parse_instant
from offramp.core.verdicts import FactValue, Outcome
from offramp.instruments import Question, Source, decide, load
from offramp.instruments.odrl import to_odrl
from offramp.instruments.odrl_terms import faults

ATOMS = (
    "context.force",
    'context.under == "federal"',
    'context.human != "none"',
    '["cloud", "edge"].contains(context.deployment)',
    "context.persons >= 1000",
    "100 < context.us_persons",
    "true",
    "false",
)
OUTSIDE = ("context has purpose", 'context.via.contains("supplier")', 'principal in Party::"company"')
FACTS = st.fixed_dictionaries(
    {
        "force": st.booleans(),
        "under": st.sampled_from(("none", "federal", "dow")),
        "human": st.sampled_from(("none", "decides")),
        "deployment": st.sampled_from(("cloud", "edge", "on_prem")),
        "persons": st.sampled_from((0, 999, 1000)),
        "us_persons": st.sampled_from((100, 101)),
    }
)


def conditions(atoms: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(atoms),
        lambda inner: st.one_of(
            inner.map(lambda one: f"!({one})"),
            st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(lambda three: f"({' '.join(three)})"),
        ),
        max_leaves=6,
    )


def exported(when: str, *, effect: str = "effect: prohibit") -> tuple[Any, list[str], Any]:
    text = f"""\
schema: offramp.instruments/v1
instruments:
  - id: order
    kind: order
    title: Order
    issuer: an office
    basis: text
    source: {{document: x}}
    from: 2030-01-01
    norms:
      - id: stop
        {effect}
        binds: {{kinds: [company]}}
        vendor: example-a
        action: use
        when: {when!r}
        quote: x
"""
    instruments = load([Source("order.yaml", text)])
    done = to_odrl(instruments)
    assert faults(done.document) == ()
    return instruments, [one.what for one in done.lost], done.document


def meets(constraint: Mapping[str, Any], facts: Mapping[str, FactValue]) -> bool:
    """What a reader of plain ODRL makes of one constraint."""
    if "or" in constraint:
        return any(meets(one, facts) for one in constraint["or"]["@list"])
    if constraint["leftOperand"] == "dateTime":
        return True
    value: Any = facts[constraint["leftOperand"].removeprefix("offramp:")]
    right = constraint["rightOperand"]
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value == right,
        "neq": lambda: value != right,
        "lt": lambda: value < right,
        "lteq": lambda: value <= right,
        "gt": lambda: value > right,
        "gteq": lambda: value >= right,
        "isAnyOf": lambda: value in right,
        "isNoneOf": lambda: value not in right,
    }
    return bool(tests[constraint["operator"]]())


@settings(max_examples=150, deadline=None)
@given(conditions(ATOMS), FACTS)
def test_the_constraints_hold_where_the_condition_does(when: str, facts: Mapping[str, FactValue]) -> None:
    instruments, lost, document = exported(when)
    if [what for what in lost if "its condition" in what]:
        return
    question = Question(("company",), (), "example-a", "use", dict(facts))
    found = decide(instruments, question, at=parse_instant("2030-06-01")).outcome
    (rule,) = document["@graph"][1]["prohibition"]
    forbids = all(meets(one, facts) for one in rule.get("constraint", ()))
    assert forbids is (found is Outcome.FORBID)


@pytest.mark.parametrize("atom", OUTSIDE)
def test_a_part_without_words_is_named_and_never_widens_a_permission(atom: str) -> None:
    _, lost, document = exported(f"{atom} && context.force")
    assert [what for what in lost if "no words" in what and "wider" in what]
    assert document["@graph"][1]["prohibition"][0]["constraint"][-1]["leftOperand"] == "offramp:force"
    entitle = "effect: permit\n        strength: entitle"
    _, lost, document = exported(f"{atom} && context.force", effect=entitle)
    assert [what for what in lost if what.startswith("left out whole")]
    assert "permission" not in document["@graph"][1]
