"""Comparisons of one number with many literals, put to Cedar as one question: how many are reached.

Norms that each compare a fact with a number of their own would need a policy each. In order, the numbers
are steps, and how many of them a value has reached decides every comparison. Cedar says that count: a policy
for each of its binary digits. Which comparisons hold at which count is worked out before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cedarpy import pst

from offramp.instruments.model import LARGEST

OPPOSITE = {"less": "greater_eq", "less_eq": "greater"}


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """A comparison as one step: the fact is at least so large, or it is not."""

    fact: str
    least: int
    is_reached: bool


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of one fact, lowest first, and what holds once so many of them are reached."""

    fact: str
    steps: tuple[int, ...]
    holding: tuple[int, ...]
    """By count: the comparisons that hold, one bit each."""
    first: int
    """The number of the policy that says the lowest digit; the others follow."""

    def held(self, policies: int) -> int:
        """The comparisons that hold where these policies do."""
        return self.holding[policies >> self.first & (1 << self.length) - 1]

    @property
    def length(self) -> int:
        """How many digits the count has."""
        return len(self.steps).bit_length()

    def digits(self) -> Iterator[tuple[int, pst.Expr]]:
        """For each binary digit of the count, lowest first: its policy's number, and whether it is 1."""
        top = self.length - 1
        for digit in range(self.length):
            yield self.first + digit, self._digit(digit, 0, top)

    def _digit(self, digit: int, count: int, power: int) -> pst.Expr:
        """The digit where the count is from `count` to before `count + 2 ** (power + 1)`."""
        middle = count + (1 << power)
        if middle > len(self.steps):
            return pst.BoolLit(False) if power == digit else self._digit(digit, count, power - 1)
        fact = pst.GetAttr(pst.Var("context"), self.fact)
        reached = pst.BinaryOp("greater_eq", fact, pst.LongLit(self.steps[middle - 1]))
        if power == digit:
            return reached
        return pst.IfThenElse(
            reached, self._digit(digit, middle, power - 1), self._digit(digit, count, power - 1)
        )


def step(node: pst.Expr) -> Step | None:
    """A comparison of a fact with a number as a step; None for any other expression."""
    match node:
        case pst.UnaryOp("not", arg):
            found = step(arg)
            return found and Step(found.fact, found.least, not found.is_reached)
        case pst.BinaryOp(op, pst.GetAttr(pst.Var("context"), fact), pst.LongLit(value)):
            upward = OPPOSITE.get(op, op)
            least = value + 1 if upward == "greater" else value
            if upward in OPPOSITE.values() and least < LARGEST:
                return Step(fact, least, upward == op)
    return None


def ladders(numbers: Mapping[Step, int], first: int) -> Iterator[Ladder]:
    """One ladder for each fact that the steps compare; a step's number is its bit.

    Their policies are numbered from `first`.
    """
    by_fact: dict[str, list[Step]] = {}
    for one in sorted(numbers):
        by_fact.setdefault(one.fact, []).append(one)
    for fact, mine in by_fact.items():
        steps = tuple(sorted({one.least for one in mine}))
        holding = tuple(_holding(mine, numbers, least) for least in (None, *steps))
        ladder = Ladder(fact, steps, holding, first)
        yield ladder
        first += ladder.length


def _holding(mine: list[Step], numbers: Mapping[Step, int], highest: int | None) -> int:
    """What holds when `highest` is the highest step reached; None: not one is."""
    return sum(
        1 << numbers[one] for one in mine if one.is_reached == (highest is not None and one.least <= highest)
    )
