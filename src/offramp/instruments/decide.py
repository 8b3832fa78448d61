"""One question, one answer: `decide`; what a stance makes of it: `enforce`. Fast path: `enforcer.py`."""

from collections.abc import Iterable, Mapping

from offramp.core.errors import OfframpError, raise_all
from offramp.core.instants import Instant
from offramp.core.verdicts import Decision, FactValue, Outcome
from offramp.instruments.combine import SEVERITY, combine
from offramp.instruments.model import Fact, FactType, Instruments, Question
from offramp.instruments.slices import cut
from offramp.instruments.timeline import Moment


def decide(
    instruments: Instruments,
    question: Question,
    *,
    at: Instant,
    known: Instant | None = None,
    readings: Mapping[str, str] | None = None,
    notice: str = "announced",
) -> Decision:
    """The answer at `at`, as known at `known`, under every reading that matters and is not in `readings`.

    A fact that is missing, or has a value it cannot have, never makes a permission: what hangs on it is
    unknown, and the answer names it. Raises for a reading that is no question or no option of one.
    """
    raise_all(_unknown_readings(instruments, readings or {}))
    moment = Moment(at, known, notice == "served")
    piece = cut(instruments, question, moment)
    return combine(instruments, piece, piece.apply(question.facts), readings or {})


def enforce(decision: Decision, *, is_strictest: bool, readings: Mapping[str, str]) -> Outcome:
    """What a stance makes of an answer.

    Readings the stance follows are picked first; if what remains agrees, that is the outcome. Otherwise the
    strictest remaining outcome under a strictest stance, or still `contested`.
    """
    followed = [
        one
        for one in decision.readings
        if all(one.choice.get(question, option) == option for question, option in readings.items())
    ]
    outcomes = {one.outcome for one in followed or decision.readings}
    if len(outcomes) == 1:
        return outcomes.pop()
    return max(outcomes, key=SEVERITY.index) if is_strictest else Outcome.CONTESTED


def checked(instruments: Instruments, question: Question) -> Question:
    """The question with its facts typed as the vocabulary says.

    Text such as `true` or `250` becomes what the fact is. Raises every unknown party, action and fact, and
    every value a fact cannot have. A vendor no instrument names is not an error: nothing binds it.
    """
    words = instruments.vocabulary
    problems: list[OfframpError] = []
    parties = {*words.party_kinds, *words.parties}
    for name in (*question.user, *question.via):
        if name not in parties:
            problems.append(_unknown("party", name, parties))
    if question.action not in words.actions:
        problems.append(_unknown("action", question.action, words.actions))
    facts: dict[str, FactValue] = {}
    for name, value in question.facts.items():
        fact = words.facts.get(name)
        if fact is None:
            problems.append(_unknown("fact", name, words.facts))
            continue
        typed = _typed(fact, value)
        if fact.fits(typed) or fact.is_unknown(typed):
            facts[name] = typed
        else:
            problems.append(
                OfframpError(
                    "fact-value-unknown", f"`{name}` cannot be `{value}`", help=f"it is {_expected(fact)}"
                )
            )
    raise_all(problems)
    return Question(
        user=question.user, via=question.via, vendor=question.vendor, action=question.action, facts=facts
    )


def _unknown_readings(instruments: Instruments, readings: Mapping[str, str]) -> list[OfframpError]:
    problems = []
    for name, option in readings.items():
        question = instruments.questions.get(name)
        if question is None:
            problems.append(_unknown("question", name, instruments.questions))
        elif option not in {one.key for one in question.options}:
            problems.append(_unknown("option", option, (one.key for one in question.options)))
    return problems


def _typed(fact: Fact, value: FactValue) -> FactValue:
    if not isinstance(value, str):
        return value
    if fact.type is FactType.BOOL and value.lower() in ("true", "yes", "false", "no"):
        return value.lower() in ("true", "yes")
    if fact.type is FactType.INT and value.lstrip("-").isdecimal():
        return int(value)
    return value


def _expected(fact: Fact) -> str:
    match fact.type:
        case FactType.BOOL:
            return "true or false"
        case FactType.INT:
            bounds = [f"at least {fact.minimum}" if fact.minimum is not None else ""]
            bounds += [f"at most {fact.maximum}" if fact.maximum is not None else ""]
            return " ".join(["a whole number", *(one for one in bounds if one)])
        case FactType.ENUM:
            return f"one of: {', '.join(fact.values)}"
        case FactType.TEXT:
            return "text"


def _unknown(what: str, name: str, known: Iterable[str]) -> OfframpError:
    return OfframpError(
        f"{what}-unknown", f"no {what} `{name}`", help=f"use one of: {', '.join(sorted(known))}"
    )
