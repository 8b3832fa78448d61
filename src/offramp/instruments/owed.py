"""Duties and entitlements that stand in both of two wordings and say something else in the new one.

Where one applies to acts to which it did not, or no longer, a region and an example show it. What is owed by
another time, or in other words that decide, is set side by side.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from offramp.instruments.formulas import NEVER, Formula, every, negation
from offramp.instruments.model import Norm
from offramp.instruments.results import UNDECIDED, Result
from offramp.instruments.sentences import sentence
from offramp.instruments.solver import Engine, Undecided
from offramp.instruments.worlds.regions import Region, Search
from offramp.instruments.worlds.replay import answered, disagreement
from offramp.instruments.worlds.same import Common
from offramp.instruments.worlds.side import Side
from offramp.instruments.worlds.words import brief, conditions, interval, witness

DIFFERENTLY = "owed differently"
QUESTION = "what is owed that was not, or otherwise?"


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty or entitlement on both sides."""

    old: Side
    new: Side
    before: Norm
    after: Norm
    changes: Mapping[str, Formula]
    """Where it applies under one of the wordings only; nothing where it stands alike in both."""

    @property
    def is_reworded(self) -> bool:
        """Something else than when it applies differs: what is due, by when, towards whom."""
        one, other = self.before, self.after
        return (one.effect, one.strength, one.duty) != (other.effect, other.strength, other.duty)

    @property
    def kind(self) -> str:
        """`entitlement` or `duty`, as the new wording has it."""
        return "entitlement" if self.after.strength else "duty"

    def results(self, engine: Engine, axioms: Formula) -> Iterator[Result]:
        """An example of each change, or that it is open."""
        for verdict, target in self.changes.items():
            if target is NEVER:
                continue
            try:
                search = Search(engine, target, axioms)
                point = search.point()
                if point is not None:
                    yield self._shown(verdict, search.region(point))
            except Undecided as reason:
                says = f"whether the {self.kind} `{self.after.id}` is {verdict} is open: {reason}"
                yield Result(question=QUESTION, verdict=UNDECIDED, says=says, decided=False)
        if self.is_reworded:
            yield Result(
                question=QUESTION,
                verdict=DIFFERENTLY,
                says=f"{DIFFERENTLY}: the {self.kind} `{self.after.id}`: {_words(self.new, self.after)} "
                f"Before: {_words(self.old, self.before)}",
                norms=(self.after.id,),
                is_found=True,
            )

    def _shown(self, verdict: str, region: Region) -> Result:
        world, name = self.new.world, self.after.id
        shown = witness(world, region, self._facts())
        applies = {
            where: name in {norm.id for norm in answered(side.instruments, shown, world.profile).beside}
            for where, side in (("old", self.old), ("new", self.new))
        }
        if applies != {"old": verdict != "newly owed", "new": verdict == "newly owed"}:
            raise disagreement(shown)
        return Result(
            question=QUESTION,
            verdict=verdict,
            says=f"{verdict}: the {self.kind} `{name}`{interval(region)}{brief(world, region)}",
            norms=(name,),
            region=conditions(
                world, region, {**self.new.instruments.questions, **self.old.instruments.questions}
            ),
            area=region.allowed,
            witness=shown,
            shown={where: "applies" if is_so else "does not apply" for where, is_so in applies.items()},
            is_found=True,
        )

    def _facts(self) -> frozenset[str]:
        forms = [form for norm in (self.before, self.after) for form in norm.forms if form.condition]
        return frozenset(name for form in forms if form.condition for name in form.condition.facts)


def owed_by_both(old: Side, new: Side, common: Common) -> tuple[Owed, ...]:
    """The duties and entitlements with one name on both sides that differ in anything that decides."""
    before = {norm.id: norm for norm in old.claims}
    pairs = [(before[norm.id], norm) for norm in new.claims if norm.id in before]
    each = [Owed(old, new, was, now, _changes(old, new, was, now, common)) for was, now in pairs]
    return tuple(
        one for one in each if one.is_reworded or any(where is not NEVER for where in one.changes.values())
    )


def _changes(old: Side, new: Side, before: Norm, after: Norm, common: Common) -> Mapping[str, Formula]:
    if common.stands_alike(before, after):
        return {}
    was, now = old.applies(before), new.applies(after)
    return {"newly owed": every(now, negation(was)), "no longer owed": every(was, negation(now))}


def _words(side: Side, norm: Norm) -> str:
    return " / ".join(
        dict.fromkeys(sentence(side.instruments, norm, form) for form in norm.forms if form.applies)
    )
