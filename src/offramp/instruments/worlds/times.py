"""When a norm counts, as a formula: the intervals `timeline.standing` gives, for whoever asks.

Nothing about notice, stays, endings or extensions is decided here: `standing` is asked once between each two
change points of what touches the norm, and for each group of parties that any of these tells apart.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import product

from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant
from offramp.core.spans import Span
from offramp.instruments.deadlines import EVERYBODY
from offramp.instruments.formulas import ALWAYS, NEVER, Formula, every, negation, some
from offramp.instruments.model import Form, Instrument, Instruments, Norm, Provenance
from offramp.instruments.solver import Undecided
from offramp.instruments.timeline import Moment, change_points, settled, standing
from offramp.instruments.worlds.space import EPOCH, World

Parties = Callable[[str], Formula]
"""Says when one of the parties asked for is, or is under, a name."""
BEFORE = timedelta(microseconds=1)
NOWHERE = Provenance(document="", date="")
MOST_GROUPS = 12
"""More groups of parties than this are not told apart: what hangs on them is undecided."""


class Lifetimes:
    """When the norms of one set of instruments count, and when its questions are settled."""

    def __init__(self, instruments: Instruments, world: World) -> None:
        self._instruments = instruments
        self._world = world
        self._lives: dict[tuple[object, ...], Formula] = {}
        self._touching: dict[tuple[str, str], tuple[Instrument, ...]] = {}
        self._settled: dict[tuple[object, ...], Formula] = {}
        self._rulings = [one for one in instruments.instruments.values() if one.settles]
        self._questions = {each.question for one in self._rulings for each in one.settles}

    def is_touched(self, name: str) -> bool:
        """Something stays, extends or ends it."""
        return name in self._instruments.acting

    def touching(self, norm: Norm) -> tuple[Instrument, ...]:
        """Its instrument and whatever can change when it counts, without what decides nothing."""
        key = (norm.instrument, norm.id if self.is_touched(norm.id) else "")
        found = self._touching.get(key)
        if found is None:
            own = self._instruments.instruments[norm.instrument]
            near = self._near([own], norm.id).instruments
            found = self._touching[key] = tuple(_bare(near[name]) for name in sorted(near))
        return found

    def rulings(self) -> dict[str, Instrument]:
        """The instruments that can settle a question, and what can change when they do."""
        near = self._near(self._rulings).instruments
        return {name: _bare(near[name]) for name in sorted(near)}

    def live(self, norm: Norm, form: Form, parties: Parties, key: object) -> Formula:
        """The norm counts for the parties; `key` tells different `parties` apart."""
        name = norm.id if self.is_touched(norm.id) else ""
        memo = (norm.instrument, name, form.from_at, form.until_at, key)
        found = self._lives.get(memo)
        if found is None:
            found = self._lives[memo] = self._live(norm, form, parties)
        return found

    def option(self, question: str, option: str, parties: Parties, key: object) -> Formula:
        """The question is answered with `option`, by whoever asks or by a ruling."""
        world = self._world
        if question not in self._questions or question in world.profile.readings:
            return world.reads(question, option)
        found = self._settled.get((question, option, key))
        if found is None:
            found = self._settled[question, option, key] = self._option(question, option, parties)
        return found

    def _live(self, norm: Norm, form: Form, parties: Parties) -> Formula:
        timeless = replace(norm, forms=(form,), duty=None)
        own = replace(self._instruments.instruments[norm.instrument], norms=(timeless,))
        near = self._near([own], norm.id)

        def counts(moment: Moment, names: frozenset[str]) -> Formula:
            return ALWAYS if standing(near, norm, form, moment, names).is_live else NEVER

        return self._over_time(near, parties, counts)

    def _option(self, question: str, option: str, parties: Parties) -> Formula:
        near = self._near([replace(one, norms=()) for one in self._rulings if _settles(one, question)])

        def answers(moment: Moment, names: frozenset[str]) -> Formula:
            ruled = settled(near, moment, names).get(question)
            if ruled is None:
                return self._world.reads(question, option)
            return ALWAYS if ruled[0] == option else NEVER

        return self._over_time(near, parties, answers)

    def _near(self, own: Sequence[Instrument], name: str = "") -> Instruments:
        """Only the instruments that can change when these count."""
        everything = self._instruments
        found: dict[InstrumentId, Instrument] = {one.id: one for one in own}
        waiting: list[str] = [name, *found]
        while waiting:
            for other in everything.acting.get(waiting.pop(), ()):
                if other not in found:
                    found[other] = replace(everything.instruments[other], norms=())
                    waiting.append(other)
        acting = {
            target: kept
            for one in found.values()
            for target in (one.id, *_targets(one), name)
            if (kept := tuple(by for by in everything.acting.get(target, ()) if by in found))
        }
        return replace(everything, instruments=found, acting=acting, ends=())

    def _over_time(
        self, near: Instruments, parties: Parties, ask: Callable[[Moment, frozenset[str]], Formula]
    ) -> Formula:
        """What `ask` says at every moment, for every set of parties that anything near tells apart."""
        profile = self._world.profile
        groups = self._groups(near)
        if len(groups) > MOST_GROUPS:
            raise Undecided(f"stays and services tell {len(groups)} groups of parties apart")
        present = [some(*map(parties, group)) for group in groups]
        points = change_points(near)
        pieces = [
            self._for_all(groups, present, partial(ask, Moment(at, profile.known, profile.is_served)))
            for at in self._moments(points)
        ]
        if len(pieces) == 1:
            return pieces[0]
        found = []
        start = 0
        for end in range(1, len(pieces) + 1):
            if end < len(pieces) and pieces[end] is pieces[start]:
                continue
            since = self._world.since(points[start - 1]) if start else ALWAYS
            before = negation(self._world.since(points[end - 1])) if end < len(pieces) else ALWAYS
            found.append(every(since, before, pieces[start]))
            start = end
        return some(*found)

    @staticmethod
    def _for_all(
        groups: list[tuple[str, ...]], present: list[Formula], ask: Callable[[frozenset[str]], Formula]
    ) -> Formula:
        answers = []
        for chosen in product((False, True), repeat=len(groups)):
            here = every(
                *(one if is_in else negation(one) for one, is_in in zip(present, chosen, strict=True))
            )
            if here is NEVER:
                continue
            names = frozenset(
                name for group, is_in in zip(groups, chosen, strict=True) if is_in for name in group
            )
            answers.append((here, ask(names)))
        values = {id(answer): answer for _, answer in answers}
        if len(values) == 1:
            return next(iter(values.values()))
        return some(*(every(here, answer) for here, answer in answers))

    def _moments(self, points: tuple[Instant, ...]) -> Iterator[Instant]:
        """One instant in each stretch in which nothing changes, the first of it where it has one."""
        fixed = self._world.profile.at
        if fixed is not None:
            yield fixed
            return
        yield points[0] - BEFORE if points else EPOCH
        yield from points

    def _groups(self, near: Instruments) -> list[tuple[str, ...]]:
        """Parties that stays, services, endings and the like name; together those that none tells apart."""
        marks: dict[str, list[object]] = {}
        for one in near.instruments.values():
            limited = [
                *(each.parties for each in one.stays),
                *(each.parties for each in one.extends),
                *(each.parties for each in one.ends),
                *(each.parties for each in one.settles),
            ]
            for number, parties in enumerate(limited):
                for name in parties:
                    marks.setdefault(name, []).append((one.id, number))
            if self._world.profile.is_served:
                for name, at in one.served_at.items():
                    if at is not None and name != EVERYBODY:
                        marks.setdefault(name, []).append((one.id, at))
        groups: dict[tuple[object, ...], list[str]] = {}
        for name, signature in marks.items():
            groups.setdefault(tuple(signature), []).append(name)
        return [tuple(names) for names in groups.values()]


def _settles(one: Instrument, question: str) -> bool:
    return any(each.question == question for each in one.settles)


def _targets(one: Instrument) -> Iterator[str]:
    yield from (stay.target for stay in one.stays)
    yield from (extension.target for extension in one.extends)
    yield from (ending.target for ending in one.ends)


def _bare(instrument: Instrument) -> Instrument:
    return replace(instrument, norms=(), not_modelled=(), title="", source=NOWHERE, span=Span(""))
