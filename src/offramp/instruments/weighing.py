"""What each norm that applies comes to under one choice of readings: forbidden, lifted, open, or beside it.

What that makes of a question under all readings is `combine.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from offramp.core.verdicts import CitedNorm, Outcome
from offramp.instruments.model import Effect, IfUnknown
from offramp.instruments.slices import Applying, Candidate, Facts, Numbers, Slice, Why

REMEMBERED = 64
_BY_ID = attrgetter("id")


@dataclass(slots=True)
class Answer:
    """What the norms weighed so far come to."""

    outcomes: set[Outcome] = field(default_factory=set)
    cited: list[CitedNorm] = field(default_factory=list)
    """Where nothing need be noted."""
    noted: list[CitedNorm] = field(default_factory=list)
    used: int = 0
    """The lifts that lift, or may: one bit each, by number."""

    def copied(self) -> "Answer":
        """One to go on from, without touching this one."""
        return Answer({*self.outcomes}, [*self.cited], [*self.noted], self.used)

    def norms(self) -> tuple[CitedNorm, ...]:
        """All of them, those with a note last, each by its id."""
        return (*sorted(self.cited, key=_BY_ID), *sorted(self.noted, key=_BY_ID))


class Weighing:
    """Weighs the live norms under one choice of readings after another; what no reading touches, once."""

    def __init__(self, piece: Slice, applying: Applying) -> None:
        self.missing: set[str] = set()
        self.beside: dict[tuple[str, str], CitedNorm] = {}
        self._piece = piece
        self._applying = applying
        self._whys = piece.whys_of(applying)
        unsure = applying.possible & ~applying.sure & ~applying.failed
        self._open = 0 if applying.misfits else unsure & piece.leave_open
        """Those that are open for nothing but facts not given."""
        self._undisputed = Answer()
        self._disputed = []
        for one in piece.picked(applying.possible & piece.prohibitions):
            if one.is_disputed:
                self._disputed.append(one)
            else:
                self._prohibition(self._undisputed, one, one.lifts)

    def under(self, choice: Mapping[str, str], fixed: Mapping[str, str]) -> tuple[dict[str, str], Answer]:
        """The answer, and which of the fixed readings it hangs on."""
        answer, piece, applying = self._undisputed.copied(), self._piece, self._applying
        for one in self._disputed:
            if agrees(one, choice):
                lifts = sum(1 << lift.number for lift in piece.picked(one.lifts) if agrees(lift, choice))
                self._prohibition(answer, one, lifts)
        for lift in piece.picked(answer.used):
            lifts_it = "lifts" if counts(lift, applying) else "may lift"
            answer.noted.append(cite(lift, f"{lifts_it} {', '.join(lift.norm.overrides)}"))
        is_forbidden = not answer.outcomes.isdisjoint((Outcome.FORBID, Outcome.HOLD))
        for claim in piece.picked(applying.sure & piece.claims):
            if agrees(claim, choice):
                self._claim(claim, is_forbidden=is_forbidden)
        return {
            question: fixed[question]
            for one in piece.picked(applying.possible & piece.questioned if fixed else 0)
            if agrees(one, choice)
            for question in one.norm.questions
            if question in fixed
        }, answer

    def _prohibition(self, answer: Answer, one: Candidate, lifts: Numbers) -> None:
        applying = self._applying
        maybe: list[Candidate] = []
        lifts &= applying.possible
        if not lifts and self._open >> one.number & 1:
            missing, why = self._why(_reads(one))
            self._unknown(answer, one, why, missing)
            return
        if lifts:
            weighed = [(lift, counts(lift, applying)) for lift in self._piece.picked(lifts)]
            sure = [lift for lift, does_count in weighed if does_count]
            if sure:
                answer.used |= sum(1 << lift.number for lift in sure)
                answer.noted.append(cite(one, f"lifted by {', '.join(lift.norm.id for lift in sure)}"))
                return
            maybe = [lift for lift, does_count in weighed if does_count is None]
        applies = counts(one, applying)
        if applies is False:
            self._aside(one, f"taken not to apply: {self._why(_reads(one))[1]}")
        elif maybe:
            answer.used |= sum(1 << lift.number for lift in maybe)
            missing, why = self._why(_reads(one).union(*map(_reads, maybe)))
            by = ", ".join(lift.norm.id for lift in maybe)
            self._unknown(answer, one, f"may be lifted by {by}: {why}", missing)
        elif applies is None:
            missing, why = self._why(_reads(one))
            self._unknown(answer, one, why, missing)
        else:
            answer.outcomes.add(one.form.outcome)
            if applying.sure >> one.number & 1:
                answer.cited.append(one.cited)
            else:
                answer.noted.append(cite(one, f"taken to apply: {self._why(_reads(one))[1]}"))

    def _why(self, reads: Facts) -> Why:
        """Which of these facts cannot be used, and that in words."""
        found = self._whys.get(reads)
        if found is None:
            missing = reads & self._applying.missing
            misfits = missing & self._applying.misfits
            if misfits:
                why = f"fact unreadable: {', '.join(sorted(misfits))}"
            elif missing:
                why = f"fact missing: {', '.join(sorted(missing))}"
            else:
                why = "its condition could not be evaluated"
            found = self._whys[reads] = missing, why
        return found

    def _unknown(self, answer: Answer, one: Candidate, note: str, missing: frozenset[str]) -> None:
        answer.outcomes.add(Outcome.UNKNOWN)
        answer.noted.append(cite(one, note))
        self.missing |= missing

    def _claim(self, claim: Candidate, *, is_forbidden: bool) -> None:
        kind = "a duty" if claim.norm.effect is Effect.OBLIGE else "an entitlement"
        note = f"{kind} in conflict with the prohibition, which counts meanwhile" if is_forbidden else kind
        self._aside(claim, note)

    def _aside(self, one: Candidate, note: str) -> None:
        """Worth reading, and deciding nothing."""
        key = one.norm.id, note.partition(":")[0]
        if key not in self.beside:
            self.beside[key] = cite(one, note)


def agrees(one: Candidate, chosen: Mapping[str, str]) -> bool:
    """Whether the form is there under these readings; what is not chosen rules nothing out."""
    choice = one.form.choice
    return not choice or all(chosen.get(question, option) == option for question, option in choice.items())


def counts(one: Candidate, applying: Applying) -> bool | None:
    """Whether a norm that possibly applies counts: yes, no, or open. An evaluation error stays open."""
    if applying.sure >> one.number & 1:
        return True
    condition = one.form.condition
    if applying.failed >> one.number & 1 or (condition is not None and condition.facts & applying.misfits):
        return None
    match one.norm.if_unknown:
        case IfUnknown.HOLD:
            return None
        case IfUnknown.FORBID:
            return not one.is_lift
        case IfUnknown.PERMIT:
            return one.is_lift


def _reads(one: Candidate) -> Facts:
    return one.form.condition.facts if one.form.condition else frozenset()


def cite(one: Candidate, note: str) -> CitedNorm:
    """A norm as it stands beside an answer, with its words and its source."""
    if not note:
        return one.cited
    found = one.noted.get(note)
    if found is None:
        found = replace(one.cited, note=note)
        if len(one.noted) < REMEMBERED:
            one.noted[note] = found
    return found
