"""What a ledger's entries say of the ledger itself: who holds its checkpoints, and when it was stamped. Pure.

Each such entry names a size and a root, and is held to the tree that the entries give.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from offramp.core.instants import Instant, format_instant
from offramp.evidence import keychain
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.stamps import Authorities, Stamp, stamped_text
from offramp.evidence.tree import grow, root_of

HANDED = "checkpoint-handed"
STAMPED = "checkpoint-stamped"
OWN = frozenset((keychain.PREDICATE, HANDED, STAMPED))
CLOCK_TOLERANCE = timedelta(minutes=10)
Entries = Mapping[int, Entry]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a ledger somebody else can hold its owner to, as the ledger itself says."""

    entries: int
    covered: int
    """Entries under a checkpoint that was handed over."""
    cosigned: int
    """Entries under one that a witness is said to have cosigned."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """So many entries were there at that time; entry `index` came after it."""

    index: int
    size: int
    at: Instant


def is_own(entry: Entry) -> bool:
    """Whether an entry is about the ledger itself: a pack of part of it has it all the same."""
    return entry.type is EntryType.STATEMENT and entry.data.get("predicate") in OWN


def sizes_named(entries: Entries, size: int) -> frozenset[int]:
    """The sizes, up to `size`, whose roots the ledger's own statements rest on."""
    named = (_size(one) for kind in (HANDED, STAMPED) for _, one in _said(entries, kind))
    return frozenset(one for one in named if one is not None and one <= size)


def roots_at(leaves: Sequence[bytes], sizes: frozenset[int]) -> Mapping[int, bytes]:
    """The root of the first so many leaves, for each of `sizes`, in one pass."""
    peaks: tuple[bytes, ...] = ()
    found = {}
    start = 0
    for size in sorted(sizes):
        peaks = grow(start, peaks, leaves[start:size]).peaks
        found[size] = root_of(peaks)
        start = size
    return found


def check_handed(entries: Entries, roots: Mapping[int, bytes], size: int) -> tuple[list[str], Coverage]:
    """Checkpoints said to be handed over that this ledger never had, and how much the others cover."""
    problems, covered, cosigned = [], 0, 0
    for index, entry in _said(entries, HANDED):
        held = _size(entry)
        if held is None or held not in roots or roots[held].hex() != entry.data.get("root"):
            problems.append(f"entry {index} speaks of a checkpoint handed over that this ledger never had")
            continue
        covered = max(covered, held)
        if entry.data.get("cosigned_by"):
            cosigned = max(cosigned, held)
    return problems, Coverage(size, covered, cosigned)


def check_times(
    entries: Entries, roots: Mapping[int, bytes], origin: str, authorities: Authorities
) -> tuple[list[str], list[str]]:
    """Problems with time stamps, and with the times of entries around them; and what the stamps show."""
    problems: list[str] = []
    notes: list[str] = []
    anchors: list[_Anchor] = []
    for index, entry in _said(entries, STAMPED):
        size = _size(entry)
        try:
            if (
                size is None
                or size > index
                or size not in roots
                or roots[size].hex() != entry.data.get("root")
            ):
                raise ValueError("it is of a checkpoint that this ledger never had")
            stamp = Stamp.parse(entry.data.get("stamp"))
            stamp.check_text(stamped_text(origin, size, roots[size]))
            stamp.check_time(entry.data.get("stamped_at"))
            if not authorities:
                notes.append(f"the time stamp in entry {index} was not checked: no authority was given")
                continue
            authorities.check(stamp)
        except ValueError as error:
            problems.append(f"entry {index}, a time stamp: {error}")
            continue
        when = format_instant(stamp.at)
        notes.append(f"the first {size} entries were there at {when}: time stamp in entry {index}")
        anchors.append(_Anchor(index, size, stamp.at))
    return [*problems, *_check_clock(entries, anchors)], [*notes, *_went_back(entries)]


def _went_back(entries: Entries) -> list[str]:
    """Where entries are much earlier than some before them: a clock was set, or somebody set it."""
    found: list[tuple[int, Entry, Entry]] = []
    latest: Entry | None = None
    for index, entry in sorted(entries.items()):
        if latest is None or entry.at >= latest.at:
            latest = entry
        elif entry.at < latest.at - CLOCK_TOLERANCE:
            found.append((index, entry, latest))
    if not found:
        return []
    index, entry, before = found[0]
    times = "entry is" if len(found) == 1 else "entries are"
    return [
        f"the clock went back: {len(found)} {times} earlier than others before; entry {index} says "
        f"{format_instant(entry.at)}, after {format_instant(before.at)}"
    ]


def _check_clock(entries: Entries, anchors: Sequence[_Anchor]) -> list[str]:
    """Entries whose time cannot be, by the time stamps around them."""
    problems = []
    for index, entry in sorted(entries.items()):
        late = [one for one in anchors if index < one.size and entry.at > one.at + CLOCK_TOLERANCE]
        early = [one for one in anchors if index >= one.index and entry.at < one.at - CLOCK_TOLERANCE]
        for one in (*late[:1], *early[-1:]):
            side = "before" if index < one.size else "after"
            problems.append(
                f"the clock: entry {index} says {format_instant(entry.at)}, but it was recorded {side} "
                f"the time stamp of {format_instant(one.at)}"
            )
    return problems


def _size(entry: Entry) -> int | None:
    size = entry.data.get("size")
    return size if type(size) is int and size >= 0 else None


def _said(entries: Entries, predicate: str) -> list[tuple[int, Entry]]:
    return [
        (index, one)
        for index, one in sorted(entries.items())
        if one.type is EntryType.STATEMENT and one.data.get("predicate") == predicate
    ]
