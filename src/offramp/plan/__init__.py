"""The plan: items with owners and deadlines, exits, and where traffic goes while they run.

The operations stand here by name; the values they take and give are in the modules `account`, `departure`,
`drills`, `moves`, `outlook`, `pacing`, `rescan`, `start`, `stored` and `traffic`, which belong to this door.
"""

from offramp.plan import account, departure, drills, moves, outlook, pacing, rescan, start, stored, traffic
from offramp.plan.leave import leave
from offramp.plan.moves import cut, ramp, restore
from offramp.plan.traffic import TrafficState

__all__ = [
    "TrafficState",
    "account",
    "cut",
    "departure",
    "drills",
    "leave",
    "moves",
    "outlook",
    "pacing",
    "ramp",
    "rescan",
    "restore",
    "start",
    "stored",
    "traffic",
]
