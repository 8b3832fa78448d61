"""Walks the roots: every regular file inside them, and every name that was left out with the reason.

Links are never followed, so a walk cannot leave its root or run in circles. Version control, installed
packages and caches are left out and said to be. Files whose names begin with a dot are read.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offramp.core.findings import NotSeen
from offramp.inventory.ignoring import IGNORE_FILE, LARGEST_IGNORE_FILE, Ignored

VERSION_CONTROL = {".git", ".hg", ".svn", ".jj", ".bzr", "CVS"}
INSTALLED = {"node_modules", "site-packages", "bower_components", ".venv", "venv", ".tox", ".nox", ".eggs"}
CACHES = {
    "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis",
    ".gradle", ".terraform", ".next", ".nuxt", ".turbo", ".parcel-cache", ".offramp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaf:
    """A regular file to read."""

    path: str
    """To open it; may hold bytes that are not UTF-8."""
    shown: str
    """Relative to its root, with `/`, always printable text."""
    size: int


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
        yield Omitted(NotSeen(_shown(base), _reason(error)), is_unreadable=True)
        return
    if not stat.S_ISDIR(status.st_mode):
        yield _leaf(base, root.name, status)
        return
    folders = [(base, "", Ignored())]
    while folders:
        folder, prefix, ignored = folders.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Omitted(NotSeen(prefix.rstrip("/") or ".", _reason(error)), is_unreadable=True)
            continue
        ignored = _ignored_in(listed, prefix, ignored)
        below: list[tuple[str, str, Ignored]] = []
        for entry in listed:
            shown = prefix + _shown(entry.name)
            found = _entry(entry, shown, ignored)
            if found is None:
                below.append((entry.path, shown + "/", ignored))
            else:
                yield found
        folders.extend(reversed(below))


def _ignored_in(listed: list[os.DirEntry[str]], prefix: str, above: Ignored) -> Ignored:
    """The rules that hold in a folder. An ignore file that cannot be read leaves nothing out."""
    own = next((entry for entry in listed if entry.name == IGNORE_FILE), None)
    try:
        if own is None or not own.is_file(follow_symlinks=False):
            return above
        with open(own.path, "rb") as file:  # noqa: PTH123 - one open a file, on the hot path
            return above.below(prefix, file.read(LARGEST_IGNORE_FILE).decode("utf-8", "replace"))
    except OSError:
        return above


def _entry(entry: os.DirEntry[str], shown: str, ignored: Ignored) -> Leaf | Omitted | None:
    """A file, a reason to leave it out, or None for a folder to enter."""
    try:
        if ignored.rules and ignored.leaves_out(shown, is_folder=entry.is_dir(follow_symlinks=False)):
            slash = "/" if entry.is_dir(follow_symlinks=False) else ""
            return Omitted(NotSeen(shown + slash, f"left out by {IGNORE_FILE}"), is_unreadable=False)
        if entry.is_symlink():
            return Omitted(NotSeen(shown, "a link, not followed"), is_unreadable=False)
        if entry.is_dir(follow_symlinks=False):
            reason = _folder_reason(entry)
            return Omitted(NotSeen(shown + "/", reason), is_unreadable=False) if reason else None
        return _leaf(entry.path, shown, entry.stat(follow_symlinks=False))
    except OSError as error:
        return Omitted(NotSeen(shown, _reason(error)), is_unreadable=True)


def _leaf(path: str, shown: str, status: os.stat_result) -> Leaf | Omitted:
    if not stat.S_ISREG(status.st_mode):
        return Omitted(NotSeen(shown, "not a regular file"), is_unreadable=False)
    return Leaf(path, shown, status.st_size)


def _folder_reason(entry: os.DirEntry[str]) -> str:
    if entry.name in VERSION_CONTROL:
        return "version control"
    if entry.name in INSTALLED or os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):  # noqa: PTH110, PTH118 - a Path here costs more than the walk
        return "installed packages"
    return "a cache" if entry.name in CACHES else ""


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
