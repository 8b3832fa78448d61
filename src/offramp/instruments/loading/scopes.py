"""`scope`: a norm narrowed to values of facts, each with whatever stands under it."""

from cedarpy import pst

from offramp.core.verdicts import FactValue
from offramp.core.yaml_values import Value
from offramp.instruments.membership import every, scoped
from offramp.instruments.model import Scoped, Vocabulary


def scope(value: Value | None, vocabulary: Vocabulary) -> tuple[Scoped, ...]:
    """Read the entries of a `scope`: `fact: value`, `fact: [values]` or `fact: {not: values}`."""
    found = []
    for name, body in value.entries("fact").items() if value is not None else ():
        if name not in vocabulary.facts:
            known = ", ".join(sorted(vocabulary.facts))
            body.problem(
                "fact-unknown", f"no fact `{name}`", f"use one of: {known}; or declare it in the document"
            )
            continue
        excluded = body.fields(("not",), required=("not",)).get("not") if body.is_table else None
        names = _names(name, excluded or body, vocabulary) if excluded or not body.is_table else ()
        if names:
            found.append(Scoped(name, names, is_excluded=excluded is not None))
    return tuple(found)


def narrowed(scope: tuple[Scoped, ...], vocabulary: Vocabulary) -> pst.Expr:
    """The condition a scope is short for."""
    return every(scoped(one, vocabulary) for one in scope)


def _names(name: str, value: Value, vocabulary: Vocabulary) -> tuple[FactValue, ...]:
    fact = vocabulary.facts[name]
    names = []
    for item in value.items(f"the entry of `{name}`"):
        given = item.fact()
        if given is None:
            continue
        typed = item.raw.strip() if fact.is_text else given
        is_named = not fact.is_text or not fact.names or typed in fact.names
        if fact.fits(typed) and is_named:
            names.append(typed)
        else:
            expected = ", ".join(fact.names) or {"bool": "true, false"}.get(
                fact.type, "a number in its bounds"
            )
            item.problem("fact-value-unknown", f"`{name}` cannot be `{item.raw}`", f"use one of: {expected}")
    if not names and not value.items():
        value.problem("scope-empty", f"`{name}` is narrowed to nothing", "name at least one value")
    return tuple(names)
