"""The vocabulary and facts documents add to what is built in. Every document's words count for all."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from offramp.core.verdicts import FactValue
from offramp.core.yaml_values import Fields, Value
from offramp.instruments.loading.hierarchies import Parents, Places, check_parents, with_names
from offramp.instruments.loading.times import period
from offramp.instruments.model import Fact, FactType, Vocabulary
from offramp.instruments.vocabulary import BUILT_IN, HIERARCHIES

SECTIONS = ("party_kinds", "parties", "vendors", "actions", *HIERARCHIES)

FACT = ("type", "values", "min", "max", "evidence", "decided_by", "default", "say", "window")


class Evidence(StrEnum):
    """How a fact comes to be known."""

    DECLARED = "declared"
    OBSERVED = "observed"
    JUDGED = "judged"


def vocabulary(words: Iterable[Value], facts: Iterable[Value]) -> Vocabulary:
    """What is built in, and everything the documents add. Redefining a word differently is a problem."""
    known = _facts(facts)
    names: dict[str, Parents] = {
        "party_kinds": dict(BUILT_IN.party_kinds),
        "parties": {},
        "vendors": {},
        "actions": dict(BUILT_IN.actions),
        **{section: dict(known[of[0]].parents) for section, of in HIERARCHIES.items()},
    }
    places: Places = {}
    for value in words:
        for section, body in value.fields(SECTIONS).given.items():
            for name, item in body.entries().items():
                places.setdefault((section, name), item)
                _add(names[section], name, () if item.is_empty else item.texts(), item)
    check_parents(names, places)
    for name in names["parties"]:
        if name in names["party_kinds"]:
            places["parties", name].problem(
                "name-twice", f"`{name}` is both a party and a kind", "rename one of them"
            )
    for name, above in names["products"].items():
        names["vendors"].setdefault(name, above)
    return Vocabulary(
        party_kinds=names["party_kinds"],
        parties=names["parties"],
        vendors=names["vendors"],
        actions=names["actions"],
        facts=with_names(known, names),
    )


def _add(names: Parents, name: str, above: tuple[str, ...], where: Value) -> None:
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
    parents = _values(fields["values"]) if "values" in fields else {}
    if kind is FactType.ENUM and not parents:
        body.problem("fact-values-missing", f"the fact `{name}` has no values", "list them: values: [a, b]")
    _check_fields(name, kind, fields)
    fact = Fact(
        name=name,
        type=kind,
        values=tuple(parents),
        parents=parents,
        minimum=fields["min"].number() if "min" in fields else None,
        maximum=fields["max"].number() if "max" in fields else None,
        evidence=fields.choice("evidence", Evidence, Evidence.DECLARED),
        decided_by=fields.text("decided_by"),
        default=_default(kind, fields["default"]) if "default" in fields else None,
        say=fields.text("say"),
        window=fields.text("window"),
    )
    if fact.minimum is not None and fact.maximum is not None and fact.maximum < fact.minimum:
        fields["max"].problem(
            "bounds-crossed",
            f"no number is from {fact.minimum} to {fact.maximum}",
            "exchange `min` and `max`",
        )
    if fact.default is not None and not fact.fits(fact.default):
        fields["default"].problem(
            "fact-value-unknown",
            f"`{name}` cannot be `{fact.default}`",
            f"use one of: {', '.join(parents) or kind}",
        )
    return fact


def _values(value: Value) -> Parents:
    """A list of values, or values with what each stands under."""
    if not value.is_table:
        return dict.fromkeys(value.texts(), ())
    parents: Parents = {
        name: () if item.is_empty else item.texts() for name, item in value.entries("value").items()
    }
    check_parents({"values": parents}, {("values", name): value for name in parents})
    return parents


def _check_fields(name: str, kind: FactType, fields: Fields) -> None:
    """Record keys that say nothing for this type, and a judgement without a judge."""
    of_type = {
        "values": (FactType.ENUM, FactType.TEXT),
        "min": (FactType.INT,),
        "max": (FactType.INT,),
        "window": (FactType.INT,),
    }
    for key, kinds in of_type.items():
        if key in fields and kind not in kinds:
            fields[key].problem(
                "key-misplaced", f"the fact `{name}` is `{kind}` and has no `{key}`", f"remove `{key}`"
            )
    is_judged = fields.choice("evidence", Evidence, Evidence.DECLARED) is Evidence.JUDGED
    if is_judged and "decided_by" not in fields:
        fields["evidence"].problem(
            "judge-missing", f"nothing says who judges `{name}`", "add `decided_by: …`, a party or a kind"
        )
    if not is_judged and "decided_by" in fields:
        fields["decided_by"].problem(
            "key-misplaced",
            f"the fact `{name}` is not judged, so nobody decides it",
            "write `evidence: judged`, or remove `decided_by`",
        )
    if "window" in fields:
        period(fields["window"])


def _default(kind: FactType, value: Value) -> FactValue:
    match kind:
        case FactType.BOOL:
            return value.flag()
        case FactType.INT:
            return value.number()
        case FactType.ENUM | FactType.TEXT:
            return value.text()
