"""The prohibitions in force for one user, as guards read them. Pure: instruments in, clauses out."""

from collections.abc import Iterable, Iterator

from cedarpy import pst

from offramp.control.guards.interface import Clause, Verdict
from offramp.core.instants import Instant
from offramp.core.verdicts import Outcome
from offramp.instruments import Binding, Instruments, State, binds, norm
from offramp.instruments.model import Effect, FactType, IfUnknown
from offramp.instruments.vocabulary import upwards

ACTION = "use"
BUILT_IN = frozenset({"persons", "us_persons"})
OBSERVED = "observed"
_UNKNOWN = {IfUnknown.HOLD: Verdict.HOLD, IfUnknown.FORBID: Verdict.REFUSE, IfUnknown.PERMIT: Verdict.PASS}


def clauses_for(
    instruments: Instruments,
    *,
    user: tuple[str, ...],
    via: tuple[str, ...],
    vendor: str,
    at: Instant,
    notice: str,
) -> tuple[Clause, ...]:
    """Every prohibition of use in force at `at` for whoever asks, one a thing it says, sorted by norm."""
    bound = binds(
        instruments, user=user, via=via, vendor=vendor, at=at, notice=notice, shown=(State.IN_FORCE,)
    )
    actions = upwards((ACTION,), instruments.vocabulary.actions)
    return tuple(
        _clause(instruments, one)
        for one in bound
        if one.effect is Effect.PROHIBIT and (not one.actions or not actions.isdisjoint(one.actions))
    )


def _clause(instruments: Instruments, bound: Binding) -> Clause:
    found = norm(instruments, bound.norm)
    assert found is not None
    condition = bound.form.condition
    facts = condition.facts if condition else frozenset()
    numbers: dict[str, set[int]] = {}
    words: dict[str, dict[str, None]] = {}
    for name, value in _compared(condition.source) if condition else ():
        if isinstance(value, str):
            words.setdefault(name, {})[value] = None
        else:
            numbers.setdefault(name, set()).add(value)
    return Clause(
        norm=bound.norm,
        instrument=bound.instrument,
        says=bound.quote,
        source=bound.source,
        facts=facts,
        counts=facts & counting(instruments),
        asks=Verdict.HOLD if bound.form.outcome is Outcome.HOLD else Verdict.REFUSE,
        if_unknown=_UNKNOWN[found.if_unknown],
        numbers={name: tuple(sorted(each)) for name, each in numbers.items()},
        words={name: tuple(each) for name, each in words.items()},
    )


def thresholds(clauses: Iterable[Clause], fact: str) -> tuple[int, ...]:
    """Every number any of them compares the fact with, smallest first."""
    return tuple(sorted({number for one in clauses for number in one.numbers.get(fact, ())}))


def counting(instruments: Instruments) -> frozenset[str]:
    """The facts that count persons: the built-in ones, and observed numbers taken over a window."""
    return BUILT_IN | {
        name
        for name, fact in instruments.vocabulary.facts.items()
        if fact.type is FactType.INT and fact.window and fact.evidence == OBSERVED
    }


def _compared(expression: pst.Expr) -> Iterator[tuple[str, str | int]]:
    """Facts of a condition and the values it compares them with; of `> 9` the first that is reached, 10."""
    waiting: list[pst.Expr] = [expression]
    while waiting:
        match waiting.pop():
            case pst.BinaryOp("contains", pst.Set(elements), pst.GetAttr(pst.Var("context"), name)):
                for element in elements:
                    yield from _literal(name, element)
            case pst.BinaryOp("greater", pst.GetAttr(pst.Var("context"), name), pst.LongLit(number)):
                yield name, number + 1
            case pst.BinaryOp("less", pst.LongLit(number), pst.GetAttr(pst.Var("context"), name)):
                yield name, number + 1
            case pst.BinaryOp(_, pst.GetAttr(pst.Var("context"), name), right) if _is_literal(right):
                yield from _literal(name, right)
            case pst.BinaryOp(_, left, pst.GetAttr(pst.Var("context"), name)) if _is_literal(left):
                yield from _literal(name, left)
            case pst.BinaryOp(_, left, right):
                waiting += [left, right]
            case pst.UnaryOp(_, arg):
                waiting.append(arg)
            case _:
                pass


def _is_literal(node: pst.Expr) -> bool:
    return isinstance(node, pst.StringLit | pst.LongLit)


def _literal(name: str, node: pst.Expr) -> Iterator[tuple[str, str | int]]:
    match node:
        case pst.StringLit(text):
            yield name, text
        case pst.LongLit(number):
            yield name, number
        case _:
            pass
