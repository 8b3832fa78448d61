"""Uses that people declared because no scanner can see them.

# What it finds
Nothing by itself: it takes the declarations of the workspace (settings of hosted software, sub-processors,
contracts, purchases, suppliers' answers) and puts them beside what was found.

# Why it matters
Much use is indirect: bought as part of something else, switched on in a tenant, passed on by an integrator.

# What to do
Write each into `declarations/*.yaml` with owner and source, and check it as often as your rules ask.

# Limits
A declaration is as good as the person who made it. None is made up, and none is checked against the world.
"""

from collections.abc import Iterable, Iterator

from offramp.core.findings import Finding, FindingKind
from offramp.core.ids import VendorId
from offramp.inventory.sheet import Detector, Found, Sheet


def accepted(declared: Iterable[Finding], vendors: Iterable[VendorId]) -> Iterator[Finding]:
    """The declarations about the vendors looked for."""
    wanted = set(vendors)
    return (one for one in declared if one.vendor in wanted and one.kind is FindingKind.DECLARED)


def detect(_sheet: Sheet) -> Iterable[Found]:
    """Nothing: no file is a declaration of its own, the workspace reads them."""
    return ()


DETECTOR = Detector("declared", detect)
