"""Named terms and contested questions: what `$name` stands for, under which reading."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cedarpy import pst

from offramp.core.yaml_values import Value
from offramp.instruments import conditions
from offramp.instruments.model import ContestedQuestion, Option
from offramp.instruments.refusal import ConditionError

QUESTION = ("question", "options")


class OptionStatus(StrEnum):
    """Where an answer to a contested question stands."""

    ASSERTED = "asserted"
    RULED = "ruled"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Term:
    """A named expression, and what it is instead under some readings."""

    name: str
    expression: pst.Expr
    readings: Mapping[str, Mapping[str, pst.Expr]]
    where: Value

    def under(self, choice: Mapping[str, str]) -> pst.Expr:
        """The expression under a choice of readings; the last question named wins."""
        found = self.expression
        for question, options in self.readings.items():
            found = options.get(choice.get(question, ""), found)
        return found

    def mentions(self) -> frozenset[str]:
        """Other terms it uses under any reading."""
        under = [expression for options in self.readings.values() for expression in options.values()]
        return frozenset().union(*(conditions.terms_in(one) for one in (self.expression, *under)))


@dataclass(frozen=True, slots=True)
class Terms:
    """Every term, free of cycles."""

    by_name: Mapping[str, Term]

    def reachable(self, names: Iterable[str]) -> frozenset[str]:
        """`names` and every term they use."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in self.by_name and name not in found:
                found.add(name)
                waiting.extend(self.by_name[name].mentions())
        return frozenset(found)

    def questions(self, names: Iterable[str]) -> tuple[str, ...]:
        """The questions the terms in `names` depend on, directly or through other terms."""
        return tuple(
            dict.fromkeys(
                question for name in sorted(self.reachable(names)) for question in self.by_name[name].readings
            )
        )

    def expand(self, expression: pst.Expr, choice: Mapping[str, str]) -> pst.Expr:
        """The expression with every term replaced, under a choice of readings.

        Raises `ConditionError` for a term that does not exist, and for a whole that is too large.
        """
        self._size(expression, choice, {}, 0)
        return self._expand(expression, choice)

    def _expand(self, expression: pst.Expr, choice: Mapping[str, str]) -> pst.Expr:
        names = conditions.terms_in(expression)
        return conditions.expand(
            expression, {name: self._expand(self.by_name[name].under(choice), choice) for name in names}
        )

    def _size(
        self, expression: pst.Expr, choice: Mapping[str, str], known: dict[str, int], depth: int
    ) -> int:
        """Terms that use terms twice double at each step, so their size is counted before they are put in."""
        names = conditions.terms_in(expression)
        text = " ".join(f"${name}" for name in sorted(names))
        conditions.check_size(depth, text)
        for name in sorted(names):
            if name not in self.by_name:
                raise ConditionError(
                    "term-unknown",
                    f"no term `${name}`",
                    f"use one of: {', '.join(sorted(self.by_name)) or 'none yet'}; or add it under "
                    "`terms`, or load the document that has it",
                )
            if name not in known:
                known[name] = self._size(self.by_name[name].under(choice), choice, known, depth + 1)
        total = conditions.size(expression, known)
        conditions.check_size(total, text)
        return total


def terms(sections: Iterable[Value], questions: Mapping[str, ContestedQuestion]) -> Terms:
    """Read every `terms` section. A cycle is a problem, and its terms are left out."""
    found: dict[str, Term] = {}
    for section in sections:
        for name, body in section.entries().items():
            if name in found:
                body.problem("name-twice", f"the term `${name}` is defined twice", "rename one of them")
                continue
            term = _term(name, body, questions)
            if term is not None:
                found[name] = term
    sound = Terms(found)
    for name, term in list(found.items()):
        if name in sound.reachable(term.mentions()):
            term.where.problem("term-cycle", f"the term `${name}` is defined by itself", "break the circle")
            del found[name]
    return sound


def expression(value: Value) -> pst.Expr | None:
    """The syntax tree of a condition, or None with the problem recorded."""
    try:
        return conditions.parse(value.raw.strip())
    except ConditionError as error:
        value.problem(error.code, error.message, error.help)
        return None


def _term(name: str, body: Value, questions: Mapping[str, ContestedQuestion]) -> Term | None:
    if body.is_scalar:
        plain = expression(body)
        return None if plain is None else Term(name, plain, {}, body)
    fields = body.fields(("is", "readings"), required=("is",))
    plain = expression(fields["is"]) if "is" in fields else None
    readings: dict[str, dict[str, pst.Expr]] = {}
    if "readings" in fields:
        for question, option, value in options_of(fields["readings"], questions):
            under = expression(value)
            if under is not None:
                readings.setdefault(question, {})[option] = under
    return None if plain is None else Term(name, plain, readings, body)


def options_of(value: Value, questions: Mapping[str, ContestedQuestion]) -> Iterable[tuple[str, str, Value]]:
    """Each (question, option, value) of a `readings` mapping whose names exist."""
    for question, options in value.entries("question").items():
        if question not in questions:
            options.problem(
                "question-unknown",
                f"no contested question `{question}`",
                f"declare it under `readings` at the top; known: {', '.join(sorted(questions)) or 'none'}",
            )
            continue
        known = {option.key for option in questions[question].options}
        for key, body in options.entries("option").items():
            if key not in known:
                body.problem(
                    "option-unknown",
                    f"`{question}` has no option `{key}`",
                    f"use one of: {', '.join(sorted(known))}",
                )
                continue
            yield question, key, body


def contested_questions(sections: Iterable[Value]) -> Mapping[str, ContestedQuestion]:
    """Read every top-level `readings` section."""
    found: dict[str, ContestedQuestion] = {}
    for section in sections:
        for name, body in section.entries().items():
            if name in found:
                body.problem("name-twice", f"the question `{name}` is asked twice", "keep one of them")
                continue
            fields = body.fields(QUESTION, required=QUESTION)
            options = tuple(
                _option(key, value)
                for key, value in (fields["options"].entries("option").items() if "options" in fields else ())
            )
            if len(options) < 2:
                body.problem("options-too-few", f"`{name}` is not contested", "give at least two options")
            question = fields.text("question")
            found[name] = ContestedQuestion(id=name, question=question, options=options, span=body.span)
    return found


def _option(key: str, value: Value) -> Option:
    fields = value.fields(("by", "text", "source", "status"), required=("by", "text"))
    return Option(
        key=key,
        text=fields.text("text"),
        by=fields.texts("by"),
        source=fields.text("source"),
        status=fields.choice("status", OptionStatus, OptionStatus.ASSERTED),
    )
