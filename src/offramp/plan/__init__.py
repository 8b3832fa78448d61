"""The plan: items with owners and deadlines, exits, and where traffic goes while they run."""

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
    "Cause",
    "CauseKind",
    "Hold",
    "TrafficState",
    "order_targets",
    "parse_cause",
    "read_traffic",
]
