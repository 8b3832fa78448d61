"""Measures of a route's moved traffic, and whether they are in their band.

A sample is one try: a target that was asked, and what came of it. Pure; where samples come from is the
gateway's part.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from offramp.core.instants import Instant
from offramp.workspace.rules import Bands, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One try of one target of a route."""

    at: Instant
    upstream: str
    has_failed: bool
    has_refused: bool = False
    """It answered, and the answer is a refusal."""
    cost: float | None = None
    """US dollars; None where tokens or prices are not known, and for a failure."""


class Edge(StrEnum):
    """Where a measure stands."""

    LEFT = "left"
    """Above its upper edge."""
    BETWEEN = "between"
    """Not above it, and not yet where it counts as back."""
    BACK = "back"
    UNKNOWN = "unknown"
    """Too few tries in the window, or no prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One measure over the window."""

    measure: Measure
    value: float | None
    requests: int
    """What it was computed from."""
    edge: Edge

    def told(self, bands: Bands) -> str:
        """In words, with its edge."""
        edges = bands.edges[self.measure]
        value = "unknown" if self.value is None else f"{self.value:.2f}"
        return (
            f"{self.measure} {value} over {self.requests} tries in {bands.window_minutes} minutes; "
            f"its band ends at {edges.most:g}, and it is back at {edges.again:g}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What follows: measures that leave their band now, and pauses that end."""

    left: tuple[Standing, ...]
    back: tuple[Standing, ...]


def standings(bands: Bands, samples: Iterable[Sample], successors: Collection[str]) -> tuple[Standing, ...]:
    """Every measure of the bands, over these samples of the targets named."""
    own = [sample for sample in samples if sample.upstream in successors]
    found: Mapping[Measure, Sequence[float]] = {
        Measure.ERRORS: [100.0 * one.has_failed for one in own],
        Measure.REFUSALS: [100.0 * one.has_refused for one in own if not one.has_failed],
        Measure.COST: [1000.0 * one.cost for one in own if one.cost is not None],
    }
    return tuple(_standing(bands, measure, found[measure]) for measure in bands.edges)


def judge(found: Iterable[Standing], pausing: Collection[str]) -> Judged:
    """Which measures leave their band, and which of those that left it are back.

    A measure that left stays out until it is back at its lower edge: between the two nothing changes.
    """
    left = tuple(one for one in found if one.edge is Edge.LEFT and str(one.measure) not in pausing)
    back = tuple(one for one in found if one.edge is Edge.BACK and str(one.measure) in pausing)
    return Judged(left=left, back=back)


def _standing(bands: Bands, measure: Measure, values: Sequence[float]) -> Standing:
    if len(values) < bands.least_requests:
        value = sum(values) / len(values) if values else None
        return Standing(measure=measure, value=value, requests=len(values), edge=Edge.UNKNOWN)
    value = sum(values) / len(values)
    edges = bands.edges[measure]
    edge = Edge.LEFT if value > edges.most else Edge.BACK if value <= edges.again else Edge.BETWEEN
    return Standing(measure=measure, value=value, requests=len(values), edge=edge)
