"""The labelled repositories: what was read, at which commit, and what was found there by reading.

Labels are data beside this file and never change with the scanner. Nothing is fetched: checkouts are handed
in, and a file that is not the one that was read is left out and counted.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
HELD_OUT = "held-out"
PARTS = (HELD_OUT, "spent", "tuning")
"""Places are told of the last two only; `spent` was held out until it had been measured too often."""
UNSURE = "unsure"
"""The kind of a line on which two readers may differ: neither asked for nor held against a tool."""


@dataclass(frozen=True, slots=True)
class Label:
    """One use that reading found. Line 0 is the whole file."""

    repo: str
    path: str
    line: int
    vendor: str
    kind: str
    context: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of the corpus and the checkout of it that was handed in."""

    name: str
    commit: str
    part: str
    """Which of PARTS."""
    is_without_use: bool
    root: Path
    read: frozenset[str]
    """Paths that were read whole and are the same here; of a repository without any use, none is listed."""
    changed: int
    labels: tuple[Label, ...]

    def asked(self) -> tuple[Label, ...]:
        """The labels a tool is asked for."""
        return tuple(label for label in self.labels if label.kind != UNSURE)

    def unsure(self) -> frozenset[tuple[str, int]]:
        """Places that are left out of the count."""
        return frozenset((label.path, label.line) for label in self.labels if label.kind == UNSURE)


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one data file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def blob(data: bytes) -> str:
    """The id version control gives to a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def folder(checkouts: Path, name: str) -> Path | None:
    """The checkout of a repository under one of its usual names."""
    for candidate in (name, name.replace("/", "+"), name.replace("/", "-"), name.split("/")[1]):
        if (checkouts / candidate).is_dir():
            return checkouts / candidate
    return None


def corpus(checkouts: Path) -> tuple[tuple[Repository, ...], tuple[tuple[str, str], ...]]:
    """The repositories that are there, and name and commit of those that are not."""
    listed: dict[str, list[tuple[str, str]]] = {}
    for row in rows("files.csv"):
        listed.setdefault(row["repo"], []).append((row["path"], row["blob"]))
    here, missing = [], []
    for row in rows("corpus.csv"):
        root = folder(checkouts, row["repo"])
        if root is None:
            missing.append((row["repo"], row["commit"]))
            continue
        files = listed.get(row["repo"], [])
        same = frozenset(path for path, id_ in files if is_same(root / path, id_))
        labels = tuple(label for label in read_labels(row["repo"]) if label.path in same)
        here.append(
            Repository(
                name=row["repo"],
                commit=row["commit"],
                part=row["part"],
                is_without_use=row["role"] == "without",
                root=root,
                read=same,
                changed=len(files) - len(same),
                labels=labels,
            )
        )
    return tuple(here), tuple(missing)


def is_same(path: Path, id_: str) -> bool:
    """Whether the file that was read is the one that is here."""
    return path.is_file() and blob(path.read_bytes()) == id_


def read_labels(repo: str) -> Iterator[Label]:
    """The labels of one repository; none for one without any use."""
    name = f"labels/{repo.replace('/', '+')}.csv"
    if not (HERE / name).exists():
        return
    for row in rows(name):
        yield Label(repo, row["path"], int(row["line"]), row["vendor"], row["kind"], row["context"])
