"""Which prohibitions two sides have in common: alike in everything that decides, so not to be compared."""

from collections.abc import Iterator

from offramp.core.ids import NormId
from offramp.instruments.model import Norm
from offramp.instruments.worlds.side import Side


class Common:
    """What stands alike on both sides: words, times, stays, lifts and rulings."""

    def __init__(self, one: Side, two: Side) -> None:
        self._one, self._two = one, two
        self._is_ruled_alike = _rulings(one) == _rulings(two)
        names = one.instruments.norms.keys() & two.instruments.norms.keys()
        self.norms = frozenset(norm.id for norm in one.prohibitions if norm.id in names and self._is(norm.id))

    def _is(self, name: NormId) -> bool:
        first, second = self._one.instruments.norms[name], self._two.instruments.norms[name]
        if not self._stands_alike(first, second):
            return False
        lifts = sorted(self._one.lifts_of(first), key=_id), sorted(self._two.lifts_of(second), key=_id)
        return len(lifts[0]) == len(lifts[1]) and all(map(self._stands_alike, *lifts))

    def _stands_alike(self, first: Norm, second: Norm) -> bool:
        if _deciding(first) != _deciding(second) or (first.questions and not self._is_ruled_alike):
            return False
        return self._one.calendar.touching(first) == self._two.calendar.touching(second)


def meeting(side: Side, norms: frozenset[str], changed: list[Norm]) -> Iterator[Norm]:
    """Those of `norms` that can be asked about together with one of `changed`."""
    spans = [_span(side, norm) for norm in changed]
    vendors = _union([one[0] for one in spans])
    actions = _union([one[1] for one in spans])
    for norm in side.prohibitions:
        if norm.id in norms and changed:
            mine = _span(side, norm)
            if _overlap(mine[0], vendors) and _overlap(mine[1], actions):
                yield norm


Names = frozenset[str] | None
"""None: any."""


def _span(side: Side, norm: Norm) -> tuple[Names, Names]:
    under = side.world.under
    vendors = _union(
        [
            frozenset().union(*(under(name, "vendor") for name in form.vendors)) if form.vendors else None
            for form in norm.forms
        ]
    )
    actions = _union(
        [
            frozenset().union(*(under(name, "action") for name in form.actions)) if form.actions else None
            for form in norm.forms
        ]
    )
    return vendors, actions


def _union(many: list[Names]) -> Names:
    found: set[str] = set()
    for one in many:
        if one is None:
            return None
        found |= one
    return frozenset(found)


def _overlap(one: Names, other: Names) -> bool:
    return one is None or other is None or not one.isdisjoint(other)


def _deciding(norm: Norm) -> tuple[object, ...]:
    return (norm.effect, norm.strength, norm.overrides, norm.if_unknown, norm.questions, norm.forms)


def _rulings(side: Side) -> dict[str, object]:
    """When each question is settled, and how, as the text of what settles it."""
    return side.calendar.rulings()


def _id(norm: Norm) -> str:
    return norm.id
