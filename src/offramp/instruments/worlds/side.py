"""What the norms of one set of instruments make of a question: forbidden, held, unknown, or none of these.

The rules are those of `combine.py`, written again as formulas; random questions check the two against each
other. `Subject` says whose act it is: the user's, or the vendor's, who serves the user meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from offramp.core.verdicts import Outcome
from offramp.instruments.formulas import ALWAYS, NEVER, Formula, every, negation, some
from offramp.instruments.model import Effect, Form, IfUnknown, Instruments, Norm, Role, Strength
from offramp.instruments.worlds.space import SERVED, SERVING, World
from offramp.instruments.worlds.times import Lifetimes, Parties


class Subject(StrEnum):
    """Whose act a norm is asked about; either is reached through the same chain."""

    USER = "user"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Applies:
    """When a norm's form counts as applying, and when that is open."""

    surely: Formula
    openly: Formula


@dataclass(frozen=True, slots=True)
class Verdicts:
    """When something is forbidden, held or unknown; the strictest goes before the others."""

    forbid: Formula
    hold: Formula
    unknown: Formula

    @property
    def permit(self) -> Formula:
        """None of them."""
        return negation(some(self.forbid, self.hold, self.unknown))

    def outcome(self, outcome: Outcome) -> Formula:
        """Exactly this is the outcome."""
        match outcome:
            case Outcome.FORBID:
                return self.forbid
            case Outcome.HOLD:
                return every(self.hold, negation(self.forbid))
            case Outcome.UNKNOWN:
                return every(self.unknown, negation(some(self.forbid, self.hold)))
            case _:
                return self.permit


