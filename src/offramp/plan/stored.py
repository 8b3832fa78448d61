"""What the plan keeps: exits, uses and traffic in the database, the burn-down in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, parse_instant
from offramp.evidence import EntryType, read_entries
from offramp.plan.drills import Drill, read_drills
from offramp.plan.exits import ExitPlan, read_exits
from offramp.plan.items import Use, read_uses
from offramp.plan.pacing.reading import Pace, read_pace
from offramp.plan.traffic import TrafficState, read_traffic
from offramp.store import connect, has_tables
from offramp.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Exits, uses and traffic as stored at one moment."""

    exits: tuple[ExitPlan, ...] = ()
    uses: tuple[Use, ...] = ()
    traffic: TrafficState = field(default_factory=TrafficState)
    pace: Pace = field(default_factory=Pace)
    drills: tuple[Drill, ...] = ()


def read_stored(workspace: Workspace) -> Stored:
    """What the workspace's database holds; empty where nothing was ever recorded."""
    path = workspace.state / "state.db"
    if not path.is_file():
        return Stored()
    engine = connect(path, read_only=True)
    try:
        with engine.connect() as connection:
            if not has_tables(connection):
                return Stored()
            return Stored(
                exits=read_exits(connection),
                uses=read_uses(connection),
                traffic=read_traffic(connection),
                pace=read_pace(connection),
                drills=read_drills(connection),
            )
    finally:
        engine.dispose()


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
    try:
        entries = [one.entry for one in read_entries(workspace.state, types=[EntryType.SCAN])]
    except OfframpError as error:
        if error.code == "ledger-missing":
            return ()
        raise
    points = (
        ScanPoint(
            at=parse_instant(str(entry.data["decided_at"])),
            vendor=entry.subject,
            open=int(entry.data["open"]),
            moved=int(entry.data["moved"]),
            new=int(entry.data["new"]),
            open_by_system=dict(entry.data["open_by_system"]),
        )
        for entry in entries
        if "open_by_system" in entry.data
    )
    return tuple(point for point in points if point.at <= at)
