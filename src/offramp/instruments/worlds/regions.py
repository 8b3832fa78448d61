"""Readable answers: an ordinary point at which a formula holds, and regions that together cover it.

A region is what is left of a point when everything is dropped that does not matter: choices keep the values
that all work, numbers and time the thresholds that occur in the formula. A cover is complete when no point
is left outside its regions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offramp.instruments.formulas import (
    AtLeast,
    Flag,
    Formula,
    NotBelow,
    OneOf,
    at_least,
    atoms,
    constant,
    every,
    flag,
    negation,
    not_below,
    one_of,
)
from offramp.instruments.solver import Attribute, Engine, Kind, Solver, Undecided, Value

Point = Mapping[str, Value]
TIME = "time"


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
    """They hold all of it too. False where the budget or the number of regions ran out."""


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
        self._inside = engine.solver(axioms, target)
        self._outside: Solver | None = None

    def point(self) -> Point | None:
        """An ordinary point, or None where there is none. Raises `Undecided`."""
        if not self._inside.can():
            return None
        chosen: list[Formula] = []
        point = self._inside.point(self._names)
        for name in sorted(self._names, key=self._ordinary_first):
            for value in self._preferred(self._names[name]):
                wanted = self._is(name, value)
                if point[name] == value or self._inside.can(*chosen, wanted):
                    if point[name] != value:
                        point = self._inside.point(self._names)
                    break
            chosen.append(self._is(name, point[name]))
        return point

    def region(self, point: Point) -> Region:
        """The largest readable region around `point`. Raises `Undecided`."""
        allowed = self._around(point)
        for name in sorted(allowed, key=lambda one: self._dropped_first(one, point)):
            without = {key: value for key, value in allowed.items() if key != name}
            if self._holds(without):
                allowed = without
        for name in list(allowed):
            allowed = self._grown(allowed, name)
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
                self._inside.add(negation(self.formula(region.allowed)))
        except Undecided:
            return Cover(tuple(regions), False)
        return Cover(self._needed(regions), True)

    def formula(self, allowed: Mapping[str, Allowed]) -> Formula:
        """What a region says."""
        return every(*(self._says(name, value) for name, value in allowed.items()))

    def _needed(self, regions: list[Region]) -> tuple[Region, ...]:
        """Without regions that the others cover together."""
        kept = list(regions)
        for region in regions:
            others = [negation(self.formula(one.allowed)) for one in kept if one is not region]
            try:
                if (
                    len(kept) > 1
                    and not self._engine.solver(self._axioms, self.formula(region.allowed), *others).can()
                ):
                    kept.remove(region)
            except Undecided:
                break
        return tuple(kept)

    def _holds(self, allowed: Mapping[str, Allowed]) -> bool:
        if self._outside is None:
            self._outside = self._engine.solver(self._axioms, negation(self._target))
        return not self._outside.can(*(self._says(name, value) for name, value in allowed.items()))

    def _says(self, name: str, value: Allowed) -> Formula:
        match value:
            case bool():
                atom = self._pairs.get(name)
                term = not_below(atom.attribute, atom.other) if atom is not None else flag(name)
                return term if value else negation(term)
            case Range(low, high):
                return every(
                    at_least(name, low) if low is not None else constant(True),
                    negation(at_least(name, high)) if high is not None else constant(True),
                )
        return one_of(name, value)

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

    def _grown(self, allowed: dict[str, Allowed], name: str) -> dict[str, Allowed]:
        value = allowed[name]
        rest = {key: one for key, one in allowed.items() if key != name}
        if isinstance(value, frozenset):
            more = {
                one
                for one in self._names[name].values
                if one not in value and self._holds({**rest, name: frozenset({one})})
            }
            return {**rest, name: value | more}
        if isinstance(value, Range):
            return {**rest, name: self._stretched(rest, name, value)}
        return allowed

    def _stretched(self, rest: dict[str, Allowed], name: str, value: Range) -> Range:
        bounds = sorted(self._bounds[name])
        low, high = value.low, value.high
        if low is not None and self._holds({**rest, name: Range(None, low)}):
            low = None
        if high is not None and self._holds({**rest, name: Range(high, None)}):
            high = None
        while low is not None:
            below = [bound for bound in bounds if bound < low]
            if not below or not self._holds({**rest, name: Range(below[-1], low)}):
                break
            low = below[-1]
        while high is not None:
            above = [bound for bound in bounds if bound > high]
            if not above or not self._holds({**rest, name: Range(high, above[0])}):
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
