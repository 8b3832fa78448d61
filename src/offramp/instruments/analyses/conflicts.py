"""Conflicts: a duty or an entitlement meets a prohibition for somebody in the chain, and nothing lifts it.

The chain is the user, whatever it is reached through, and the vendor, who serves while the user uses. A
permission that lifts is no claim and can conflict with nothing; a hold asks a person and forbids nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from offramp.core.verdicts import Outcome
from offramp.instruments.formulas import NEVER, Formula, every, negation, some
from offramp.instruments.model import Instruments, Norm
from offramp.instruments.results import UNDECIDED, Analysis, Result
from offramp.instruments.solver import Budget, Engine, Solver, Undecided
from offramp.instruments.worlds.pairs import meeting_pairs
from offramp.instruments.worlds.regions import Region, Search
from offramp.instruments.worlds.replay import disagreement, exchange, sources
from offramp.instruments.worlds.side import Side, Subject
from offramp.instruments.worlds.space import SERVED, Profile, World
from offramp.instruments.worlds.words import conditions, interval, witness

QUESTION = "can a duty or an entitlement meet a prohibition?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is said."""

    described: int = 20
    """Conflicts shown with regions and examples; the rest are named."""
    regions: int = 3
    """Regions of each; a sentence says where there are more."""
    is_first_only: bool = False
    """Stop at the first conflict."""


def conflicts(
    instruments: Instruments,
    *,
    profile: Profile,
    budget: Budget,
    asks_twice: bool = False,
    limits: Limits = Limits(),
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Analysis:
    """Every pair of a claim and a prohibition that can both hold of one act, with where and when they do."""
    world = World((instruments,), profile)
    side = Side(world, instruments)
    pairs = list(meeting_pairs(side))
    look = _Look(side, Engine(world.attributes, budget, asks_twice=asks_twice))
    found: list[tuple[Norm, Norm]] = []
    results: list[Result] = []
    for number, (claim, prohibition) in enumerate(pairs, 1):
        on_progress(number)
        try:
            is_met = look.meets(claim, prohibition)
        except Undecided as reason:
            results.append(_undecided(claim, prohibition, str(reason)))
            continue
        if is_met:
            found.append((claim, prohibition))
            if len(found) <= limits.described:
                results += look.described(claim, prohibition, limits.regions)
            else:
                results.append(_named(claim, prohibition))
            if limits.is_first_only:
                break
    return Analysis(
        name="conflicts",
        headline=_headline(found, results),
        results=tuple(results),
        norms=sources((instruments,), (name for one in results for name in one.norms)),
        examined=f"{len(side.claims)} duties and entitlements and {len(side.prohibitions)} prohibitions, "
        f"of which {len(pairs)} pairs can be about one act",
    )


class _Look:
    """One solver for all pairs."""

    def __init__(self, side: Side, engine: Engine) -> None:
        self._side = side
        self._engine = engine
        self._claims: dict[str, Formula] = {}
        self._bites: dict[str, Formula] = {}
        self._others = negation(side.world.is_own())
        self._solver: Solver | None = None
        self._links = -1

    def meets(self, claim: Norm, prohibition: Norm) -> bool:
        """Whether both hold of some act. Raises `Undecided`."""
        target = every(self._claim(claim), self._bite(prohibition), self._others)
        if target is NEVER:
            return False
        links = sum(1 for name in self._side.world.attributes if name.startswith("via:"))
        if self._solver is None or links != self._links:
            self._solver, self._links = self._engine.solver(self._side.world.axioms()), links
        return self._solver.can(target)

    def described(self, claim: Norm, prohibition: Norm, most: int) -> Iterator[Result]:
        """Each region in which the two meet."""
        target = every(self._claim(claim), self._bite(prohibition), self._others)
        cover = Search(self._engine, target, self._side.world.axioms()).cover(most=most)
        is_more = cover.is_decided and not cover.is_complete
        for region in cover.regions:
            yield self._result(claim, prohibition, region, is_more)
        if not cover.regions:
            yield _named(claim, prohibition)
        if not cover.is_decided:
            yield _undecided(claim, prohibition, "they may meet elsewhere too")

    def _result(self, claim: Norm, prohibition: Norm, region: Region, is_more: bool) -> Result:
        side = self._side
        shown = witness(side.world, region, self._facts(claim, prohibition))
        user, serving = exchange(side.instruments, side.world, shown)
        met = {norm.id for decision in (user, serving) for norm in decision.beside}
        forbidding = {
            norm.id
            for decision in (user, serving)
            for reading in decision.readings
            for norm in reading.norms
            if not norm.note
        }
        if claim.id not in met or prohibition.id not in forbidding:
            raise disagreement(shown)
        answer = {shown.action: user.outcome.value}
        if serving.outcome is not Outcome.PERMIT and shown.action == SERVED:
            answer["provide service"] = serving.outcome.value
        return Result(
            question=QUESTION,
            verdict="conflict",
            says=f"the {kind_of(claim)} `{claim.id}` meets the prohibition `{prohibition.id}`"
            + interval(region)
            + (", and elsewhere" if is_more else ""),
            norms=(claim.id, prohibition.id),
            region=conditions(side.world, region, side.instruments.questions),
            area=region.allowed,
            witness=shown,
            shown=answer,
            is_found=True,
        )

    def _facts(self, *norms: Norm) -> frozenset[str]:
        side = self._side
        return frozenset(
            name
            for norm in norms
            for each in (norm, *side.lifts_of(norm))
            for form in each.forms
            if form.condition is not None
            for name in form.condition.facts
        )

    def _claim(self, norm: Norm) -> Formula:
        if norm.id not in self._claims:
            self._claims[norm.id] = some(*(self._side.applies(norm, subject) for subject in Subject))
        return self._claims[norm.id]

    def _bite(self, norm: Norm) -> Formula:
        if norm.id not in self._bites:
            self._bites[norm.id] = some(*(self._side.bites(norm, subject).forbid for subject in Subject))
        return self._bites[norm.id]


def kind_of(norm: Norm) -> str:
    """`entitlement` or `duty`."""
    return "entitlement" if norm.strength else "duty"


def _named(claim: Norm, prohibition: Norm) -> Result:
    return Result(
        question=QUESTION,
        verdict="conflict",
        says=f"the {kind_of(claim)} `{claim.id}` meets the prohibition `{prohibition.id}`",
        norms=(claim.id, prohibition.id),
        is_found=True,
    )


def _undecided(claim: Norm, prohibition: Norm, reason: str) -> Result:
    return Result(
        question=QUESTION,
        verdict=UNDECIDED,
        says=f"whether `{claim.id}` meets `{prohibition.id}` is open: {reason}",
        norms=(claim.id, prohibition.id),
        decided=False,
    )


def _headline(found: list[tuple[Norm, Norm]], results: list[Result]) -> str:
    is_open = any(not one.decided for one in results)
    if found:
        more = "; others are undecided" if is_open else ""
        return f"{len(found)} {'pairs' if len(found) > 1 else 'pair'} of norms cannot both be kept{more}"
    return (
        "undecided: the budget ran out first" if is_open else "no duty and no entitlement meets a prohibition"
    )
