"""From the norms that apply to an answer: under each choice of readings, and under all of them together.

A prohibition that applies forbids unless a live lift names it. Nothing else takes precedence: where a duty
or an entitlement meets a prohibition, both are named and the prohibition counts meanwhile.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from offramp.core.errors import OfframpError
from offramp.core.ids import InstrumentId
from offramp.core.verdicts import CitedNorm, Decision, Outcome, ReadingOutcome
from offramp.instruments.model import Effect, IfUnknown, Instruments
from offramp.instruments.slices import Applying, Candidate
from offramp.instruments.timeline import State

SEVERITY = (Outcome.PERMIT, Outcome.UNKNOWN, Outcome.HOLD, Outcome.FORBID)
MAX_COMBINATIONS = 1024


@dataclass(frozen=True, slots=True)
class _Finding:
    """One norm's part in an answer."""

    cited: CitedNorm
    outcome: Outcome | None
    missing: frozenset[str] = frozenset()
    is_beside: bool = False
    """It is worth reading and decides nothing."""


def combine(
    instruments: Instruments,
    candidates: tuple[Candidate, ...],
    applying: Applying,
    chosen: Mapping[str, str],
    settled: Mapping[str, tuple[str, InstrumentId]],
) -> Decision:
    """The answer under every reading that matters, leaving out what is chosen or settled."""
    possible = applying.possible
    live = [one for one in candidates if one.form.key in possible and one.standing.is_live]
    fixed = {question: option for question, (option, _) in settled.items()} | dict(chosen)
    outcomes: list[ReadingOutcome] = []
    missing: set[str] = set()
    beside: dict[tuple[str, str], CitedNorm] = {}
    for choice in _choices(instruments, _open_questions(live, applying, fixed)):
        under = [one for one in live if _agrees(one.form.choice, {**fixed, **choice})]
        findings = list(_findings(under, applying))
        outcome = max(
            (one.outcome for one in findings if one.outcome), key=SEVERITY.index, default=Outcome.PERMIT
        )
        missing.update(name for one in findings if one.outcome is Outcome.UNKNOWN for name in one.missing)
        for finding in findings:
            if finding.is_beside:
                beside.setdefault((finding.cited.id, finding.cited.note.partition(":")[0]), finding.cited)
        norms = sorted((one.cited for one in findings if not one.is_beside), key=_rank)
        shown = {**_shown(under, fixed), **choice}
        outcomes.append(ReadingOutcome(choice=shown, outcome=outcome, norms=tuple(norms)))
    together = {one.outcome for one in outcomes}
    stayed = _stayed(candidates, applying)
    for one in candidates:
        if one.form.key in possible and one.standing.state is State.NOT_SERVED:
            beside[one.norm.id, one.standing.note] = cite(one, one.standing.note)
    return Decision(
        outcome=together.pop() if len(together) == 1 else Outcome.CONTESTED,
        readings=tuple(outcomes),
        instruments=_rests_on(outcomes, stayed, candidates, settled),
        stayed=stayed,
        missing_facts=tuple(sorted(missing)),
        beside=tuple(beside[key] for key in sorted(beside)),
    )


