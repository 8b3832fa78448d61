"""Does a safeguard hold? Each prohibition is asked what is left of it when others and judgements are weighed.

never binds   no act at any time meets it, or a permission lifts all it forbids
redundant     all it forbids, other prohibitions forbid too
illusory      the party it binds decides a question by which it can always set it aside
unverifiable  it hangs on a judgement somebody makes, which no gateway can see
effective     none of these

The test asks who decides, never who is right.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from offramp.instruments.formulas import NEVER, Formula, every, negation, some
from offramp.instruments.model import Instruments, Norm, Status
from offramp.instruments.results import UNDECIDED, Analysis, Result
from offramp.instruments.solver import Budget, Engine, Undecided
from offramp.instruments.worlds.judgements import Judgement, is_party
from offramp.instruments.worlds.pairs import Neighbours
from offramp.instruments.worlds.regions import Search
from offramp.instruments.worlds.replay import answered, deciding, disagreement, sources
from offramp.instruments.worlds.side import Side, Subject
from offramp.instruments.worlds.space import Profile, World
from offramp.instruments.worlds.words import Witness, conditions, plain, witness

QUESTION = "does the safeguard hold?"
VERDICTS = ("never binds", "redundant", "illusory", "unverifiable", "effective")
MOST_BEHIND = 60
"""With more others than this, those behind a redundant safeguard are not picked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What is asked of which safeguards."""

    names: tuple[str, ...] = ()
    """Norms or instruments; empty: every prohibition."""
    background: tuple[str, ...] = ()
    """Norms or instruments that may make them redundant; empty: every other prohibition."""
    deciders: Mapping[str, str] = field(default_factory=dict)
    """Who decides a judged fact, instead of whom the documents name."""
    described: int = 20
    """Effective safeguards shown with an example; the rest are named. What is found always has one."""


def hollow(
    instruments: Instruments,
    *,
    profile: Profile,
    budget: Budget,
    asks_twice: bool = False,
    weighed: Weighed = Weighed(),
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Analysis:
    """Each safeguard's verdicts; one that is both redundant and illusory has both."""
    world = World((instruments,), profile)
    side = Side(world, instruments)
    chosen = [norm for norm in side.prohibitions if _is_named(norm, weighed.names)]
    background = Neighbours(side, (one for one in side.prohibitions if _is_named(one, weighed.background)))
    safeguards = [_Safeguard(side, norm, background, weighed) for norm in chosen]
    engine = Engine(world.attributes, budget, asks_twice=asks_twice)
    results: list[Result] = []
    effective = 0
    for number, safeguard in enumerate(safeguards, 1):
        on_progress(number)
        found = list(safeguard.verdicts(engine, is_shown=effective < weighed.described))
        effective += any(one.verdict == "effective" for one in found)
        results += found
    return Analysis(
        name="hollow",
        headline=_headline(results, len(chosen)),
        results=tuple(results),
        norms=sources((instruments,), (name for one in results for name in one.norms)),
        examined=f"{len(chosen)} {'prohibition' if len(chosen) == 1 else 'prohibitions'}, "
        f"against {len(side.prohibitions)} in all",
        notes=(*_strangers(side, safeguards), *_unshown(effective, weighed.described)),
    )


def _is_named(norm: Norm, names: tuple[str, ...]) -> bool:
    return not names or norm.id in names or norm.instrument in names


@dataclass(frozen=True, slots=True)
class _Shown:
    """A region, the request in it, and what the run-time engine answers."""

    region: tuple[str, ...] = ()
    witness: Witness | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


