"""Readable answers: an ordinary point at which a formula holds, and regions that together cover it.

A region is what is left of a point when everything is dropped that does not matter: choices keep the values
that all work, numbers and time the thresholds that occur in the formula. A cover is complete when no point
is left outside its regions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offramp.instruments.formulas import (
    All,
    AtLeast,
    Atom,
    Flag,
    Formula,
    NotBelow,
    OneOf,
    Test,
    at_least,
    atoms,
    constant,
    every,
    flag,
    negation,
    not_below,
    one_of,
    predicate,
)
from offramp.instruments.solver import Attribute, Engine, Kind, Solver, Undecided, Value

Point = Mapping[str, Value]
TIME = "time"
MOST_PRUNED = 12


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` on, and before `high`; None: open."""

    low: int | None
    high: int | None


Allowed = frozenset[str] | bool | Range


@dataclass(frozen=True, slots=True)
class Region:
    """What must be so, attribute by attribute; a key `a>=b` compares two numbers."""

    allowed: Mapping[str, Allowed]
    point: Point
    """An ordinary point in it."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Regions that hold nothing else than a formula does."""

    regions: tuple[Region, ...]
    is_complete: bool
    """They hold all of it too."""
    is_decided: bool = True
    """False where the budget ran out, so that there may be more; else, where incomplete, there is more."""


