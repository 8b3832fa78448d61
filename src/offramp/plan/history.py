"""The burn-down, scan by scan, as the ledger has it."""

from collections.abc import Mapping
from dataclasses import dataclass

from offramp.core.instants import Instant, parse_instant
from offramp.evidence import EntryType, read_entries
from offramp.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPoint:
    """What one scan of an exit found."""

    at: Instant
    vendor: str
    open: int
    moved: int
    new: int
    open_by_system: Mapping[str, int]


def read_history(workspace: Workspace, at: Instant) -> tuple[ScanPoint, ...]:
    """Every scan of an exit recorded up to `at`, oldest first."""
    if not (workspace.state / "state.db").is_file():
        return ()
    points = (
        ScanPoint(
            at=parse_instant(str(entry.data["decided_at"])),
            vendor=entry.subject,
            open=int(entry.data["open"]),
            moved=int(entry.data["moved"]),
            new=int(entry.data["new"]),
            open_by_system=dict(entry.data["open_by_system"]),
        )
        for entry in read_entries(workspace.state)
        if entry.type is EntryType.SCAN and "open_by_system" in entry.data
    )
    return tuple(point for point in points if point.at <= at)
