"""Held tool calls: what a decision is bound to, who may decide, what is recorded, how persons decide.

The rules are pure; `stored` reads the tables, `steps` says what to write. Arguments are nowhere in them: the
gateway keeps those sealed, and hands in digests.
"""

from offramp.control.holds import habits, rules, steps, stored, telling
from offramp.control.holds.binding import Call, binding_digest, call_digest
from offramp.control.holds.hold import Decided, HeldCall, Hold, Presence, State, Verdict, Way

__all__ = [
    "Call",
    "Decided",
    "HeldCall",
    "Hold",
    "Presence",
    "State",
    "Verdict",
    "Way",
    "binding_digest",
    "call_digest",
    "habits",
    "rules",
    "steps",
    "stored",
    "telling",
]
