"""What checking found."""

from dataclasses import dataclass

from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.history import Coverage
from offramp.evidence.manifest import Manifest
from offramp.evidence.notes import VerifierKey
from offramp.evidence.statements.checking import Stated


@dataclass(frozen=True, slots=True)
class SupplierVerdict:
    """What the pack of a supplier, inside another one, shows."""

    path: str
    origin: str
    key: VerifierKey
    """What it was checked with."""
    is_key_given: bool
    """Whether that key was given; else it is the word of the pack around it."""
    entries: int
    suppliers: tuple["SupplierVerdict", ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking found. Without problems, the pack is what the holder of the key signed, to the byte."""

    problems: tuple[str, ...]
    manifest: Manifest | None = None
    """What the pack says of itself; None when its signature did not verify, and where it is no pack."""
    checkpoint: Checkpoint | None = None
    """What tiles and a proof lead to; None when its signature did not verify, and for a pack."""
    kind: str = "evidence pack"
    """What was looked at: `evidence pack`, `folder of tiles`, `proof` or `statement`."""
    signed_by: VerifierKey | None = None
    """The key given, or the one that followed it; None when nothing verified."""
    coverage: Coverage | None = None
    notes: tuple[str, ...] = ()
    """What was seen on the way that is no problem."""
    suppliers: tuple[SupplierVerdict, ...] = ()
    statements: tuple[Stated, ...] = ()
    """Those that verified, in the order of their names."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems
