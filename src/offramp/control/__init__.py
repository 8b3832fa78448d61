"""Red lines at run time: registered applications, guards, distinct persons, held calls and decisions.

Guards and the rules of holds are pure. Their state lies in tables beside them, written only through
the ledger. The gateway asks this room; it never asks the gateway.
"""

from offramp.control import callers, guards, holds, monthly, persons, quotas
from offramp.control.guards import consequential_tool_calls, human_role

__all__ = [
    "callers",
    "consequential_tool_calls",
    "guards",
    "holds",
    "human_role",
    "monthly",
    "persons",
    "quotas",
]
