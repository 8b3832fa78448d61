"""The conditions of a slice as Cedar policies on a cached handle: does this form of a norm apply?

Cedar evaluates every comparison that the conditions make; comparisons of one fact with literals are asked
together (`scales.py`). All policies are written as `forbid`, because Cedar names every `forbid` that holds.
What `&&`, `||` and `!` make of the comparisons is worked out on sets of bits: once for what is sure and,
where facts are missing, once more for what is possible. What follows from a norm that applies is
`combine.py`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import cedarpy
from cedarpy import pst

from offramp.core.verdicts import FactValue
from offramp.instruments.model import Condition
from offramp.instruments.residues import FALSE, TRUE, Given
from offramp.instruments.scales import Scale, scale
from offramp.instruments.totals import CONTEXT, read_by

_ANY = pst.ScopeAny()
_NO_ENTITIES = cedarpy.Entities.from_json_str("[]")
_REQUEST = {name: {"type": "Asked", "id": name} for name in ("principal", "action", "resource")}
"""Cedar wants all three; what they decide is decided before it is asked."""
Bits = int
"""A set of comparisons, of joints of them or of conditions: one bit each, by number."""
Literal = tuple[pst.Expr, bool]
"""A comparison, or its opposite."""


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
    """The conditions of a slice: compiled once, asked with facts."""

    __slots__ = (
        "_always",
        "_circuit",
        "_conditions",
        "_handle",
        "_pairs",
        "_plain",
        "_presence",
        "_reading",
        "_rows",
        "_scales",
    )

    def __init__(self, conditions: Sequence[Condition | None], given: Given) -> None:
        """None stands for a condition that always holds."""
        self._always: Bits = 0
        alike: dict[pst.Expr, Bits] = {}
        for number, condition in enumerate(conditions):
            source = TRUE if condition is None else condition.source
            alike[source] = alike.get(source, 0) | 1 << number
        self._circuit = _Circuit()
        needs: dict[Bits, Bits] = {}
        for source, numbers in alike.items():
            residue = given.residue(source)
            if residue == TRUE:
                self._always |= numbers
            elif residue != FALSE:
                needed = self._circuit.needs(residue)
                needs[needed] = needs.get(needed, 0) | numbers
        literals = self._circuit.literals
        self._presence = [
            (node.attrs[0], is_so, 1 << bit)
            for (node, is_so), bit in literals.items()
            if isinstance(node, pst.HasAttr)
        ]
        self._reading = _by_fact(literals)
        policies = list(self._asked(literals))
        self._handle = compiled(policies) if policies else None
        on_scales = sum(1 << bit for (node, _), bit in literals.items() if len(read_by(node)) == 1)
        plain = {needed: numbers for needed, numbers in needs.items() if not needed & ~on_scales}
        self._plain = sum(plain.values())
        """The conditions that only compare facts with literals, all of which must hold: told by class."""
        self._rows = tuple(_Row(one, self._reading[one.fact], plain) for one in self._scales)
        self._conditions = tuple((needed, needs[needed]) for needed in needs.keys() - plain.keys())
        """For the others: what all must hold, and the conditions that then do."""

    def _asked(self, literals: Mapping[Literal, int]) -> Iterator[pst.Template]:
        """The policies Cedar is asked: for comparisons of two facts by their bit, then for each scale."""
        self._pairs: Bits = 0
        single: dict[str, dict[Literal, int]] = {}
        for (node, is_so), bit in literals.items():
            match read_by(node):
                case (fact,):
                    single.setdefault(fact, {})[node, is_so] = bit
                case (one, other):
                    self._pairs |= 1 << bit
                    given = pst.BinaryOp("and", _has(one), _has(other))
                    said = node if is_so else pst.UnaryOp("not", node)
                    yield policy(str(bit), pst.BinaryOp("and", given, said))
        scales: list[Scale] = []
        first = max(literals.values(), default=-1) + 1
        for fact, comparisons in single.items():
            scales.append(scale(fact, comparisons, first))
            for number, digit in enumerate(scales[-1].digits, first):
                yield policy(str(number), digit)
            first += len(scales[-1].digits)
        self._scales = tuple(scales)

    def ask(self, facts: Mapping[str, FactValue]) -> tuple[Bits, Bits, bool]:
        """For usable facts: what holds for sure, what may, and whether Cedar could evaluate everything."""
        policies = self._cedar({name: facts[name] for name in self._reading if name in facts})
        if policies is None:
            return self._always, self._always, False
        held, missing = policies & self._pairs, 0
        sure = possible = self._plain
        for row in self._rows:
            if row.scale.fact in facts:
                number = row.scale.number(policies)
                held |= row.scale.holding[number]
                sure &= row.keeping[number]
                possible &= row.keeping[number]
            else:
                sure &= row.not_reading
        for name, is_so, bit in self._presence:
            if (name in facts) is is_so:
                held |= bit
        for name, bits in self._reading.items():
            if name not in facts:
                missing |= bits
        sure |= self._holding(held)
        possible |= self._holding(held | missing) if missing else sure
        return sure, possible, True

    def _cedar(self, context: Mapping[str, FactValue]) -> Bits | None:
        """The policies that hold; None where any of them could not be evaluated."""
        if self._handle is None:
            return 0
        try:
            result = cedarpy.is_authorized(
                {**_REQUEST, "context": json.dumps(context)}, self._handle, _NO_ENTITIES
            )
        except (ValueError, TypeError):
            return None
        diagnostics = result.diagnostics
        if diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
            return None
        return sum(1 << int(name) for name in diagnostics.reasons)

    def _holding(self, held: Bits) -> Bits:
        held = self._circuit.closed(held)
        found = self._always
        for needed, numbers in self._conditions:
            if held & needed == needed:
                found |= numbers
        return found


class _Row:
    """Which of the plain conditions each class of a fact leaves."""

    __slots__ = ("keeping", "not_reading", "scale")

    def __init__(self, scale: Scale, comparisons: Bits, plain: Mapping[Bits, Bits]) -> None:
        self.scale = scale
        self.keeping = tuple(
            sum(numbers for needed, numbers in plain.items() if not needed & comparisons & ~holding)
            for holding in scale.holding
        )
        """By class."""
        self.not_reading = sum(numbers for needed, numbers in plain.items() if not needed & comparisons)


class _Circuit:
    """What conditions make of comparisons: each comparison, its opposite, and each joint has a bit."""

    def __init__(self) -> None:
        self.literals: dict[Literal, int] = {}
        self._joints: dict[tuple[bool, Bits], int] = {}
        """Whether all or some of these bits are needed, and the bit that then is set; parts come first."""

    def needs(self, node: pst.Expr) -> Bits:
        """The bits that are all set exactly where `node` holds. It must have no constant in it."""
        is_all, bits = self._parts(node, True)
        return bits if is_all else 1 << self._joint(False, bits)

    def closed(self, held: Bits) -> Bits:
        """With these comparisons, every joint that holds. In Kleene's logic if what is held is."""
        for (is_all, bits), number in self._joints.items():
            if held & bits == bits if is_all else held & bits:
                held |= 1 << number
        return held

    def _parts(self, node: pst.Expr, is_so: bool) -> tuple[bool, Bits]:
        """Whether all or some of these bits are needed for `node` to be as said."""
        match node:
            case pst.UnaryOp("not", arg):
                return self._parts(arg, not is_so)
            case pst.BinaryOp(("and" | "or") as op, left, right):
                is_all = (op == "and") is is_so
                return is_all, self._part(left, is_so, is_all) | self._part(right, is_so, is_all)
        return True, 1 << self.literals.setdefault((node, is_so), self._next())

    def _part(self, node: pst.Expr, is_so: bool, is_within_all: bool) -> Bits:
        is_all, bits = self._parts(node, is_so)
        if is_all is is_within_all or bits.bit_count() == 1:
            return bits
        return 1 << self._joint(is_all, bits)

    def _joint(self, is_all: bool, bits: Bits) -> int:
        if bits.bit_count() == 1:
            return bits.bit_length() - 1
        return self._joints.setdefault((is_all, bits), self._next())

    def _next(self) -> int:
        return len(self.literals) + len(self._joints)


def _by_fact(literals: Mapping[Literal, int]) -> dict[str, Bits]:
    found: dict[str, Bits] = {}
    for (node, _), bit in literals.items():
        for fact in read_by(node):
            found[fact] = found.get(fact, 0) | 1 << bit
    return found


def _has(fact: str) -> pst.Expr:
    return pst.HasAttr(CONTEXT, (fact,))
