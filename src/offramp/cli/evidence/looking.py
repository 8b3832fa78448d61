"""What statements and documents rest on: every declared source looked at now, and the ledger's entries."""

from collections.abc import Mapping
from dataclasses import dataclass

from offramp.cli.output import say
from offramp.cli.place import scan_here
from offramp.core.errors import OfframpError
from offramp.core.findings import Scan
from offramp.evidence import Recorded, read_entries
from offramp.evidence.statements import checking, counting
from offramp.evidence.statements.predicates import Source
from offramp.inventory import look_at_sources
from offramp.vendors import VENDORS
from offramp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Looked:
    """A scan of every declared source, and which of them were looked at."""

    scan: Scan
    sources: tuple[Source, ...]

    @property
    def missed(self) -> tuple[str, ...]:
        """Declared sources that were not looked at, as gaps say it."""
        return tuple(
            f"not looked at: {one.name} ({one.note})" for one in self.sources if not one.is_looked_at
        )


def look(place: Workspace, vendor: str = "") -> Looked:
    """Look at the workspace's folder and at each of its declared sources."""
    scan, seen = look_at_sources(place, scan_here(place), VENDORS, answers(place), vendor)
    return Looked(
        scan,
        tuple(
            Source(
                name=one.name, kind=one.kind, place=one.place, is_looked_at=one.is_looked_at, note=one.note
            )
            for one in seen
        ),
    )


def answers(place: Workspace) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """What each supplier answered last about each vendor, from the statements that the ledger recorded."""
    found: dict[str, dict[str, tuple[str, str, str]]] = {}
    for stated in statements(place):
        if stated.slug != "supplier-response":
            continue
        said = stated.predicate
        words = f"by {said['answered_by']} on {said['answered_on']}"
        for one in said["answers"]:
            own = found.setdefault(said["supplier"], {})
            before = own.get(one["vendor"])
            if before is None or before[0] <= said["answered_on"]:
                own[one["vendor"]] = (said["answered_on"], one["uses"], words)
    return {
        supplier: {vendor: (uses, words) for vendor, (_, uses, words) in own.items()}
        for supplier, own in found.items()
    }


def statements(place: Workspace) -> tuple[checking.Stated, ...]:
    """Every statement kept here that is signed by the ledger's key and recorded in it, by file name."""
    counted = counting.count(place.state)
    for line in counted.left_out:
        say(f"warning: this statement does not count: {line}")
    return counted.stated


def entries(place: Workspace) -> tuple[Recorded, ...]:
    """The whole ledger; empty where nothing was recorded."""
    try:
        return tuple(read_entries(place.state))
    except OfframpError as error:
        if error.code == "ledger-missing":
            return ()
        raise


def sent_to(place: Workspace, vendor: str) -> tuple[Recorded, ...]:
    """The entries of requests that the gateway sent to an upstream of this vendor."""
    own = upstreams(place, vendor)
    return tuple(
        one
        for one in entries(place)
        if one.entry.data.get("upstream") in own and one.entry.data.get("outcome") not in (None, "refused")
    )


def upstreams(place: Workspace, vendor: str) -> frozenset[str]:
    """The upstreams that lead to the vendor."""
    return frozenset(one.id for one in place.upstreams.values() if one.vendor == vendor)
