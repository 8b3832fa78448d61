"""The plan: items with owners and deadlines, exits, and where traffic goes while they run."""

from offramp.plan.moves import Act, Cut, Ramped, Restored, Step, cut, ramp, record, restore
from offramp.plan.norms import HeldBy
from offramp.plan.traffic import (
    Cause,
    CauseKind,
    Hold,
    TrafficState,
    order_targets,
    parse_cause,
    read_traffic,
)

__all__ = [
    "Act",
    "Cause",
    "CauseKind",
    "Cut",
    "HeldBy",
    "Hold",
    "Ramped",
    "Restored",
    "Step",
    "TrafficState",
    "cut",
    "order_targets",
    "parse_cause",
    "ramp",
    "read_traffic",
    "record",
    "restore",
]
