"""What the history of a repository says of a tree: the commits that lead to it, and its files at one of them.

`revisions` starts git and sees to it that nothing the repository brings along is run.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.inventory.revisions import git, git_object, repository, revision
from offramp.inventory.walk import printable

MOST_COMMITS = 500_000
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit."""

    id: str
    at: str
    """RFC 3339, as the committer's clock had it."""
    message: str


def blobs_at(root: Path, commit: str) -> dict[str, str]:
    """Blob ids by path relative to `root`, at a commit."""
    found = revision(root, commit)
    listed = git(found.git_dir, "ls-tree", "-r", "-z", found.commit)
    blobs = {}
    for entry in listed.split(b"\0"):
        about, _, path = entry.partition(b"\t")
        parts = about.split()
        shown = printable(os.fsdecode(path))
        if len(parts) == 3 and parts[1] == b"blob" and shown.startswith(found.folder):
            blobs[shown[len(found.folder) :]] = parts[2].decode("ascii")
    return blobs


def commit_before(root: Path, since: str) -> str:
    """The last commit before a date, or the commit itself where `since` names one; empty where there is none.

    Raises `not-a-repository` and `revision-unknown` for what is neither a date nor a commit.
    """
    git_dir, _ = repository(root)
    if DATE.match(since):
        listed = git(git_dir, "rev-list", "-1", f"--before={since[:10]} 00:00:00 +0000", "HEAD")
        return listed.decode("ascii").strip()
    commit = "" if since.startswith("-") else git_object(git_dir, f"{since}^{{commit}}")
    if not commit:
        raise OfframpError(
            "revision-unknown",
            f"`{since}` is neither a date nor a commit of the repository at `{root}`",
            help="write a date as 2026-03-05, or a branch, a tag or a commit",
        )
    return commit


def commits(root: Path) -> Iterator[Commit]:
    """Every commit that leads to the present one and touches `root`, the newest first."""
    found = revision(root, "HEAD")
    only = ("--", found.folder) if found.folder else ()
    arguments = ("--no-color", "--no-show-signature", "--format=%H%x00%cI%x00%B%x01", found.commit)
    for entry in git(found.git_dir, "log", f"-n{MOST_COMMITS}", *arguments, *only).split(b"\x01"):
        parts = entry.strip(b"\n").split(b"\0")
        if len(parts) == 3:
            one, at, message = (part.decode("utf-8", "replace") for part in parts)
            yield Commit(one, at, message)
