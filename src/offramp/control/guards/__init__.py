"""Guards: one file a red line, pure. `interface.py` says what a guard is, `registry.py` lists them."""

from offramp.control.guards.clauses import clauses_for, counting, thresholds
from offramp.control.guards.distinct_persons import DISTINCT_PERSONS
from offramp.control.guards.interface import (
    Clause,
    Figure,
    Guard,
    Judgement,
    Matter,
    Registered,
    Stated,
    Verdict,
    serves,
    strictest,
)
from offramp.control.guards.registry import GUARDS
from offramp.control.guards.undeclared_persons import UNDECLARED_PERSONS

__all__ = [
    "DISTINCT_PERSONS",
    "GUARDS",
    "UNDECLARED_PERSONS",
    "Clause",
    "Figure",
    "Guard",
    "Judgement",
    "Matter",
    "Registered",
    "Stated",
    "Verdict",
    "clauses_for",
    "counting",
    "serves",
    "strictest",
    "thresholds",
]
