"""What instruments say about each other: everything named exists, and nothing acts on itself in a circle."""

from collections.abc import Iterable, Iterator, Mapping

from offramp.core.errors import OfframpError
from offramp.core.ids import InstrumentId, NormId
from offramp.core.spans import Span
from offramp.instruments.model import Effect, Instrument, Norm, Strength

Edges = Mapping[str, frozenset[str]]


def acting(instruments: Iterable[Instrument]) -> Mapping[str, tuple[InstrumentId, ...]]:
    """Norm or instrument id to the instruments that stay, end or extend it."""
    found: dict[str, dict[InstrumentId, None]] = {}
    for one in instruments:
        for target in one.targets:
            found.setdefault(target, {})[one.id] = None
    return {target: tuple(by) for target, by in found.items()}


def problems(
    instruments: Mapping[InstrumentId, Instrument], norms: Mapping[NormId, Norm]
) -> Iterator[OfframpError]:
    """Names of nothing, circles, and lifts that exempt from nothing."""
    yield from _dangling(instruments, norms)
    between: dict[str, frozenset[str]] = {
        one.id: frozenset(target for target in one.targets if target in instruments)
        for one in instruments.values()
    }
    for circle in _circles(between):
        yield OfframpError(
            "act-cycle",
            f"`{circle[0]}` stays, ends or extends itself: {' → '.join((*circle, circle[0]))}",
            help="put the later act into an instrument of its own",
            where=instruments[InstrumentId(circle[0])].span,
        )
    lifts: Edges = {
        one.id: frozenset(target for target in one.overrides if _is_lift(norms.get(NormId(target))))
        for one in norms.values()
    }
    in_circles: set[str] = set()
    for circle in _circles(lifts):
        in_circles.update(circle)
        yield OfframpError(
            "override-cycle",
            f"`{circle[0]}` overrides itself: {' → '.join((*circle, circle[0]))}",
            help="a lift names the prohibitions it exempts from",
            where=norms[NormId(circle[0])].span,
        )
    for one in norms.values():
        for target in one.overrides:
            if one.id not in in_circles and _exempts_from_nothing(target, instruments, norms):
                yield OfframpError(
                    "override-useless",
                    f"`{one.id}` overrides `{target}`, which prohibits nothing",
                    help="name a prohibition, or an instrument that has one",
                    where=one.span,
                )


def _dangling(
    instruments: Mapping[InstrumentId, Instrument], norms: Mapping[NormId, Norm]
) -> Iterator[OfframpError]:
    known: set[str] = {*instruments, *norms}
    for one in instruments.values():
        named: list[tuple[str, Span]] = [(target, one.span) for target in one.targets]
        named += [(target, norm.span) for norm in one.norms for target in norm.overrides]
        for target, span in named:
            if target not in known:
                yield OfframpError(
                    "reference-unknown",
                    f"`{one.id}` names `{target}`, which is not loaded",
                    help="name an instrument, or a norm as INSTRUMENT.NORM",
                    where=span,
                )


def _exempts_from_nothing(
    target: str, instruments: Mapping[InstrumentId, Instrument], norms: Mapping[NormId, Norm]
) -> bool:
    named = instruments.get(InstrumentId(target))
    norm = norms.get(NormId(target))
    there = named.norms if named is not None else (norm,) if norm is not None else ()
    return bool(there) and all(one.effect is not Effect.PROHIBIT for one in there)


def _is_lift(norm: Norm | None) -> bool:
    return norm is not None and norm.strength is Strength.LIFT


def _circles(edges: Edges) -> Iterator[tuple[str, ...]]:
    """One circle for each set of names that reach each other, beginning at the first of them written."""
    done: set[str] = set()
    for start in edges:
        if start in done:
            continue
        path = _way_back(start, edges)
        if path:
            yield path
            done.update(path)


def _way_back(start: str, edges: Edges) -> tuple[str, ...]:
    """The shortest way from `start` to itself, without its end; empty where there is none."""
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        for name in sorted(edges.get(here, ())):
            if name == start:
                return ways[here]
            if name not in ways:
                ways[name] = (*ways[here], name)
                waiting.append(name)
    return ()
