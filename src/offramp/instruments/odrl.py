"""Instruments as ODRL 2.2 in JSON-LD, with a name for everything that standard cannot carry.

An instrument becomes a policy, a norm a rule for each way it is read. Conditions become constraints as
far as they go: brought into a conjunction of alternatives, because ODRL's logical constraints do not
nest. What has no place in ODRL is kept under this product's own profile and listed as lost, because a
reader of plain ODRL does not see it. What never binds is left out, since such a reader would take it to
bind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from cedarpy import pst

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.core.verdicts import Outcome
from offramp.instruments.deadlines import deadline
from offramp.instruments.model import (
    Effect,
    Form,
    IfUnknown,
    Instrument,
    InstrumentKind,
    Instruments,
    Norm,
    Role,
    Status,
    Strength,
)
from offramp.instruments.odrl_terms import CONTEXT
from offramp.instruments.phrases import FLIPPED, OPPOSITE, Atom, Clause, clause_of
from offramp.instruments.sentences import sentence

PROFILE = "urn:offramp:odrl-profile:v1"
TYPES = {InstrumentKind.CONTRACT: "Agreement", InstrumentKind.USAGE_POLICY: "Offer"}
RULES = {Effect.PERMIT: "permission", Effect.PROHIBIT: "prohibition", Effect.OBLIGE: "obligation"}
OPERATORS = {
    "eq": "eq",
    "not_eq": "neq",
    "less": "lt",
    "less_eq": "lteq",
    "greater": "gt",
    "greater_eq": "gteq",
}
MOST_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True, order=True)
class Lost:
    """Something that a reader of plain ODRL does not see."""

    where: str
    """Instrument or norm."""
    what: str


@dataclass(frozen=True, slots=True)
class Export:
    """The document, and what it could not carry."""

    document: JsonObject
    lost: tuple[Lost, ...]


def to_odrl(instruments: Instruments) -> Export:
    """Every instrument that can bind as an ODRL policy, every action as a term of the profile."""
    lost: list[Lost] = []
    graph: list[JsonObject] = []
    for one in sorted(instruments.instruments.values(), key=lambda each: each.id):
        reason = _why_left_out(one)
        if reason:
            lost.append(Lost(one.id, f"left out whole: {reason}"))
            continue
        node = _policy(instruments, one, lost)
        if not any(kind in node for kind in RULES.values()):
            node["@type"] = "offramp:Instrument"
        graph.append(node)
    graph += [
        {
            "@id": f"offramp:{name}",
            "@type": "Action",
            "includedIn": [f"offramp:{above}" for above in parents] or ["use"],
        }
        for name, parents in sorted(instruments.vocabulary.actions.items())
    ]
    listed = tuple(sorted(set(lost)))
    about = {
        "@id": "urn:offramp:export",
        "@type": "offramp:Export",
        "offramp:disclaimer": "Nothing here is legal advice.",
        "offramp:version": instruments.digest,
        "offramp:lost": [{"offramp:where": each.where, "offramp:what": each.what} for each in listed],
    }
    own = {
        "offramp": f"{PROFILE}#",
        "dct": "http://purl.org/dc/terms/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
    return Export({"@context": [CONTEXT, own], "@graph": [about, *graph]}, listed)


def _why_left_out(one: Instrument) -> str:
    if not one.kind.can_bind:
        return f"a {one.kind.value} never binds, and ODRL has no word for that"
    if one.why_draft:
        return one.why_draft
    if one.status in (Status.PROPOSED, Status.WITHDRAWN):
        return f"it is {one.status.value}"
    return ""


def _policy(instruments: Instruments, one: Instrument, lost: list[Lost]) -> JsonObject:
    signed = one.signed if one.signed and one.signed.is_current else None
    node: JsonObject = {
        "@type": TYPES.get(one.kind, "Set") if one.norms else "offramp:Instrument",
        "uid": f"urn:offramp:instrument:{one.id}",
        "profile": PROFILE,
        "conflict": "prohibit",
        "dct:title": one.title,
        "dct:creator": one.issuer,
        "dct:source": str(one.source),
        "offramp:kind": one.kind.value,
        "offramp:basis": one.basis.value,
        "offramp:encodedBy": one.encoded.by if one.encoded else "",
        "offramp:encodedOn": one.encoded.on if one.encoded else "",
        "offramp:signedBy": signed.by if signed else "",
        "offramp:signedOn": signed.on if signed else "",
    }
    if one.issued_at is not None:
        node["dct:issued"] = format_instant(one.issued_at)
    if one.supersedes:
        node["dct:replaces"] = [_uid(instruments, name) for name in one.supersedes]
    if not one.norms:
        lost.append(Lost(one.id, "it has no rule of its own, and an ODRL policy needs one"))
    lost.extend(Lost(one.id, what) for what in _lost_of(one))
    node |= _beyond(instruments, one)
    for norm in one.norms:
        for rule in _rules(instruments, one, norm, lost):
            node.setdefault(RULES[norm.effect], []).append(rule)
    return node


def _lost_of(one: Instrument) -> Iterator[str]:
    if one.stays:
        yield "what it stays, for whom and when"
    if one.settles:
        yield "which contested questions it settles"
    if one.extends:
        yield "what it extends"
    if one.ends:
        yield "what it ends, for whom and from when, and that this holds only while it counts itself"
    if one.known_at is not None:
        yield "when it became known"
    if one.served_at or one.announced_at is not None:
        yield "when it was announced, and served on whom"
    if one.not_modelled or any(sentence.why for sentence in one.sentences):
        yield "what of its text is not modelled, and why"
    if one.assumed:
        yield "what its rendering assumes"


def _beyond(instruments: Instruments, one: Instrument) -> JsonObject:
    """What ODRL has no word for, under the profile."""
    kept: JsonObject = {}
    if one.announced_at is not None:
        kept["offramp:announced"] = format_instant(one.announced_at)
    if one.known_at is not None:
        kept["offramp:known"] = format_instant(one.known_at)
    if one.served_at:
        kept["offramp:served"] = [
            {"offramp:party": party, "offramp:at": format_instant(at) if at else "not known"}
            for party, at in one.served_at.items()
        ]
    if one.stays:
        kept["offramp:stays"] = [
            {
                "offramp:of": _uid(instruments, stay.target),
                "offramp:parties": list(stay.parties) or ["everybody"],
                **_interval(stay.from_at, stay.until_at),
            }
            for stay in one.stays
        ]
    if one.settles:
        kept["offramp:settles"] = [
            {
                "offramp:option": f"{each.question}={each.option}",
                "offramp:parties": list(each.parties) or ["everybody"],
                **_interval(each.from_at, None),
            }
            for each in one.settles
        ]
    if one.ends:
        kept["offramp:ends"] = [
            {
                "offramp:of": _uid(instruments, each.target),
                "offramp:parties": list(each.parties) or ["everybody"],
                **_interval(each.from_at, None),
            }
            for each in one.ends
        ]
    if one.extends:
        kept["offramp:extends"] = [
            {
                "offramp:of": _uid(instruments, each.target),
                "offramp:parties": list(each.parties) or ["everybody"],
                **_interval(None, each.until_at),
                **({"offramp:by": each.by.text} if each.by is not None else {}),
            }
            for each in one.extends
        ]
    return kept


def _uid(instruments: Instruments, name: str) -> str:
    return f"urn:offramp:{'norm' if name in instruments.norms else 'instrument'}:{name}"


def _interval(start: Instant | None, end: Instant | None) -> JsonObject:
    whole = {"offramp:from": start, "offramp:until": end}
    return {key: format_instant(at) for key, at in whole.items() if at is not None}


def _rules(instruments: Instruments, one: Instrument, norm: Norm, lost: list[Lost]) -> Iterator[JsonObject]:
    """One rule for each way the norm is read; ways that say the same are one."""
    told: dict[str, tuple[Form, list[str]]] = {}
    for form in norm.forms:
        choice = " and ".join(f"{question}={option}" for question, option in form.choice.items())
        text = sentence(instruments, norm, form)
        told.setdefault(text, (form, []))[1].append(choice)
    lost.extend(Lost(norm.id, what) for what in _lost_of_norm(norm))
    if len(told) > 1:
        lost.append(Lost(norm.id, "its readings: plain ODRL takes the rules of all of them to hold together"))
    for number, (text, (form, choices)) in enumerate(told.items()):
        if not form.applies:
            lost.append(Lost(norm.id, f"that under {' or '.join(choices)} there is no such rule"))
            continue
        suffix = f":{number + 1}" if len(told) > 1 else ""
        rule: JsonObject = {
            "uid": f"urn:offramp:norm:{norm.id}{suffix}",
            "assigner": {"@type": "Party", "uid": f"urn:offramp:issuer:{one.id}", "dct:title": one.issuer},
            "assignee": _assignees(form),
            "target": [
                {"@type": "AssetCollection", "uid": f"urn:offramp:vendor:{name}"}
                for name in form.vendors or ("any",)
            ],
            "action": [f"offramp:{name}" for name in form.actions] or ["use"],
            "dct:description": text,
            "offramp:says": norm.citation,
            "offramp:role": form.role.value,
        }
        conditions, unsaid = _conditions(form)
        if unsaid and norm.effect is Effect.PERMIT:
            # Without the part that is lost the rule would allow more than the norm does.
            lost.append(Lost(norm.id, f"left out whole: {unsaid}"))
            continue
        if unsaid:
            lost.append(Lost(norm.id, f"{unsaid}; the rule is wider without it"))
        constraints = [*_times(instruments, norm, form), *conditions]
        if constraints:
            rule["constraint"] = constraints
        rule |= _beyond_rule(instruments, norm, form, choices if len(told) > 1 else [])
        yield rule


def _beyond_rule(instruments: Instruments, norm: Norm, form: Form, choices: list[str]) -> JsonObject:
    kept: JsonObject = {}
    if form.condition is not None:
        kept |= {"offramp:condition": form.condition.text, "offramp:ifUnknown": norm.if_unknown.value}
    if choices:
        kept["offramp:reading"] = choices
    if norm.strength is not None:
        kept["offramp:strength"] = norm.strength.value
    if norm.overrides:
        kept["offramp:lifts"] = [_uid(instruments, name) for name in norm.overrides]
    if form.outcome is Outcome.HOLD:
        kept["offramp:outcome"] = "hold"
    if norm.duty is not None:
        kept |= {"offramp:towards": norm.duty.towards, "offramp:proof": norm.duty.proof}
        if norm.duty.within is not None:
            since = norm.duty.after or norm.duty.of or "an instant"
            kept["offramp:within"] = f"{norm.duty.within.text} of {since}"
        if norm.duty.every is not None:
            kept["offramp:every"] = norm.duty.every.text
    return kept


def _lost_of_norm(norm: Norm) -> Iterator[str]:
    if norm.strength is Strength.LIFT:
        yield "that it lifts named prohibitions only: plain ODRL lets the prohibition win"
    if norm.strength is Strength.ENTITLE:
        yield "that it is a right somebody must honour, and not an exemption"
    if any(form.outcome is Outcome.HOLD for form in norm.forms):
        yield "that a person may decide otherwise: plain ODRL sees a prohibition"
    if any(form.role is not Role.USER for form in norm.forms):
        yield "that it binds in the chain a technology is reached through"
    if norm.if_unknown is not IfUnknown.HOLD or any(form.condition for form in norm.forms):
        yield "what happens where a fact is missing"
    if norm.duty is not None and (norm.duty.towards or norm.duty.proof):
        yield "towards whom the duty is, and what shows that it is done"
    if norm.duty is not None and (norm.duty.after or norm.duty.every or norm.duty.of == "served"):
        yield "what its deadline is counted from, and that it comes again"


def _assignees(form: Form) -> list[JsonObject]:
    kinds = [{"@type": "PartyCollection", "uid": f"urn:offramp:party-kind:{name}"} for name in form.kinds]
    return kinds + [{"@type": "Party", "uid": f"urn:offramp:party:{name}"} for name in form.parties]


def _times(instruments: Instruments, norm: Norm, form: Form) -> Iterator[JsonObject]:
    one = instruments.instruments[norm.instrument]
    due = deadline(instruments, norm, form)
    starts = [at for at in (form.from_at, one.from_at) if at is not None]
    ends = [at for at in (form.until_at, one.until_at) if at is not None]
    for operator, at in (("gteq", max(starts, default=None)), ("lt", min(ends, default=None)), ("lteq", due)):
        if at is not None:
            right = {"@value": format_instant(at), "@type": "xsd:dateTime"}
            yield {"leftOperand": "dateTime", "operator": operator, "rightOperand": right}


def _conditions(form: Form) -> tuple[list[JsonObject], str]:
    """The condition as constraints that must all be met, and what of it they do not say; empty: nothing."""
    if form.condition is None:
        return [], ""
    alternatives = _conjunction(clause_of(form.condition.source))
    if alternatives is None:
        return [], f"its condition, too long to unfold: {form.condition.text}"
    found: list[JsonObject] = []
    lost = ""
    for parts in alternatives:
        if any(atom.node == pst.BoolLit(atom.is_affirmed) for atom in parts):
            continue
        constraints = [_constraint(part) for part in parts]
        known = [each for each in constraints if each is not None]
        if len(known) < len(constraints):
            lost = f"a part of its condition, for which ODRL has no words: {form.condition.text}"
        elif len(known) == 1:
            found.append(known[0])
        else:
            found.append({"or": {"@list": known}})
    return found, lost


def _conjunction(clause: Clause) -> list[tuple[Atom, ...]] | None:
    """Alternatives that must all be met; None where there would be too many of them."""
    if isinstance(clause, Atom):
        return [(clause,)]
    parts = [_conjunction(part) for part in clause.parts]
    if any(part is None for part in parts):
        return None
    found: Sequence[list[tuple[Atom, ...]]] = [part for part in parts if part is not None]
    if clause.word == "and":
        whole = [each for part in found for each in part]
    else:
        count = 1
        for part in found:
            count *= len(part)
        if count > MOST_ALTERNATIVES:
            return None
        whole = [tuple(dict.fromkeys(atom for each in chosen for atom in each)) for chosen in product(*found)]
    return whole if len(whole) <= MOST_ALTERNATIVES else None


def _constraint(atom: Atom) -> JsonObject | None:
    """One comparison as a constraint; None where ODRL has no words for it."""
    match atom.node:
        case pst.GetAttr(pst.Var("context"), name):
            return _compared(name, "eq", True, atom.is_affirmed)
        case pst.BinaryOp(op, pst.GetAttr(pst.Var("context"), name), literal) if op in OPERATORS:
            return _compared(name, op, _value(literal), atom.is_affirmed)
        case pst.BinaryOp(op, literal, pst.GetAttr(pst.Var("context"), name)) if op in OPERATORS:
            return _compared(name, FLIPPED.get(op, op), _value(literal), atom.is_affirmed)
        case pst.BinaryOp("contains", pst.Set(elements), pst.GetAttr(pst.Var("context"), name)):
            values = [_value(one) for one in elements]
            operator = "isAnyOf" if atom.is_affirmed else "isNoneOf"
            return {"leftOperand": _left(name), "operator": operator, "rightOperand": values}
    return None


def _compared(name: str, op: str, value: Any, is_affirmed: bool) -> JsonObject | None:
    if value is None:
        return None
    operator = OPERATORS[op if is_affirmed else OPPOSITE[op]]
    return {"leftOperand": _left(name), "operator": operator, "rightOperand": value}


def _left(name: str) -> str:
    return "purpose" if name == "purpose" else f"offramp:{name}"


def _value(node: pst.Expr) -> str | int | bool | None:
    return node.value if isinstance(node, pst.StringLit | pst.LongLit | pst.BoolLit) else None
