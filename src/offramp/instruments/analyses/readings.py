"""Which dispute matters: for each open question, is there anything a party may do under one answer only?

Two options differ where a request gets one outcome under the first and another under the second, all other
readings alike, or where a duty or an entitlement applies under one of them only.
"""

from collections.abc import Callable, Iterator
from itertools import combinations

from offramp.core.verdicts import Outcome
from offramp.instruments.formulas import (
    NEVER,
    Atom,
    Formula,
    OneOf,
    constant,
    every,
    negation,
    replaced,
    some,
)
from offramp.instruments.model import ContestedQuestion, Instruments, Norm
from offramp.instruments.results import UNDECIDED, Analysis, Result
from offramp.instruments.solver import Budget, Engine, Undecided
from offramp.instruments.worlds.pairs import meeting
from offramp.instruments.worlds.regions import Region, Search
from offramp.instruments.worlds.replay import answered, cited, disagreement, sources
from offramp.instruments.worlds.side import Side, Verdicts
from offramp.instruments.worlds.space import Profile, World
from offramp.instruments.worlds.words import brief, conditions, interval, witness

OUTCOMES = (Outcome.FORBID, Outcome.HOLD, Outcome.UNKNOWN)


def readings(
    instruments: Instruments,
    *,
    profile: Profile,
    budget: Budget,
    asks_twice: bool = False,
    most: int = 3,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Analysis:
    """For each question not fixed beforehand, whether it matters, with regions and an example of each."""
    world = World((instruments,), profile)
    side = Side(world, instruments)
    asked = [one for name, one in sorted(instruments.questions.items()) if name not in profile.readings]
    disputes = [_Dispute(side, one) for one in asked]
    engine = Engine(world.attributes, budget, asks_twice=asks_twice)
    results: list[Result] = []
    for number, dispute in enumerate(disputes, 1):
        on_progress(number)
        results += dispute.results(engine, most)
    matter = {one.question for one in results if one.is_found}
    count = f"{len(matter)} of {len(asked)} open {'question' if len(asked) == 1 else 'questions'}"
    is_open = any(not one.decided for one in results)
    return Analysis(
        name="readings",
        headline=f"{count} {'matters' if len(matter) == 1 else 'matter'}"
        + ("; others are undecided" if is_open else ""),
        results=tuple(results),
        norms=sources((instruments,), (name for one in results for name in one.norms)),
        notes=tuple(
            f"{one.question.id} matters in more regions than the {most} shown for each two options"
            for one in disputes
            if one.is_more
        ),
        examined=f"{len(asked)} questions that {len(instruments.norms)} norms hang on",
    )


class _Dispute:
    """One question, and the norms that can answer differently under its options."""

    def __init__(self, side: Side, question: ContestedQuestion) -> None:
        self.side = side
        self.question = question
        own = [
            norm
            for norm in side.prohibitions
            if any(question.id in one.questions for one in (norm, *side.lifts_of(norm)))
        ]
        self.norms = list(meeting(side, side.prohibitions, own))
        self.claims = [norm for norm in side.claims if question.id in norm.questions]
        self.verdicts = side.verdicts(self.norms)
        self.is_more = False
        self.applies = {norm.id: side.applies(norm) for norm in self.claims}

    def results(self, engine: Engine, most: int) -> Iterator[Result]:
        """Each region in which two options differ, or that none do, or that it is open."""
        found = False
        keys = [option.key for option in self.question.options]
        for one, other in combinations(keys, 2):
            pair = f"{self.question.id} = {one} and = {other}"
            target = self._differ(one, other)
            if target is not NEVER:
                cover = Search(engine, target, self.side.world.axioms()).cover(most=most)
                for region in cover.regions:
                    found = True
                    yield self._matters(region, one, other)
                if not cover.is_decided:
                    found = True
                    yield self._open(f"{pair} may differ elsewhere too: the budget ran out")
                elif not cover.is_complete:
                    self.is_more = True
            for claim in self.claims:
                try:
                    result = self._claim(engine, claim, one, other)
                except Undecided as reason:
                    found = True
                    yield self._open(f"whether {pair} differ about `{claim.id}` is open: {reason}")
                    continue
                if result is not None:
                    found = True
                    yield result
        if not found:
            yield Result(
                question=self.question.question,
                verdict="no difference",
                says=f"{self.question.id} makes no difference here",
            )

    def _differ(self, one: str, other: str) -> Formula:
        first, second = self._under(one), self._under(other)
        return some(*(_apart(first.outcome(each), second.outcome(each)) for each in OUTCOMES))

    def _under(self, option: str) -> Verdicts:
        verdicts = self.verdicts
        return Verdicts(
            self._read(verdicts.forbid, option),
            self._read(verdicts.hold, option),
            self._read(verdicts.unknown, option),
        )

    def _read(self, formula: Formula, option: str) -> Formula:
        name = f"reading:{self.question.id}"

        def settle(atom: Atom) -> Formula:
            if isinstance(atom, OneOf) and atom.attribute == name:
                return constant(option in atom.values)
            return atom

        return replaced(formula, settle)

    def _matters(self, region: Region, one: str, other: str) -> Result:
        side, name = self.side, self.question.id
        shown = witness(side.world, region, self._facts())
        answers = {
            option: answered(side.instruments, shown, side.world.profile, {name: option})
            for option in (one, other)
        }
        if len({decision.outcome for decision in answers.values()}) == 1:
            raise disagreement(shown)
        outcomes = " and ".join(f"{decision.outcome} under {option}" for option, decision in answers.items())
        return Result(
            question=self.question.question,
            verdict="matters",
            says=f"{name} matters{interval(region)}: {outcomes}{brief(side.world, region)}",
            norms=tuple(dict.fromkeys(norm for decision in answers.values() for norm in cited(decision))),
            region=conditions(side.world, region, side.instruments.questions),
            area=region.allowed,
            witness=shown,
            shown={f"{name}={option}": decision.outcome.value for option, decision in answers.items()},
            is_found=True,
        )

    def _claim(self, engine: Engine, claim: Norm, one: str, other: str) -> Result | None:
        formula = self.applies[claim.id]
        target = _apart(self._read(formula, one), self._read(formula, other))
        if target is NEVER:
            return None
        search = Search(engine, target, self.side.world.axioms())
        point = search.point()
        if point is None:
            return None
        region = search.region(point)
        side, name = self.side, self.question.id
        shown = witness(side.world, region, self._facts())
        applies = [
            {norm.id for norm in answered(side.instruments, shown, side.world.profile, {name: option}).beside}
            for option in (one, other)
        ]
        if (claim.id in applies[0]) is (claim.id in applies[1]):
            raise disagreement(shown)
        kind = "entitlement" if claim.strength else "duty"
        return Result(
            question=self.question.question,
            verdict="matters",
            says=f"{name} matters{interval(region)}: the {kind} `{claim.id}` applies under one "
            f"of {one} and {other} only",
            norms=(claim.id,),
            region=conditions(side.world, region, side.instruments.questions),
            area=region.allowed,
            witness=shown,
            is_found=True,
        )

    def _open(self, says: str) -> Result:
        return Result(question=self.question.question, verdict=UNDECIDED, says=says, decided=False)

    def _facts(self) -> frozenset[str]:
        norms = [one for norm in (*self.norms, *self.claims) for one in (norm, *self.side.lifts_of(norm))]
        conditions_of = [form.condition for norm in norms for form in norm.forms if form.condition]
        return frozenset(name for condition in conditions_of for name in condition.facts)


def _apart(one: Formula, other: Formula) -> Formula:
    if one is other:
        return NEVER
    return some(every(one, negation(other)), every(other, negation(one)))