class Side:
    """One set of instruments in a world."""

    def __init__(self, world: World, instruments: Instruments) -> None:
        self.world = world
        self.instruments = instruments
        self.lifetimes = Lifetimes(instruments, world)
        self._applies: dict[tuple[str, Subject], Applies] = {}
        self._bites: dict[tuple[str, Subject], Verdicts] = {}
        self._lifts: dict[str, list[Norm]] = {}
        self.reaches: dict[str, tuple[frozenset[str] | None, frozenset[str] | None]] = {}
        """By norm, as `pairs.reach` found them."""
        self.prohibitions: list[Norm] = []
        self.claims: list[Norm] = []
        """Duties and entitlements."""
        for norm in instruments.norms.values():
            if norm.effect is Effect.PROHIBIT:
                self.prohibitions.append(norm)
            elif norm.strength is Strength.LIFT:
                for name in norm.overrides:
                    self._lifts.setdefault(name, []).append(norm)
            else:
                self.claims.append(norm)

    def lifts_of(self, norm: Norm) -> list[Norm]:
        """The lifts that name a prohibition or its instrument."""
        named = [*self._lifts.get(norm.id, ()), *self._lifts.get(norm.instrument, ())]
        return list({one.id: one for one in named}.values())

    def applies(self, norm: Norm, subject: Subject = Subject.USER) -> Formula:
        """A duty or an entitlement applies for sure."""
        return some(
            *(
                every(self.active(norm, form, subject), self._holds(form, subject)[0])
                for form in norm.forms
                if form.applies
            )
        )

    def bites(self, norm: Norm, subject: Subject = Subject.USER) -> Verdicts:
        """What one prohibition makes of a question, its lifts taken into account."""
        found = self._bites.get((norm.id, subject))
        if found is None:
            found = self._bites[norm.id, subject] = self._bite(norm, subject)
        return found

    def unlifted(self, norm: Norm) -> Formula:
        """A prohibition counts as applying, whatever may lift it."""
        return some(*(self._counts(norm, form, Subject.USER).surely for form in norm.forms))

    def verdicts(self, norms: Iterable[Norm]) -> Verdicts:
        """What prohibitions together make of a question the user asks."""
        each = [self.bites(norm) for norm in norms]
        return Verdicts(
            some(*(one.forbid for one in each)),
            some(*(one.hold for one in each)),
            some(*(one.unknown for one in each)),
        )

    def active(self, norm: Norm, form: Form, subject: Subject) -> Formula:
        """The form counts for whoever asks, whatever its condition: reading, vendor, action, party, time."""
        asks = self._asks(subject)
        read = every(
            *(
                self.lifetimes.option(question, option, asks, subject)
                for question, option in form.choice.items()
            )
        )
        if read is NEVER:
            return NEVER
        world = self.world
        vendor = some(*map(world.is_vendor, form.vendors)) if form.vendors else ALWAYS
        ground = every(read, vendor, self._action(form, subject), self._binds(form, subject))
        if ground is NEVER:
            return NEVER
        return every(ground, self.lifetimes.live(norm, form, asks, subject))

    def _asks(self, subject: Subject) -> Parties:
        world = self.world

        def asks(name: str) -> Formula:
            acts = world.is_provider if subject is Subject.PROVIDER else world.is_user
            return some(acts(name), world.is_via(name))

        return asks

    def _action(self, form: Form, subject: Subject) -> Formula:
        world = self.world
        if subject is Subject.USER:
            return some(*map(world.is_action, form.actions)) if form.actions else ALWAYS
        serves = not form.actions or any(SERVING in world.under(name, "action") for name in form.actions)
        return world.is_action(SERVED) if serves else NEVER

    def _binds(self, form: Form, subject: Subject) -> Formula:
        world = self.world
        names = (*form.kinds, *form.parties)
        acts = world.is_provider if subject is Subject.PROVIDER else world.is_user
        users = some(*map(acts, names)) if form.role is not Role.VIA else NEVER
        links = some(*map(world.is_via, names)) if form.role is not Role.USER else NEVER
        return some(users, links)

    def _holds(self, form: Form, subject: Subject) -> tuple[Formula, Formula]:
        """When the condition holds for sure, and when it may."""
        condition = form.condition
        if condition is None:
            return ALWAYS, ALWAYS
        world = self.world
        is_provider = subject is Subject.PROVIDER
        if all(world.is_given(name) is ALWAYS for name in condition.facts):
            plain = world.condition(condition.source, is_provider=is_provider)
            return plain, plain
        unreadable = some(*map(world.is_misfit, sorted(condition.presence)))
        sure = every(world.condition(condition.sure, is_provider=is_provider), negation(unreadable))
        return sure, some(sure, world.condition(condition.possible, is_provider=is_provider), unreadable)

    def _counts(self, norm: Norm, form: Form, subject: Subject) -> Applies:
        found = self._applies.get((form.key, subject))
        if found is None:
            found = self._applies[form.key, subject] = self._counted(norm, form, subject)
        return found

    def _counted(self, norm: Norm, form: Form, subject: Subject) -> Applies:
        if not form.applies:
            return Applies(NEVER, NEVER)
        active = self.active(norm, form, subject)
        if active is NEVER:
            return Applies(NEVER, NEVER)
        sure, possible = self._holds(form, subject)
        if sure is possible:
            return Applies(every(active, sure), NEVER)
        doubtful = every(possible, negation(sure))
        facts = form.condition.facts if form.condition else frozenset()
        misfit = some(*map(self.world.is_misfit, sorted(facts)))
        is_lift = norm.strength is Strength.LIFT
        surely, openly = sure, every(doubtful, misfit)
        match norm.if_unknown:
            case IfUnknown.HOLD:
                openly = doubtful
            case IfUnknown.FORBID if not is_lift:
                surely = some(sure, every(doubtful, negation(misfit)))
            case IfUnknown.PERMIT if is_lift:
                surely = some(sure, every(doubtful, negation(misfit)))
            case _:
                pass
        return Applies(every(active, surely), every(active, openly))

    def _bite(self, norm: Norm, subject: Subject) -> Verdicts:
        lifts = [self._counts(lift, form, subject) for lift in self.lifts_of(norm) for form in lift.forms]
        lifted = some(*(one.surely for one in lifts))
        may_be_lifted = some(*(one.openly for one in lifts))
        sure_by: dict[Outcome, list[Formula]] = {Outcome.FORBID: [], Outcome.HOLD: []}
        opens = []
        for form in norm.forms:
            counts = self._counts(norm, form, subject)
            sure_by[form.outcome].append(counts.surely)
            opens.append(counts.openly)
        bare = negation(some(lifted, may_be_lifted))
        surely = some(*sure_by[Outcome.FORBID], *sure_by[Outcome.HOLD])
        return Verdicts(
            every(some(*sure_by[Outcome.FORBID]), bare),
            every(some(*sure_by[Outcome.HOLD]), bare),
            every(some(some(*opens), every(surely, may_be_lifted)), negation(lifted)),
        )
