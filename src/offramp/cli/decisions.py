"""Answering and enforcing one question for the command line. Recording it is `recording.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from offramp.cli.asking import Texts
from offramp.core.errors import Exit
from offramp.core.instants import Instant
from offramp.core.verdicts import Decision, Outcome
from offramp.instruments import Question, decide, enforce
from offramp.report.documents.decision import choice_words


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, and what the stance makes of it."""

    decision: Decision
    notice: str
    stance: str
    enforced: Outcome | None


def answer(
    texts: Texts,
    question: Question,
    *,
    at: Instant,
    known: Instant | None,
    readings: Mapping[str, str],
    stance: tuple[str, ...],
) -> Answer:
    """Decide under the notice and the stance asked for, or under the workspace's.

    Without either there is nothing to enforce: any default would take a side.
    """
    chosen = texts.workspace.stance if texts.workspace else None
    notice = "served" if "served" in stance else "announced"
    if not {"served", "announced"} & set(stance) and chosen is not None:
        notice = chosen.notice.value
    decision = decide(texts.instruments, question, at=at, known=known, readings=readings, notice=notice)
    if "strictest" in stance:
        return Answer(decision, notice, "strictest", enforce(decision, is_strictest=True, readings={}))
    if chosen is None:
        return Answer(decision, notice, "", None)
    words = f"{_stance_words(chosen.is_strictest, chosen.readings)}, chosen by {chosen.by}"
    enforced = enforce(decision, is_strictest=chosen.is_strictest, readings=chosen.readings)
    return Answer(decision, notice, words, enforced)


def exit_of(outcome: Outcome) -> Exit:
    """0 permit, 1 forbid, 4 everything that is not settled."""
    match outcome:
        case Outcome.PERMIT:
            return Exit.OK
        case Outcome.FORBID:
            return Exit.FOUND
        case Outcome.HOLD | Outcome.CONTESTED | Outcome.UNKNOWN:
            return Exit.UNDECIDED
    assert_never(outcome)


def _stance_words(is_strictest: bool, readings: Mapping[str, str]) -> str:
    parts = [choice_words(readings)] if readings else []
    return ", ".join([*parts, *(["strictest"] if is_strictest else [])]) or "no reading followed"
