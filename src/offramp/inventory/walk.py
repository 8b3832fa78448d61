"""Walks the roots: every regular file inside them, and every name that was left out with the reason.

Links are never followed, so a walk cannot leave its root or run in circles. Version control, installed
packages and caches are left out and said to be. Files whose names begin with a dot are read.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from offramp.core.findings import NotSeen
from offramp.inventory.ignoring import IGNORE_FILE, LARGEST_IGNORE_FILE, Ignored

VERSION_CONTROL = {".git", ".hg", ".svn", ".jj", ".bzr", "CVS"}
INSTALLED = {"node_modules", "site-packages", "bower_components", ".venv", "venv", ".tox", ".nox", ".eggs"}
CACHES = {
    "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis",
    ".gradle", ".terraform", ".next", ".nuxt", ".turbo", ".parcel-cache", ".offramp",
}  # fmt: skip
ENVIRONMENT_MARK = "pyvenv.cfg"
A_LINK = "a link, not followed"
LEFT_OUT = f"left out by {IGNORE_FILE}"


class Leaf(NamedTuple):
    """A regular file to read."""

    path: str
    """To open it; may hold bytes that are not UTF-8. For a file of a revision its blob."""
    shown: str
    """Relative to its root, with `/`, always printable text."""
    size: int
    stamp: tuple[int | str, ...] = ()
    """What changes when the content does; empty where nothing can be relied on."""


@dataclass(frozen=True, slots=True)
class Omitted:
    """A name the walk did not hand on."""

    seen: NotSeen
    is_unreadable: bool
    """Meant to be read and could not be, rather than left out on purpose."""


def walk(root: Path) -> Iterator[Leaf | Omitted]:
    """Every file under `root`, folders in alphabetical order; `root` may be a file."""
    base = os.fspath(root)
    try:
        status = root.stat()
    except OSError as error:
        yield Omitted(NotSeen(printable(base), _reason(error)), is_unreadable=True)
        return
    if not stat.S_ISDIR(status.st_mode):
        yield _leaf(base, printable(root.name), status)
        return
    folders = [(base, "", Ignored())]
    while folders:
        folder, prefix, ignored = folders.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=_name)
        except OSError as error:
            yield Omitted(NotSeen(prefix.rstrip("/") or ".", _reason(error)), is_unreadable=True)
            continue
        if prefix and any(entry.name == ENVIRONMENT_MARK for entry in listed):
            yield Omitted(NotSeen(prefix, "installed packages"), is_unreadable=False)
            continue
        ignored = _ignored_in(listed, prefix, ignored)
        below: list[tuple[str, str, Ignored]] = []
        yield from _entries(listed, prefix, ignored, below)
        folders.extend(reversed(below))


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _ignored_in(listed: Sequence[os.DirEntry[str]], prefix: str, above: Ignored) -> Ignored:
    """The rules that hold in a folder. An ignore file that cannot be read leaves nothing out."""
    own = next((entry for entry in listed if entry.name == IGNORE_FILE), None)
    try:
        if own is None or not own.is_file(follow_symlinks=False):
            return above
        with open(own.path, "rb") as file:  # noqa: PTH123 - one open a file, on the hot path
            return above.below(prefix, file.read(LARGEST_IGNORE_FILE).decode("utf-8", "replace"))
    except OSError:
        return above


def _entries(
    listed: Sequence[os.DirEntry[str]],
    prefix: str,
    ignored: Ignored,
    below: list[tuple[str, str, Ignored]],
) -> Iterator[Leaf | Omitted]:
    """The files of one folder; folders to enter are put into `below`."""
    for entry in listed:
        name = entry.name
        shown = prefix + (name if name.isascii() else printable(name))
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            if ignored.rules and ignored.leaves_out(shown, is_folder=is_folder):
                yield Omitted(NotSeen(shown + "/" if is_folder else shown, LEFT_OUT), is_unreadable=False)
            elif is_folder:
                reason = left_out(name)
                if reason:
                    yield Omitted(NotSeen(shown + "/", reason), is_unreadable=False)
                else:
                    below.append((entry.path, shown + "/", ignored))
            elif entry.is_symlink():
                yield Omitted(NotSeen(shown, A_LINK), is_unreadable=False)
            else:
                yield _leaf(entry.path, shown, entry.stat(follow_symlinks=False))
        except OSError as error:
            yield Omitted(NotSeen(shown, _reason(error)), is_unreadable=True)


def _leaf(path: str, shown: str, status: os.stat_result) -> Leaf | Omitted:
    if not stat.S_ISREG(status.st_mode):
        return Omitted(NotSeen(shown, "not a regular file"), is_unreadable=False)
    stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return Leaf(path, shown, status.st_size, stamp)


def left_out(name: str) -> str:
    """Why a folder of this name is not entered; empty when it is."""
    if name in VERSION_CONTROL:
        return "version control"
    if name in INSTALLED:
        return "installed packages"
    return "a cache" if name in CACHES else ""


def printable(name: str) -> str:
    """A name as text, whatever bytes it was made of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
