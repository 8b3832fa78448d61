"""The plan: items with owners and deadlines, exits, and where traffic goes while they run.

The operations stand here by name; the values they take and give are in the modules `account`, `departure`,
`moves`, `outlook`, `rescan`, `start` and `stored`, which are part of this door.
"""

from offramp.plan import account, departure, moves, outlook, rescan, start, stored
from offramp.plan.leave import leave
from offramp.plan.moves import cut, ramp, restore
from offramp.plan.traffic import HeldBy, TrafficState, order_targets, read_traffic

__all__ = [
    "HeldBy",
    "TrafficState",
    "account",
    "cut",
    "departure",
    "leave",
    "moves",
    "order_targets",
    "outlook",
    "ramp",
    "read_traffic",
    "rescan",
    "restore",
    "start",
    "stored",
]
