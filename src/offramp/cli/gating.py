"""What `offramp plan --gate` does: a scan now, and each use held against what is allowed."""

from offramp.cli.place import scan_here
from offramp.core.errors import Exit
from offramp.core.instants import Instant
from offramp.instruments import Instruments
from offramp.plan import assess, stored
from offramp.report import Document
from offramp.report.documents.gate import gate_document, gate_exit
from offramp.workspace import Workspace


def gated(place: Workspace, instruments: Instruments, at: Instant) -> tuple[Document, Exit]:
    """Every use that is not allowed any more at `at`, and what the command ends with. Nothing is recorded."""
    found = scan_here(place)
    assessed = assess.assess(place, instruments, stored.read_stored(place).exits, found.findings, at)
    return gate_document(assessed, place.organisation.name, instruments, at), gate_exit(assessed)
