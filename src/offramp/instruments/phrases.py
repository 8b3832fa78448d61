"""Conditions as English clauses: `the purpose is analysis and it concerns at least 1,000 persons`.

A condition is first brought into a normal form, every step of which is sound in the logic the language uses:
`not` goes down to the comparisons. What cannot be worded stands as written, between angle quotation marks.
Whole norms are `sentences.py`; the short form beside tables is `wording.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cedarpy import pst

from offramp.instruments.model import Fact, FactType, Vocabulary
from offramp.instruments.periods import parse_period
from offramp.instruments.speech import COUNTS, FLAGS, VALUES, kind_words, party_words, plain
from offramp.instruments.wording import words

OPPOSITE = {
    "eq": "not_eq",
    "not_eq": "eq",
    "less": "greater_eq",
    "less_eq": "greater",
    "greater": "less_eq",
    "greater_eq": "less",
}
FLIPPED = {"less": "greater", "less_eq": "greater_eq", "greater": "less", "greater_eq": "less_eq"}
NUMBER_WORDS = {
    "eq": "exactly",
    "not_eq": "anything but",
    "less": "fewer than",
    "less_eq": "at most",
    "greater": "more than",
    "greater_eq": "at least",
}
TWIN_WORDS = {
    "eq": "is the same as",
    "not_eq": "is not the same as",
    "less": "is less than",
    "less_eq": "is not more than",
    "greater": "is more than",
    "greater_eq": "is not less than",
}


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison, affirmed or denied."""

    node: pst.Expr
    is_affirmed: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Parts joined by one word, `and` or `or`; at least two, none of them a group with the same word."""

    word: str
    parts: tuple["Atom | Group", ...]


Clause = Atom | Group


def clause_of(expression: pst.Expr, *, is_affirmed: bool = True) -> Clause:
    """The normal form of an expression, or of its denial."""
    match expression:
        case pst.UnaryOp("not", arg):
            return clause_of(arg, is_affirmed=not is_affirmed)
        case pst.BinaryOp(("and" | "or") as op, left, right):
            word = op if is_affirmed else {"and": "or", "or": "and"}[op]
            parts: list[Clause] = []
            for side in (left, right):
                part = clause_of(side, is_affirmed=is_affirmed)
                if isinstance(part, Group) and part.word == word:
                    parts.extend(part.parts)
                elif part not in parts:
                    parts.append(part)
            return Group(word, tuple(parts)) if len(parts) > 1 else parts[0]
    return Atom(expression, is_affirmed)


def phrase(expression: pst.Expr, vocabulary: Vocabulary) -> str:
    """What must be so, and what must not: `where …, unless …`; empty where it always holds."""
    so: list[str] = []
    unless: list[str] = []
    for part in _conjuncts(expression):
        match part:
            case pst.BoolLit(value=True):
                continue
            case pst.UnaryOp("not", pst.BinaryOp(("and" | "or"), _, _) as denied):
                unless.append(_said(clause_of(denied), vocabulary, is_within=False))
            case _:
                so.append(_said(clause_of(part), vocabulary, is_within=True))
    texts = []
    if so:
        texts.append(f"where {' and '.join(dict.fromkeys(so))}" if len(so) > 1 else f"where {_bare(so[0])}")
    if unless:
        texts.append("unless " + ", and unless ".join(unless))
    return ", ".join(texts)


def _conjuncts(expression: pst.Expr) -> list[pst.Expr]:
    match expression:
        case pst.BinaryOp("and", left, right):
            return [*_conjuncts(left), *_conjuncts(right)]
    return [expression]


def _bare(text: str) -> str:
    """A single part needs no brackets, if the outer ones belong together."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and at < len(text) - 1:
            return text
    return text[1:-1]


def _said(clause: Clause, vocabulary: Vocabulary, *, is_within: bool) -> str:
    if isinstance(clause, Atom):
        return _atom(clause.node, vocabulary, is_affirmed=clause.is_affirmed)
    text = f" {clause.word} ".join(_said(part, vocabulary, is_within=True) for part in clause.parts)
    return f"({text})" if is_within else text


def _atom(node: pst.Expr, vocabulary: Vocabulary, *, is_affirmed: bool) -> str:
    match node:
        case pst.BoolLit(value):
            return "in every case" if value is is_affirmed else "in no case"
        case pst.GetAttr(pst.Var("context"), name) if name in vocabulary.facts:
            return _flag(vocabulary.facts[name], is_affirmed)
        case pst.HasAttr(_, (name, *_)):
            return f"it is {'' if is_affirmed else 'not '}stated {_asked(vocabulary.facts.get(name), name)}"
        case pst.BinaryOp("contains", pst.Set(elements), pst.GetAttr(_, name)) if name in vocabulary.facts:
            return _values(vocabulary.facts[name], _literals(elements), is_affirmed)
        case pst.BinaryOp("contains", pst.GetAttr(_, "via"), pst.StringLit(kind)):
            reached = f"reached through {kind_words(kind, is_one=True)}"
            return f"it is {'' if is_affirmed else 'not '}{reached}"
        case pst.BinaryOp("in", pst.GetAttr(_, name), among) if name in vocabulary.facts:
            listed = among.elements if isinstance(among, pst.Set) else (among,)
            names = [one.value.id for one in listed if isinstance(one, pst.EntityLit)]
            return _values(vocabulary.facts[name], names, is_affirmed)
        case pst.BinaryOp("in", pst.Var(variable), pst.EntityLit(uid)):
            return _hierarchy(variable, uid.id, vocabulary, is_affirmed)
        case pst.BinaryOp(op, pst.GetAttr(_, one), pst.GetAttr(_, two)) if op in OPPOSITE:
            said = TWIN_WORDS[op if is_affirmed else OPPOSITE[op]]
            return f"the {plain(one)} {said} the {plain(two)}"
        case pst.BinaryOp(op, pst.GetAttr(_, name), literal) if op in OPPOSITE and name in vocabulary.facts:
            return _compared(vocabulary.facts[name], op, literal, is_affirmed)
        case pst.BinaryOp(op, literal, pst.GetAttr(_, name)) if op in OPPOSITE and name in vocabulary.facts:
            return _compared(vocabulary.facts[name], FLIPPED.get(op, op), literal, is_affirmed)
    said = f"«{words(node)}»"
    return said if is_affirmed else f"it is not so that {said}"


