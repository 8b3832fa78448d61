"""The conditions of a slice as one Python function, compiled from the same syntax tree Cedar evaluates.

For asking again about millions of logged requests. The request path asks Cedar (`enforcer.py`); random
requests check that the two agree, in answers and in reasons, whatever is missing or misread.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cedarpy import pst

from offramp.core.verdicts import Decision, FactValue
from offramp.instruments.combine import combine
from offramp.instruments.model import LARGEST, Fact, FactType, Instruments, Question, is_text
from offramp.instruments.slices import Applying, Slice
from offramp.instruments.vocabulary import party_closure, upwards

DEEPEST = 30
"""An expression nested deeper is put into a variable of its own: Python's parser has a limit."""
REMEMBERED = 65536
OPERATORS = {
    "eq": "==",
    "not_eq": "!=",
    "less": "<",
    "less_eq": "<=",
    "greater": ">",
    "greater_eq": ">=",
}

Bits = tuple[int, int, int, int]
"""Forms that surely apply, and that may; facts missing, and misfit: one bit each."""


class Closure:
    """One slice, compiled; asked with facts."""

    __slots__ = ("_answers", "_evaluate", "_facts", "_instruments", "_slice")

    def __init__(self, instruments: Instruments, piece: Slice, question: Question) -> None:
        self._instruments = instruments
        self._slice = piece
        self._facts = tuple(sorted(piece.facts))
        self._evaluate = _compiled(instruments, piece, question, self._facts)
        self._answers: dict[Bits, Decision] = {}

    def decide(self, facts: Mapping[str, FactValue]) -> Decision:
        """The answer to the question with these facts, every reading that matters looked at."""
        bits = self._evaluate(facts)
        decision = self._answers.get(bits)
        if decision is None:
            piece = self._slice
            decision = combine(self._instruments, piece, self._applying(bits), {})
            if len(self._answers) < REMEMBERED:
                self._answers[bits] = decision
        return decision

    def apply(self, facts: Mapping[str, FactValue]) -> Applying:
        """Which forms apply, as `Slice.apply` says it."""
        return self._applying(self._evaluate(facts))

    def _applying(self, bits: Bits) -> Applying:
        sure, possible, missing, misfits = bits
        return Applying(
            sure=sure,
            possible=possible,
            failed=0,
            missing=_picked(self._facts, missing),
            misfits=_picked(self._facts, misfits),
        )


def _picked(names: tuple[str, ...], bits: int) -> frozenset[str]:
    return frozenset(name for number, name in enumerate(names) if bits >> number & 1)


def _compiled(
    instruments: Instruments, piece: Slice, question: Question, facts: tuple[str, ...]
) -> Callable[[Mapping[str, FactValue]], Bits]:
    writer = _Writer(instruments, question, {name: number for number, name in enumerate(facts)})
    writer.function(piece)
    scope: dict[str, Any] = {"is_text": is_text}
    # The text holds numbered variables and literals as Python writes them; nothing a document says is parsed.
    exec(compile("\n".join(writer.lines), "<closure>", "exec"), scope)  # noqa: S102
    made: Callable[[Mapping[str, FactValue]], Bits] = scope["evaluate"]
    return made


