"""Where files come from: a folder on disk, or a revision in a repository. The scan treats both alike."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from offramp.core.findings import NotSeen
from offramp.inventory.looking import Looker
from offramp.inventory.outcome import Outcome
from offramp.inventory.reading import LARGEST_FILE, NotRead, Reader
from offramp.inventory.revisions import Blobs, Revision
from offramp.inventory.walk import Leaf, Omitted, walk

Look = Callable[[Leaf], Outcome | None]


class Place(Protocol):
    """A source of files."""

    @property
    def name(self) -> str:
        """What tells it from every other place."""
        ...

    def walk(self) -> Iterator[Leaf | Omitted]:
        """Every file, and every name that was left out."""
        ...

    def look_with(self, looker: Looker) -> Look:
        """A function that looks at one of its files."""
        ...

    def reader(self) -> Callable[[Leaf], memoryview]:
        """A function that reads one of its files; `NotRead` or `OSError` for what cannot be."""
        ...

    def close(self) -> None:
        """End what reading needed."""
        ...


def place_of(root: Path | Revision, *, is_one_of_many: bool) -> Place:
    """The place a root is. Beside others its files are shown with the root in front."""
    if isinstance(root, Revision):
        return _Repository(root, f"{root.path.as_posix().rstrip('/')}/" if is_one_of_many else "")
    return _Folder(root, f"{root.as_posix().rstrip('/')}/" if is_one_of_many and root.is_dir() else "")


def _prefixed(one: Leaf | Omitted, prefix: str) -> Leaf | Omitted:
    if isinstance(one, Leaf):
        return one._replace(shown=prefix + one.shown)
    return Omitted(NotSeen(prefix + one.seen.path, one.seen.reason), one.is_unreadable)


class _Folder:
    """A folder or a single file on disk."""

    def __init__(self, root: Path, prefix: str) -> None:
        self._root, self._prefix = root, prefix
        self.name = f"folder\0{os.fspath(root.absolute())}\0{prefix}"

    def walk(self) -> Iterator[Leaf | Omitted]:
        """Every file below the folder."""
        if not self._prefix:
            return walk(self._root)
        return (_prefixed(one, self._prefix) for one in walk(self._root))

    def look_with(self, looker: Looker) -> Look:
        """Reads from disk."""
        return looker.look

    def reader(self) -> Callable[[Leaf], memoryview]:
        """Reads from disk."""
        return Reader().read

    def close(self) -> None:
        """Nothing stays open."""


class _Repository:
    """A revision of a repository."""

    def __init__(self, revision: Revision, prefix: str) -> None:
        self._revision, self._prefix = revision, prefix
        self._blobs = Blobs(revision.git_dir)
        part = "some" if revision.only is not None else "all"
        self.name = f"repository\0{revision.git_dir}\0{revision.folder}\0{prefix}\0{part}"

    def walk(self) -> Iterator[Leaf | Omitted]:
        """Every file of the revision."""
        return (_prefixed(one, self._prefix) for one in self._revision.walk(self._content))

    def look_with(self, looker: Looker) -> Look:
        """Reads from the object store."""

        def look(leaf: Leaf) -> Outcome | None:
            folder = PurePosixPath(leaf.shown.removeprefix(self._prefix)).parent

            def sibling(name: str) -> bytes:
                blob = self._revision.blob((folder / name).as_posix())
                return self._content(blob) if blob else b""

            try:
                view = self._read(leaf, looker.reader)
            except NotRead as reason:
                return Outcome(reason=str(reason))
            except OSError as error:
                return Outcome(reason=error.strerror or "cannot be read", is_unreadable=True)
            return looker.consider(leaf, view, sibling)

        return look

    def reader(self) -> Callable[[Leaf], memoryview]:
        """Reads from the object store."""
        reader = Reader()
        return lambda leaf: self._read(leaf, reader)

    def _read(self, leaf: Leaf, reader: Reader) -> memoryview:
        if leaf.size > LARGEST_FILE:
            raise NotRead(f"larger than {LARGEST_FILE // 1024 // 1024} MiB")
        return reader.text(self._blobs.read_into(leaf.path, reader.room(leaf.size)))

    def _content(self, blob: str) -> bytes:
        buffer = bytearray(LARGEST_FILE + 1)
        try:
            return bytes(memoryview(buffer)[: self._blobs.read_into(blob, buffer)])
        except OSError:
            return b""

    def close(self) -> None:
        """End the git process of this process."""
        self._blobs.close()
