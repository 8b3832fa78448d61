"""The plan: items with owners and deadlines, exits, and where traffic goes while they run.

The operations stand here by name; the values they take and give are in the modules `account`, `assess`,
`departure`, `drills`, `moves`, `outlook`, `pacing`, `rescan`, `start`, `stored` and `traffic`, which are
part of this door.

Each is loaded when it is asked for: a gateway moves traffic and plans nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from offramp.plan.leaving import leave
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

_OPERATIONS = {"cut": "moves", "leave": "leaving", "ramp": "moves", "restore": "moves"}


def __getattr__(name: str) -> object:
    if name in _OPERATIONS:
        return getattr(import_module(f"{__name__}.{_OPERATIONS[name]}"), name)
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(name)
