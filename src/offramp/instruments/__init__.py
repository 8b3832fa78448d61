"""The language of instruments: what binds whom, when, under which reading, and who says so.

Texts in, answers out. Pure: no file, socket, clock or store. The language is `spec/instruments.md`; the words
it starts from are `vocabulary.py`. Analyses (conflicts, hollow safeguards) are not here yet: they would read
`Condition.source` beside `slices.py`, which evaluates the same tree.
"""

from offramp.instruments.binds import Binding, binds, norm, norm_state
from offramp.instruments.decide import checked, decide, enforce
from offramp.instruments.enforcer import Enforcer
from offramp.instruments.json_schema import json_schema
from offramp.instruments.loading import load
from offramp.instruments.model import Instruments, Question, Source
from offramp.instruments.timeline import State, change_points

__all__ = [
    "Binding",
    "Enforcer",
    "Instruments",
    "Question",
    "Source",
    "State",
    "binds",
    "change_points",
    "checked",
    "decide",
    "enforce",
    "json_schema",
    "load",
    "norm",
    "norm_state",
]