def _literals(elements: Sequence[pst.Expr]) -> tuple[object, ...]:
    return tuple(one.value for one in elements if isinstance(one, pst.StringLit | pst.LongLit | pst.BoolLit))


def _compared(fact: Fact, op: str, literal: pst.Expr, is_affirmed: bool) -> str:
    op = op if is_affirmed else OPPOSITE[op]
    match literal:
        case pst.BoolLit(value):
            return _flag(fact, value is (op == "eq"))
        case pst.LongLit(value):
            return _counted(fact, op, value)
        case pst.StringLit(value):
            return _values(fact, (value,), op == "eq")
    return f"«{fact.name} {op} {words(literal)}»"


def _flag(fact: Fact, is_affirmed: bool) -> str:
    if fact.name in FLAGS:
        said = FLAGS[fact.name][0 if is_affirmed else 1]
    else:
        said = fact.say or f"{plain(fact.name)} is so"
        said = said if is_affirmed else f"it is not so that {said}"
    return said + _judge(fact)


def _values(fact: Fact, values: Sequence[object], is_affirmed: bool) -> str:
    if fact.type is FactType.INT:
        said = " or ".join(f"{value:,}" for value in values if isinstance(value, int))
        return f"the {plain(fact.name)} is {'' if is_affirmed else 'not '}{said or 'any of none'}"
    if fact.type is FactType.BOOL:
        parts = [_flag(fact, bool(value) is is_affirmed) for value in values]
        return f"({(' or ' if is_affirmed else ' and ').join(parts)})" if len(parts) != 1 else parts[0]
    begins, begins_not, known = VALUES.get(
        fact.name, (f"the {plain(fact.name)} is", f"the {plain(fact.name)} is not", {})
    )
    named = [known.get(str(value), plain(str(value)) if known else f"“{value}”") for value in values]
    if not begins:
        joined = " or ".join(named)
        joined = f"({joined})" if len(named) > 1 and is_affirmed else joined
        return (joined if is_affirmed else f"it is not so that {joined}") + _judge(fact)
    said = " or ".join(named) or "any of none"
    return f"{begins if is_affirmed else begins_not} {said}{_judge(fact)}"


def _counted(fact: Fact, op: str, value: int) -> str:
    window = parse_period(fact.window)
    within = f" within {window}" if window else ""
    if fact.name not in COUNTS:
        bounds = NUMBER_WORDS[op].replace("fewer", "less")
        return f"the {plain(fact.name)}{within} is {bounds} {value:,}{_judge(fact)}"
    one, many, place = COUNTS[fact.name]
    end = f"{place}{within}"
    if (op, value) in (("greater", 0), ("greater_eq", 1), ("not_eq", 0)):
        return f"it concerns at least one {one}{end}"
    if (op, value) in (("less_eq", 0), ("less", 1), ("eq", 0)):
        return f"it concerns no {one}{end}"
    return f"it concerns {NUMBER_WORDS[op]} {value:,} {one if value == 1 else many}{end}"


def _judge(fact: Fact) -> str:
    if fact.evidence != "judged":
        return ""
    return f" (as judged by {_the(fact.decided_by)})" if fact.decided_by else " (as somebody judges)"


def _the(name: str) -> str:
    words_of = plain(name)
    return words_of if words_of[:1].isupper() or words_of.startswith(("the ", "a ")) else f"the {words_of}"


def _asked(fact: Fact | None, name: str) -> str:
    if fact is not None and fact.type is FactType.BOOL:
        positive = FLAGS.get(name, (fact.say or plain(name), ""))[0]
        return f"whether {positive}"
    return f"what the {plain(name)} is"


def _hierarchy(variable: str, name: str, vocabulary: Vocabulary, is_affirmed: bool) -> str:
    no = "" if is_affirmed else "not "
    match variable:
        case "principal":
            if name in vocabulary.parties:
                return f"the user is {no}{party_words(name)}"
            return f"the user is {no}among {kind_words(name)}"
        case "resource":
            return f"what is used is {no}of {name}"
        case _:
            return f"what is done is {no}of the kind “{plain(name)}”"


def spoken_names(names: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def parties_spoken(kinds: Sequence[str], parties: Sequence[str], names: Mapping[str, str]) -> str:
    """Kinds and named parties as one enumeration."""
    said = [*(kind_words(kind) for kind in kinds), *(party_words(name, names) for name in parties)]
    return spoken_names(said)
