"""What instruments in force ask of one application, worked out once until they change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offramp.control import guards, persons
from offramp.core.ids import VendorId
from offramp.gateway.snapshot import Snapshot

Watching = tuple[tuple[guards.Guard, tuple[guards.Clause, ...]], ...]
"""Guards that are on, each with the clauses it serves."""


@dataclass(slots=True)
class Lines:
    """What is asked of one application until the instruments change."""

    snapshot: Snapshot
    caller: guards.Registered
    by_vendor: Mapping[VendorId, Watching]
    days: Mapping[str, int]
    """Fact that counts persons to the days of its window."""
    from_at: int
    naming: frozenset[str]
    """Tools whose calls in an answer name persons that a clause may count; none where none counts."""
    reaches: dict[persons.Cell, frozenset[str]] = field(default_factory=dict)
    """Use to the norms that would stand in its way if there were enough persons."""
    cells: frozenset[persons.Cell] = frozenset()
    """The uses `together` was worked out from."""
    together: dict[tuple[persons.Cell, str], frozenset[persons.Cell]] = field(default_factory=dict)
    """Use and norm to all the uses that are counted together."""
