"""Plan items: one for each use that has to move, with owner, deadline, lead time and state.

What is stored is what was found and when; deadlines and states are worked out for the instant asked about,
because a stay that arrives tomorrow changes them without a new scan.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from offramp.core.findings import Finding
from offramp.core.ids import FindingId, SystemId, VendorId
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.evidence import Change
from offramp.plan.deadlines import Deadline
from offramp.store.schema import plan_items
from offramp.workspace import Workspace

UNOWNED = "nobody yet"
"""The owner shown where neither a system nor a declaration names one."""


class ItemState(StrEnum):
    """How far one use has come, at one instant."""

    OPEN = "open"
    LATE_START = "late-start"
    """Less time is left than moving it takes."""
    OVERDUE = "overdue"
    """The deadline has passed and the use is still found."""
    REROUTED = "rerouted"
    """Still found in the code, but all its application's traffic goes to another vendor."""
    MOVED = "moved"
    """No longer found, in the sources the last scan looked at."""


LEFT = (ItemState.OPEN, ItemState.LATE_START, ItemState.OVERDUE)
"""States in which something remains to be done before the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A use as it is stored: what was found, where, and when it was first and last seen."""

    id: FindingId
    vendor: VendorId
    kind: str
    path: str
    line: int
    message: str
    system: str
    owner: str
    lead_days: int
    seen_at: Instant
    moved_at: Instant | None
    """When a scan no longer found it; None while it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A use with its deadline and its state at one instant."""

    use: Use
    deadline: Deadline | None
    """None where no exit and no instrument sets one."""
    state: ItemState

    @property
    def start_by(self) -> Instant | None:
        """The last instant at which moving it can begin and still be in time."""
        return None if self.deadline is None else self.deadline.at - timedelta(days=self.use.lead_days)


def read_uses(connection: Connection) -> tuple[Use, ...]:
    """Every use in the database, by vendor, path and line."""
    rows = connection.execute(
        select(plan_items).order_by(plan_items.c.vendor, plan_items.c.path, plan_items.c.line)
    )
    return tuple(
        Use(
            id=FindingId(row.id),
            vendor=VendorId(row.vendor),
            kind=row.kind,
            path=row.path,
            line=row.line,
            message=row.message,
            system=row.system,
            owner=row.owner,
            lead_days=row.lead_days,
            seen_at=parse_instant(row.seen_at),
            moved_at=parse_instant(row.moved_at) if row.moved_at else None,
        )
        for row in rows
    )


def state_at(use: Use, deadline: Deadline | None, at: Instant, *, is_rerouted: bool) -> ItemState:
    """The state of `use` at `at`."""
    if use.moved_at is not None and use.moved_at <= at:
        return ItemState.MOVED
    if is_rerouted:
        return ItemState.REROUTED
    if deadline is None:
        return ItemState.OPEN
    if deadline.at < at:
        return ItemState.OVERDUE
    if deadline.at - timedelta(days=use.lead_days) < at:
        return ItemState.LATE_START
    return ItemState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a scan changes in the stored uses."""

    uses: tuple[Use, ...]
    """Every use after it, the moved ones included."""
    new: tuple[Use, ...]
    moved: tuple[Use, ...]
    back: tuple[Use, ...]
    """Uses that had moved and are found again."""
    changes: tuple[Change, ...]
    """Only rows that differ; none where the scan found what was known."""


def take_stock(
    workspace: Workspace,
    stored: Iterable[Use],
    found: Iterable[Finding],
    vendor: VendorId,
    at: Instant,
    deadline_of: Callable[[Use], Deadline | None],
) -> Stock:
    """Compare the uses of `vendor` that were found with those stored.

    A use found for the first time is new; one no longer found has moved at `at`; one found again is back.
    """
    before = {use.id: use for use in stored if use.vendor == vendor}
    now = {
        finding.id: _use(workspace, finding, before.get(finding.id), at)
        for finding in (*found, *_declared(workspace, at))
        if finding.is_use and finding.vendor == vendor
    }
    moved = tuple(_moved(use, at) for use in before.values() if use.id not in now and use.moved_at is None)
    gone = tuple(use for use in before.values() if use.id not in now and use.moved_at is not None)
    uses = tuple(sorted((*now.values(), *moved, *gone), key=lambda use: (use.path, use.line, use.id)))
    changed = [use for use in uses if before.get(use.id) != use]
    return Stock(
        uses=uses,
        new=tuple(use for use in now.values() if use.id not in before),
        moved=moved,
        back=tuple(use for use in now.values() if use.id in before and before[use.id].moved_at is not None),
        changes=tuple(Change("plan_items", _row(use, deadline_of(use))) for use in changed),
    )


def _declared(workspace: Workspace, at: Instant) -> tuple[Finding, ...]:
    """Declared uses that have begun to be told and have not ended by `at`."""
    return tuple(
        declaration.finding
        for declaration in workspace.declarations
        if not declaration.until or parse_instant(declaration.until) > at
    )


def _use(workspace: Workspace, finding: Finding, before: Use | None, at: Instant) -> Use:
    system = workspace.systems.get(SystemId(finding.system)) if finding.system else None
    owners: Mapping[str, str] = {d.finding.id: d.owner for d in workspace.declarations}
    return Use(
        id=finding.id,
        vendor=finding.vendor,
        kind=finding.kind.value,
        path=finding.path,
        line=finding.line,
        message=finding.message,
        system=finding.system or "",
        owner=system.owner if system else owners.get(finding.id, UNOWNED),
        lead_days=system.lead_days if system else 30,
        seen_at=before.seen_at if before else at,
        moved_at=None,
    )


def _moved(use: Use, at: Instant) -> Use:
    return replace(use, moved_at=at)


def _row(use: Use, deadline: Deadline | None) -> dict[str, str | int]:
    return {
        "id": use.id,
        "vendor": use.vendor,
        "kind": use.kind,
        "path": use.path,
        "line": use.line,
        "message": use.message,
        "system": use.system,
        "owner": use.owner,
        "deadline_at": format_instant(deadline.at) if deadline else "",
        "lead_days": use.lead_days,
        "state": ItemState.MOVED.value if use.moved_at else ItemState.OPEN.value,
        "instruments": ",".join(deadline.instruments) if deadline else "",
        "seen_at": format_instant(use.seen_at),
        "moved_at": format_instant(use.moved_at) if use.moved_at else "",
    }
