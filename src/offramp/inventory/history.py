"""What git knows of a tree, asked without ever running what the tree brings along.

Only commands that read objects are used: none that looks at the working tree, where a repository's own
settings can name programs to run; no transport; no hooks; no pager.
"""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError

LONGEST_SECONDS = 300
SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false", "core.pager=cat",
            "protocol.allow=never")  # fmt: skip
CLOSED = (
    "GIT_ALLOW_PROTOCOL=none",
    "GIT_NO_LAZY_FETCH=1",
    "GIT_OPTIONAL_LOCKS=0",
    "GIT_TERMINAL_PROMPT=0",
    "LC_ALL=C",
)
MOST_COMMITS = 500_000


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit."""

    id: str
    at: str
    """RFC 3339, as the committer's clock had it."""
    message: str


def blobs_at(root: Path, revision: str) -> dict[str, str]:
    """Blob ids by path relative to `root`, at a commit. Raises `revision-unknown`."""
    listed = _git(root, "ls-tree", "-r", "-z", "--end-of-options", revision)
    found = {}
    for entry in listed.split(b"\0"):
        about, _, path = entry.partition(b"\t")
        parts = about.split()
        if len(parts) == 3 and parts[1] == b"blob":
            found[path.decode("utf-8", "backslashreplace")] = parts[2].decode("ascii")
    return found


def commit_before(root: Path, since: str) -> str:
    """The last commit before a date, or the commit itself where `since` names one; empty where there is none.

    Raises `revision-unknown` for what is neither.
    """
    if len(since) >= 10 and since[4:5] == "-" and since[7:8] == "-":
        return _git(root, "rev-list", "-1", f"--before={since[:10]} 00:00:00 +0000", "HEAD").decode().strip()
    return (
        _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
        .decode()
        .strip()
    )


def commits(root: Path) -> Iterator[Commit]:
    """Every commit that leads to the present one and touches `root`, the newest first."""
    listed = _git(root, "log", f"-n{MOST_COMMITS}", "--no-color", "--format=%H%x00%cI%x00%B%x01", "--", ".")
    for entry in listed.split(b"\x01"):
        parts = entry.strip(b"\n").split(b"\0")
        if len(parts) == 3:
            one, at, message = (part.decode("utf-8", "replace") for part in parts)
            yield Commit(one, at, message)


def _git(root: Path, *arguments: str) -> bytes:
    git, env = shutil.which("git"), shutil.which("env")
    if git is None or env is None:
        raise OfframpError("git-missing", "git is not installed", help="install git, or leave the option out")
    settings = [part for one in SETTINGS for part in ("-c", one)]
    folder = root if root.is_dir() else root.parent
    command = [env, *CLOSED, git, *settings, "--no-pager", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        raise OfframpError(
            "git-slow",
            f"git did not answer for `{root}` in {LONGEST_SECONDS} seconds",
            help="try a smaller folder",
        ) from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")
        raise OfframpError(
            "revision-unknown",
            f"git cannot answer for `{root}`: {reason or 'no such commit'}",
            help="name a date (2026-03-05) or a commit of the repository the folder lies in",
        )
    return done.stdout
