"""`in` on facts with a hierarchy, spelled out: what is analysed and enforced knows lists of values only.

`context.purpose in Purpose::"surveillance"` becomes a list of that purpose and every one under it. A product
is also known by its models, and by the vendor's name where the product is asked about as one.
"""

from collections.abc import Iterable
from functools import reduce

from cedarpy import pst

from offramp.core.verdicts import FactValue
from offramp.instruments.model import Fact, Scoped, Vocabulary
from offramp.instruments.refusal import ConditionError
from offramp.instruments.vocabulary import upwards

CONTEXT = pst.Var("context")


def spelled(expression: pst.Expr, vocabulary: Vocabulary) -> pst.Expr:
    """The expression with every `in` on a fact, and every `in` on a list, spelled out.

    Raises `ConditionError` for an unknown fact or name, a fact without a hierarchy, and a wrong type.
    """
    match expression:
        case pst.BinaryOp("in", pst.GetAttr(pst.Var("context"), name), right):
            return _of_fact(name, right, vocabulary)
        case pst.BinaryOp("in", left, pst.Set(elements)) if elements:
            return either(pst.BinaryOp("in", left, element) for element in elements)
        case pst.BinaryOp(op, left, right):
            return pst.BinaryOp(op, spelled(left, vocabulary), spelled(right, vocabulary))
        case pst.UnaryOp(op, arg):
            return pst.UnaryOp(op, spelled(arg, vocabulary))
        case _:
            return expression


def scoped(one: Scoped, vocabulary: Vocabulary) -> pst.Expr:
    """The condition that a `scope` entry is short for, as one would write it."""
    fact = vocabulary.facts[one.fact]
    if fact.is_text:
        kind = pst.EntityType(type_name(one.fact), ())
        names = tuple(pst.EntityLit(pst.EntityUid(kind, str(name))) for name in one.names)
        here: pst.Expr = pst.BinaryOp("in", _get(one.fact), pst.Set(names))
    else:
        here = either(pst.BinaryOp("eq", _get(one.fact), _literal(name)) for name in one.names)
    return pst.UnaryOp("not", here) if one.is_excluded else here


def either(parts: Iterable[pst.Expr]) -> pst.Expr:
    """True where one of the parts is; there is at least one."""
    return reduce(lambda left, right: pst.BinaryOp("or", left, right), parts)


def every(parts: Iterable[pst.Expr]) -> pst.Expr:
    """True where all of the parts are; there is at least one."""
    return reduce(lambda left, right: pst.BinaryOp("and", left, right), parts)


def type_name(fact: str) -> str:
    """The word before `::` for the values of a fact: `us_region` is `UsRegion`."""
    return "".join(part.capitalize() for part in fact.split("_"))


def _of_fact(name: str, right: pst.Expr, vocabulary: Vocabulary) -> pst.Expr:
    fact = vocabulary.facts.get(name)
    if fact is None:
        known = ", ".join(sorted(vocabulary.facts))
        raise ConditionError(
            "fact-unknown", f"no fact `{name}`", f"use one of: {known}; or declare it in the document"
        )
    if not fact.is_text:
        raise ConditionError(
            "condition-outside-subset", f"`{name}` is `{fact.type}` and has nothing under it", "compare it"
        )
    names = []
    for element in right.elements if isinstance(right, pst.Set) else (right,):
        match element:
            case pst.EntityLit(uid) if str(uid.type) == type_name(name):
                names.append(uid.id)
            case _:
                raise ConditionError(
                    "condition-outside-subset",
                    f"`context.{name} in …` needs names of its own kind",
                    f'write context.{name} in {type_name(name)}::"…"',
                )
    for one in names:
        if fact.names and one not in fact.names:
            raise ConditionError(
                "fact-value-unknown", f"`{name}` cannot be `{one}`", f"use one of: {', '.join(fact.names)}"
            )
    return _among(fact, names, vocabulary)


def _among(fact: Fact, names: list[str], vocabulary: Vocabulary) -> pst.Expr:
    listed = _listed(fact, [one for name in names for one in fact.within(name)])
    if fact.name != "product":
        return listed
    models = vocabulary.facts["model"]
    above = {**models.parents, **fact.parents}
    ancestors = {name: upwards((name,), above) & fact.parents.keys() for name in models.parents}
    mine = [name for name, found in ancestors.items() if found & set(names)]
    others = [name for name, found in ancestors.items() if found and name not in mine]
    whole = listed
    if others or mine:
        # A product that is given decides; without one, the model tells it where its product is declared.
        untold: list[pst.Expr] = [pst.UnaryOp("not", _has("product"))]
        untold += [pst.UnaryOp("not", _listed(models, others))] if others else []
        whole = either((every((_has("product"), listed)), every((*untold, listed))))
    if mine:
        whole = either((whole, every((_has("model"), _listed(models, mine)))))
    related = upwards(names, fact.parents) | {one for name in names for one in fact.within(name)}
    elsewhere = [one for one in fact.parents if one not in related and one in vocabulary.vendors]
    if elsewhere:
        whole = every((pst.UnaryOp("not", either(_is_vendor(one) for one in elsewhere)), whole))
    asked = [name for name in names if name in vocabulary.vendors]
    return either([*(_is_vendor(name) for name in asked), whole])


def _listed(fact: Fact, names: Iterable[str]) -> pst.Expr:
    literals = tuple(pst.StringLit(name) for name in dict.fromkeys(names))
    return pst.BinaryOp("contains", pst.Set(literals), _get(fact.name))


def _is_vendor(name: str) -> pst.Expr:
    return pst.BinaryOp(
        "in", pst.Var("resource"), pst.EntityLit(pst.EntityUid(pst.EntityType("Vendor", ()), name))
    )


def _has(name: str) -> pst.Expr:
    return pst.HasAttr(CONTEXT, (name,))


def _get(name: str) -> pst.Expr:
    return pst.GetAttr(CONTEXT, name)


def _literal(value: FactValue) -> pst.Expr:
    if isinstance(value, bool):
        return pst.BoolLit(value)
    return pst.LongLit(value) if isinstance(value, int) else pst.StringLit(value)