class Search:
    """Where `target` holds, given `axioms`."""

    def __init__(self, engine: Engine, target: Formula, axioms: Formula) -> None:
        self._engine = engine
        self._target = target
        self._axioms = axioms
        self._names: dict[str, Attribute] = {}
        self._bounds: dict[str, set[int]] = {}
        self._pairs: dict[str, NotBelow] = {}
        for atom in atoms(target):
            match atom:
                case NotBelow(name, other):
                    self._pairs[f"{name}>={other}"] = atom
                    self._names |= {one: engine.attributes[one] for one in (name, other)}
                case OneOf(name) | Flag(name):
                    self._names[name] = engine.attributes[name]
                case AtLeast(name, bound):
                    self._names[name] = engine.attributes[name]
                    self._bounds.setdefault(name, set()).add(bound)
        self._near_axioms = every(
            *(
                part
                for part in (axioms.parts if isinstance(axioms, All) else (axioms,))
                if all(_named(atom) <= self._names.keys() for atom in atoms(part))
            )
        )
        self._tests: dict[Formula, Test] = {}
        self._is_target = predicate(target, self._tests)
        self._is_allowed = predicate(self._near_axioms, self._tests)
        self._inside = engine.solver(axioms, target)
        self._outside: Solver | None = None
        self._found: list[Test] = []

    def point(self) -> Point | None:
        """An ordinary point, or None where there is none. Raises `Undecided`."""
        if not self._inside.can(wants_point=True):
            return None
        chosen: list[Formula] = []
        point = self._inside.point(self._names)
        for name in sorted(self._names, key=self._ordinary_first):
            for value in self._preferred(self._names[name]):
                if point[name] == value:
                    break
                beside = {**point, name: value}
                if self._is_inside(beside):
                    point = beside
                    break
                if self._inside.can(*chosen, self._is(name, value), wants_point=True):
                    point = self._inside.point(self._names)
                    break
            chosen.append(self._is(name, point[name]))
        return point

    def region(self, point: Point) -> Region:
        """The largest readable region around `point`. Raises `Undecided`."""
        allowed = self._around(point)
        for name in sorted(allowed, key=lambda one: self._dropped_first(one, point)):
            without = {key: value for key, value in allowed.items() if key != name}
            if self._stays(point, name, None) and self._holds(without):
                allowed = without
        for name in list(allowed):
            allowed = self._grown(allowed, name, point)
        return Region(allowed, point)

    def cover(self, *, most: int = 24) -> Cover:
        """Regions for everything, at most `most`. What the budget cuts short is said, not raised."""
        regions: list[Region] = []
        try:
            while (point := self.point()) is not None:
                if len(regions) == most:
                    return Cover(tuple(regions), False)
                region = self.region(point)
                regions.append(region)
                beyond = negation(formula_of(region.allowed))
                self._found.append(predicate(beyond, self._tests))
                self._inside.add(beyond)
        except Undecided:
            return Cover(tuple(regions), False, False)
        return Cover(self._needed(regions), True)

    def _needed(self, regions: list[Region]) -> tuple[Region, ...]:
        """Without regions that the others cover together; of very many, all."""
        kept = list(regions)
        for region in regions if len(regions) <= MOST_PRUNED else ():
            others = [negation(formula_of(one.allowed)) for one in kept if one is not region]
            try:
                if (
                    len(kept) > 1
                    and not self._engine.solver(self._axioms, formula_of(region.allowed), *others).can()
                ):
                    kept.remove(region)
            except Undecided:
                break
        return tuple(kept)

    def _holds(self, allowed: Mapping[str, Allowed]) -> bool:
        if self._outside is None:
            self._outside = self._engine.solver(self._axioms, negation(self._target))
        return not self._outside.can(formula_of(allowed))

    def _is_inside(self, point: Point) -> bool:
        """The point is in the target and in no region found, seen without a solver."""
        return self._is_allowed(point) and self._is_target(point) and all(one(point) for one in self._found)

    def _stays(self, point: Point, name: str, value: Allowed | None) -> bool:
        """No other value of one attribute, or none in `value`, is seen to leave the target.

        One point beside the region is enough to say no, and needs no solver.
        """
        if name not in self._names:
            return True
        for other in self._others(name, point, value):
            beside = {**point, name: other}
            if self._is_allowed(beside) and not self._is_target(beside):
                return False
        return True

    def _others(self, name: str, point: Point, value: Allowed | None) -> Iterable[Value]:
        attribute = self._names[name]
        match attribute.kind:
            case Kind.FLAG:
                return (not point[name],)
            case Kind.CHOICE:
                return (
                    attribute.values
                    if value is None
                    else [one for one in attribute.values if self._in(one, value)]
                )
            case Kind.NUMBER:
                bounds = sorted(self._bounds.get(name, ()))
                ends = ([bounds[0] - 1] if bounds else []) + bounds
                low, high = attribute.minimum, attribute.maximum
                return [
                    one
                    for one in ends
                    if (low is None or one >= low)
                    and (high is None or one <= high)
                    and (value is None or self._in(one, value))
                ]

    @staticmethod
    def _in(one: Value, value: Allowed) -> bool:
        match value:
            case bool():
                return one is value
            case Range(low, high):
                return (low is None or int(one) >= low) and (high is None or int(one) < high)
        return one in value

    def _is(self, name: str, value: Value) -> Formula:
        match self._names[name].kind:
            case Kind.FLAG:
                return flag(name) if value else negation(flag(name))
            case Kind.CHOICE:
                return one_of(name, frozenset({str(value)}))
            case Kind.NUMBER:
                return every(at_least(name, int(value)), negation(at_least(name, int(value) + 1)))

    def _around(self, point: Point) -> dict[str, Allowed]:
        """The smallest region the formula can tell apart around `point`."""
        allowed: dict[str, Allowed] = {}
        for name, attribute in self._names.items():
            value = point[name]
            match attribute.kind:
                case Kind.FLAG:
                    allowed[name] = bool(value)
                case Kind.CHOICE:
                    allowed[name] = frozenset({str(value)})
                case Kind.NUMBER if self._bounds.get(name):
                    bounds = sorted(self._bounds[name])
                    below = [bound for bound in bounds if bound <= int(value)]
                    above = [bound for bound in bounds if bound > int(value)]
                    allowed[name] = Range(below[-1] if below else None, above[0] if above else None)
                case Kind.NUMBER:
                    pass
        for name, pair in self._pairs.items():
            allowed[name] = int(point[pair.attribute]) >= int(point[pair.other])
        return allowed

    def _grown(self, allowed: dict[str, Allowed], name: str, point: Point) -> dict[str, Allowed]:
        value = allowed[name]
        rest = {key: one for key, one in allowed.items() if key != name}
        if isinstance(value, frozenset):
            more = {
                one
                for one in self._names[name].values
                if one not in value and self._can_be(rest, name, frozenset({one}), point)
            }
            return {**rest, name: value | more}
        if isinstance(value, Range):
            return {**rest, name: self._stretched(rest, name, value, point)}
        return allowed

    def _can_be(self, rest: dict[str, Allowed], name: str, value: Allowed, point: Point) -> bool:
        return self._stays(point, name, value) and self._holds({**rest, name: value})

    def _stretched(self, rest: dict[str, Allowed], name: str, value: Range, point: Point) -> Range:
        bounds = sorted(self._bounds[name])
        low, high = value.low, value.high
        if low is not None and self._can_be(rest, name, Range(None, low), point):
            low = None
        if high is not None and self._can_be(rest, name, Range(high, None), point):
            high = None
        while low is not None:
            below = [bound for bound in bounds if bound < low]
            if not below or not self._can_be(rest, name, Range(below[-1], low), point):
                break
            low = below[-1]
        while high is not None:
            above = [bound for bound in bounds if bound > high]
            if not above or not self._can_be(rest, name, Range(high, above[0]), point):
                break
            high = above[0]
        return Range(low, high)

    def _preferred(self, attribute: Attribute) -> Iterable[Value]:
        """Values to try, ordinary ones first."""
        match attribute.kind:
            case Kind.FLAG:
                return (attribute.default,) if attribute.default is not None else (False,)
            case Kind.CHOICE:
                first = (attribute.default,) if attribute.default is not None else ()
                return (*first, *attribute.values)
            case Kind.NUMBER:
                bounds = sorted(self._bounds.get(attribute.name, ()))
                if attribute.name == TIME:
                    return bounds
                ordinary = attribute.default if isinstance(attribute.default, int) else attribute.minimum or 0
                near = {ordinary, *bounds, *(bound - 1 for bound in bounds)}
                return sorted(near, key=lambda one: (abs(one - ordinary), one))

    def _ordinary_first(self, name: str) -> tuple[int, str]:
        kinds = ("given:", "fact:", "via:", "action", "user", "reading:", "vendor", TIME)
        return next(rank for rank, kind in enumerate(kinds) if name.startswith(kind)), name

    def _dropped_first(self, name: str, point: Point) -> tuple[int, str]:
        attribute = self._names.get(name)
        if attribute is None:
            return 0, name
        if attribute.default is not None and point[name] == attribute.default:
            return (5 if name == "action" else 1), name
        kinds = ("given:", "reading:", "fact:", "vendor", "action", "via:", TIME, "user")
        return 2 + next(rank for rank, kind in enumerate(kinds) if name.startswith(kind)), name


def formula_of(allowed: Mapping[str, Allowed]) -> Formula:
    """What a region says."""
    return every(*(_says(name, value) for name, value in allowed.items()))


def _says(name: str, value: Allowed) -> Formula:
    match value:
        case bool():
            one, pair, other = name.partition(">=")
            term = not_below(one, other) if pair else flag(name)
            return term if value else negation(term)
        case Range(low, high):
            return every(
                at_least(name, low) if low is not None else constant(True),
                negation(at_least(name, high)) if high is not None else constant(True),
            )
    return one_of(name, value)


def _named(atom: Atom) -> set[str]:
    return {atom.attribute, atom.other} if isinstance(atom, NotBelow) else {atom.attribute}
