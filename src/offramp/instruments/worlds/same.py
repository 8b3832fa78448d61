"""Which norms two sides have in common: alike in everything that decides, so not to be compared."""

from offramp.core.ids import NormId
from offramp.instruments.model import Norm
from offramp.instruments.worlds.side import Side


class Common:
    """What stands alike on both sides: words, times, stays, lifts and rulings."""

    def __init__(self, one: Side, two: Side) -> None:
        self._one, self._two = one, two
        self._is_ruled_alike = one.lifetimes.rulings() == two.lifetimes.rulings()
        names = one.instruments.norms.keys() & two.instruments.norms.keys()
        self.prohibitions = frozenset(
            norm.id for norm in one.prohibitions if norm.id in names and self._is(norm.id)
        )

    def _is(self, name: NormId) -> bool:
        first, second = self._one.instruments.norms[name], self._two.instruments.norms[name]
        if not self.stands_alike(first, second):
            return False
        lifts = sorted(self._one.lifts_of(first), key=_id), sorted(self._two.lifts_of(second), key=_id)
        return len(lifts[0]) == len(lifts[1]) and all(map(self.stands_alike, *lifts))

    def stands_alike(self, first: Norm, second: Norm) -> bool:
        """Whether a norm of each side applies to the same acts at the same times, lifts left aside."""
        if _deciding(first) != _deciding(second) or (first.questions and not self._is_ruled_alike):
            return False
        return self._one.lifetimes.touching(first) == self._two.lifetimes.touching(second)


def _deciding(norm: Norm) -> tuple[object, ...]:
    return (norm.effect, norm.strength, norm.overrides, norm.if_unknown, norm.questions, norm.forms)


def _id(norm: Norm) -> str:
    return norm.id
