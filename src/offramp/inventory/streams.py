"""Archives as streams with limits: nothing is unpacked, nothing is read twice, and a bomb ends early.

A tar archive is read forwards through `Forward`, which counts what comes out of a decompressor against what
went in. Whatever an archive holds, reading it ends with members or with the reason why it stopped.
"""

import gzip
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from io import SEEK_CUR, BufferedIOBase, BufferedReader
from typing import IO, Protocol, cast

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
XZ_MAGIC = b"\xfd7zXZ\x00"
BZIP_MAGIC = b"BZh"
BLOCK = 1 << 20
ZSTD_MODULES = ("compression.zstd", "backports.zstd")
"""Python has its own reader from 3.14 on; before that a package gives the same one."""


ODD = ("error", "ZstdError")
"""Names of the errors that decompressors raise besides Python's own."""


class NotUnpacked(Exception):
    """Why an archive was not read, or not to its end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one archive may hold before reading it stops."""

    members: int = 1_000_000
    bytes: int = 64 << 30
    """After decompression."""
    ratio: int = 200
    """Bytes out for each byte in, once more than `free` came out."""
    free: int = 256 << 20
    one_read: int = 40 << 20
    """Longest header or file read in one piece."""


class Readable(Protocol):
    """The one thing a stream must do."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Counted:
    """A stream that counts what is read of it, never past `size`."""

    def __init__(self, file: Readable, size: int) -> None:
        self._file = file
        self._left = size
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._file.read(wanted)
        self._left -= len(data)
        self.count += len(data)
        return data

    def skip(self, size: int) -> int:
        """Leave out so many bytes, without reading them where the stream is a file."""
        seek = getattr(self._file, "seek", None)
        if seek is None or not isinstance(self._file, BufferedReader):
            return len(self.read(min(size, BLOCK)))
        wanted = min(size, self._left)
        seek(wanted, SEEK_CUR)
        self._left -= wanted
        self.count += wanted
        return wanted


class Hashed(Counted):
    """A counted stream that knows the digest of all it holds."""

    def __init__(self, file: Readable, size: int) -> None:
        super().__init__(file, size)
        self._hash = sha256()

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        data = super().read(size)
        self._hash.update(data)
        return data

    def skip(self, size: int) -> int:
        """Read on: the digest is of everything."""
        return len(self.read(min(size, BLOCK)))

    def digest(self) -> str:
        """Hex SHA-256 of the whole stream; what nobody has read yet is read first."""
        while self.read(BLOCK):
            pass
        return self._hash.hexdigest()


class Forward(BufferedIOBase):
    """A decompressed stream that tarfile can read: it seeks forwards only and keeps to the limits."""

    def __init__(self, raw: Counted, limits: Limits) -> None:
        self._raw = raw
        self._file = decompressed(raw)
        self._limits = limits
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != 0 or offset < self._at:
            raise NotUnpacked("it asks to be read backwards")
        while self._at < offset:
            if isinstance(self._file, _Rejoined):
                passed = self._file.skip(offset - self._at)
                self._at += passed
            else:
                passed = len(self._take(min(BLOCK, offset - self._at)))
            if not passed:
                break
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0 or size > self._limits.one_read:
            raise NotUnpacked("it has a header of more than is read at once")
        parts = []
        while size:
            part = self._take(size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _take(self, size: int) -> bytes:
        try:
            data = self._file.read(size)
        except NotUnpacked:
            raise
        except Exception as error:
            # zlib and zstd have errors of their own, without a common class.
            if not isinstance(error, OSError | EOFError | ValueError) and type(error).__name__ not in ODD:
                raise
            raise NotUnpacked(f"it is damaged: {_said(error)}") from None
        self._at += len(data)
        if self._at > self._limits.bytes:
            raise NotUnpacked(f"it holds more than {self._limits.bytes >> 20} MiB")
        if self._at > self._limits.free and self._at > self._limits.ratio * max(1, self._raw.count):
            raise NotUnpacked(f"it grows more than {self._limits.ratio}-fold when unpacked")
        return data


class _Rejoined:
    """A stream whose first bytes were looked at."""

    def __init__(self, head: bytes, rest: Counted) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        """The head first."""
        if not self._head:
            return self._rest.read(size)
        taken, self._head = (self._head, b"") if size < 0 else (self._head[:size], self._head[size:])
        return taken

    def skip(self, size: int) -> int:
        """Leave out at most so many bytes."""
        return len(self.read(size)) if self._head else self._rest.skip(size)


def decompressed(raw: Counted) -> Readable:
    """The stream inside, told by its first bytes, not by its name. Raises `NotUnpacked`."""
    head = raw.read(6)
    whole = _Rejoined(head, raw)
    if head.startswith(GZIP_MAGIC):
        return gzip.GzipFile(fileobj=cast(IO[bytes], whole))
    if head.startswith(ZSTD_MAGIC):
        for name in ZSTD_MODULES:
            try:
                return cast(Readable, import_module(name).ZstdFile(whole))
            except ImportError:
                continue
        raise NotUnpacked("it is compressed with zstd, which this Python cannot read; `backports.zstd` can")
    if head.startswith((XZ_MAGIC, BZIP_MAGIC)):
        raise NotUnpacked("it is compressed with xz or bzip2; unpack it first")
    return whole


@dataclass(frozen=True, slots=True)
class Member:
    """An entry of a tar archive, while the archive stands at it."""

    name: str
    """Without a leading `./` or `/`; bytes that are not UTF-8 are written out."""
    info: tarfile.TarInfo
    stream: Forward

    @property
    def is_plain_file(self) -> bool:
        """A regular file whose bytes stand in the archive."""
        return self.info.isreg() and not self.info.issparse()

    def read(self, size: int) -> bytes:
        """The file's first `size` bytes. Only before the next member is asked for, and only once."""
        self.stream.seek(self.info.offset_data)
        wanted = min(size, self.info.size)
        data = self.stream.read(wanted)
        if len(data) < wanted:
            raise NotUnpacked("it ends in the middle of a file")
        return data


def members(stream: Forward, limits: Limits) -> Iterator[Member]:
    """The members of a tar archive in order. Raises `NotUnpacked` where it cannot go on."""
    try:
        archive = tarfile.TarFile(
            fileobj=cast(IO[bytes], stream), mode="r", encoding="utf-8", errors="surrogateescape"
        )
        count = 0
        while (info := archive.next()) is not None:
            # Every entry is kept by the library otherwise: a million of them would fill the memory.
            archive.members = []  # type: ignore[attr-defined]
            count += 1
            if count > limits.members:
                raise NotUnpacked(f"it has more than {limits.members} entries")
            yield Member(_clean(info.name), info, stream)
    except (tarfile.TarError, OSError, EOFError, ValueError, RecursionError, OverflowError) as error:
        raise NotUnpacked(f"it is damaged: {_said(error)}") from None


def _clean(name: str) -> str:
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    while shown.startswith(("./", "/")):
        shown = shown[2:] if shown.startswith("./") else shown[1:]
    return shown


def _said(error: Exception) -> str:
    return (str(error) or type(error).__name__).split("\n")[0][:120].lower()
