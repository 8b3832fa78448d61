"""The plan: items with owners and deadlines, exits, and where traffic goes while they run.

The operations stand here by name; the values they take and give are in the modules `account`, `assess`,
`departure`, `drills`, `moves`, `outlook`, `pacing`, `rescan`, `start`, `stored` and `traffic`, which are
part of this door.
"""

from offramp.plan import (
    account,
    assess,
    departure,
    drills,
    moves,
    outlook,
    pacing,
    rescan,
    start,
    stored,
    traffic,
)
from offramp.plan.leave import leave
from offramp.plan.moves import cut, ramp, restore

__all__ = [
    "account",
    "assess",
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
