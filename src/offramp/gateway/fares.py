"""What asking one target can come to, and what it came to. A request has one for each target it was sent to.

A target that gave no answer costs nothing. One that was sent the request and not heard to its end may have
used all that it was allowed: a hedged request that was given up, a stream that another target went on with.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from offramp.control import quotas
from offramp.core.digests import JsonObject
from offramp.dialects import turns
from offramp.workspace.allowances import Measure


@dataclass(slots=True, eq=False, kw_only=True)
class Fare:
    """Of one target."""

    upstream: str
    model: str
    most: Mapping[Measure, int]
    """What it can come to."""
    likely: int
    """Tokens for limits over a minute."""
    prices: quotas.Prices | None
    is_due: bool = True
    """Until it is known that the target gave no answer."""
    once_more: Callable[["Fare"], "Fare"] = field(repr=False)

    def drop(self) -> None:
        """The target gave no answer, or was not asked: nothing is counted for it."""
        self.is_due = False

    def again(self) -> "Fare":
        """The fare of asking the same target once more. Raises `Refused` where it does not fit."""
        return self.once_more(self)


@dataclass(frozen=True, slots=True)
class Came:
    """What one target's part came to."""

    fare: Fare
    amounts: Mapping[Measure, int]
    likely: int
    basis: str

    def to_json(self) -> JsonObject:
        """Which target, and what its part rests on."""
        return {"upstream": self.fare.upstream, "model": self.fare.model[:200], "basis": self.basis}


def told(fare: Fare, usage: turns.Usage) -> Came | None:
    """What the upstream says it came to; None where it does not say."""
    tokens = quotas.tokens_of(usage)
    if tokens is None:
        return None
    money = 0 if fare.prices is None else fare.prices.of(usage)
    return Came(fare, {Measure.TOKENS: tokens, Measure.USD: money}, tokens, "usage")


def untold(fare: Fare, *, counts_nothing: bool) -> Came:
    """What is counted where nobody said what it came to."""
    if counts_nothing:
        return Came(fare, {}, 0, "unknown")
    return Came(fare, fare.most, fare.likely, "reserved")


def total(parts: Sequence[Mapping[Measure, int]], measure: Measure) -> int:
    """All of them together."""
    return sum(part.get(measure, 0) for part in parts)
