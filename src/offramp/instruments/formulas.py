"""Formulas over the attributes of a world: who acts, with which vendor, when, given which facts and readings.

Built from conditions by `worlds/`, read by `solver.py`. Constants are folded as formulas are built, so what
is known beforehand costs the solver nothing. Nodes are compared by identity; atoms are made once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """Always, or never."""

    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """A choice has one of these values."""

    attribute: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """A flag is up."""

    attribute: str


@dataclass(frozen=True, slots=True, eq=False)
class AtLeast:
    """A number is this or more."""

    attribute: str
    bound: int


@dataclass(frozen=True, slots=True, eq=False)
class NotBelow:
    """One number is no smaller than another."""

    attribute: str
    other: str


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """The opposite."""

    part: "Formula"


@dataclass(frozen=True, slots=True, eq=False)
class All:
    """Every part holds."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """At least one part holds."""

    parts: tuple["Formula", ...]


Formula = Constant | OneOf | Flag | AtLeast | NotBelow | Not | All | Some
Atom = OneOf | Flag | AtLeast | NotBelow

ALWAYS = Constant(True)
NEVER = Constant(False)


@lru_cache(maxsize=65536)
def one_of(attribute: str, values: frozenset[str]) -> Formula:
    """The attribute has one of `values`; never, where there are none."""
    return OneOf(attribute, values) if values else NEVER


@lru_cache(maxsize=65536)
def flag(attribute: str) -> Formula:
    """The flag is up."""
    return Flag(attribute)


@lru_cache(maxsize=65536)
def at_least(attribute: str, bound: int) -> Formula:
    """The number is `bound` or more."""
    return AtLeast(attribute, bound)


@lru_cache(maxsize=65536)
def not_below(attribute: str, other: str) -> Formula:
    """The number is no smaller than the other."""
    return NotBelow(attribute, other) if attribute != other else ALWAYS


def constant(value: bool) -> Formula:
    """Always or never."""
    return ALWAYS if value else NEVER


def negation(part: Formula) -> Formula:
    """The opposite of `part`."""
    match part:
        case Constant(value):
            return constant(not value)
        case Not(inner):
            return inner
        case _:
            return Not(part)


def every(*parts: Formula) -> Formula:
    """All of `parts`; always, where there are none."""
    kept = _joined(parts, All, NEVER, ALWAYS)
    return kept if isinstance(kept, Constant) else kept[0] if len(kept) == 1 else All(kept)


def some(*parts: Formula) -> Formula:
    """At least one of `parts`; never, where there are none."""
    kept = _joined(parts, Some, ALWAYS, NEVER)
    return kept if isinstance(kept, Constant) else kept[0] if len(kept) == 1 else Some(kept)


def _joined(
    parts: Iterable[Formula], joint: type[All] | type[Some], zero: Constant, unit: Constant
) -> tuple[Formula, ...] | Constant:
    kept: dict[Formula, None] = {}
    for part in parts:
        if part is zero:
            return zero
        if part is unit:
            continue
        if isinstance(part, joint):
            kept.update(dict.fromkeys(part.parts))
        else:
            kept[part] = None
    if any(isinstance(part, Not) and part.part in kept for part in kept):
        return zero
    return tuple(kept) or unit


def atoms(*formulas: Formula) -> Iterator[Atom]:
    """Every atom once, in the order it is first met."""
    seen: set[Formula] = set()
    waiting: list[Formula] = list(reversed(formulas))
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Not(part):
                waiting.append(part)
            case All(parts) | Some(parts):
                waiting.extend(reversed(parts))
            case Constant():
                pass
            case _:
                yield node


Point = Mapping[str, str | bool | int]
Test = Callable[[Point], bool]


def holds(formula: Formula, point: Point) -> bool:
    """Whether the formula is true at a point that has a value for everything it mentions."""
    return predicate(formula)(point)


def predicate(formula: Formula, made: dict[Formula, Test] | None = None) -> Test:
    """The formula as a function of points: for asking often. `made` keeps what was made for its parts."""
    made = {} if made is None else made
    found = made.get(formula)
    if found is None:
        found = made[formula] = _predicate(formula, made)
    return found


def _predicate(formula: Formula, made: dict[Formula, Test]) -> Test:
    match formula:
        case Constant(value):
            return lambda _point: value
        case OneOf(name, values):
            return lambda point: point[name] in values
        case Flag(name):
            return lambda point: point[name] is True
        case AtLeast(name, bound):
            return lambda point: point[name] >= bound  # type: ignore[operator]
        case NotBelow(name, other):
            return lambda point: point[name] >= point[other]  # type: ignore[operator]
        case Not(part):
            inner = predicate(part, made)
            return lambda point: not inner(point)
        case All(parts):
            return _every([predicate(part, made) for part in parts])
        case Some(parts):
            return _any([predicate(part, made) for part in parts])


def _every(tests: list[Test]) -> Test:
    def test(point: Point) -> bool:
        for one in tests:  # noqa: SIM110 - half the time of `all` over a generator
            if not one(point):
                return False
        return True

    return test


def _any(tests: list[Test]) -> Test:
    def test(point: Point) -> bool:
        for one in tests:  # noqa: SIM110 - as above
            if one(point):
                return True
        return False

    return test


def replaced(formula: Formula, by: Callable[[Atom], Formula]) -> Formula:
    """The formula with each atom replaced by what `by` makes of it."""
    made: dict[Formula, Formula] = {}

    def walk(node: Formula) -> Formula:
        found = made.get(node)
        if found is None:
            match node:
                case Constant():
                    found = node
                case Not(part):
                    found = negation(walk(part))
                case All(parts):
                    found = every(*map(walk, parts))
                case Some(parts):
                    found = some(*map(walk, parts))
                case _:
                    found = by(node)
            made[node] = found
        return found

    return walk(formula)
