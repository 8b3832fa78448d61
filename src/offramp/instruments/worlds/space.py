"""The attributes of a world, and conditions as formulas over them.

A world ranges over whoever may ask: one party kind or named party as user, any chain it is reached through,
every vendor and action named, every value of every fact, every instant and every reading. What a profile
fixes is constant. Facts are given, except where a condition asks whether they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cedarpy import pst

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.core.verdicts import FactValue
from offramp.instruments.formulas import (
    NEVER,
    Formula,
    at_least,
    constant,
    every,
    flag,
    negation,
    not_below,
    one_of,
    some,
)
from offramp.instruments.model import Fact, FactType, Instruments
from offramp.instruments.solver import Attribute, Kind
from offramp.instruments.vocabulary import ANYONE, party_closure, upwards
from offramp.instruments.worlds.joining import joined

OTHER = "(anything else)"
OTHER_VENDOR = "(any other vendor)"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SERVING, SERVED = "provide_service", "use"
"""What a vendor does for somebody, and what that somebody does meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known beforehand. None and what is left out: anything."""

    user: tuple[str, ...] | None = None
    via: tuple[str, ...] | None = None
    vendor: str | None = None
    action: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    at: Instant | None = None
    known: Instant | None = None
    is_served: bool = False
    """Norms count from when they were served on the party, not from when they were announced."""
    is_partial: bool = False
    """Any fact may be missing or have a value it cannot have, not only those whose presence is asked for."""


class World:
    """The attributes, made as formulas mention them."""

    def __init__(self, sides: Sequence[Instruments], profile: Profile) -> None:
        self.profile = profile
        self.vocabulary = joined([one.vocabulary for one in sides])
        self.attributes: dict[str, Attribute] = {}
        self._asked: set[str] = set()
        self._literals: dict[str, set[str]] = {}
        self._others: dict[str, int] = {}
        self._vendors: set[str] = set()
        self._conditions: dict[tuple[int, bool], Formula] = {}
        self._kept: list[pst.Expr] = []
        self._closures: dict[str, frozenset[str]] = {}
        self._below: dict[tuple[str, str], frozenset[str]] = {}
        self.options: dict[str, tuple[str, ...]] = {}
        for one in sides:
            self._look_at(one)

    def _look_at(self, side: Instruments) -> None:
        """Note what must be known before the first formula: literals, presence tests, vendors, options."""
        for name, question in side.questions.items():
            options = tuple(option.key for option in question.options)
            if self.options.setdefault(name, options) != options:
                raise OfframpError(
                    "question-differs",
                    f"`{name}` has other options on the two sides",
                    help="give the question the same options in both documents",
                )
        seen: set[int] = set()
        for norm in side.norms.values():
            for form in norm.forms:
                self._vendors.update(form.vendors)
                if form.condition is None or id(form.condition.source) in seen:
                    continue
                seen.add(id(form.condition.source))
                self._asked |= form.condition.presence
                for comparison in _comparisons(form.condition.source):
                    self._note(comparison)

    def _note(self, node: pst.Expr) -> None:
        match node:
            case pst.BinaryOp(_, pst.GetAttr(_, name), pst.GetAttr(_, other)):
                for one in (name, other):
                    self._others[one] = self._others.get(one, 1) + 1
            case pst.BinaryOp(_, pst.GetAttr(_, name), pst.StringLit(value)) | pst.BinaryOp(
                _, pst.StringLit(value), pst.GetAttr(_, name)
            ):
                self._literals.setdefault(name, set()).add(value)
            case pst.BinaryOp(_, pst.Set(elements), pst.GetAttr(_, name)):
                self._literals.setdefault(name, set()).update(
                    one.value for one in elements if isinstance(one, pst.StringLit)
                )
            case pst.BinaryOp("in", _, pst.EntityLit(uid)) if str(uid.type) == "Vendor":
                self._vendors.add(str(uid.id))
            case _:
                pass

    # Who, which vendor, what, when, under which reading

    def is_user(self, name: str) -> Formula:
        """The user is `name`, or something that is one."""
        if self.profile.user is not None:
            return constant(name in party_closure(self.profile.user, self.vocabulary))
        tokens = self._tokens()
        matching = frozenset(one for one in tokens if name in self._closure(one))
        return constant(True) if len(matching) == len(tokens) else one_of("user", matching)

    def _tokens(self) -> tuple[str, ...]:
        if "user" not in self.attributes:
            words = self.vocabulary
            above = {parent for parents in words.party_kinds.values() for parent in parents}
            kinds = [kind for kind in words.party_kinds if kind != ANYONE]
            leaves = [kind for kind in kinds if kind not in above]
            rest = [kind for kind in kinds if kind in above]
            values = (*leaves, *rest, ANYONE, *words.parties)
            self.attributes["user"] = Attribute(name="user", kind=Kind.CHOICE, values=values)
        return self.attributes["user"].values

    def is_via(self, name: str) -> Formula:
        """Something in the chain is `name`."""
        if self.profile.via is not None:
            return constant(name in party_closure(self.profile.via, self.vocabulary))
        attribute = f"via:{name}"
        if attribute not in self.attributes:
            self.attributes[attribute] = Attribute(name=attribute, kind=Kind.FLAG, default=False)
        return flag(attribute)

    def is_provider(self, name: str) -> Formula:
        """The vendor, as a party, is `name`."""
        vendors = self._vendor_values()
        return self._vendor(frozenset(one for one in vendors if name in self._provider(one)))

    def _provider(self, vendor: str) -> frozenset[str]:
        return party_closure(self.provider(vendor), self.vocabulary)

    def provider(self, vendor: str) -> tuple[str, ...]:
        """The parties a vendor is, by its own name and those above it."""
        return tuple(sorted(upwards((vendor,), self.vocabulary.vendors) & self.vocabulary.parties.keys()))

    def is_own(self) -> Formula:
        """The user is the vendor, who serves and uses nobody's but its own."""
        if self.profile.user is not None:
            return NEVER
        own = [
            every(self._vendor(frozenset({vendor})), self.is_user(name))
            for vendor in sorted(self._vendor_values())
            for name in self.provider(vendor)
        ]
        return every(some(*own), some(self.is_action(SERVED), self.is_action(SERVING)))

    def is_vendor(self, name: str) -> Formula:
        """The vendor asked about is `name` or stands under it."""
        return self._vendor(self.under(name, "vendor"))

    def _vendor(self, names: frozenset[str]) -> Formula:
        if self.profile.vendor is not None:
            return constant(self.profile.vendor in names)
        values = self._vendor_values()
        if "vendor" not in self.attributes:
            ordered = (*sorted(values - {OTHER_VENDOR}), OTHER_VENDOR)
            self.attributes["vendor"] = Attribute(name="vendor", kind=Kind.CHOICE, values=ordered)
        return constant(True) if names >= values else one_of("vendor", names & values)

    def _vendor_values(self) -> frozenset[str]:
        given = () if self.profile.vendor is None else (self.profile.vendor,)
        return frozenset((*self._vendors, *self.vocabulary.vendors, *given, OTHER_VENDOR))

    def is_action(self, name: str) -> Formula:
        """The action asked about is `name` or stands under it."""
        below = self.under(name, "action")
        if self.profile.action is not None:
            return constant(self.profile.action in below)
        if "action" not in self.attributes:
            values = tuple(sorted(self.vocabulary.actions, key=lambda one: (one != "use", one)))
            self.attributes["action"] = Attribute(
                name="action", kind=Kind.CHOICE, values=values, default="use"
            )
        return one_of("action", below)

    def under(self, name: str, what: str) -> frozenset[str]:
        """`name` and every vendor or action below it."""
        found = self._below.get((what, name))
        if found is None:
            parents = self.vocabulary.vendors if what == "vendor" else self.vocabulary.actions
            found = frozenset({name, *(one for one in parents if name in upwards((one,), parents))})
            self._below[what, name] = found
        return found

    def since(self, at: Instant) -> Formula:
        """It is `at` or later."""
        if self.profile.at is not None:
            return constant(self.profile.at >= at)
        if "time" not in self.attributes:
            self.attributes["time"] = Attribute(name="time", kind=Kind.NUMBER)
        return at_least("time", ticks(at))

    def reads(self, question: str, option: str) -> Formula:
        """The question is answered with `option`."""
        chosen = self.profile.readings.get(question)
        if chosen is not None:
            return constant(chosen == option)
        name = f"reading:{question}"
        if name not in self.attributes:
            self.attributes[name] = Attribute(name=name, kind=Kind.CHOICE, values=self.options[question])
        return one_of(name, frozenset({option}))

    def axioms(self) -> Formula:
        """What holds between attributes: a chain that has a contractor has a company."""
        links = [name.removeprefix("via:") for name in self.attributes if name.startswith("via:")]
        return every(
            *(
                some(negation(flag(f"via:{one}")), flag(f"via:{other}"))
                for one in links
                for other in links
                if one != other and other in self._closure(one)
            )
        )

    def _closure(self, name: str) -> frozenset[str]:
        found = self._closures.get(name)
        if found is None:
            found = self._closures[name] = party_closure((name,), self.vocabulary)
        return found

    # Conditions

    def condition(self, expression: pst.Expr, *, is_provider: bool = False) -> Formula:
        """The expression as a formula; the principal is the vendor where `is_provider`."""
        key = (id(expression), is_provider)
        found = self._conditions.get(key)
        if found is None:
            self._kept.append(expression)
            found = self._conditions[key] = self._read(expression, is_provider)
        return found

    def _read(self, node: pst.Expr, is_provider: bool) -> Formula:
        match node:
            case pst.BinaryOp("and", left, right):
                return every(self._read(left, is_provider), self._read(right, is_provider))
            case pst.BinaryOp("or", left, right):
                return some(self._read(left, is_provider), self._read(right, is_provider))
            case pst.UnaryOp("not", arg):
                return negation(self._read(arg, is_provider))
            case pst.BoolLit(value):
                return constant(value)
            case pst.HasAttr(_, (name,)):
                return self.is_given(name)
            case pst.BinaryOp("in", pst.Var("principal"), pst.EntityLit(uid)):
                return self.is_provider(uid.id) if is_provider else self.is_user(uid.id)
            case pst.BinaryOp("in", pst.Var("resource"), pst.EntityLit(uid)):
                return self.is_vendor(uid.id)
            case pst.BinaryOp("in", pst.Var("action"), pst.EntityLit(uid)):
                return (
                    constant(SERVING in self.under(uid.id, "action"))
                    if is_provider
                    else self.is_action(uid.id)
                )
            case pst.BinaryOp("contains", pst.GetAttr(_, "via"), pst.StringLit(kind)):
                return self.is_via(kind)
            case pst.BinaryOp("contains", pst.Set(elements), pst.GetAttr(_, name)):
                return some(*(self._equal(name, _literal(one)) for one in elements))
            case pst.GetAttr(_, name):
                return self._equal(name, True)
            case pst.BinaryOp(op, pst.GetAttr(_, name), pst.GetAttr(_, other)):
                return self._compared(op, name, other)
            case pst.BinaryOp(op, pst.GetAttr(_, name), literal):
                return self._ordered(op, name, _literal(literal))
            case pst.BinaryOp(op, literal, pst.GetAttr(_, name)):
                return self._ordered(_FLIPPED.get(op, op), name, _literal(literal))
        raise _outside(node)

    def is_given(self, name: str) -> Formula:
        """The fact is there, with a value it can have."""
        if name in self.profile.facts:
            return constant(self.vocabulary.facts[name].is_usable(self.profile.facts[name]))
        if name not in self._asked and not self.profile.is_partial:
            return constant(True)
        return self._flag(f"given:{name}", default=True)

    def is_misfit(self, name: str) -> Formula:
        """The fact has a value it cannot have."""
        if name in self.profile.facts:
            return constant(not self.vocabulary.facts[name].fits(self.profile.facts[name]))
        if not self.profile.is_partial:
            return NEVER
        return every(negation(self.is_given(name)), self._flag(f"misfit:{name}", default=False))

    def _flag(self, attribute: str, *, default: bool) -> Formula:
        if attribute not in self.attributes:
            self.attributes[attribute] = Attribute(name=attribute, kind=Kind.FLAG, default=default)
        return flag(attribute)

    def _ordered(self, op: str, name: str, value: FactValue) -> Formula:
        match op:
            case "eq":
                return self._equal(name, value)
            case "not_eq":
                return negation(self._equal(name, value))
            case "less":
                return negation(self._from(name, int(value)))
            case "less_eq":
                return negation(self._from(name, int(value) + 1))
            case "greater":
                return self._from(name, int(value) + 1)
            case _:
                return self._from(name, int(value))

    def _from(self, name: str, bound: int) -> Formula:
        if name in self.profile.facts:
            given = self.profile.facts[name]
            return constant(isinstance(given, int) and given >= bound)
        fact = self.vocabulary.facts[name]
        if fact.minimum is not None and bound <= fact.minimum:
            return constant(True)
        if fact.maximum is not None and bound > fact.maximum:
            return NEVER
        self._fact(name)
        return at_least(f"fact:{name}", bound)

    def _equal(self, name: str, value: FactValue) -> Formula:
        if name in self.profile.facts:
            given = self.profile.facts[name]
            return constant(type(given) is type(value) and given == value)
        if isinstance(value, bool):
            self._fact(name)
            return flag(f"fact:{name}") if value else negation(flag(f"fact:{name}"))
        if isinstance(value, int):
            return every(self._from(name, value), negation(self._from(name, value + 1)))
        values = self._fact(name).values
        return one_of(f"fact:{name}", frozenset({value}) & frozenset(values))

    def _compared(self, op: str, name: str, other: str) -> Formula:
        given = self.profile.facts
        if other in given and name not in given:
            return self._compared(_FLIPPED.get(op, op), other, name)
        if name in given:
            if not self.vocabulary.facts[name].fits(given[name]):
                return NEVER
            return self._ordered(_FLIPPED.get(op, op), other, given[name])
        if op == "not_eq":
            return negation(self._compared("eq", name, other))
        one, two = self._fact(name), self._fact(other)
        left, right = one.name, two.name
        match one.kind, op:
            case Kind.FLAG, _:
                both, neither = every(flag(left), flag(right)), some(flag(left), flag(right))
                return some(both, negation(neither))
            case Kind.CHOICE, _:
                shared = sorted({*one.values} & {*two.values})
                return some(
                    *(
                        every(one_of(left, frozenset({value})), one_of(right, frozenset({value})))
                        for value in shared
                    )
                )
            case _, "less":
                return negation(not_below(left, right))
            case _, "less_eq":
                return not_below(right, left)
            case _, "greater":
                return negation(not_below(right, left))
            case _, "greater_eq":
                return not_below(left, right)
        return every(not_below(left, right), not_below(right, left))

    def _fact(self, name: str) -> Attribute:
        attribute = f"fact:{name}"
        if attribute not in self.attributes:
            self.attributes[attribute] = self._attribute(attribute, self.vocabulary.facts[name])
        return self.attributes[attribute]

    def _attribute(self, attribute: str, fact: Fact) -> Attribute:
        match fact.type:
            case FactType.BOOL:
                return Attribute(name=attribute, kind=Kind.FLAG, default=fact.default)
            case FactType.INT:
                return Attribute(
                    name=attribute,
                    kind=Kind.NUMBER,
                    minimum=fact.minimum,
                    maximum=fact.maximum,
                    default=fact.default,
                )
            case FactType.ENUM:
                return Attribute(
                    name=attribute,
                    kind=Kind.CHOICE,
                    values=_first(fact.default, fact.values),
                    default=fact.default,
                )
            case FactType.TEXT:
                named = dict.fromkeys((*fact.names, *sorted(self._literals.get(fact.name, ()))))
                count = max(1, *(self._others.get(one, 1) for one in (*self._others, fact.name)))
                others = (OTHER, *(f"{OTHER[:-1]}, {number})" for number in range(2, count + 1)))
                return Attribute(
                    name=attribute,
                    kind=Kind.CHOICE,
                    values=_first(fact.default, (*named, *others)),
                    default=fact.default,
                )