@dataclass(slots=True)
class _Writer:
    """Writes the function, line by line."""

    instruments: Instruments
    question: Question
    numbers: Mapping[str, int]
    lines: list[str] = field(default_factory=list)
    indent: str = "    "
    is_total: bool = False
    """Every fact is there: presence is not asked for."""
    variables: int = 0

    def function(self, piece: Slice) -> None:
        """The whole function: read the facts; then either nothing is missing, or everything is weighed."""
        self.lines.append("def evaluate(facts):")
        self.put("get = facts.get")
        self.put("missing = misfits = 0")
        for name, number in self.numbers.items():
            self.read(self.instruments.vocabulary.facts[name], number)
        self.put("if not missing:")
        self.is_total, self.indent = True, " " * 8
        self.masks(piece, "sure", lambda condition: condition.source)
        self.put("return sure, sure, 0, 0")
        self.is_total, self.indent = False, "    "
        self.masks(piece, "sure", lambda condition: condition.sure)
        self.masks(piece, "possible", lambda condition: condition.possible)
        for number, one in enumerate(piece.candidates):
            asked = one.form.condition.presence if one.form.condition else frozenset()
            bits = sum(1 << self.numbers[name] for name in asked)
            if bits:
                self.put(f"if misfits & {bits}:")
                self.put(f"    sure &= ~{1 << number}")
                self.put(f"    possible |= {1 << number}")
        self.put("return sure, sure | possible, missing, misfits")

    def masks(self, piece: Slice, name: str, pick: Callable[[Any], pst.Expr]) -> None:
        """One bit for each form whose condition holds."""
        always = sum(1 << number for number, one in enumerate(piece.candidates) if not one.form.condition)
        self.put(f"{name} = {always}")
        for number, one in enumerate(piece.candidates):
            if one.form.condition is not None:
                text, _ = self.expression(pick(one.form.condition))
                self.put(f"if {text}:")
                self.put(f"    {name} |= {1 << number}")

    def read(self, fact: Fact, number: int) -> None:
        """Read one fact: `v` its value, `h` whether it can be used."""
        value, bit = f"v{number}", 1 << number
        self.put(f"{value} = get({fact.name!r})")
        self.put(f"h{number} = True")
        unknown = f" or {value} == 'unknown'" if fact.is_unknown("unknown") else ""
        self.put(f"if {value} is None{unknown}:")
        self.put(f"    h{number} = False; missing |= {bit}")
        self.put(f"elif not ({self.fits(fact, value)}):")
        self.put(f"    h{number} = False; missing |= {bit}; misfits |= {bit}")

    def fits(self, fact: Fact, value: str) -> str:
        """`Fact.fits` as an expression."""
        match fact.type:
            case FactType.BOOL:
                return f"{value} is True or {value} is False"
            case FactType.INT:
                parts = [f"isinstance({value}, int) and {value} is not True and {value} is not False"]
                parts += [f"{-LARGEST} <= {value} < {LARGEST}"]
                parts += [f"{value} >= {fact.minimum}"] if fact.minimum is not None else []
                parts += [f"{value} <= {fact.maximum}"] if fact.maximum is not None else []
                return " and ".join(parts)
            case FactType.ENUM:
                return f"isinstance({value}, str) and {value} in {self.literals(fact.values)}"
            case FactType.TEXT:
                return f"isinstance({value}, str) and is_text({value})"

    def expression(self, node: pst.Expr) -> tuple[str, int]:
        """The node as Python, and how deep it is nested."""
        text, depth = self._expression(node)
        if depth < DEEPEST:
            return text, depth
        self.variables += 1
        self.put(f"t{self.variables} = {text}")
        return f"t{self.variables}", 0

    def _expression(self, node: pst.Expr) -> tuple[str, int]:
        match node:
            case pst.BinaryOp(("and" | "or") as op, left, right):
                one, first = self.expression(left)
                two, second = self.expression(right)
                return f"({one} {op} {two})", max(first, second) + 1
            case pst.UnaryOp("not", arg):
                text, depth = self.expression(arg)
                return f"(not {text})", depth + 1
            case pst.HasAttr(_, (name,)):
                return "True" if self.is_total else f"h{self.numbers[name]}", 0
            case pst.BinaryOp("in", pst.Var(variable), pst.EntityLit(uid)):
                return str(self._is_under(variable, str(uid.id))), 0
            case pst.BinaryOp("contains", pst.GetAttr(_, "via"), pst.StringLit(kind)):
                return str(kind in party_closure(self.question.via, self.instruments.vocabulary)), 0
            case pst.BinaryOp("contains", pst.Set(elements), fact):
                values = tuple(one.value for one in elements if hasattr(one, "value"))
                return f"({self._operand(fact)} in {self.literals(values)})", 0
            case pst.BinaryOp(op, left, right):
                return f"({self._operand(left)} {OPERATORS[op]} {self._operand(right)})", 0
        return self._operand(node), 0

    def _operand(self, node: pst.Expr) -> str:
        match node:
            case pst.GetAttr(_, name):
                return f"v{self.numbers[name]}"
            case pst.BoolLit(value) | pst.LongLit(value) | pst.StringLit(value):
                return repr(value)
        raise ValueError(f"{type(node).__name__} is outside the language of conditions")

    def _is_under(self, variable: str, name: str) -> bool:
        words, question = self.instruments.vocabulary, self.question
        match variable:
            case "principal":
                return name in party_closure(question.user, words)
            case "resource":
                return name in upwards((question.vendor,), words.vendors)
            case _:
                return name in upwards((question.action,), words.actions)

    @staticmethod
    def literals(values: tuple[Any, ...]) -> str:
        """Values as a set Python builds once."""
        return "{" + ", ".join(map(repr, dict.fromkeys(values))) + "}" if values else "()"

    def put(self, line: str) -> None:
        """One more line, at the present indent."""
        self.lines.append(self.indent + line)
