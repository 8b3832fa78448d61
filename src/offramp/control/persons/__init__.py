"""Distinct persons: identifiers in, counts with bounds out. No identifier is kept, only keyed hashes."""

from offramp.control.persons import nodes, owners
from offramp.control.persons.counter import Asked, Cell, Counter, Pane
from offramp.control.persons.keys import Keys
from offramp.control.persons.names import NameReader
from offramp.control.persons.owners import owner_of
from offramp.control.persons.patterns import identifiers_in, may_hold_identifiers
from offramp.control.persons.reading import SUBJECTS, Seen, Subjects, subjects_of
from offramp.control.persons.sketch import Tally, class_of
from offramp.control.persons.windows import day_of, days_of

__all__ = [
    "SUBJECTS",
    "Asked",
    "Cell",
    "Counter",
    "Keys",
    "NameReader",
    "Pane",
    "Seen",
    "Subjects",
    "Tally",
    "class_of",
    "day_of",
    "days_of",
    "identifiers_in",
    "may_hold_identifiers",
    "nodes",
    "owner_of",
    "owners",
    "subjects_of",
]
