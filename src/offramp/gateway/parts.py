"""What one worker works with."""

from dataclasses import dataclass, field

from offramp.control import quotas
from offramp.core.instants import Clock
from offramp.evidence import AsyncLedger
from offramp.gateway.draining import Draining
from offramp.gateway.guarding import Guarding
from offramp.gateway.hold_state import HoldState
from offramp.gateway.in_flight import Underway
from offramp.gateway.kept import Kept
from offramp.gateway.resting import Resting
from offramp.gateway.seal_keys import SealKeys
from offramp.gateway.snapshot import Snapshot
from offramp.gateway.taping import Observing
from offramp.gateway.telemetry import Telemetry
from offramp.gateway.traffic import Traffic
from offramp.gateway.trouble_log import TroubleLog
from offramp.upstream import Client


@dataclass(slots=True)
class Parts:
    """Opened when the worker starts, closed when it stops. `snapshot` is swapped whole."""

    snapshot: Snapshot
    traffic: Traffic
    ledger: AsyncLedger
    client: Client
    seals: SealKeys
    clock: Clock
    kept: Kept
    telemetry: Telemetry
    holds: HoldState
    guarding: Guarding
    quotas: quotas.Quotas
    troubles: TroubleLog = field(default_factory=TroubleLog)
    resting: Resting = field(default_factory=Resting)
    underway: Underway = field(default_factory=Underway)
    """What may be cut while it is under way."""
    draining: Draining = field(default_factory=Draining)
    """Sees the end of all of it through."""
    observer: Observing | None = None
    """Records and mirrors for those who opted in; the worker sets it."""