_FLIPPED = {"less": "greater", "greater": "less", "less_eq": "greater_eq", "greater_eq": "less_eq"}


def ticks(at: Instant) -> int:
    """Microseconds since 1970: how time stands in a formula."""
    return (at - EPOCH) // MICROSECOND


def instant(count: int) -> Instant:
    """The instant so many microseconds after the beginning of 1970."""
    return EPOCH + timedelta(microseconds=count)


def _literal(node: pst.Expr) -> FactValue:
    if isinstance(node, pst.BoolLit | pst.LongLit | pst.StringLit):
        return node.value
    raise _outside(node)


def _outside(node: pst.Expr) -> OfframpError:
    return OfframpError(
        "condition-outside-subset",
        f"`{type(node).__name__}` is outside the language of conditions",
        help="write it with comparisons, &&, || and !",
    )


def _first(default: FactValue | None, values: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(default, str):
        return values
    return (default, *(one for one in values if one != default))


def _comparisons(expression: pst.Expr) -> Iterator[pst.Expr]:
    """What is joined in it, without flags and mere presence."""
    waiting: list[pst.Expr] = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, pst.UnaryOp):
            waiting.append(node.arg)
        elif isinstance(node, pst.BinaryOp):
            if node.op in ("and", "or"):
                waiting += [node.left, node.right]
            else:
                yield node
