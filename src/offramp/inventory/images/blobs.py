"""The named pieces of an image: files below a folder, or members of a tar archive by their offsets."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from offramp.inventory.streams import BLOCK, GZIP_MAGIC, Counted, Forward, Limits, NotUnpacked, members

LARGEST_DOCUMENT = 16 << 20
MOST_LINKS = 8
DIGEST = re.compile(r"(sha256|sha512):([0-9a-f]{32,128})")
MANIFESTS = ("manifest.json", "index.json")


class Blobs(Protocol):
    """What an image's pieces can be asked for."""

    def opened(self, name: str) -> tuple[IO[bytes], int]:
        """The piece called `name` and its size. Raises `NotUnpacked` where there is none."""
        ...


def document(blobs: Blobs, name: str) -> object:
    """The JSON a piece holds. Raises `NotUnpacked`."""
    file, size = blobs.opened(name)
    with file:
        if size > LARGEST_DOCUMENT:
            raise NotUnpacked(f"`{name}` is larger than {LARGEST_DOCUMENT >> 20} MiB")
        try:
            parsed: object = json.loads(Counted(file, size).read())
        except (ValueError, RecursionError):
            raise NotUnpacked(f"`{name}` is not JSON") from None
        return parsed


def path_of(digest: str) -> str:
    """Where an OCI layout keeps the blob of a digest. Raises `NotUnpacked` for what is no digest."""
    match = DIGEST.fullmatch(digest)
    if match is None:
        raise NotUnpacked(f"`{digest[:80]}` is not a digest")
    return f"blobs/{match[1]}/{match[2]}"


@dataclass(frozen=True, slots=True)
class FolderBlobs:
    """An OCI layout, or an unpacked docker archive, in a folder."""

    root: Path

    def opened(self, name: str) -> tuple[IO[bytes], int]:
        """A regular file below the folder; links are not followed."""
        parts = PurePosixPath(name).parts
        place = self.root.joinpath(*parts)
        steps = [self.root.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
        if not parts or ".." in parts or name.startswith("/") or any(step.is_symlink() for step in steps):
            raise NotUnpacked(f"`{name[:120]}` leads out of the image")
        try:
            if not place.is_file():
                raise NotUnpacked(f"`{name[:120]}` is not in it")
            return place.open("rb"), place.stat().st_size
        except OSError as error:
            raise NotUnpacked(f"`{name[:120]}` cannot be read: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class TarBlobs:
    """A tar archive on disk, its regular files by name."""

    path: Path
    places: dict[str, tuple[int, int]]
    """Offset and size."""
    links: dict[str, str]

    def opened(self, name: str) -> tuple[IO[bytes], int]:
        """The member's bytes, after links inside the archive."""
        for _ in range(MOST_LINKS):
            if name not in self.links:
                break
            name = self.links[name]
        if name not in self.places:
            raise NotUnpacked(f"`{name[:120]}` is not in it")
        offset, size = self.places[name]
        file = self.path.open("rb")
        file.seek(offset)
        return file, size


@contextmanager
def open_blobs(path: Path, limits: Limits) -> Iterator[Blobs]:
    """The pieces of the image at `path`. A compressed archive is unpacked to a temporary file once."""
    if path.is_dir():
        yield FolderBlobs(path)
        return
    with path.open("rb") as file:
        is_plain = not file.read(2).startswith(GZIP_MAGIC)
    if is_plain:
        yield _indexed(path, limits)
        return
    with tempfile.TemporaryDirectory(prefix="offramp-image-") as folder:
        plain = Path(folder) / "image.tar"
        with path.open("rb") as file, plain.open("wb") as out:
            stream = Forward(Counted(file, path.stat().st_size), limits)
            try:
                while data := stream.read(BLOCK):
                    out.write(data)
            except (OSError, EOFError) as error:
                raise NotUnpacked(f"it is damaged: {str(error)[:120].lower()}") from None
        yield _indexed(plain, limits)


def _indexed(path: Path, limits: Limits) -> TarBlobs:
    places: dict[str, tuple[int, int]] = {}
    links: dict[str, str] = {}
    size = path.stat().st_size
    # An archive that is not compressed is as long as its file: the ratio has nothing to say.
    own = Limits(members=limits.members, bytes=size + 1, free=size + 1, one_read=limits.one_read)
    with path.open("rb") as file:
        stream = Forward(Counted(file, size), own)
        for member in members(stream, own):
            if member.is_plain_file:
                places[member.name] = (member.info.offset_data, member.info.size)
            elif member.info.issym():
                links[member.name] = _joined(str(PurePosixPath(member.name).parent), member.info.linkname)
            elif member.info.islnk():
                links[member.name] = _joined("", member.info.linkname)
    return TarBlobs(path, places, links)


def _joined(folder: str, target: str) -> str:
    parts: list[str] = [] if target.startswith("/") or folder in ("", ".") else folder.split("/")
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_image(path: Path) -> bool:
    """Whether `path` is a docker archive or an OCI layout, told by what it holds. Never raises."""
    try:
        if path.is_dir():
            return (path / "oci-layout").is_file() and (path / "index.json").is_file()
        size = path.stat().st_size
        if size < 64 or not path.is_file():
            return False
        with path.open("rb") as file:
            limits = Limits(members=100_000, bytes=1 << 40)
            found: set[str] = set()
            for member in members(Forward(Counted(file, size), limits), limits):
                found.add(member.name)
                if "manifest.json" in found or {"index.json", "oci-layout"} <= found:
                    return True
            return False
    except (OSError, NotUnpacked):
        return False
