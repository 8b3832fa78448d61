"""Which of the values that conditions tell apart a fact has, put to Cedar as one question a fact.

A norm compares facts with literals; two hundred norms, with hundreds of them. Together the literals cut the
values of a fact into classes: a number lies between two of them, a text is one of them or another. The class
a value is in decides every comparison. Cedar says which one it is: a policy for each binary digit of its
number. Which comparisons hold in which class is worked out before any request.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cedarpy import pst

from offramp.core.verdicts import FactValue
from offramp.instruments.model import LARGEST
from offramp.instruments.totals import CONTEXT

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "not_eq": operator.ne,
    "less": operator.lt,
    "less_eq": operator.le,
    "greater": operator.gt,
    "greater_eq": operator.ge,
}
MIRRORED = {"less": "greater", "less_eq": "greater_eq", "greater": "less", "greater_eq": "less_eq"}
LITERAL = pst.BoolLit | pst.LongLit | pst.StringLit
NEXT = ("less_eq", "greater")
"""These change their answer past the number they name; the other orderings at it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One fact, and what holds in each class of its values."""

    fact: str
    holding: tuple[int, ...]
    """By class: the comparisons that hold, one bit each."""
    digits: tuple[pst.Expr, ...]
    """For each binary digit of the class, lowest first: whether it is 1. Reads the fact only where given."""
    first: int
    """The number of the policy of the lowest digit; the others follow."""

    def number(self, policies: int) -> int:
        """The number of the class where these policies hold. The fact must be given."""
        return policies >> self.first & (1 << len(self.digits)) - 1


def scale(fact: str, comparisons: Mapping[tuple[pst.Expr, bool], int], first: int) -> Scale:
    """The scale of a fact, for comparisons and opposites of them, each with its bit."""
    values, digit = _classes(pst.GetAttr(CONTEXT, fact), [one for one, _ in comparisons])
    given = pst.HasAttr(CONTEXT, (fact,))
    return Scale(
        fact=fact,
        holding=tuple(
            sum(1 << bit for (one, is_so), bit in comparisons.items() if _is_true(one, value) is is_so)
            for value in values
        ),
        digits=tuple(
            pst.BinaryOp("and", given, digit(number)) for number in range((len(values) - 1).bit_length())
        ),
        first=first,
    )


def _classes(
    fact: pst.Expr, comparisons: list[pst.Expr]
) -> tuple[tuple[FactValue | None, ...], Callable[[int], pst.Expr]]:
    """A value of each class, and the expression that says a digit of its number."""
    literals = {value for one in comparisons for value in _literals(one)}
    if fact in comparisons or any(isinstance(one, bool) for one in literals):
        return (False, True), lambda _: fact
    texts = sorted(one for one in literals if isinstance(one, str))
    if texts:
        return (None, *texts), lambda digit: _among(fact, texts, digit)
    steps = sorted({cut for one in comparisons for cut in _cuts(one) if cut < LARGEST})
    below = steps[0] - 1 if steps else 0
    return (below, *steps), lambda digit: _reached(fact, steps, digit, 0, len(steps).bit_length())


def _among(fact: pst.Expr, texts: list[str], digit: int) -> pst.Expr:
    listed = tuple(pst.StringLit(text) for number, text in enumerate(texts, 1) if number >> digit & 1)
    return pst.BinaryOp("contains", pst.Set(listed), fact)


def _reached(fact: pst.Expr, steps: list[int], digit: int, count: int, length: int) -> pst.Expr:
    """The digit of how many steps are reached, that being from `count` to before `count + 2 ** length`."""
    power = length - 1
    middle = count + (1 << power)
    if middle > len(steps):
        return pst.BoolLit(False) if power == digit else _reached(fact, steps, digit, count, power)
    reached = pst.BinaryOp("greater_eq", fact, pst.LongLit(steps[middle - 1]))
    if power == digit:
        return reached
    return pst.IfThenElse(
        reached, _reached(fact, steps, digit, middle, power), _reached(fact, steps, digit, count, power)
    )


def _cuts(comparison: pst.Expr) -> Iterator[int]:
    """The numbers from which on a comparison may answer otherwise than below them."""
    op: str = comparison.op if isinstance(comparison, pst.BinaryOp) else ""
    if isinstance(comparison, pst.BinaryOp) and not isinstance(comparison.left, pst.GetAttr):
        op = MIRRORED.get(op, op)
    for number in _literals(comparison):
        if op not in NEXT:
            yield int(number)
        if op in NEXT or op not in MIRRORED:
            yield int(number) + 1


def _literals(comparison: pst.Expr) -> Iterator[FactValue]:
    match comparison:
        case pst.BinaryOp("contains", pst.Set(elements), _):
            yield from (one.value for one in elements if isinstance(one, LITERAL))
        case pst.BinaryOp(_, left, right):
            yield from (one.value for one in (left, right) if isinstance(one, LITERAL))


def _is_true(comparison: pst.Expr, value: FactValue | None) -> bool:
    """What a comparison says of a value; None: a text that no comparison names."""
    match comparison:
        case pst.GetAttr():
            return value is True
        case pst.BinaryOp("contains", pst.Set(), _):
            return value in tuple(_literals(comparison))
        case pst.BinaryOp(op, left, pst.GetAttr()) if isinstance(left, LITERAL):
            return COMPARE[op](left.value, value)
        case pst.BinaryOp(op, pst.GetAttr(), right) if isinstance(right, LITERAL):
            return COMPARE[op](value, right.value)
    raise ValueError(f"{type(comparison).__name__} is no comparison with literals")
