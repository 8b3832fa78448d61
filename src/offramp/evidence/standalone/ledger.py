"""What is checked of any ledger, however it was handed over."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cryptography import x509

from offramp.evidence.standalone.archive import read_archive
from offramp.evidence.standalone.entries import Entry, read_entry, read_time
from offramp.evidence.standalone.hashes import roots_at
from offramp.evidence.standalone.history import (
    STAMPED,
    Keys,
    check_handed,
    read_kept,
    said,
    size_in,
    sizes_named,
)
from offramp.evidence.standalone.notes import Wrong, read_key
from offramp.evidence.standalone.stamps import check_stamp, read_stamp, unbase64_stamp

CLOCK_TOLERANCE = timedelta(minutes=10)


class Given(NamedTuple):
    """What the one who checks brings along."""

    key: str
    earlier: bytes | None = None
    suppliers: tuple[str, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()
    signers: tuple[str, ...] = ()
    threshold: int = 1


class Anchor(NamedTuple):
    """A time stamp that verified: so many entries were there at that time; entry `index` came after it."""

    number: int
    size: int
    at: datetime


class Verdict(NamedTuple):
    """What checking found."""

    problems: list[str]
    notes: list[str]
    handed: dict[str, int]
    """How many entries there are, are under a checkpoint handed over, and under a cosigned one."""
    suppliers: list[dict[str, Any]]
    signed_by: str


def read_bodies(bodies: Iterable[tuple[int, bytes]]) -> tuple[dict[int, Entry], list[str]]:
    """The entries that can be read, and problems with the others."""
    entries: dict[int, Entry] = {}
    problems = []
    for index, body in bodies:
        try:
            entries[index] = read_entry(body)
        except Wrong as wrong:
            problems.append(f"entry {index} cannot be read: {wrong}")
    return entries, problems


def check_history(entries: dict[int, Entry], leaves: list[bytes], keys: Keys, given: Given) -> Verdict:
    """Everything the entries say of the ledger itself, and that it begins with what was kept."""
    problems, notes = list(keys.problems), list(keys.notes)
    earlier = None
    sizes = sizes_named(entries, len(leaves))
    if given.earlier is not None:
        try:
            earlier = read_earlier(given.earlier, keys)
            sizes.add(earlier[0])
        except Wrong as wrong:
            problems.append(f"the earlier checkpoint does not verify: {wrong}")
    roots = roots_at(leaves, sizes)
    wrong_hands, covered, vouched = check_handed(entries, roots, len(leaves))
    problems += wrong_hands
    if earlier is not None and earlier[0] > len(leaves):
        problems.append(f"the ledger has shrunk: it had {earlier[0]} entries and now has {len(leaves)}")
    elif earlier is not None and roots[earlier[0]] != earlier[1]:
        problems.append(f"the past was rewritten: the first {earlier[0]} entries are not those of before")
    anchors = check_stamps(entries, roots, keys, given, problems, notes)
    problems += check_clock(entries, anchors)
    notes += went_back(entries)
    handed = {"entries": len(leaves), "covered": covered, "cosigned": vouched}
    return Verdict(problems, notes, handed, [], keys.in_force)


def read_earlier(content: bytes, keys: Keys) -> tuple[int, bytes]:
    """Size and root of what was kept from before, a checkpoint or a pack."""
    if content.startswith(b"PK"):
        content = dict(read_archive(content)).get("checkpoint.txt", b"")
    return read_kept(content, keys, "it")


def check_stamps(
    entries: dict[int, Entry],
    roots: dict[int, bytes],
    keys: Keys,
    given: Given,
    problems: list[str],
    notes: list[str],
) -> list[Anchor]:
    """Time stamps that verified. What is wrong with the others is added to the problems."""
    anchors = []
    name = read_key(keys.given)[0]
    for index, entry in said(entries, STAMPED):
        data = entry["data"]
        size = size_in(data)
        try:
            if size is None or size > index or size not in roots or roots[size].hex() != data.get("root"):
                raise Wrong("it is of a checkpoint that this ledger never had")
            text = f"{name}\n{size}\n{base64.b64encode(roots[size]).decode()}\n"
            stamp = read_stamp(unbase64_stamp(data.get("stamp")))
            if stamp.imprint != hashlib.sha256(text.encode()).digest():
                raise Wrong("the time stamp is of something else")
            if stamp.at.replace(microsecond=0) != read_time(data.get("stamped_at")).replace(microsecond=0):
                raise Wrong("the time stamp says another time")
            if not given.authorities:
                notes.append(f"the time stamp in entry {index} was not checked: no authority was given")
                continue
            check_stamp(stamp, list(given.authorities))
        except Wrong as wrong:
            problems.append(f"entry {index}, a time stamp: {wrong}")
            continue
        notes.append(f"the first {size} entries were there at {shown(stamp.at)}: time stamp in entry {index}")
        anchors.append(Anchor(index, size, stamp.at))
    return anchors


def check_clock(entries: dict[int, Entry], anchors: list[Anchor]) -> list[str]:
    """Entries whose time cannot be, by the time stamps around them."""
    problems = []
    for index, entry in sorted(entries.items()):
        at = read_time(entry["at"])
        late = [one for one in anchors if index < one.size and at > one.at + CLOCK_TOLERANCE]
        early = [one for one in anchors if index >= one.number and at < one.at - CLOCK_TOLERANCE]
        for one in [*late[:1], *early[-1:]]:
            side = "before" if index < one.size else "after"
            problems.append(
                f"the clock: entry {index} says {entry['at']}, but it was recorded {side} "
                f"the time stamp of {shown(one.at)}"
            )
    return problems


def went_back(entries: dict[int, Entry]) -> list[str]:
    """A note where entries are much earlier than some before them."""
    count, first, latest = 0, "", None
    for index, entry in sorted(entries.items()):
        at = read_time(entry["at"])
        if latest is None or at >= latest[0]:
            latest = (at, entry["at"])
        elif at < latest[0] - CLOCK_TOLERANCE:
            count += 1
            first = first or f"entry {index} says {entry['at']}, after {latest[1]}"
    times = "entry is" if count == 1 else "entries are"
    return [f"the clock went back: {count} {times} earlier than others before; {first}"] if count else []


def shown(at: datetime) -> str:
    """A moment as entries write it."""
    return at.isoformat().replace("+00:00", "Z")
