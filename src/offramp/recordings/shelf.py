"""Where the texts lie: one folder for each window, with its key and its sealed records.

`.offramp/recordings/<kind>/<application>/<day>/` holds `key` and `texts.jsonl`, one JSON record a line. A
text is on disk when `keep` returns. A line that a crash cut short belongs to no text that was kept.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offramp.core.digests import sha256_hex
from offramp.core.errors import Exit, OfframpError
from offramp.core.ids import new_id
from offramp.core.instants import Instant, format_instant
from offramp.core.spans import Span
from offramp.recordings.sealing import KEY_BYTES, NONCE_BYTES, SALT_BYTES, digest_of, seal, unseal
from offramp.recordings.windows import Window, checked_name

FOLDER = "recordings"
KEY = "key"
TEXTS = "texts.jsonl"
MAX_TEXT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that is on disk. An entry names it by these."""

    id: str
    window: Window
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Held:
    """What one window holds."""

    window: Window
    texts: int
    bytes: int
    """As they lie on disk."""
    digest: str
    """SHA-256 over the digests of the texts, in order, one a line: a receipt names them by it."""
    has_key: bool
    """False once its texts cannot be read again."""


class Recordings:
    """The texts kept in one state directory. Several processes may keep texts at once."""

    def __init__(self, state: Path) -> None:
        self._root = state / FOLDER

    def keep(self, kind: str, application: str, text: bytes, *, at: Instant) -> Kept:
        """Seal a text under the key of its window. It is on disk on return."""
        window = Window(
            checked_name(kind, "a kind of text"), checked_name(application, "an application"), at.date()
        )
        if len(text) > MAX_TEXT_BYTES:
            raise OfframpError(
                "text-too-large",
                f"a text has {len(text)} bytes; at most {MAX_TEXT_BYTES} are kept",
                help="keep it elsewhere, and its digest in the ledger",
            )
        salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
        id_ = new_id("text")
        digest = digest_of(salt, text)
        folder = self._folder(window)
        try:
            key = _make_key(folder)
            record = {
                "id": id_,
                "at": format_instant(at),
                "digest": digest,
                "nonce": base64.b64encode(nonce).decode(),
                "sealed": base64.b64encode(
                    seal(key, nonce, salt, text, _about(window, id_, digest))
                ).decode(),
            }
            _append(folder / TEXTS, json.dumps(record, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            raise _unwritable(folder, error) from None
        return Kept(id_, window, digest, len(text))

    def read(self, id: str, window: Window) -> tuple[bytes, str]:  # noqa: A002 - the field's name
        """The text of this id and its digest, which it has.

        Raises `text-destroyed` once its key is gone, `text-missing` and `text-damaged`.
        """
        folder = self._folder(window)
        key = _read_key(folder)
        if key is None:
            raise OfframpError(
                "text-destroyed",
                f"the texts of `{window}` were destroyed, or never kept here",
                help="`offramp evidence entries --type statement` shows the receipt",
                exit_code=Exit.NOTHING,
            )
        for record in _records(folder / TEXTS):
            if record["id"] == id:
                return _opened(record, key, window), str(record["digest"])
        raise OfframpError(
            "text-missing",
            f"there is no text `{id}` in `{window}`",
            help="restore `.offramp/recordings` from a backup, if the text is in one",
            exit_code=Exit.NOTHING,
        )

    def texts(self, window: Window) -> dict[str, tuple[bytes, str]] | None:
        """Every text that can be opened, by its id, with its digest; None once the key is gone."""
        folder = self._folder(window)
        key = _read_key(folder)
        if key is None:
            return None
        found = {}
        for record in _records(folder / TEXTS):
            with suppress(OfframpError):
                found[str(record["id"])] = (_opened(record, key, window), str(record["digest"]))
        return found

    def windows(self) -> tuple[Held, ...]:
        """Every window that has anything on disk, in order."""
        found = []
        for folder in sorted(self._root.glob("*/*/*")):
            with suppress(ValueError):
                found.append(self._held(Window.parse(folder.relative_to(self._root).as_posix())))
        return tuple(found)

    def destroy(self, window: Window) -> None:
        """Make a window's texts unreadable for ever: the key first, then what it sealed. Run twice, the same.

        The key is overwritten before it is removed. A disk or a backup may hold older copies of it.
        """
        folder = self._folder(window)
        try:
            with suppress(FileNotFoundError), (folder / KEY).open("r+b") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            (folder / KEY).unlink(missing_ok=True)
            if folder.is_dir():
                # INVARIANT: the texts go only after it is certain that nobody can read them.
                _flush(folder)
                for rest in folder.iterdir():
                    rest.unlink(missing_ok=True)
                folder.rmdir()
                _flush(folder.parent)
        except OSError as error:
            raise _unwritable(folder, error) from None

    def _folder(self, window: Window) -> Path:
        return self._root / window.kind / window.application / window.day.isoformat()

    def _held(self, window: Window) -> Held:
        folder = self._folder(window)
        digests = [str(record["digest"]) for record in _records(folder / TEXTS)]
        size = (folder / TEXTS).stat().st_size if (folder / TEXTS).is_file() else 0
        whole = sha256_hex("".join(f"{one}\n" for one in digests).encode())
        return Held(window, len(digests), size, whole, (folder / KEY).is_file())


def _about(window: Window, id_: str, digest: str) -> str:
    return f"offramp/recording/v1\n{window}\n{id_}\n{digest}\n"


def _opened(record: dict[str, Any], key: bytes, window: Window) -> bytes:
    try:
        nonce, sealed = (base64.b64decode(record[name], validate=True) for name in ("nonce", "sealed"))
        salt, text = unseal(key, nonce, sealed, _about(window, record["id"], record["digest"]))
        if digest_of(salt, text) != record["digest"]:
            raise ValueError("it is not what its digest says")
    except ValueError as error:
        raise OfframpError(
            "text-damaged",
            f"the text `{record['id']}` of `{window}` cannot be read: {error}",
            help="restore `.offramp/recordings` from a backup",
            exit_code=Exit.INTERNAL,
        ) from None
    return text


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Whole records only: a line that a crash cut short is passed over."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and {"id", "digest", "nonce", "sealed"} <= set(record):
            yield record


def _append(path: Path, line: bytes) -> None:
    """Add a line, whole or not at all."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line
        try:
            written = 0
            while written < len(line):
                written += os.pwrite(descriptor, line[written:], size + written)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
        if not size:
            _flush(path.parent)
    finally:
        os.close(descriptor)


def _make_key(folder: Path) -> bytes:
    """The key of a window, made on first use: of two processes at once, the first one's stays."""
    key = _read_key(folder)
    if key is not None:
        return key
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f"{KEY}.{secrets.token_hex(8)}"
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, folder / KEY)
    finally:
        partial.unlink(missing_ok=True)
    for path in (folder, folder.parent, folder.parent.parent, folder.parent.parent.parent):
        # INVARIANT: a text is only sealed with a key that survives a crash.
        _flush(path)
    key = _read_key(folder)
    if key is None:
        raise FileNotFoundError(2, "its key is gone", str(folder / KEY))
    return key


def _read_key(folder: Path) -> bytes | None:
    try:
        key = (folder / KEY).read_bytes()
    except FileNotFoundError:
        return None
    if len(key) != KEY_BYTES:
        raise OfframpError(
            "text-key-damaged",
            f"the key of these texts has {len(key)} bytes instead of {KEY_BYTES}",
            where=Span(str(folder / KEY)),
            help="restore the file from a backup",
        )
    return key


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> OfframpError:
    return OfframpError(
        "recordings-unwritable",
        f"cannot write texts: {os.strerror(error.errno or 0).lower()}",
        where=Span(str(folder)),
        help="free space on the disk that holds `.offramp`, check that it is writable, and try again",
        exit_code=Exit.INTERNAL,
    )
