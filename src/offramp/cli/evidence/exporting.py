"""The signed statement of a records export (`retention-export`), made with the export itself."""

from pathlib import Path

from offramp.cli.evidence.stating import Stating, open_desk, subjects
from offramp.core.instants import now
from offramp.evidence.statements import shelf
from offramp.evidence.statements.predicates import retention_export
from offramp.recordings.exchanges.exporting import Exported


def state_export(root: Path | None, done: Exported, schedule: str, vendor: str, by: str) -> str:
    """Sign, record and keep the statement; returns where it is, in words."""
    desk = open_desk(Stating(by=by, workspace=root))
    days = (done.first_at[:10], done.last_at[:10])
    source = f"exchanges with {vendor or 'all vendors'}, recorded by the gateway"
    statement = retention_export(source, schedule, days, subjects((done.folder,)), desk.head(vendor or None))
    made = shelf.make(desk.place.state, statement, recorded_at=now(), is_dry_run=False)
    return f"stated as entry {made.entry}, kept as {made.path}"
