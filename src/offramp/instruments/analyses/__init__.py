"""Questions about instruments themselves, one to a module; the second door of this room.

An analysis takes instruments, a `Profile` of what is fixed beforehand and a `Budget`; it gives an `Analysis`:
answers with regions and witnesses. What the budget cut short is undecided, never "no". The solver is loaded
when the first question is put to it.
"""

from offramp.instruments.analyses.conflicts import Limits, conflicts
from offramp.instruments.analyses.diff import Wordings, diff
from offramp.instruments.analyses.hollow import Weighed, hollow
from offramp.instruments.analyses.readings import readings
from offramp.instruments.results import Analysis, Result
from offramp.instruments.solver import Budget
from offramp.instruments.worlds.space import Profile
from offramp.instruments.worlds.suppositions import (
    checked_deciders,
    checked_norms,
    checked_readings,
    checked_words,
    supposed,
    vendor_blind,
)
from offramp.instruments.worlds.words import Witness, example

ANALYSES: tuple[str, ...] = ("conflicts", "diff", "hollow", "readings")

__all__ = [
    "ANALYSES",
    "Analysis",
    "Budget",
    "Limits",
    "Profile",
    "Result",
    "Weighed",
    "Witness",
    "Wordings",
    "checked_deciders",
    "checked_norms",
    "checked_readings",
    "checked_words",
    "conflicts",
    "diff",
    "example",
    "hollow",
    "readings",
    "supposed",
    "vendor_blind",
]
