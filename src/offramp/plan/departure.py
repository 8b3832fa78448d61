"""What is asked when a vendor is left, and everything that leaving would do."""

from dataclasses import dataclass

from offramp.core.ids import RouteName, VendorId
from offramp.core.instants import Instant
from offramp.plan.exits import ExitPlan
from offramp.plan.files import FileEdit
from offramp.plan.items import Stock
from offramp.plan.moves import Step
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
