"""Signs that an assistant helped to write the code: marks in commit messages and files, from the profiles.

A class of its own. Code that an assistant helped to write uses no vendor when it runs: none of this is a
finding, and none is counted among the uses. It is looked for only when somebody asks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.findings import Assisted
from offramp.core.ids import VendorId
from offramp.inventory.history import commits
from offramp.inventory.reading import NotRead, Reader
from offramp.inventory.walk import Leaf, walk
from offramp.vendors import Profile

LARGEST_FILE = 4 << 20


def assisted(
    roots: Sequence[Path], profiles: Mapping[VendorId, Profile], vendors: Sequence[VendorId]
) -> tuple[Assisted, ...]:
    """Every sign below the roots and in the history that leads to them. Without git, the files alone."""
    trailers = _expressions(profiles, vendors, "trailers")
    marks = _expressions(profiles, vendors, "marks")
    found: list[Assisted] = []
    for root in roots:
        with suppress(OfframpError):
            found += _in_commits(root, trailers)
        found += _in_files(root, marks)
    return tuple(found)


def _expressions(
    profiles: Mapping[VendorId, Profile], vendors: Sequence[VendorId], field: str
) -> dict[VendorId, re.Pattern[str]]:
    found = {}
    for vendor in vendors:
        block = profiles[vendor].assistant
        texts: tuple[str, ...] = getattr(block, field) if block is not None else ()
        if texts:
            found[vendor] = re.compile("|".join(map(re.escape, texts)), re.IGNORECASE)
    return found


def _in_commits(root: Path, trailers: Mapping[VendorId, re.Pattern[str]]) -> Iterator[Assisted]:
    for commit in commits(root) if trailers else ():
        for vendor, expression in trailers.items():
            match = expression.search(commit.message)
            if match is not None:
                yield Assisted(
                    vendor=vendor, sort="commit", place=commit.id[:12], line=0, at=commit.at, mark=match[0]
                )


def _in_files(root: Path, marks: Mapping[VendorId, re.Pattern[str]]) -> Iterator[Assisted]:
    reader = Reader()
    for leaf in walk(root) if marks else ():
        if not isinstance(leaf, Leaf) or leaf.size > LARGEST_FILE:
            continue
        try:
            text = bytes(reader.read(leaf)).decode("utf-8", "replace")
        except (NotRead, OSError):
            continue
        for vendor, expression in marks.items():
            match = expression.search(text)
            if match is not None:
                line = text.count("\n", 0, match.start()) + 1
                yield Assisted(vendor=vendor, sort="file", place=leaf.shown, line=line, at="", mark=match[0])
