"""Which duties and entitlements can be about the same act as which prohibitions, without asking a solver."""

from collections.abc import Callable, Iterable, Iterator

from offramp.core.instants import Instant
from offramp.instruments.model import Form, Norm
from offramp.instruments.worlds.side import Side
from offramp.instruments.worlds.space import SERVED, SERVING

Reach = tuple[frozenset[str] | None, frozenset[str] | None]
"""Vendors and acts; None: any."""
Span = tuple[Instant | None, Instant | None]


def meeting_pairs(side: Side) -> Iterator[tuple[Norm, Norm]]:
    """Every claim with every prohibition of some common vendor and act, at some common time."""
    prohibitions = [(norm, reach(side, norm), _span(side, norm)) for norm in side.prohibitions]
    by_vendor: dict[str, list[int]] = {}
    anywhere: list[int] = []
    for number, (_, (vendors, _), _) in enumerate(prohibitions):
        if vendors is None:
            anywhere.append(number)
        else:
            for name in vendors:
                by_vendor.setdefault(name, []).append(number)
    for claim in side.claims:
        vendors, acts = reach(side, claim)
        start, end = _span(side, claim)
        near = (
            range(len(prohibitions))
            if vendors is None
            else sorted({*anywhere, *(number for name in vendors for number in by_vendor.get(name, ()))})
        )
        for number in near:
            norm, (_, others), (since, until) = prohibitions[number]
            if acts is not None and others is not None and acts.isdisjoint(others):
                continue
            if _is_apart((start, end), (since, until)):
                continue
            yield claim, norm


def meeting(side: Side, norms: Iterable[Norm], others: Iterable[Norm]) -> Iterator[Norm]:
    """Those of `norms` that can be about the same vendor and act as one of `others`."""
    reaches = [reach(side, norm) for norm in others]
    vendors = _union([one[0] for one in reaches])
    acts = _union([one[1] for one in reaches])
    for norm in norms if reaches else ():
        mine = reach(side, norm)
        if _overlap(mine[0], vendors) and _overlap(mine[1], acts):
            yield norm


class Neighbours:
    """Norms by the vendors they can be about: who meets one is found without looking at all."""

    def __init__(self, side: Side, norms: Iterable[Norm]) -> None:
        self._side = side
        self._norms = list(norms)
        self._by_vendor: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        for number, norm in enumerate(self._norms):
            vendors, _ = reach(side, norm)
            if vendors is None:
                self._anywhere.append(number)
            for name in vendors or ():
                self._by_vendor.setdefault(name, []).append(number)

    def of(self, norm: Norm) -> list[Norm]:
        """The others that can be about the same vendor and act at the same time, in order."""
        side = self._side
        vendors, acts = reach(side, norm)
        span = _span(side, norm)
        near: Iterable[int] = range(len(self._norms))
        if vendors is not None:
            found = (number for name in vendors for number in self._by_vendor.get(name, ()))
            near = sorted({*self._anywhere, *found})
        others = [self._norms[number] for number in near]
        return [
            one
            for one in others
            if one.id != norm.id
            and _overlap(acts, reach(side, one)[1])
            and not _is_apart(span, _span(side, one))
        ]


def reach(side: Side, norm: Norm) -> Reach:
    """The vendors and the users' acts a norm can be about, whoever's act it is written of."""
    found = side.reaches.get(norm.id)
    if found is None:
        found = side.reaches[norm.id] = _reach(side, norm)
    return found


def _reach(side: Side, norm: Norm) -> Reach:
    forms = [form for form in norm.forms if form.applies]
    under = side.world.under
    vendors = _union(
        [
            frozenset().union(*(under(name, "vendor") for name in form.vendors)) if form.vendors else None
            for form in forms
        ]
    )
    return vendors, _union([_acts(side, form) for form in forms])


def _acts(side: Side, form: Form) -> frozenset[str] | None:
    if not form.actions:
        return None
    under = side.world.under
    acts = frozenset().union(*(under(name, "action") for name in form.actions))
    return acts | under(SERVED, "action") if SERVING in acts else acts


def _is_apart(one: Span, other: Span) -> bool:
    (start, end), (since, until) = one, other
    return (until is not None and start is not None and until <= start) or (
        end is not None and since is not None and end <= since
    )


def _span(side: Side, norm: Norm) -> Span:
    """Outside of this it certainly does not count; None: open."""
    instrument = side.instruments.instruments[norm.instrument]
    starts = [form.from_at for form in norm.forms]
    ends = [form.until_at for form in norm.forms]
    since = [at for at in (instrument.from_at, _or_none(starts, min)) if at is not None]
    until = [at for at in (instrument.until_at, _or_none(ends, max)) if at is not None]
    is_extended = side.lifetimes.is_touched(norm.id) or side.lifetimes.is_touched(norm.instrument)
    return max(since, default=None), None if is_extended else min(until, default=None)


def _or_none(times: list[Instant | None], pick: Callable[[list[Instant]], Instant]) -> Instant | None:
    known = [at for at in times if at is not None]
    return pick(known) if known and len(known) == len(times) else None


def _union(many: list[frozenset[str] | None]) -> frozenset[str] | None:
    found: set[str] = set()
    for one in many:
        if one is None:
            return None
        found |= one
    return frozenset(found)


def _overlap(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is None or other is None or not one.isdisjoint(other)
