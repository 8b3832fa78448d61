"""The account of one exit: what was done, by whom and why, and where requests went, day by day.

Read from the ledger's entries and nothing else. A day is the one an entry counts for, in UTC: `decided_at`
where it has one, else when it was recorded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from offramp.core.ids import VendorId
from offramp.core.instants import Instant, parse_instant
from offramp.evidence import Entry, EntryType, Recorded, read_entries
from offramp.workspace import Workspace

__all__ = ["Account", "Day", "Deed", "Refusals", "read_account"]

ANSWERED = "answered"
BLOCK = 10_000


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a person or the gateway did about this exit."""

    index: int
    """Of the entry that records it."""
    at: Instant
    """The instant it counts for."""
    what: str
    """`leave`, `scan`, `ramp`, `cut`, `restore` or `serve`."""
    said: str
    """In words."""
    by: str
    cause: str
    reason: str
    instruments: tuple[str, ...]


@dataclass(slots=True)
class Day:
    """Requests of one day."""

    day: date
    vendor: int = 0
    """Answered by the vendor that is left."""
    others: int = 0
    refused: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Refusals:
    """Requests that one norm stopped."""

    cause: str
    application: str
    count: int
    first: Instant
    last: Instant


@dataclass(slots=True)
class Account:
    """Everything the ledger says of one exit, in the order it was recorded."""

    vendor: VendorId
    deeds: list[Deed] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    """Only days with a request, in order of the calendar."""
    refusals: list[Refusals] = field(default_factory=list)
    entries: int = 0
    """How many entries were read."""
    unknown: int = 0
    """Requests answered by an upstream that the workspace no longer has."""

    @property
    def people(self) -> tuple[tuple[str, Counter[str]], ...]:
        """Who did how much of what, by name."""
        found: dict[str, Counter[str]] = {}
        for deed in self.deeds:
            found.setdefault(deed.by, Counter())[deed.what] += 1
        return tuple(sorted(found.items()))

    def about(self, *what: str) -> tuple[Deed, ...]:
        """The deeds of these kinds."""
        return tuple(one for one in self.deeds if one.what in what)


def read_account(workspace: Workspace, vendor: VendorId, at: Instant) -> Account:
    """The account of leaving `vendor`, of what counts for `at` or before."""
    return _account(_entries(workspace.state), workspace, vendor, at)


def _entries(state: Path) -> Iterator[Recorded]:
    """Every entry, some at a time: a year of requests does not fit into memory."""
    first = 0
    while found := read_entries(state, first, BLOCK):
        yield from found
        first = found[-1].index + 1


def _account(found: Iterable[Recorded], workspace: Workspace, vendor: VendorId, at: Instant) -> Account:
    account = Account(vendor)
    vendors = {str(name): one.vendor for name, one in workspace.upstreams.items()}
    days: dict[date, Day] = {}
    stopped: dict[tuple[str, str], list[Instant]] = {}
    for one in found:
        account.entries += 1
        entry = one.entry
        when = _when(entry)
        if when > at:
            continue
        if entry.type in (EntryType.TRAFFIC, EntryType.DECISION) and "route" in entry.data:
            day = days.setdefault(when.date(), Day(when.date()))
            account.unknown += _count(day, entry, vendors, vendor)
            if entry.cause.startswith("norm:"):
                stopped.setdefault((entry.cause, entry.actor), []).append(when)
        elif (deed := _deed(one, when, vendors, vendor)) is not None:
            account.deeds.append(deed)
    account.days = [days[day] for day in sorted(days)]
    account.refusals = [
        Refusals(cause, who, len(times), min(times), max(times))
        for (cause, who), times in sorted(stopped.items())
    ]
    return account


def _count(day: Day, entry: Entry, vendors: Mapping[str, VendorId], vendor: VendorId) -> int:
    """Put a request under its heading; 1 where the upstream is not known any more."""
    outcome, upstream = entry.data.get("outcome"), str(entry.data.get("upstream", ""))
    if entry.type is EntryType.DECISION:
        day.refused += 1
    elif outcome != ANSWERED:
        day.failed += 1
    elif vendors.get(upstream) == vendor:
        day.vendor += 1
    else:
        day.others += 1
        return int(upstream not in vendors)
    return 0


def _deed(one: Recorded, when: Instant, vendors: Mapping[str, VendorId], vendor: VendorId) -> Deed | None:
    entry = one.entry
    data = entry.data
    match entry.type:
        case EntryType.CONFIG if data.get("what") == "leave" and entry.subject == vendor:
            what, said = "leave", f"leave {vendor} for {data.get('successor')} by {_day(data.get('by_at'))}"
        case EntryType.SCAN if entry.subject == vendor and "open" in data:
            what = "scan"
            said = f"{data['open']} uses found, {data.get('moved', 0)} no longer found"
        case EntryType.RAMP:
            what = "ramp"
            said = f"route {entry.subject}: {data.get('before')} % to {data.get('share')} % moved"
        case EntryType.CUT if vendors.get(entry.subject) == vendor:
            what, said = "cut", f"upstream {entry.subject} held down on {_route(data.get('route'))}"
        case EntryType.RESTORE if vendors.get(entry.subject) == vendor:
            still = ", ".join(data.get("still_held_by", ())) or "nothing"
            what = "restore"
            said = f"this cause lifted from upstream {entry.subject}; still held by {still}"
        case _:
            return None
    return Deed(
        one.index,
        when,
        what,
        said,
        entry.actor,
        entry.cause,
        str(data.get("reason", "")),
        tuple(entry.instruments),
    )


def _when(entry: Entry) -> Instant:
    said = entry.data.get("decided_at")
    return parse_instant(said) if isinstance(said, str) and said else entry.at


def _route(name: object) -> str:
    return f"route {name}" if name else "every route"


def _day(text: object) -> str:
    return str(text)[:10] if text else "no date"
