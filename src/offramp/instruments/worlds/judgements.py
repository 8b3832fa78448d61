"""Who decides what a safeguard hangs on, and what is left of it however they decide."""

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from offramp.instruments.formulas import (
    AtLeast,
    Atom,
    Flag,
    Formula,
    NotBelow,
    OneOf,
    atoms,
    constant,
    every,
    negation,
    replaced,
    some,
)
from offramp.instruments.model import Norm, Role
from offramp.instruments.solver import Undecided, Value
from offramp.instruments.vocabulary import party_closure
from offramp.instruments.worlds.side import Side

MOST_WAYS = 1024
"""More ways to judge than this are not looked through."""
JUDGED = "judged"


def is_party(side: Side, name: str) -> bool:
    """The name is a party kind or a party, so somebody bound may be it."""
    words = side.world.vocabulary
    return name in words.party_kinds or name in words.parties


class Judgement:
    """The judged facts of one prohibition, and the parties that decide them."""

    def __init__(self, side: Side, norm: Norm, bites: Formula, named: Mapping[str, str]) -> None:
        self._side = side
        self._norm = norm
        self._bites = bites
        facts = side.world.vocabulary.facts
        read = dict.fromkeys(
            name.removeprefix("fact:")
            for atom in atoms(bites)
            for name in _names(atom)
            if name.startswith("fact:")
        )
        self.deciders = {
            name: named.get(name, facts[name].decided_by)
            for name in read
            if facts[name].evidence == JUDGED or name in named
        }
        """Judged fact to who decides it."""
        self.controlled = {
            name: self._is_bound(decider)
            for name, decider in self.deciders.items()
            if is_party(side, decider)
        }
        """Judged fact to when the party bound decides it."""

    def survives(self) -> Formula:
        """It bites however the party bound decides what it decides: one conjunction over all its ways."""
        by_decider: dict[str, list[str]] = {}
        for name in self.controlled:
            by_decider.setdefault(self.deciders[name], []).append(name)
        deciders = sorted(by_decider)
        cases = []
        for count in range(len(deciders) + 1):
            for chosen in combinations(deciders, count):
                who = [
                    self._is_bound(one) if one in chosen else negation(self._is_bound(one))
                    for one in deciders
                ]
                facts = [name for one in chosen for name in by_decider[one]]
                cases.append(every(*who, *self._judged_each_way(facts)))
        return some(*cases)

    def could_bite(self) -> Formula:
        """It bites under some way of deciding."""
        return some(*self._judged_each_way([*self.controlled]))

    def depends_on(self, name: str) -> Formula:
        """It bites under one judgement of the fact and not under another."""
        first, *others = [self._judged({name: value}) for value in self._values(name)]
        return some(*(some(every(first, negation(other)), every(other, negation(first))) for other in others))

    def _judged_each_way(self, facts: list[str]) -> Iterator[Formula]:
        values = [self._values(name) for name in facts]
        ways = 1
        for one in values:
            ways *= len(one)
        if ways > MOST_WAYS:
            raise Undecided(f"there are {ways} ways to judge {', '.join(facts)}")
        for way in product(*values):
            yield self._judged(dict(zip(facts, way, strict=True)))

    def _judged(self, way: Mapping[str, Value]) -> Formula:
        fixed = {f"fact:{name}": value for name, value in way.items()}

        def settle(atom: Atom) -> Formula:
            match atom:
                case Flag(name) if name in fixed:
                    return constant(fixed[name] is True)
                case OneOf(name, values) if name in fixed:
                    return constant(fixed[name] in values)
                case AtLeast(name, bound) if name in fixed:
                    return constant(int(fixed[name]) >= bound)
                case _:
                    return atom

        return replaced(self._bites, settle)

    def _values(self, name: str) -> tuple[Value, ...]:
        """Values that stand for all the fact can have."""
        attribute = self._side.world.attributes[f"fact:{name}"]
        if attribute.values:
            return attribute.values
        bounds = []
        for atom in atoms(self._bites):
            if isinstance(atom, NotBelow) and attribute.name in _names(atom):
                raise Undecided(f"the judgement {name} is compared with another number")
            if isinstance(atom, AtLeast) and atom.attribute == attribute.name:
                bounds.append(atom.bound)
        if bounds:
            return (min(bounds) - 1, *sorted(set(bounds)))
        return (False, True)

    def _is_bound(self, decider: str) -> Formula:
        """Whoever decides is the party the prohibition binds."""
        world = self._side.world
        found = []
        for form in self._norm.forms:
            names = (*form.kinds, *form.parties)
            if form.role is not Role.VIA:
                bound = some(*map(world.is_user, names))
                found.append(every(bound, world.is_user(decider)))
            if form.role is not Role.USER and self._may_be(decider, names):
                found.append(every(some(*map(world.is_via, names)), world.is_via(decider)))
        return some(*found)

    def _may_be(self, decider: str, names: tuple[str, ...]) -> bool:
        words = self._side.world.vocabulary
        return any(
            name in party_closure((decider,), words) or decider in party_closure((name,), words)
            for name in names
        )


def _names(atom: Atom) -> tuple[str, ...]:
    return (atom.attribute, atom.other) if isinstance(atom, NotBelow) else (atom.attribute,)