def _open_questions(live: list[Candidate], applying: Applying, fixed: Mapping[str, str]) -> tuple[str, ...]:
    matters = [
        one for one in live if one.form.key in applying.sure or one.norm.if_unknown is not IfUnknown.PERMIT
    ]
    forbids = {
        name
        for one in matters
        if one.norm.effect is Effect.PROHIBIT
        for name in (one.norm.id, one.norm.instrument)
    }
    return tuple(
        dict.fromkeys(
            question
            for one in matters
            if not one.is_lift or forbids & set(one.norm.overrides)
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


def _agrees(choice: Mapping[str, str], chosen: Mapping[str, str]) -> bool:
    return all(chosen.get(question, option) == option for question, option in choice.items())


def _shown(under: list[Candidate], fixed: Mapping[str, str]) -> dict[str, str]:
    return {
        question: fixed[question] for one in under for question in one.norm.questions if question in fixed
    }


def _findings(under: list[Candidate], applying: Applying) -> Iterator[_Finding]:
    lifts = [one for one in under if one.is_lift]
    naming: dict[str, list[Candidate]] = {}
    for lift in lifts:
        for name in dict.fromkeys(lift.norm.overrides):
            naming.setdefault(name, []).append(lift)
    conflicting = [one for one in under if one.norm.effect is not Effect.PROHIBIT and not one.is_lift]
    used: set[str] = set()
    is_forbidden = False
    for one in under:
        if one.norm.effect is Effect.PROHIBIT:
            finding, lifted_by = _prohibition(one, _naming(one, naming), applying)
            is_forbidden |= finding.outcome in (Outcome.FORBID, Outcome.HOLD)
            used.update(lift.form.key for lift in lifted_by)
            yield finding
    for lift in lifts:
        if lift.form.key in used:
            lifts_it = "lifts" if _counts(lift, applying) else "may lift"
            yield _Finding(cite(lift, f"{lifts_it} {', '.join(lift.norm.overrides)}"), None)
    for other in conflicting:
        if other.form.key not in applying.sure:
            continue
        kind = "a duty" if other.norm.effect is Effect.OBLIGE else "an entitlement"
        note = f"{kind} in conflict with the prohibition, which counts meanwhile" if is_forbidden else kind
        yield _Finding(cite(other, note), None, is_beside=True)


def _naming(one: Candidate, lifts: Mapping[str, list[Candidate]]) -> list[Candidate]:
    """The lifts that name the norm or its instrument, each once."""
    found = [*lifts.get(one.norm.id, ()), *lifts.get(one.norm.instrument, ())]
    return list({lift.form.key: lift for lift in found}.values()) if len(found) > 1 else found


def _prohibition(
    one: Candidate, naming: list[Candidate], applying: Applying
) -> tuple[_Finding, list[Candidate]]:
    sure = [lift for lift in naming if _counts(lift, applying) is True]
    maybe = [lift for lift in naming if _counts(lift, applying) is None]
    if sure:
        by = ", ".join(lift.norm.id for lift in sure)
        return _Finding(cite(one, f"lifted by {by}"), None), sure
    applies = _counts(one, applying)
    missing = _missing(one, applying)
    if applies is False:
        note = f"taken not to apply: {_why(missing, applying)}"
        return _Finding(cite(one, note), None, is_beside=True), []
    if maybe:
        wanted = frozenset().union(*(_missing(lift, applying) for lift in maybe), missing)
        by = ", ".join(lift.norm.id for lift in maybe)
        note = f"may be lifted by {by}: {_why(wanted, applying)}"
        return _Finding(cite(one, note), Outcome.UNKNOWN, wanted), maybe
    if applies is None:
        return _Finding(cite(one, _why(missing, applying)), Outcome.UNKNOWN, missing), []
    assumed = "" if one.form.key in applying.sure else f"taken to apply: {_why(missing, applying)}"
    return _Finding(cite(one, assumed), one.form.outcome), []


def _counts(one: Candidate, applying: Applying) -> bool | None:
    """Whether a norm that possibly applies counts: yes, no, or open. An evaluation error stays open."""
    if one.form.key in applying.sure:
        return True
    condition = one.form.condition
    if one.form.key in applying.failed or (condition is not None and condition.facts & applying.misfits):
        return None
    match one.norm.if_unknown:
        case IfUnknown.HOLD:
            return None
        case IfUnknown.FORBID:
            return not one.is_lift
        case IfUnknown.PERMIT:
            return one.is_lift


def _missing(one: Candidate, applying: Applying) -> frozenset[str]:
    return one.form.condition.facts & applying.missing if one.form.condition else frozenset()


def _why(missing: frozenset[str], applying: Applying) -> str:
    misfits = sorted(missing & applying.misfits)
    if misfits:
        return f"fact unreadable: {', '.join(misfits)}"
    if missing:
        return f"fact missing: {', '.join(sorted(missing))}"
    return "its condition could not be evaluated"


def _stayed(candidates: tuple[Candidate, ...], applying: Applying) -> tuple[CitedNorm, ...]:
    cited: dict[str, CitedNorm] = {}
    stayed = [
        one for one in candidates if one.form.key in applying.possible and one.standing.state is State.STAYED
    ]
    if not stayed:
        return ()
    live = {one.norm.id for one in candidates if one.standing.is_live}
    for one in stayed:
        if not one.is_lift or not live.isdisjoint(one.norm.overrides):
            cited.setdefault(one.norm.id, cite(one, one.standing.note))
    return tuple(cited[name] for name in sorted(cited))


def cite(one: Candidate, note: str) -> CitedNorm:
    """A norm as it stands beside an answer, with its words and its source."""
    if not note:
        return one.cited
    plain = one.cited
    return CitedNorm(
        id=plain.id,
        instrument=plain.instrument,
        effect=plain.effect,
        quote=plain.quote,
        source=plain.source,
        note=note,
    )


def _rank(cited: CitedNorm) -> tuple[bool, str]:
    return bool(cited.note), cited.id


def _rests_on(
    outcomes: list[ReadingOutcome],
    stayed: tuple[CitedNorm, ...],
    candidates: tuple[Candidate, ...],
    settled: Mapping[str, tuple[str, InstrumentId]],
) -> tuple[InstrumentId, ...]:
    cited = {norm.instrument for one in outcomes for norm in one.norms} | {norm.instrument for norm in stayed}
    names = {norm.id for norm in stayed}
    staying = {by for one in candidates if one.norm.id in names for by in one.standing.by}
    asked = {question for one in outcomes for question in one.choice}
    ruling = {by for question, (_, by) in settled.items() if question in asked}
    return tuple(sorted(cited | staying | ruling))
