"""How persons decide: how long they look, and how often they approve. Pure.

A named person who approves everything within a second is not one who decides. What follows from a figure is
for people to say: nothing here is a threshold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from offramp.control.holds.hold import Decided, Hold, State, Verdict
from offramp.core.instants import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What one person's decisions have in common."""

    person: str
    decisions: int
    approvals: int
    median_seconds: float
    """From the first showing to the decision."""
    shortest_seconds: float

    @property
    def approval_share(self) -> float:
        """Approvals among the decisions, 0 to 1."""
        return self.approvals / self.decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of holds."""

    held: int = 0
    pending: int = 0
    approved: int = 0
    """Approved and not used."""
    released: int = 0
    denied: int = 0
    expired: int = 0


def habits(
    holds: Iterable[Hold], since: Instant | None = None, until: Instant | None = None
) -> tuple[Habit, ...]:
    """One for each person who decided from `since` to before `until`, by name."""
    by_person: dict[str, list[Decided]] = {}
    for hold in holds:
        for one in hold.decisions:
            if (since is None or one.at >= since) and (until is None or one.at < until):
                by_person.setdefault(one.person, []).append(one)
    return tuple(
        Habit(
            person=person,
            decisions=len(decided),
            approvals=sum(one.verdict is Verdict.APPROVE for one in decided),
            median_seconds=median(one.seconds for one in decided),
            shortest_seconds=min(one.seconds for one in decided),
        )
        for person, decided in sorted(by_person.items())
    )


def tally(
    holds: Iterable[Hold], at: Instant, since: Instant | None = None, until: Instant | None = None
) -> Tally:
    """What became, as of `at`, of the holds requested from `since` to before `until`."""
    counted = [
        hold.state(at)
        for hold in holds
        if (since is None or hold.requested_at >= since) and (until is None or hold.requested_at < until)
    ]
    return Tally(
        held=len(counted),
        pending=counted.count(State.PENDING),
        approved=counted.count(State.APPROVED),
        released=counted.count(State.RELEASED),
        denied=counted.count(State.DENIED),
        expired=counted.count(State.EXPIRED),
    )
