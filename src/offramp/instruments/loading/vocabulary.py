"""The vocabulary and facts documents add to what is built in. Every document's words count for all."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from offramp.core.verdicts import FactValue
from offramp.core.yaml_values import Value
from offramp.instruments.model import Fact, FactType, Vocabulary
from offramp.instruments.vocabulary import BUILT_IN

SECTIONS = ("party_kinds", "parties", "vendors", "actions")

FACT = ("type", "values", "min", "max", "evidence", "decided_by", "default", "say")


class Evidence(StrEnum):
    """How a fact comes to be known."""

    DECLARED = "declared"
    OBSERVED = "observed"
    JUDGED = "judged"


def vocabulary(words: Iterable[Value], facts: Iterable[Value]) -> Vocabulary:
    """What is built in, and everything the documents add. Redefining a word differently is a problem."""
    names: dict[str, dict[str, tuple[str, ...]]] = {
        "party_kinds": dict(BUILT_IN.party_kinds),
        "parties": {},
        "vendors": {},
        "actions": dict(BUILT_IN.actions),
    }
    added: list[tuple[str, Value, tuple[str, ...]]] = []
    for value in words:
        for section, body in value.fields(SECTIONS).given.items():
            for name, above in _parents(body).items():
                _add(names[section], name, above, body)
                added.append((section, body, above))
    for section, body, above in added:
        known = names["party_kinds"] if section == "parties" else names[section]
        for parent in above:
            if parent not in known:
                body.problem("parent-unknown", f"no `{parent}` to stand under", "declare it beside this")
    for name in names["parties"]:
        if name in names["party_kinds"]:
            added[0][1].problem("name-twice", f"`{name}` is both a party and a kind", "rename one of them")
    return Vocabulary(
        party_kinds=names["party_kinds"],
        parties=names["parties"],
        vendors=names["vendors"],
        actions=names["actions"],
        facts=_facts(facts),
    )


def _parents(section: Value) -> Mapping[str, tuple[str, ...]]:
    """Names to what each stands under."""
    return {name: () if item.is_empty else item.texts() for name, item in section.entries().items()}


def _add(names: dict[str, tuple[str, ...]], name: str, above: tuple[str, ...], where: Value) -> None:
    if name in names and names[name] != above:
        where.problem(
            "name-twice",
            f"`{name}` already stands under {', '.join(names[name]) or 'nothing'}",
            "choose another name, or the same parents",
        )
        return
    names[name] = above


def _facts(sections: Iterable[Value]) -> Mapping[str, Fact]:
    facts = dict(BUILT_IN.facts)
    for section in sections:
        for name, body in section.entries("fact").items():
            fact = _fact(name, body)
            if name in facts and facts[name] != fact:
                body.problem("fact-twice", f"the fact `{name}` is already defined differently", "rename it")
            elif name == "via":
                body.problem("fact-twice", "`via` is the chain of parties, not a fact", "rename it")
            else:
                facts[name] = fact
    return facts


def _fact(name: str, body: Value) -> Fact:
    fields = body.fields(FACT, required=("type",))
    kind = fields.choice("type", FactType, FactType.TEXT)
    values = fields.texts("values")
    if kind is FactType.ENUM and not values:
        body.problem("fact-values-missing", f"the fact `{name}` has no values", "list them: values: [a, b]")
    fact = Fact(
        name=name,
        type=kind,
        values=values,
        minimum=fields["min"].number() if "min" in fields else None,
        maximum=fields["max"].number() if "max" in fields else None,
        evidence=fields.choice("evidence", Evidence, Evidence.DECLARED),
        decided_by=fields.text("decided_by"),
        default=_default(kind, fields["default"]) if "default" in fields else None,
        say=fields.text("say"),
    )
    if fact.default is not None and not fact.fits(fact.default):
        fields["default"].problem(
            "fact-value-unknown",
            f"`{name}` cannot be `{fact.default}`",
            f"use one of: {', '.join(values) or kind}",
        )
    return fact


def _default(kind: FactType, value: Value) -> FactValue:
    match kind:
        case FactType.BOOL:
            return value.flag()
        case FactType.INT:
            return value.number()
        case FactType.ENUM | FactType.TEXT:
            return value.text()
