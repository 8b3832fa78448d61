"""Condition expressions: Cedar text, parsed by Cedar itself, restricted to a subset, and made total.

The subset: `&&`, `||`, `!`; a fact compared with a literal or another fact; `[literals].contains(fact)`;
`context has fact`; a true-or-false fact by itself; `context.fact in Fact::"name"` for what has a hierarchy
(spelled out by `membership.py`); `principal in Party::"…"`, `resource in Vendor::"…"`,
`action in Action::"…"`, `context.via.contains("kind")`; `$term`. Anything else is refused at load, so that
what is analysed and what is enforced can never differ. Evaluating is `slices.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import cedarpy
from cedarpy import pst

from offramp.instruments.membership import spelled
from offramp.instruments.model import Condition, Fact, FactType, Vocabulary
from offramp.instruments.refusal import ConditionError
from offramp.instruments.totals import total
from offramp.instruments.wording import words

TERM = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|\$([a-z][a-z0-9_]*)')
OPERATORS = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|(&&|\|\||[!=<>]=|[(\[{!<>+*/.-]|\bif\b)')
MOST_OPERATORS = 400
"""More of them can nest deeper than Cedar's own parser has stack for, and it does not check."""
ORDERINGS = ("less", "less_eq", "greater", "greater_eq")
HIERARCHIES = {"principal": "Party", "resource": "Vendor", "action": "Action"}


def parse(text: str) -> pst.Expr:
    """The syntax tree of one Cedar expression. A `$term` stands in it as the attribute `$term`."""
    check_size(sum(1 for hit in OPERATORS.finditer(text) if hit[1]), text)
    marked = TERM.sub(lambda hit: f'context["${hit[1]}"]' if hit[1] else hit[0], text)
    try:
        policies = cedarpy.policies_to_pst(f"forbid(principal, action, resource) when {{\n{marked}\n}};")
    except ValueError as error:
        raise ConditionError(
            "condition-unreadable",
            f"`{_short(text)}` is not a Cedar expression: {error}",
            'write for example: context.under == "federal" && context.existing_use',
        ) from None
    parsed = list(policies.static_policies.values())
    if len(parsed) != 1 or policies.templates or len(parsed[0].clauses) != 1:
        raise ConditionError(
            "condition-unreadable",
            f"`{_short(text)}` is not one expression",
            "write one expression; join parts with && and ||",
        )
    return parsed[0].clauses[0].expr


def check_size(operators: int, text: str) -> None:
    """Raises `ConditionError` for an expression with more operators and brackets than can be judged."""
    if operators > MOST_OPERATORS:
        raise ConditionError(
            "condition-too-long",
            f"`{_short(text)}` has more than {MOST_OPERATORS} operators and brackets, its terms written out",
            "split the norm into several",
        )


def size(expression: pst.Expr, terms: Mapping[str, int]) -> int:
    """How many operators an expression has, each `$term` counted as one and as large as `terms` says."""
    total = 0
    waiting: list[pst.Expr] = [expression]
    while waiting:
        match waiting.pop():
            case pst.GetAttr(pst.Var("context"), attr) if attr.startswith("$"):
                total += 1 + terms[attr[1:]]
            case pst.BinaryOp(_, left, right):
                total += 1
                waiting += [left, right]
            case pst.UnaryOp(_, arg):
                total += 1
                waiting.append(arg)
            case _:
                pass
    return total


def terms_in(expression: pst.Expr) -> frozenset[str]:
    """The `$terms` an expression mentions, without the dollar sign."""
    found: set[str] = set()
    waiting: list[pst.Expr] = [expression]
    while waiting:
        node = waiting.pop()
        match node:
            case pst.GetAttr(pst.Var("context"), attr) if attr.startswith("$"):
                found.add(attr[1:])
            case pst.BinaryOp(_, left, right):
                waiting += [left, right]
            case pst.UnaryOp(_, arg):
                waiting.append(arg)
            case _:
                pass
    return frozenset(found)


def expand(expression: pst.Expr, terms: Mapping[str, pst.Expr]) -> pst.Expr:
    """The expression with every `$term` replaced by what `terms` says it is."""
    match expression:
        case pst.GetAttr(pst.Var("context"), attr) if attr.startswith("$"):
            return terms[attr[1:]]
        case pst.BinaryOp(op, left, right):
            return pst.BinaryOp(op, expand(left, terms), expand(right, terms))
        case pst.UnaryOp(op, arg):
            return pst.UnaryOp(op, expand(arg, terms))
        case _:
            return expression


def condition(expression: pst.Expr, vocabulary: Vocabulary) -> Condition:
    """Check an expanded expression against the subset and make it total.

    Raises `ConditionError` for anything outside the subset, an unknown name, or a wrong type.
    """
    walk = _Walk(vocabulary)
    whole = spelled(expression, vocabulary)
    walk.check(whole)
    sure, possible = total(whole)
    return Condition(
        written=expression,
        source=whole,
        sure=sure,
        possible=possible,
        facts=frozenset(walk.facts),
        presence=frozenset(walk.presence),
        text=words(expression),
    )


