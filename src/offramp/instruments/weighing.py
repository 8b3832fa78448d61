"""What each norm that applies comes to under one choice of readings: forbidden, lifted, open, or beside it.

What that makes of a question under all readings is `combine.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from offramp.core.verdicts import CitedNorm, Outcome
from offramp.instruments.model import Effect
from offramp.instruments.slices import Applying, Candidate, Facts, Numbers, Slice, reads

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
        self._said = piece.said(applying)
        unsure = applying.possible & ~applying.sure
        misread = 0
        for name in applying.misfits:
            misread |= piece.readers[name]
        self._open = unsure & (applying.failed | misread | piece.leave_open)
        """Neither counted as applying nor as not. What could not be evaluated or read always is."""
        self._counted = applying.sure | unsure & ~self._open & piece.taken
        self._undisputed = Answer()
        self._prohibitions = applying.possible & piece.prohibitions
        self._weigh(self._undisputed, self._prohibitions & ~piece.disputed, applying.possible)

    def under(self, choice: Mapping[str, str], fixed: Mapping[str, str]) -> tuple[dict[str, str], Answer]:
        """The answer, and which of the fixed readings it hangs on."""
        answer, piece, applying = self._undisputed.copied(), self._piece, self._applying
        there = applying.possible & piece.there(choice)
        self._weigh(answer, self._prohibitions & piece.disputed & there, there)
        for lift in piece.picked(answer.used):
            lifts_it = "lifts" if self._counted >> lift.number & 1 else "may lift"
            answer.noted.append(cite(lift, f"{lifts_it} {', '.join(lift.norm.overrides)}"))
        is_forbidden = not answer.outcomes.isdisjoint((Outcome.FORBID, Outcome.HOLD))
        for claim in piece.picked(applying.sure & piece.claims & there):
            self._claim(claim, is_forbidden=is_forbidden)
        return {
            question: fixed[question]
            for one in piece.picked(there & piece.questioned if fixed else 0)
            for question in one.norm.questions
            if question in fixed
        }, answer

    def _weigh(self, answer: Answer, prohibitions: Numbers, there: Numbers) -> None:
        """Add what these prohibitions come to, with the lifts that are there."""
        piece, sure = self._piece, self._applying.sure
        plain = prohibitions
        if there & piece.lifts:
            for one in piece.picked(prohibitions & piece.liftable):
                if one.lifts & there:
                    plain ^= 1 << one.number
                    self._under_lifts(answer, one, piece.picked(one.lifts & there))
        counted, opened = plain & self._counted, plain & self._open
        if counted:
            if counted & piece.holding:
                answer.outcomes.add(Outcome.HOLD)
            if counted & ~piece.holding:
                answer.outcomes.add(Outcome.FORBID)
            answer.cited += [one.cited for one in piece.picked(counted & sure)]
            answer.noted += [self._taken(one) for one in piece.picked(counted & ~sure)]
        if opened:
            answer.outcomes.add(Outcome.UNKNOWN)
            said = self._said.open
            answer.noted += [
                said.get(one.number) or said.setdefault(one.number, cite(one, self._why(reads(one))))
                for one in piece.picked(opened)
            ]
            self.missing.update(name for name in self._applying.missing if piece.readers[name] & opened)
        for one in piece.picked(plain & ~counted & ~opened):
            self._aside(one, f"taken not to apply: {self._why(reads(one))}")

    def _under_lifts(self, answer: Answer, one: Candidate, lifts: list[Candidate]) -> None:
        """A prohibition that these lifts, which possibly apply, name."""
        sure = [lift for lift in lifts if self._counted >> lift.number & 1]
        maybe = [lift for lift in lifts if self._open >> lift.number & 1]
        if sure:
            answer.used |= sum(1 << lift.number for lift in sure)
            answer.noted.append(cite(one, f"lifted by {', '.join(lift.norm.id for lift in sure)}"))
        elif not (self._counted | self._open) >> one.number & 1:
            self._aside(one, f"taken not to apply: {self._why(reads(one))}")
        elif maybe:
            answer.used |= sum(1 << lift.number for lift in maybe)
            facts = reads(one).union(*map(reads, maybe))
            by = ", ".join(lift.norm.id for lift in maybe)
            self._unknown(answer, one, f"may be lifted by {by}: {self._why(facts)}", facts)
        elif self._open >> one.number & 1:
            self._unknown(answer, one, self._why(reads(one)), reads(one))
        else:
            answer.outcomes.add(one.form.outcome)
            if self._applying.sure >> one.number & 1:
                answer.cited.append(one.cited)
            else:
                answer.noted.append(self._taken(one))

    def _taken(self, one: Candidate) -> CitedNorm:
        return cite(one, f"taken to apply: {self._why(reads(one))}")

    def _why(self, facts: Facts) -> str:
        """In words: which of these facts cannot be used."""
        why = self._said.whys.get(facts)
        if why is None:
            missing = facts & self._applying.missing
            misfits = missing & self._applying.misfits
            if misfits:
                why = f"fact unreadable: {', '.join(sorted(misfits))}"
            elif missing:
                why = f"fact missing: {', '.join(sorted(missing))}"
            else:
                why = "its condition could not be evaluated"
            self._said.whys[facts] = why
        return why

    def _unknown(self, answer: Answer, one: Candidate, note: str, facts: Facts) -> None:
        answer.outcomes.add(Outcome.UNKNOWN)
        answer.noted.append(cite(one, note))
        self.missing |= facts & self._applying.missing

    def _claim(self, claim: Candidate, *, is_forbidden: bool) -> None:
        kind = "a duty" if claim.norm.effect is Effect.OBLIGE else "an entitlement"
        note = f"{kind} in conflict with the prohibition, which counts meanwhile" if is_forbidden else kind
        self._aside(claim, note)

    def _aside(self, one: Candidate, note: str) -> None:
        """Worth reading, and deciding nothing."""
        key = one.norm.id, note.partition(":")[0]
        if key not in self.beside:
            self.beside[key] = cite(one, note)


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