class _Safeguard:
    """One prohibition, and the formulas its verdicts are read from."""

    def __init__(self, side: Side, norm: Norm, background: Neighbours, weighed: Weighed) -> None:
        self.side = side
        self.norm = norm
        mine = side.bites(norm)
        self.bites = some(mine.forbid, mine.hold)
        self.others = background.of(norm) if self.bites is not NEVER else []
        self.alone = self._without(self.others)
        self.judgement = Judgement(side, norm, self.bites, weighed.deciders)

    def verdicts(self, engine: Engine, *, is_shown: bool) -> Iterator[Result]:
        """Every verdict that is true of it, or what stays open."""
        found = 0
        try:
            for ask in (self._never, self._redundant, self._illusory, self._unverifiable):
                result = ask(engine)
                if result is None:
                    continue
                found += 1
                yield result
                if result.verdict in ("never binds", "illusory"):
                    return
            if not found:
                yield self._effective(engine, is_shown=is_shown)
        except Undecided as reason:
            yield self._result(UNDECIDED, f"is open: {reason}", decided=False)

    @property
    def _axioms(self) -> Formula:
        return self.side.world.axioms()

    def _can(self, engine: Engine, formula: Formula) -> bool:
        return formula is not NEVER and engine.solver(self._axioms, formula).can()

    def _without(self, others: list[Norm]) -> Formula:
        """It forbids or holds, and `others` do not already."""
        mine, together = self.side.bites(self.norm), self.side.verdicts(others)
        return some(
            every(mine.forbid, negation(together.forbid)),
            every(mine.hold, negation(some(together.forbid, together.hold))),
        )

    def _never(self, engine: Engine) -> Result | None:
        if self._can(engine, self.bites):
            return None
        return self._result("never binds", f"never binds: {self._why_never(engine)}")

    def _why_never(self, engine: Engine) -> str:
        side, instrument = self.side, self.side.instruments.instruments[self.norm.instrument]
        if not instrument.kind.can_bind:
            return f"a {instrument.kind} binds nobody"
        if instrument.status in (Status.PROPOSED, Status.WITHDRAWN):
            return f"it is {instrument.status}"
        forms = [form for form in self.norm.forms if form.applies]
        if not self._can(engine, some(*(side.active(self.norm, form, Subject.USER) for form in forms))):
            return "at no time it counts for anybody asked about"
        lifts = side.lifts_of(self.norm)
        if lifts and self._can(engine, side.unlifted(self.norm)):
            return f"all it forbids is lifted by {', '.join(lift.id for lift in lifts)}"
        return "its condition can never hold"

    def _redundant(self, engine: Engine) -> Result | None:
        if self._can(engine, self.alone):
            return None
        behind = self._behind(engine)
        names = ", ".join(f"`{norm.id}`" for norm in behind)
        return self._result(
            "redundant",
            f"forbids nothing that is not forbidden without it, by {names}",
            others=behind,
            shown=self._example(engine, self.bites),
        )

    def _behind(self, engine: Engine) -> list[Norm]:
        """Few others that together forbid all it forbids."""
        kept = list(self.others)
        for one in self.others if len(kept) <= MOST_BEHIND else ():
            rest = [other for other in kept if other is not one]
            if not self._can(engine, self._without(rest)):
                kept = rest
        return kept

    def _illusory(self, engine: Engine) -> Result | None:
        judgement = self.judgement
        if not judgement.controlled or self._can(engine, judgement.survives()):
            return None
        escape = every(judgement.could_bite(), negation(self.bites), some(*judgement.controlled.values()))
        shown = self._example(engine, escape, bites=False)
        facts = shown.witness.facts if shown.witness else {}
        judged = ", ".join(
            f"{judgement.deciders[name]} decides that {name} is {plain(facts[name])}"
            for name in judgement.controlled
            if name in facts
        )
        says = f"can always be set aside by whom it binds: {judged}"
        return self._result("illusory", says, shown=shown)

    def _unverifiable(self, engine: Engine) -> Result | None:
        judgement = self.judgement
        hangs_on = [name for name in judgement.deciders if self._can(engine, judgement.depends_on(name))]
        if not hangs_on:
            return None
        who = ", ".join(
            f"{name}, decided by {judgement.deciders[name] or 'nobody named'}" for name in hangs_on
        )
        says = f"hangs on what no gateway can see: {who}"
        return self._result("unverifiable", says, shown=self._example(engine, self.alone, self.bites))

    def _effective(self, engine: Engine, *, is_shown: bool) -> Result:
        return self._result(
            "effective",
            "forbids what nothing else forbids, and nobody's judgement sets it aside",
            shown=self._example(engine, self.alone) if is_shown else _Shown(),
            is_found=False,
        )

    def _example(self, engine: Engine, *targets: Formula, bites: bool = True) -> _Shown:
        """A request in the first target that has one; raises where the safeguard does not bite there."""
        world = self.side.world
        for target in targets:
            search = Search(engine, target, self._axioms)
            point = search.point()
            if point is None:
                continue
            region = search.region(point)
            shown = witness(world, region, self._facts())
            answer = answered(self.side.instruments, shown, world.profile)
            if (self.norm.id in deciding(answer)) is not bites:
                raise disagreement(shown)
            return _Shown(
                conditions(world, region, self.side.instruments.questions),
                shown,
                {"may": answer.outcome.value},
            )
        return _Shown()

    def _facts(self) -> frozenset[str]:
        norms = [one for norm in (self.norm, *self.others) for one in (norm, *self.side.lifts_of(norm))]
        conditions_of = [form.condition for norm in norms for form in norm.forms if form.condition]
        return frozenset(name for condition in conditions_of for name in condition.facts)

    def _result(
        self,
        verdict: str,
        says: str,
        *,
        others: Sequence[Norm] = (),
        shown: _Shown = _Shown(),
        decided: bool = True,
        is_found: bool = True,
    ) -> Result:
        return Result(
            question=QUESTION,
            verdict=verdict,
            says=f"`{self.norm.id}` {says}",
            norms=(self.norm.id, *(norm.id for norm in others)),
            region=shown.region,
            witness=shown.witness,
            shown=shown.answers,
            decided=decided,
            is_found=is_found and decided,
        )


def _headline(results: list[Result], count: int) -> str:
    tally = {
        verdict: len({one.norms[0] for one in results if one.verdict == verdict})
        for verdict in (*VERDICTS, UNDECIDED)
    }
    said = ", ".join(f"{number} {verdict}" for verdict, number in tally.items() if number)
    return (
        f"of {count} {'safeguard' if count == 1 else 'safeguards'}: {said}"
        if said
        else "no safeguard was asked about"
    )


def _unshown(effective: int, described: int) -> Iterator[str]:
    if effective > described:
        yield f"{described} of the {effective} effective safeguards have an example; name others with --norm"


def _strangers(side: Side, safeguards: list["_Safeguard"]) -> Iterator[str]:
    """Deciders no instrument can bind: their names are no parties."""
    named = {
        decider
        for one in safeguards
        for decider in one.judgement.deciders.values()
        if decider and not is_party(side, decider)
    }
    if named:
        yield (
            f"taken to be bound by nothing here: {', '.join(sorted(named))}; where one of them is a party, "
            "say so with --decides FACT=PARTY"
        )
