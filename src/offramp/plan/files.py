"""Files about to be written: shown as a diff first, written whole or not at all.

A command collects `FileEdit`s, shows them, and writes them last; a dry run stops before that.
"""

import difflib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """What a file will say."""

    path: Path
    shown: str
    """The path as a person would write it."""
    before: str | None
    """None where the file does not exist yet."""
    after: str
    is_secret: bool = False
    """Its text is never shown, and only its owner may read it."""

    @property
    def is_change(self) -> bool:
        """Whether writing it would change anything."""
        return self.before != self.after

    def diff(self) -> str:
        """A unified diff; for a secret, one line that says it is made."""
        if self.is_secret:
            return f"+++ {self.shown} (a new key; its value is not shown)\n"
        lines = difflib.unified_diff(
            (self.before or "").splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            "/dev/null" if self.before is None else self.shown,
            self.shown,
        )
        return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def edit_of(path: Path, shown: str, after: str) -> FileEdit:
    """The edit that makes the file at `path` say `after`."""
    try:
        before: str | None = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = None
    except (OSError, UnicodeDecodeError):
        raise OfframpError(
            "file-unreadable",
            f"cannot read `{shown}`",
            help="check that it is UTF-8 text and that you may read it",
            where=Span(shown),
        ) from None
    return FileEdit(path=path, shown=shown, before=before, after=after)


def write_all(edits: Iterable[FileEdit]) -> None:
    """Write every file that changes. Each is the old text or the new one, never part of it."""
    for edit in edits:
        if edit.is_change:
            _write(edit)


def _write(edit: FileEdit) -> None:
    try:
        edit.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if edit.is_secret else 0o777)
        mode = 0o600 if edit.is_secret else _mode(edit.path)
        handle, name = tempfile.mkstemp(dir=edit.path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(edit.after)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            # After a crash the file is the old one or the new one.
            Path(name).replace(edit.path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise OfframpError(
            "file-unwritable",
            f"cannot write `{edit.shown}`: {os.strerror(error.errno or 0).lower()}",
            help="check that the folder exists, that you may write there and that the disk is not full",
        ) from None


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0o644
