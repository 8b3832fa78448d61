"""From the norms that apply to an answer: under each choice of readings, and under all of them together.

A prohibition that applies forbids unless a live lift names it. Nothing else takes precedence: where a duty
or an entitlement meets a prohibition, both are named and the prohibition counts meanwhile.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from offramp.core.errors import OfframpError
from offramp.core.ids import InstrumentId
from offramp.core.verdicts import CitedNorm, Decision, Outcome, ReadingOutcome
from offramp.instruments.model import Instruments
from offramp.instruments.slices import Applying, Slice
from offramp.instruments.weighing import Weighing, cite

SEVERITY = (Outcome.PERMIT, Outcome.UNKNOWN, Outcome.HOLD, Outcome.FORBID)
MAX_COMBINATIONS = 1024


def combine(
    instruments: Instruments, piece: Slice, applying: Applying, chosen: Mapping[str, str]
) -> Decision:
    """The answer under every reading that matters, leaving out what is chosen or settled."""
    fixed = {question: option for question, (option, _) in piece.settled.items()} | dict(chosen)
    weighing = Weighing(piece, applying)
    outcomes = []
    for choice in _choices(instruments, _open_questions(piece, applying, fixed)):
        shown, answer = weighing.under({**fixed, **choice}, fixed)
        outcome = max(answer.outcomes, key=SEVERITY.index, default=Outcome.PERMIT)
        outcomes.append(ReadingOutcome(choice={**shown, **choice}, outcome=outcome, norms=answer.norms()))
    together = {one.outcome for one in outcomes}
    stayed = _stayed(piece, applying)
    beside = weighing.beside
    for one in piece.picked(applying.possible & piece.not_served):
        beside[one.norm.id, one.standing.note] = cite(one, one.standing.note)
    return Decision(
        outcome=together.pop() if len(together) == 1 else Outcome.CONTESTED,
        readings=tuple(outcomes),
        instruments=_rests_on(outcomes, stayed, piece),
        stayed=stayed,
        missing_facts=tuple(sorted(weighing.missing)),
        beside=tuple(beside[key] for key in sorted(beside)),
    )


def _open_questions(piece: Slice, applying: Applying, fixed: Mapping[str, str]) -> tuple[str, ...]:
    matters = applying.possible & (applying.sure | ~piece.permissive)
    asked = piece.picked(matters & piece.questioned)
    forbids: set[str] = set()
    if any(one.is_lift for one in asked):
        forbids = {
            name
            for one in piece.picked(matters & piece.prohibitions)
            for name in (one.norm.id, one.norm.instrument)
        }
    return tuple(
        dict.fromkeys(
            question
            for one in asked
            if not one.is_lift or not forbids.isdisjoint(one.norm.overrides)
            for question in one.norm.questions
            if question not in fixed
        )
    )


def _choices(instruments: Instruments, questions: tuple[str, ...]) -> Iterator[dict[str, str]]:
    options = [[option.key for option in instruments.questions[question].options] for question in questions]
    count = 1
    for one in options:
        count *= len(one)
    if count > MAX_COMBINATIONS:
        raise OfframpError(
            "readings-too-many",
            f"{count} combinations of readings matter to this question",
            help=f"settle some of them: {', '.join(f'--reading {question}=…' for question in questions)}",
        )
    for combination in product(*options):
        yield dict(zip(questions, combination, strict=True))


def _stayed(piece: Slice, applying: Applying) -> tuple[CitedNorm, ...]:
    cited: dict[str, CitedNorm] = {}
    stayed = piece.picked(applying.possible & piece.stayed)
    live = {one.norm.id for one in piece.picked(piece.live)} if stayed else set()
    for one in stayed:
        if not one.is_lift or not live.isdisjoint(one.norm.overrides):
            cited.setdefault(one.norm.id, cite(one, one.standing.note))
    return tuple(cited[name] for name in sorted(cited))


def _rests_on(
    outcomes: list[ReadingOutcome], stayed: tuple[CitedNorm, ...], piece: Slice
) -> tuple[InstrumentId, ...]:
    cited = {norm.instrument for one in outcomes for norm in one.norms} | {norm.instrument for norm in stayed}
    names = {norm.id for norm in stayed}
    staying = {by for one in piece.picked(piece.stayed) if one.norm.id in names for by in one.standing.by}
    asked = {question for one in outcomes for question in one.choice}
    ruling = {by for question, (_, by) in piece.settled.items() if question in asked}
    return tuple(sorted(cited | staying | ruling))
