"""Conditions as Cedar policies on cached handles. They answer one question: does this form of a norm apply?

All are written as `forbid`, because Cedar names every `forbid` that holds; what follows from a norm that
applies is `combine.py`. What several conditions ask alike is asked once, and comparisons of one number with
many literals together (`ladders.py`).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import cedarpy
from cedarpy import pst

from offramp.core.verdicts import FactValue
from offramp.instruments.ladders import Step, ladders, step
from offramp.instruments.model import Condition
from offramp.instruments.residues import FALSE, TRUE, Given, parts
from offramp.instruments.totals import total

_ANY = pst.ScopeAny()
_NO_ENTITIES = cedarpy.Entities.from_json_str("[]")
_REQUEST = {name: {"type": "Asked", "id": name} for name in ("principal", "action", "resource")}
"""Cedar wants all three; what they decide is decided before it is asked."""
Needs = tuple[tuple[int, int], ...]
"""Which policies must hold, and the conditions that then do: one bit each, by number."""


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


class Policies:
    """The conditions of a slice for requests that give the same facts: compiled once, asked with values."""

    __slots__ = ("_alike", "_handle", "_ladders", "_possible", "_reads", "_sure")

    def __init__(self, conditions: Sequence[Condition | None], given: Given) -> None:
        """None stands for a condition that always holds."""
        alike: dict[pst.Expr, int] = {}
        residues: dict[pst.Expr, pst.Expr] = {}
        for number, condition in enumerate(conditions):
            source = TRUE if condition is None else condition.source
            if source not in residues:
                residues[source] = given.residue(source)
            alike[residues[source]] = alike.get(residues[source], 0) | 1 << number
        alike.pop(FALSE, None)
        writer = _Writer(given, alike)
        found: tuple[list[tuple[int, int]], ...] = ([], [], [])
        for residue, numbers in alike.items():
            sure, possible = writer.needs(residue)
            pairs = [(sure, 0)] if sure == possible else [(sure, 1), (possible, 2)]
            for needed, kind in pairs:
                if needed is not None:
                    found[kind].append((needed, numbers))
        self._alike, self._sure, self._possible = map(tuple, found)
        """Those for which sure and possible are the same, and the others."""
        self._ladders = tuple(ladders(writer.steps(), len(writer.numbers)))
        asked = [(bit, one) for one, bit in writer.numbers.items() if not isinstance(one, Step)]
        asked += [pair for ladder in self._ladders for pair in ladder.digits()]
        self._handle = compiled(policy(str(bit), one) for bit, one in asked)
        self._reads = frozenset().union(*(one.facts for one in conditions if one))

    def ask(self, facts: Mapping[str, FactValue]) -> tuple[int, int, bool]:
        """For usable facts: what holds for sure, what may, and whether Cedar could evaluate everything."""
        context = {name: value for name, value in facts.items() if name in self._reads}
        held, is_complete = 0, False
        try:
            result = cedarpy.is_authorized(
                {**_REQUEST, "context": json.dumps(context)}, self._handle, _NO_ENTITIES
            )
        except (ValueError, TypeError):
            pass
        else:
            diagnostics = result.diagnostics
            is_complete = not diagnostics.errors and result.decision is not cedarpy.Decision.NoDecision
            held = sum(1 << int(name) for name in diagnostics.reasons)
            if is_complete:
                for ladder in self._ladders:
                    held |= ladder.held(held)
        alike = _holding(self._alike, held)
        sure = alike | _holding(self._sure, held)
        return sure, sure | _holding(self._possible, held), is_complete


def _holding(needs: Needs, held: int) -> int:
    found = 0
    for needed, numbers in needs:
        if held & needed == needed:
            found |= numbers
    return found


class _Writer:
    """Numbers what has to be asked: conditions of shared parts by their parts, others as one."""

    def __init__(self, given: Given, conditions: Iterable[pst.Expr]) -> None:
        self.numbers: dict[pst.Expr | Step, int] = {}
        self._given = given
        self._parts = {one: tuple(dict.fromkeys(parts(one))) for one in conditions}
        self._uses = Counter(part for each in self._parts.values() for part in each)

    def needs(self, condition: pst.Expr) -> tuple[int | None, int | None]:
        """The policies that all hold exactly where the condition surely, and possibly, does; None: never."""
        split = self._parts[condition]
        is_shared = all(self._uses[one] > 1 or self._is_step(one) for one in split)
        asked = split if is_shared else (_joined(split),)
        both = [tuple(map(self._given.residue, total(one))) for one in asked]
        return self._bits(one for one, _ in both), self._bits(one for _, one in both)

    def _bits(self, asked: Iterable[pst.Expr]) -> int | None:
        bits = 0
        for one in asked:
            if one == FALSE:
                return None
            if one != TRUE:
                bits |= 1 << self.numbers.setdefault(step(one) or one, len(self.numbers))
        return bits

    def _is_step(self, part: pst.Expr) -> bool:
        return self._given.facts is not None and step(part) is not None

    def steps(self) -> dict[Step, int]:
        """The comparisons that Cedar is asked about together."""
        return {one: bit for one, bit in self.numbers.items() if isinstance(one, Step)}


def _joined(conditions: Sequence[pst.Expr]) -> pst.Expr:
    """All of them at once; nested as little as can be."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return pst.BinaryOp("and", _joined(conditions[:middle]), _joined(conditions[middle:]))
