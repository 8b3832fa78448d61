"""What is asked when a vendor is left, and everything that leaving would do."""

from dataclasses import dataclass

from offramp.core.ids import RouteName, VendorId
from offramp.core.instants import Instant
from offramp.evidence import Ledger
from offramp.plan.exits import ExitPlan
from offramp.plan.files import FileEdit, write_all
from offramp.plan.items import Stock
from offramp.plan.moves import Step, record
from offramp.plan.successor import SuccessorCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What a person asks for."""

    vendor: VendorId
    successor: VendorId
    by_at: Instant
    by_text: str
    """The deadline as written, for files."""
    by_whom: str
    at: Instant
    recorded_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Everything leaving would do; nothing is done yet."""

    exit: ExitPlan
    checks: tuple[SuccessorCheck, ...]
    stock: Stock
    routes: tuple[RouteName, ...]
    """Routes that lead from the vendor to the successor; they stand at 0 % unless they had begun."""
    notes: tuple[str, ...]
    edits: tuple[FileEdit, ...]
    """Files that change; none the second time."""
    steps: tuple[Step, ...]
    """Ledger entries with their rows; none the second time."""


def carry_out(ledger: Ledger, done: Departure) -> None:
    """Record every step, then write the files: what is decided is in the ledger before it takes effect.

    After a crash between the two, the same command finds the files missing and writes them.
    """
    for step in done.steps:
        record(ledger, step)
    write_all(done.edits)
