"""Keeps what scans found, by what each file is: a second scan reads only what changed.

One file for each root and way of looking. A file of the tree counts as unchanged while its size, its times
and its number on disk are the same; a blob of a repository while its name is. Whatever is wrong with a kept
file (damaged, of another version) it is passed over and written again. No content is kept, and of secrets no
more than a finding shows.
"""

import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from offramp.inventory.engines import DIGEST_BYTES, write_whole
from offramp.inventory.outcome import Outcome
from offramp.inventory.walk import Leaf

FORMAT = "2"
SECOND = 1_000_000_000
FINE_GRAIN = SECOND // 20
"""A file changed this shortly before it was read may be changed again without its times showing it."""
COARSE_GRAIN = 2 * SECOND
"""The same on disks whose times are whole seconds."""
MOST_FILES = 64
MOST_OF = {"kept": MOST_FILES, "hs": 8, "read": 4}
"""Files of each sort beyond this are removed, oldest first: results, compiled patterns, profiles as read."""

Stamp = tuple[int | str, ...]


class _Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file as it was."""

    size: int
    stamp: Stamp
    outcome: Outcome | None = None
    beside: tuple[tuple[str, Stamp], ...] = ()
    """Stamps of the files that were read with it."""


class _Book(msgspec.Struct, frozen=True, array_like=True):
    """What one kept file holds."""

    format: str
    salt: bytes
    entries: dict[str, _Entry]


@dataclass(slots=True)
class Kept:
    """What is known of one root's files from the scan before, and what this scan learns."""

    place: Path | None
    """None: nothing is kept."""
    salt: bytes
    known: dict[str, _Entry] = field(default_factory=dict)
    learnt: dict[str, _Entry] = field(default_factory=dict)
    began: int = field(default_factory=time.time_ns)
    changed: bool = False

    def recall(self, leaf: Leaf) -> tuple[bool, Outcome | None]:
        """Whether the file is as it was, and then what was found in it."""
        entry = self.known.get(leaf.shown)
        if entry is None or entry.size != leaf.size or entry.stamp != leaf.stamp or not leaf.stamp:
            return False, None
        if entry.beside and any(stamp != stamp_of(leaf, name) for name, stamp in entry.beside):
            return False, None
        self.learnt[leaf.shown] = entry
        return True, entry.outcome

    def learn(self, leaf: Leaf, outcome: Outcome | None) -> None:
        """Remember a file that was read in this scan."""
        self.changed = True
        if self.place is None or not leaf.stamp or self._is_fresh(leaf.stamp):
            return
        if outcome is not None and not outcome.is_worth_keeping():
            return
        beside = tuple((name, stamp_of(leaf, name)) for name in outcome.consulted) if outcome else ()
        self.learnt[leaf.shown] = _Entry(leaf.size, leaf.stamp, outcome, beside)

    def _is_fresh(self, stamp: Stamp) -> bool:
        """Whether it changed so shortly before this scan that a later change could go unseen."""
        for one in stamp[:2]:
            if not isinstance(one, int) or one <= self.began - COARSE_GRAIN:
                continue
            if one % SECOND == 0 or one > self.began - FINE_GRAIN:
                return True
        return False

    def write(self) -> None:
        """Keep what was learnt, unless it is what was known."""
        if self.place is None or (not self.changed and len(self.known) == len(self.learnt)):
            return
        body = msgspec.msgpack.encode(_Book(FORMAT, self.salt, self.learnt))
        with suppress(OSError):
            write_whole(self.place, hashlib.sha256(body).digest() + body)
            _prune(self.place.parent)


def stamp_of(leaf: Leaf, name: str) -> Stamp:
    """What another file of the same folder is like now."""
    try:
        status = os.lstat(os.path.join(os.path.dirname(leaf.path), name))  # noqa: PTH118, PTH120 - on the warm path
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def recall_all(folder: Path | None, what: Iterable[str], salt: bytes | None, fresh: bytes) -> Kept:
    """What is kept about one root. `what` names the root and everything that decides what is found there.

    Without a `salt` of the caller's the one kept with the entries goes on, so that digests stay comparable;
    `fresh` is for the first time.
    """
    if folder is None:
        return Kept(None, salt or fresh)
    digest = hashlib.sha256("\0".join((FORMAT, *what, salt.hex() if salt else "")).encode("utf-8", "replace"))
    place = folder / f"scan-{digest.hexdigest()[:32]}.kept"
    with suppress(OSError, msgspec.DecodeError):
        kept = place.read_bytes()
        if hashlib.sha256(kept[DIGEST_BYTES:]).digest() == kept[:DIGEST_BYTES]:
            book = msgspec.msgpack.decode(kept[DIGEST_BYTES:], type=_Book)
            if book.format == FORMAT and (salt is None or salt == book.salt):
                return Kept(place, book.salt, book.entries)
    return Kept(place, salt or fresh)


def _prune(folder: Path) -> None:
    """Keep the newest files of each sort only; one that another scan has just removed is gone already."""
    for ending, most in MOST_OF.items():
        stamped = []
        for path in folder.glob(f"*.{ending}"):
            with suppress(OSError):
                stamped.append((path.stat().st_mtime_ns, path))
        for _, path in sorted(stamped, reverse=True)[most:]:
            with suppress(OSError):
                path.unlink(missing_ok=True)
