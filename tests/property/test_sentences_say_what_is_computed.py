"""A condition brought into sentences means what it meant, and another condition gives another sentence."""

from collections.abc import Mapping

import hypothesis.strategies as st
from cedarpy import pst
from hypothesis import given, settings

from offramp.core.verdicts import FactValue
from offramp.instruments.conditions import parse
from offramp.instruments.phrases import Atom, Clause, clause_of, phrase
from offramp.instruments.vocabulary import BUILT_IN

ATOMS = (
    "context.force",
    "context.lawful",
    'context.under == "federal"',
    'context.human != "none"',
    '["cloud", "edge"].contains(context.deployment)',
    "context.persons >= 1000",
    "100 < context.us_persons",
    "context.persons == context.us_persons",
    "context has purpose",
    "true",
)
FACTS = st.fixed_dictionaries(
    {
        "force": st.booleans(),
        "lawful": st.booleans(),
        "under": st.sampled_from(("none", "federal", "dow")),
        "human": st.sampled_from(("none", "decides")),
        "deployment": st.sampled_from(("cloud", "edge", "on_prem")),
        "persons": st.sampled_from((0, 1, 100, 101, 1000)),
        "us_persons": st.sampled_from((0, 1, 100, 101, 1000)),
    },
    optional={"purpose": st.just("office")},
)
TEXTS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(lambda three: f"({' '.join(three)})"),
    ),
    max_leaves=8,
)


def holds(node: pst.Expr, facts: Mapping[str, FactValue]) -> bool:
    """What an expression is worth where every fact it reads is given."""
    match node:
        case pst.BinaryOp("and", left, right):
            return holds(left, facts) and holds(right, facts)
        case pst.BinaryOp("or", left, right):
            return holds(left, facts) or holds(right, facts)
        case pst.UnaryOp("not", arg):
            return not holds(arg, facts)
        case pst.HasAttr(_, (name, *_)):
            return name in facts
        case pst.BinaryOp("contains", pst.Set(elements), fact):
            return value(fact, facts) in [value(one, facts) for one in elements]
        case pst.BinaryOp(op, left, right):
            one, two = value(left, facts), value(right, facts)
            if op in ("eq", "not_eq"):
                return (one == two) is (op == "eq")
            assert isinstance(one, int)
            assert isinstance(two, int)
            orders = {
                "less": one < two,
                "less_eq": one <= two,
                "greater": one > two,
                "greater_eq": one >= two,
            }
            return orders[op]
    return bool(value(node, facts))


def value(node: pst.Expr, facts: Mapping[str, FactValue]) -> FactValue:
    match node:
        case pst.GetAttr(_, name):
            return facts[name]
        case pst.StringLit(text):
            return text
        case pst.LongLit(number):
            return number
        case pst.BoolLit(flag):
            return flag
    raise AssertionError(f"an atom of the test reads {node}")


def clause_holds(clause: Clause, facts: Mapping[str, FactValue]) -> bool:
    if isinstance(clause, Atom):
        return holds(clause.node, facts) is clause.is_affirmed
    parts = [clause_holds(part, facts) for part in clause.parts]
    return all(parts) if clause.word == "and" else any(parts)


@settings(max_examples=200, deadline=None)
@given(TEXTS, FACTS, st.booleans())
def test_the_normal_form_means_the_same(text: str, facts: Mapping[str, FactValue], is_affirmed: bool) -> None:
    expression = parse(text)
    assert clause_holds(clause_of(expression, is_affirmed=is_affirmed), facts) is (
        holds(expression, facts) is is_affirmed
    )


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, FACTS)
def test_conditions_that_differ_are_worded_differently(
    one: str, other: str, facts: Mapping[str, FactValue]
) -> None:
    if holds(parse(one), facts) is not holds(parse(other), facts):
        assert phrase(parse(one), BUILT_IN) != phrase(parse(other), BUILT_IN)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_every_bracket_closes(text: str) -> None:
    said = phrase(parse(text), BUILT_IN)
    assert said.count("(") == said.count(")")
