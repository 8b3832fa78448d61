"""Two wordings compared: what the new one newly allows, newly forbids and newly holds, region by region.

Both sides are asked the same question at the same point; where the outcomes differ, regions cover all of the
difference and nothing else. Where there is one, each reading is tried: under it the two may say the same.
Duties and entitlements that say something else are `instruments/owed.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from offramp.core.verdicts import Outcome
from offramp.instruments.formulas import NEVER, Formula, OneOf, atoms, every, one_of, some
from offramp.instruments.model import Instruments, Norm
from offramp.instruments.owed import owed_by_both
from offramp.instruments.results import UNDECIDED, Analysis, Result
from offramp.instruments.solver import Budget, Engine, Undecided
from offramp.instruments.worlds.pairs import meeting
from offramp.instruments.worlds.regions import Region, Search
from offramp.instruments.worlds.replay import answered, cited, confirmed, sources
from offramp.instruments.worlds.same import Common
from offramp.instruments.worlds.side import Side, Verdicts
from offramp.instruments.worlds.space import Profile, World
from offramp.instruments.worlds.words import brief, conditions, interval, witness

STRICT = (Outcome.UNKNOWN, Outcome.HOLD, Outcome.FORBID)
EXPECTED: Mapping[str, tuple[tuple[Outcome, ...], tuple[Outcome, ...]]] = {
    "newly allowed": (STRICT, (Outcome.PERMIT,)),
    "newly forbidden": ((Outcome.PERMIT, Outcome.UNKNOWN, Outcome.HOLD), (Outcome.FORBID,)),
    "newly held": ((Outcome.PERMIT, Outcome.UNKNOWN), (Outcome.HOLD,)),
    "held, no longer forbidden": ((Outcome.FORBID,), (Outcome.HOLD,)),
    "newly unknown": ((Outcome.PERMIT, Outcome.HOLD, Outcome.FORBID), (Outcome.UNKNOWN,)),
}
"""Each kind of change: what the old and the new wording answer where it happens."""
QUESTION = "what changes when the new wording replaces the old one?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordings:
    """The two sides, each with whatever is read with both."""

    old: Instruments
    new: Instruments


def diff(
    wordings: Wordings, *, profile: Profile, budget: Budget, asks_twice: bool = False, most: int = 200
) -> Analysis:
    """Everything the new wording changes, each kind of change covered by at most `most` regions."""
    pair = _Pair(wordings, profile)
    engine = Engine(pair.world.attributes, budget, asks_twice=asks_twice)
    results = [
        result
        for verdict, target in pair.changes.items()
        if target is not NEVER
        for result in _covered(pair, engine, verdict, target, most)
    ]
    results += [result for one in pair.owed for result in one.results(engine, pair.axioms)]
    if not results:
        says = "nothing is newly allowed, newly forbidden, newly held or newly owed"
        results = [Result(question=QUESTION, verdict="no difference", says=says)]
    elif any(one.is_found for one in results):
        results += _under_readings(pair, engine)
    return Analysis(
        name="diff",
        headline=_headline(results),
        results=tuple(results),
        norms=sources(
            (pair.old.instruments, pair.new.instruments), (name for one in results for name in one.norms)
        ),
        examined=f"{len(pair.changed)} prohibitions that differ and {len(pair.shared)} that both sides share",
        notes=tuple(_claims(pair)),
    )


class _Pair:
    """The formulas of both sides, over the norms that can make a difference."""

    def __init__(self, wordings: Wordings, profile: Profile) -> None:
        self.world = World((wordings.old, wordings.new), profile)
        words = self.world.vocabulary
        self.old = Side(self.world, replace(wordings.old, vocabulary=words))
        self.new = Side(self.world, replace(wordings.new, vocabulary=words))
        common = Common(self.old, self.new)
        before = [norm for norm in self.old.prohibitions if norm.id not in common.prohibitions]
        after = [norm for norm in self.new.prohibitions if norm.id not in common.prohibitions]
        self.changed = [*before, *after]
        alike = [norm for norm in self.old.prohibitions if norm.id in common.prohibitions]
        self.shared = list(meeting(self.old, alike, self.changed))
        both = self.old.verdicts(self.shared)
        one, two = _joint(self.old.verdicts(before), both), _joint(self.new.verdicts(after), both)
        self.changes = {
            verdict: every(
                some(*(one.outcome(outcome) for outcome in was)),
                some(*(two.outcome(outcome) for outcome in now)),
            )
            for verdict, (was, now) in EXPECTED.items()
        }
        self.owed = owed_by_both(self.old, self.new, common)
        self.axioms = self.world.axioms()
        self.questions = {**self.new.instruments.questions, **self.old.instruments.questions}
        self.facts = frozenset(
            name
            for side, norms in ((self.old, [*before, *self.shared]), (self.new, after))
            for norm in norms
            for each in (norm, *side.lifts_of(norm))
            for form in each.forms
            if form.condition is not None
            for name in form.condition.facts
        )


def _joint(one: Verdicts, other: Verdicts) -> Verdicts:
    return Verdicts(
        some(one.forbid, other.forbid), some(one.hold, other.hold), some(one.unknown, other.unknown)
    )


def _covered(pair: _Pair, engine: Engine, verdict: str, target: Formula, most: int) -> Iterator[Result]:
    search = Search(engine, target, pair.axioms)
    cover = search.cover(most=most)
    for region in cover.regions:
        yield _result(pair, verdict, region)
    if not cover.is_complete:
        says = f"there may be more that is {verdict}: the budget ran out"
        if cover.is_decided:
            says = f"there is more that is {verdict} than the {most} regions shown"
        yield Result(question=QUESTION, verdict=UNDECIDED, says=says, decided=False)


def _result(pair: _Pair, verdict: str, region: Region) -> Result:
    shown = witness(pair.world, region, pair.facts)
    was, now = EXPECTED[verdict]
    profile = pair.world.profile
    old = confirmed(answered(pair.old.instruments, shown, profile), was, shown)
    new = confirmed(answered(pair.new.instruments, shown, profile), now, shown)
    return Result(
        question=QUESTION,
        verdict=verdict,
        says=f"{verdict}: {new.outcome} instead of {old.outcome}{interval(region)}"
        + brief(pair.world, region),
        norms=tuple(dict.fromkeys((*cited(old), *cited(new)))),
        region=conditions(pair.world, region, pair.questions),
        area=region.allowed,
        witness=shown,
        shown={"old": old.outcome.value, "new": new.outcome.value},
        is_found=True,
    )


def _under_readings(pair: _Pair, engine: Engine) -> Iterator[Result]:
    """Readings under which the two wordings say the same."""
    if any(one.is_reworded for one in pair.owed):
        return
    anywhere = some(*pair.changes.values(), *(each for one in pair.owed for each in one.changes.values()))
    solver = engine.solver(pair.axioms, anywhere)
    named = dict.fromkeys(atom.attribute for atom in atoms(anywhere) if isinstance(atom, OneOf))
    for name in named:
        question = name.removeprefix("reading:")
        if question == name:
            continue
        for option in pair.world.options[question]:
            try:
                if solver.can(one_of(name, frozenset({option}))):
                    continue
            except Undecided as reason:
                says = f"whether the two differ under reading {question} = {option} is open: {reason}"
                yield Result(question=QUESTION, verdict=UNDECIDED, says=says, decided=False)
                continue
            yield Result(
                question=QUESTION,
                verdict="no difference",
                says=f"no difference under reading {question} = {option}",
                region=(f"under reading {question} = {option}",),
            )


def _headline(results: list[Result]) -> str:
    kinds = dict.fromkeys(one.verdict for one in results if one.is_found)
    if kinds:
        absent = [kind for kind in ("newly allowed", "newly forbidden") if kind not in kinds]
        is_open = any(not one.decided for one in results)
        nothing = f"; nothing is {' or '.join(absent)}" if absent and not is_open else ""
        return f"the two wordings differ: something is {', something is '.join(kinds)}{nothing}"
    if all(one.decided for one in results):
        return "the two wordings allow, forbid, hold and ask the same"
    return "undecided: the budget ran out before the two wordings were compared"


def _claims(pair: _Pair) -> Iterator[str]:
    """Duties and entitlements are not permissions: what is only on one side is named."""
    old, new = ({norm.id: norm for norm in side.claims} for side in (pair.old, pair.new))
    for where, one, other in (("only the old wording has", old, new), ("only the new wording has", new, old)):
        for name, norm in one.items():
            if name not in other:
                yield f"{where} the {_kind(norm)} `{name}`: {norm.citation}"


def _kind(norm: Norm) -> str:
    return "entitlement" if norm.strength else "duty"
