"""When a norm counts, as a formula: the intervals `timeline.standing` gives, for whoever asks.

Nothing about notice, stays or extensions is decided here: `standing` is asked once between each two change
points of what touches the norm, and for each group of parties that a stay or a service tells apart.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product

from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant
from offramp.core.spans import Span
from offramp.instruments.formulas import ALWAYS, NEVER, Formula, every, negation, some
from offramp.instruments.model import Form, Instrument, Instruments, Norm, Provenance
from offramp.instruments.timeline import Moment, change_points, settled, standing
from offramp.instruments.worlds.space import World

Parties = Callable[[str], Formula]
"""Says when one of the parties asked for is, or is under, a name."""
BEFORE = timedelta(microseconds=1)
NOWHERE = Provenance(document="", date="")


class Calendar:
    """When the norms of one set of instruments count."""

    def __init__(self, instruments: Instruments, world: World) -> None:
        self._instruments = instruments
        self._world = world
        self._acting: dict[str, list[Instrument]] = {}
        self._lives: dict[tuple[object, ...], Formula] = {}
        for one in instruments.instruments.values():
            for target in {
                *one.supersedes,
                *(stay.target for stay in one.stays),
                *(extension.target for extension in one.extends),
            }:
                self._acting.setdefault(target, []).append(one)
        self._settled = self._settlements()

    def live(self, norm: Norm, form: Form, parties: Parties, key: object) -> Formula:
        """The norm counts for the parties; `key` tells different `parties` apart."""
        touched = norm.id in self._acting
        memo = (norm.instrument, norm.id if touched else "", form.from_at, form.until_at, key)
        found = self._lives.get(memo)
        if found is None:
            found = self._lives[memo] = self._live(norm, form, parties)
        return found

    def is_touched(self, name: str) -> bool:
        """Something stays, extends or supersedes it."""
        return name in self._acting

    def touching(self, norm: Norm) -> tuple[Instrument, ...]:
        """Its instrument and whatever can change when it counts, without what decides nothing."""
        own = self._instruments.instruments[norm.instrument]
        near = self._near(own, norm.id).instruments
        return tuple(_bare(near[name]) for name in sorted(near))

    def rulings(self) -> dict[str, object]:
        """The instruments that can settle a question, and what can change when they do."""
        own = [one for one in self._instruments.instruments.values() if one.settles]
        near = self._near(*own).instruments
        return {name: _bare(near[name]) for name in sorted(near)}

    def _live(self, norm: Norm, form: Form, parties: Parties) -> Formula:
        own = replace(self._instruments.instruments[norm.instrument], norms=(replace(norm, forms=(form,)),))
        near = self._near(own, norm.id)
        groups = self._groups(near)
        pieces: list[Formula] = []
        for at in self._moments(near):
            moment = Moment(at, self._world.profile.known, self._world.profile.is_served)
            whens = []
            for present in product((False, True), repeat=len(groups)):
                names = frozenset(
                    name for group, is_in in zip(groups, present, strict=True) if is_in for name in group
                )
                if standing(near, norm, form, moment, names).is_live:
                    whens.append(
                        every(
                            *(
                                self._any(group, parties) if is_in else negation(self._any(group, parties))
                                for group, is_in in zip(groups, present, strict=True)
                            )
                        )
                    )
            pieces.append(ALWAYS if len(whens) == 2 ** len(groups) else some(*whens))
        return self._over_time(near, pieces)

    def option(self, question: str, option: str) -> Formula:
        """The question is answered with `option`, by whoever asks or by a ruling."""
        world = self._world
        settled_by = self._settled.get(question)
        if settled_by is None or question in world.profile.readings:
            return world.reads(question, option)
        near, options = settled_by
        pieces = [
            world.reads(question, option) if ruled is None else ALWAYS if ruled == option else NEVER
            for ruled in options
        ]
        return self._over_time(near, pieces)

    def _settlements(self) -> Mapping[str, tuple[Instruments, list[str | None]]]:
        rulings = [one for one in self._instruments.instruments.values() if one.settles]
        if not rulings:
            return {}
        near = self._near(*(replace(one, norms=()) for one in rulings))
        answers = [
            settled(near, Moment(at, self._world.profile.known, self._world.profile.is_served))
            for at in self._moments(near)
        ]
        return {
            question: (near, [answer[question][0] if question in answer else None for answer in answers])
            for question in {question for one in rulings for question in one.settles}
        }

    def _near(self, *own: Instrument | str) -> Instruments:
        """Only the instruments that can change when these count."""
        found: dict[InstrumentId, Instrument] = {}
        waiting: list[str] = []
        for one in own:
            if isinstance(one, str):
                waiting.append(one)
            else:
                found[one.id] = one
                waiting.append(one.id)
        while waiting:
            for other in self._acting.get(waiting.pop(), ()):
                if other.id not in found:
                    found[other.id] = replace(other, norms=())
                    waiting.append(other.id)
        return replace(self._instruments, instruments=found, ends=())

    def _moments(self, near: Instruments) -> Iterator[Instant]:
        """One instant in each stretch in which nothing changes, the first of it where it has one."""
        fixed = self._world.profile.at
        if fixed is not None:
            yield fixed
            return
        points = change_points(near)
        if points:
            yield points[0] - BEFORE
        else:
            yield Instant.fromisoformat("2000-01-01T00:00:00+00:00")
        yield from points

    def _over_time(self, near: Instruments, pieces: list[Formula]) -> Formula:
        if len(pieces) == 1:
            return pieces[0]
        points = change_points(near)
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

    def _groups(self, near: Instruments) -> list[tuple[str, ...]]:
        """Parties named by stays and services, those together that no stay and no service tells apart."""
        marks: dict[str, list[object]] = {}
        for one in near.instruments.values():
            for number, stay in enumerate(one.stays):
                for name in stay.parties:
                    marks.setdefault(name, []).append((one.id, number))
            if self._world.profile.is_served:
                for name, at in one.served_at.items():
                    if at is not None and name != "all":
                        marks.setdefault(name, []).append((one.id, at))
        groups: dict[tuple[object, ...], list[str]] = {}
        for name, signature in marks.items():
            groups.setdefault(tuple(signature), []).append(name)
        return [tuple(names) for names in groups.values()]

    @staticmethod
    def _any(names: tuple[str, ...], parties: Parties) -> Formula:
        return some(*(parties(name) for name in names))


def _bare(instrument: Instrument) -> Instrument:
    return replace(instrument, norms=(), not_modelled=(), title="", source=NOWHERE, span=Span(""))
