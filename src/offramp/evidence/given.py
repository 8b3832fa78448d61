"""What somebody who checks brings along: nothing of it comes out of what is checked."""

from dataclasses import dataclass, field

from offramp.evidence.notes import VerifierKey
from offramp.evidence.stamps import Authorities


@dataclass(frozen=True, slots=True)
class Given:
    """Keys, certificates and what was kept from before."""

    key: VerifierKey
    earlier: bytes | None = None
    """A pack or checkpoint that the ledger must begin with."""
    suppliers: tuple[VerifierKey, ...] = ()
    """Keys of suppliers; where one is missing, the key that the pack around names counts."""
    authorities: Authorities = field(default_factory=Authorities)
    """Without any, time stamps are held to the ledger but to no authority."""
    signers: tuple[VerifierKey, ...] = ()
    """Keys that count for statements, beside the ledger's own."""
    threshold: int = 1
    """How many of them must have signed each statement of the pack that is looked at."""
