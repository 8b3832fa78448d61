"""Where a workspace's texts come from: the disk, or a copy of what was read from it at one moment.

A gateway that takes up a changed configuration reads it once, checks it, and hands every worker that very
copy: files that change again meanwhile change nothing. Secrets are not among the texts.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from offramp.core.errors import OfframpError
from offramp.core.spans import Span

LARGEST_BYTES = 16 * 1024 * 1024


class Texts(Protocol):
    """What reading a workspace asks of whatever holds its files."""

    def text(self, path: Path, help_command: str) -> str:
        """The text of a file that must be there, or an error a person can act on."""

    def yaml_files(self, folder: Path) -> list[Path]:
        """Every YAML file right in `folder`, by name."""

    def is_folder(self, path: Path) -> bool:
        """There is such a folder."""


class Disk:
    """The files themselves."""

    def text(self, path: Path, help_command: str) -> str:
        """The text of the file at `path`, which must be there."""
        return read_text(path, help_command)

    def yaml_files(self, folder: Path) -> list[Path]:
        """Every YAML file right in `folder`, by name; a file stands for itself."""
        return [folder] if folder.is_file() else sorted({*folder.glob("*.yaml"), *folder.glob("*.yml")})

    def is_folder(self, path: Path) -> bool:
        """There is such a folder."""
        return path.is_dir()


DISK = Disk()


class Recorder:
    """The disk, and a copy of everything that was read through this."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._folders: dict[str, list[str]] = {}

    def text(self, path: Path, help_command: str) -> str:
        """The text of the file at `path`; a second reading sees the first one's."""
        if str(path) not in self._texts:
            self._texts[str(path)] = DISK.text(path, help_command)
        return self._texts[str(path)]

    def yaml_files(self, folder: Path) -> list[Path]:
        """Every YAML file right in `folder`, by name."""
        found = DISK.yaml_files(folder)
        self._folders[str(folder)] = [str(path) for path in found]
        return found

    def is_folder(self, path: Path) -> bool:
        """There is such a folder."""
        is_there = DISK.is_folder(path)
        if is_there:
            self._folders.setdefault(str(path), [])
        return is_there

    def copy(self) -> "Copy":
        """Everything that was read so far."""
        return Copy(dict(self._texts), dict(self._folders))


class Copy:
    """What was read at one moment. It can be written down as JSON and read back."""

    def __init__(self, texts: Mapping[str, str], folders: Mapping[str, list[str]]) -> None:
        self.texts = texts
        self._folders = folders

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Copy":
        """The copy that `to_json` wrote down."""
        return cls(value["texts"], value["folders"])

    def to_json(self) -> dict[str, Any]:
        """Everything in it, as JSON values."""
        return {"texts": dict(self.texts), "folders": dict(self._folders)}

    def text(self, path: Path, help_command: str) -> str:
        """The text `path` had then."""
        if str(path) not in self.texts:
            raise OfframpError("file-missing", f"there was no `{path}`", help=f"run `{help_command}` again")
        return self.texts[str(path)]

    def yaml_files(self, folder: Path) -> list[Path]:
        """The YAML files `folder` had then."""
        return [Path(path) for path in self._folders.get(str(folder), ())]

    def is_folder(self, path: Path) -> bool:
        """There was such a folder."""
        return str(path) in self._folders


def display(path: Path) -> str:
    """`path` as a person in this folder would write it."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def read_text(path: Path, help_command: str) -> str:
    """The text of a file that must be there, or an error a person can act on."""
    shown = display(path)
    try:
        _check_readable(path, shown)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise OfframpError(
            "file-missing",
            f"there is no `{shown}`",
            help=f"run `{help_command}` there first, or name another folder with --workspace",
        ) from None
    except UnicodeDecodeError as error:
        raise OfframpError(
            "file-not-utf8",
            f"`{shown}` is not UTF-8 text, from byte {error.start}",
            help="save it as UTF-8",
            where=Span(shown),
        ) from None
    except OSError as error:
        raise OfframpError(
            "file-unreadable",
            f"cannot read `{shown}`: {os.strerror(error.errno or 0).lower()}",
            help="check that it is a file and that you may read it",
        ) from None


def _check_readable(path: Path, shown: str) -> None:
    """A pipe or a device named like a file would be read without end."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_BYTES:
        what = "is larger than any such file" if stat.S_ISREG(status.st_mode) else "is not a file"
        raise OfframpError(
            "file-unreadable", f"`{shown}` {what}", help="move it elsewhere", where=Span(shown)
        )
