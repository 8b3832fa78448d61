"""Conditions as Cedar policies on cached handles. They answer one question: does this form of a norm apply?

All are written as `forbid`, because Cedar names every `forbid` that holds; what follows from a norm that
applies is `combine.py`. What several conditions ask alike is asked once.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cedarpy
from cedarpy import pst

from offramp.core.verdicts import FactValue
from offramp.instruments.model import Condition
from offramp.instruments.residues import FALSE, TRUE, Given, parts
from offramp.instruments.totals import total

_ANY = pst.ScopeAny()
_NO_ENTITIES = cedarpy.Entities.from_json_str("[]")
_REQUEST = {name: {"type": "Asked", "id": name} for name in ("principal", "action", "resource")}
"""Cedar wants all three; what they decide is decided before it is asked."""
Needs = tuple[tuple[int, frozenset[str]], ...]
"""Which policies must hold, one bit each, and the forms that then apply."""


def policy(key: str, condition: pst.Expr) -> pst.Template:
    """A Cedar policy that holds exactly when `condition` does."""
    return pst.Template(
        id=key,
        effect="forbid",
        principal=_ANY,
        action=_ANY,
        resource=_ANY,
        clauses=(pst.When(condition),),
        annotations={},
    )


def compiled(policies: Iterable[pst.Template]) -> cedarpy.PolicySet:
    """A handle Cedar evaluates without parsing text. Raises `ValueError` where conditions nest too deeply."""
    return cedarpy.PolicySet.from_pst(pst.PolicySet({}, {one.id: one for one in policies}, ()))


@dataclass(frozen=True, slots=True)
class Held:
    """What Cedar says of one request, by form key."""

    sure: frozenset[str]
    possible: frozenset[str]
    """What may hold, given what is missing; all of `sure` too."""
    is_complete: bool
    """False where Cedar could not evaluate something."""


class Policies:
    """The conditions of a slice for requests that give the same facts: compiled once, asked with values."""

    __slots__ = ("_alike", "_handle", "_possible", "_reads", "_sure")

    def __init__(self, conditions: Mapping[str, Condition | None], given: Given) -> None:
        """`conditions` by form key; None: the form applies whatever the facts are."""
        alike: dict[pst.Expr, set[str]] = {}
        residues: dict[pst.Expr, pst.Expr] = {}
        for key, condition in conditions.items():
            source = TRUE if condition is None else condition.source
            if source not in residues:
                residues[source] = given.residue(source)
            alike.setdefault(residues[source], set()).add(key)
        alike.pop(FALSE, None)
        writer = _Writer(given, alike)
        found: tuple[list[tuple[int, frozenset[str]]], ...] = ([], [], [])
        for residue, keys in alike.items():
            sure, possible = writer.needs(residue)
            pairs = [(sure, 0)] if sure == possible else [(sure, 1), (possible, 2)]
            for needed, kind in pairs:
                if needed is not None:
                    found[kind].append((needed, frozenset(keys)))
        self._alike, self._sure, self._possible = map(tuple, found)
        """Those for which sure and possible are the same, and the others."""
        self._handle = compiled(policy(str(bit), one) for one, bit in writer.numbers.items())
        self._reads = frozenset().union(*(one.facts for one in conditions.values() if one))

    def ask(self, facts: Mapping[str, FactValue]) -> Held:
        """Which forms hold, for these usable facts."""
        context = {name: value for name, value in facts.items() if name in self._reads}
        try:
            result = cedarpy.is_authorized(
                {**_REQUEST, "context": json.dumps(context)}, self._handle, _NO_ENTITIES
            )
        except (ValueError, TypeError):
            return self._held(0, is_complete=False)
        diagnostics = result.diagnostics
        is_complete = not diagnostics.errors and result.decision is not cedarpy.Decision.NoDecision
        return self._held(sum(1 << int(name) for name in diagnostics.reasons), is_complete=is_complete)

    def _held(self, bits: int, *, is_complete: bool) -> Held:
        alike = _holding(self._alike, bits)
        if not self._sure and not self._possible:
            both = frozenset(alike)
            return Held(both, both, is_complete)
        sure = frozenset(alike | _holding(self._sure, bits))
        return Held(sure, sure | _holding(self._possible, bits), is_complete)


def _holding(needs: Needs, bits: int) -> set[str]:
    found: set[str] = set()
    for needed, keys in needs:
        if bits & needed == needed:
            found |= keys
    return found


class _Writer:
    """Numbers what has to be asked: shared parts by themselves, the rest of each condition as one."""

    def __init__(self, given: Given, conditions: Iterable[pst.Expr]) -> None:
        self.numbers: dict[pst.Expr, int] = {}
        self._given = given
        self._parts = {one: tuple(dict.fromkeys(parts(one))) for one in conditions}
        self._uses = Counter(part for each in self._parts.values() for part in each)

    def needs(self, condition: pst.Expr) -> tuple[int | None, int | None]:
        """The policies that all hold exactly where the condition surely, and possibly, does; None: never."""
        split = self._parts[condition]
        asked = [one for one in split if self._uses[one] > 1]
        own = [one for one in split if self._uses[one] == 1]
        if own:
            asked.append(_joined(own))
        both = [tuple(map(self._given.residue, total(one))) for one in asked]
        return self._bits(one for one, _ in both), self._bits(one for _, one in both)

    def _bits(self, asked: Iterable[pst.Expr]) -> int | None:
        bits = 0
        for one in asked:
            if one == FALSE:
                return None
            if one != TRUE:
                bits |= 1 << self.numbers.setdefault(one, len(self.numbers))
        return bits


def _joined(conditions: list[pst.Expr]) -> pst.Expr:
    """All of them at once; nested as little as can be."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return pst.BinaryOp("and", _joined(conditions[:middle]), _joined(conditions[middle:]))
