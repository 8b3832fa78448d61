"""The gate: which uses the exits and the instruments do not allow, at one instant."""

from collections.abc import Iterable
from dataclasses import dataclass

from offramp.core.findings import Finding
from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.instruments import Instruments
from offramp.plan.deadlines import Deadline, Deadlines, deadlines_for
from offramp.plan.exits import ExitPlan
from offramp.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One use, and the deadline that counts for it."""

    finding: Finding
    deadline: Deadline | None
    is_due: bool
    """The deadline has come: the use is not allowed any more."""
    undecided: tuple[str, ...] = ()
    """Applications whose answer hangs on a fact nobody declared, and which."""


def assess(
    workspace: Workspace,
    instruments: Instruments,
    exits: Iterable[ExitPlan],
    uses: Iterable[Finding],
    at: Instant,
) -> tuple[Assessed, ...]:
    """Each use, in the order given, with its deadline. A mention is not a use and is left out."""
    by_vendor = {one.vendor: one.by_at for one in exits if one.started_at <= at}
    dates: dict[tuple[VendorId, str], Deadlines] = {}
    assessed = []
    for finding in uses:
        if not finding.is_use:
            continue
        key = (finding.vendor, str(finding.system or ""))
        if key not in dates:
            dates[key] = deadlines_for(
                workspace, instruments, finding.vendor, key[1], by_vendor.get(finding.vendor), at
            )
        found = dates[key]
        is_due = found.first is not None and found.first.at <= at
        undecided = () if is_due else found.undecided
        assessed.append(Assessed(finding=finding, deadline=found.first, is_due=is_due, undecided=undecided))
    return tuple(assessed)