@dataclass(slots=True)
class _Walk:
    """One pass over an expression: raises for what is outside the subset, and notes the facts it reads."""

    vocabulary: Vocabulary
    facts: set[str] = field(default_factory=set)
    presence: set[str] = field(default_factory=set)

    def check(self, node: pst.Expr) -> None:
        """The expression and everything in it is inside the subset."""
        match node:
            case pst.BinaryOp(("and" | "or"), left, right):
                self.check(left)
                self.check(right)
            case pst.UnaryOp("not", arg):
                self.check(arg)
            case pst.BoolLit():
                pass
            case pst.HasAttr(pst.Var("context"), (name,)):
                self._fact(name)
                self.presence.add(name)
            case pst.BinaryOp("in", pst.Var(variable), pst.EntityLit(uid)):
                self._entity(variable, uid)
            case pst.BinaryOp("contains", pst.GetAttr(pst.Var("context"), "via"), pst.StringLit(kind)):
                self._known("party-unknown", "party kind", kind, self.vocabulary.party_kinds)
            case _:
                self._atom(node)

    def _atom(self, node: pst.Expr) -> None:
        match node:
            case pst.GetAttr(pst.Var("context"), name):
                fact = self._fact(name)
                if fact.type is not FactType.BOOL:
                    raise _outside(f"`{name}` is not true or false, so it cannot stand alone", "compare it")
            case pst.BinaryOp(op, left, right) if op in ("eq", "not_eq", *ORDERINGS):
                self._comparison(op, left, right)
            case pst.BinaryOp("contains", pst.Set(elements), pst.GetAttr(pst.Var("context"), name)):
                fact = self._fact(name)
                for element in elements:
                    self._literal(fact, element)
            case _:
                raise _outside(
                    f"{_kind(node)} is outside the language of conditions",
                    "use &&, ||, !, comparisons, [..].contains(fact), `has`, `in`: "
                    "docs/reference/instruments.md",
                )

    def _comparison(self, op: str, left: pst.Expr, right: pst.Expr) -> None:
        match left, right:
            case pst.GetAttr(pst.Var("context"), name), pst.GetAttr(pst.Var("context"), other):
                one, two = self._fact(name), self._fact(other)
                if _shape(one) != _shape(two):
                    raise _outside(f"`{name}` and `{other}` are not of one type", "compare like with like")
                self._ordered(op, one)
            case (pst.GetAttr(pst.Var("context"), name), literal) | (
                literal,
                pst.GetAttr(pst.Var("context"), name),
            ):
                fact = self._fact(name)
                self._ordered(op, fact)
                self._literal(fact, literal)
            case _:
                raise _outside("a comparison needs a fact on one side", "write context.FACT on one side")

    def _fact(self, name: str) -> Fact:
        self._known("fact-unknown", "fact", name, self.vocabulary.facts)
        self.facts.add(name)
        return self.vocabulary.facts[name]

    def _ordered(self, op: str, fact: Fact) -> None:
        if op in ORDERINGS and fact.type is not FactType.INT:
            raise _outside(
                f"`{fact.name}` is not a number, so it has no order",
                f'list the values you mean: ["…"].contains(context.{fact.name})',
            )

    def _literal(self, fact: Fact, node: pst.Expr) -> None:
        if not isinstance(node, pst.BoolLit | pst.LongLit | pst.StringLit):
            raise _outside(
                f"`{fact.name}` is compared with {_kind(node)}", "compare it with a literal or a fact"
            )
        value = node.value
        listed = fact.type is not FactType.TEXT or not fact.values or value in fact.values
        if not fact.fits(value) or not listed:
            expected = ", ".join(fact.values) or {"bool": "true or false", "int": "a number"}.get(
                fact.type, "text"
            )
            raise ConditionError(
                "fact-value-unknown", f"`{fact.name}` cannot be `{value}`", f"use one of: {expected}"
            )

    def _entity(self, variable: str, uid: pst.EntityUid) -> None:
        expected = HIERARCHIES.get(variable)
        if expected is None or str(uid.type) != expected:
            raise _outside(
                f"`{variable} in {uid}` is outside the language of conditions",
                'write principal in Party::"…", resource in Vendor::"…" or action in Action::"…"',
            )
        match variable:
            case "principal":
                known = {**self.vocabulary.party_kinds, **self.vocabulary.parties}
                self._known("party-unknown", "party kind", uid.id, known)
            case "action":
                self._known("action-unknown", "action", uid.id, self.vocabulary.actions)
            case _:
                pass

    def _known(self, code: str, what: str, name: str, names: Mapping[str, object]) -> None:
        if name not in names:
            raise ConditionError(
                code,
                f"no {what} `{name}`",
                f"use one of: {', '.join(sorted(names))}; or declare it in the document",
            )


def _shape(fact: Fact) -> FactType:
    return FactType.TEXT if fact.type is FactType.ENUM else fact.type


def _outside(message: str, help: str) -> ConditionError:  # noqa: A002 - the word users see
    return ConditionError("condition-outside-subset", message, help)


def _kind(node: pst.Expr) -> str:
    if isinstance(node, pst.BinaryOp | pst.UnaryOp):
        return f"`{node.op}`"
    return f"`{type(node).__name__}`"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."
