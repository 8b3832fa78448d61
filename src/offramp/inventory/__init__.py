"""Where vendors are used: walks trees, matches signals, detects, merges.

Which vendors there are and what marks them is data of the vendors room; what follows from a use is the
plan's business. Declared uses are handed in. Nothing that is scanned is imported or executed.
"""

from offramp.inventory.comparing import new_since
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.engines import Engine
from offramp.inventory.explaining import explain
from offramp.inventory.gathering import Search, gather
from offramp.inventory.revisions import revision
from offramp.inventory.scanning import Means, scan
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.sources import look_at_sources
from offramp.inventory.systems import assign
from offramp.inventory.waivers import judged

__all__ = [
    "DETECTORS",
    "Detector",
    "Engine",
    "Found",
    "Means",
    "Search",
    "Sheet",
    "assign",
    "explain",
    "gather",
    "judged",
    "look_at_sources",
    "new_since",
    "revision",
    "scan",
]
