"""Red lines at run time: registered applications, guards, distinct persons, held calls and decisions.

Guards and the rules of holds are pure. Their state lies in tables beside them, written only through
the ledger. The gateway asks this room; it never asks the gateway. Keys issued to callers are in `callers`,
what callers have used of their limits and budgets in `quotas`: both are part of this door.
"""

from offramp.control import callers

__all__ = ["callers"]
