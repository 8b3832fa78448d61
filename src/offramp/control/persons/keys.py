"""The keys of windows, one file each. Destroying a file ends linkability: its hashes stay opaque."""

import os
import secrets
from datetime import date
from pathlib import Path

from offramp.control.persons.windows import KeyId, parse_key_id
from offramp.core.errors import OfframpError

KEY_BYTES = 32
FOLDER = "persons"
SUFFIX = ".key"


class Keys:
    """The keys under `<state>/persons/`. Several processes may use them at once."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER
        self._known: dict[KeyId, bytes] = {}

    def key(self, id_: KeyId) -> bytes:
        """The key, made on first use. Raises `persons-key` where it cannot be read or made."""
        known = self._known.get(id_)
        if known is None:
            try:
                known = self._read(id_) or self._make(id_)
            except OSError as error:
                raise _unusable(id_, str(error)) from None
            if len(known) != KEY_BYTES:
                raise _unusable(id_, "it has another length")
            self._known[id_] = known
        return known

    def forget(self) -> None:
        """Keys are read from the disk again: what somebody destroyed there is not used any more."""
        self._known.clear()

    def destroy(self, today: date, *, only: KeyId | None = None) -> tuple[KeyId, ...]:
        """Every key whose last day has passed is gone from the disk; or just the one named."""
        gone = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")) if self._folder.is_dir() else ():
            try:
                id_ = parse_key_id(path.stem)
            except ValueError:
                continue
            if id_ == only or (only is None and id_.last_day < today):
                _erase(path)
                self._known.pop(id_, None)
                gone.append(id_)
        return tuple(gone)

    def ids(self) -> tuple[KeyId, ...]:
        """Every key there is."""
        found = []
        for path in self._folder.glob(f"*{SUFFIX}") if self._folder.is_dir() else ():
            try:
                found.append(parse_key_id(path.stem))
            except ValueError:
                continue
        return tuple(sorted(found))

    def _path(self, id_: KeyId) -> Path:
        return self._folder / f"{id_}{SUFFIX}"

    def _read(self, id_: KeyId) -> bytes | None:
        try:
            return self._path(id_).read_bytes()
        except FileNotFoundError:
            return None

    def _make(self, id_: KeyId) -> bytes:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{id_}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # INVARIANT: a link never replaces a file: of several makers one wins, and all read the same key.
            os.link(draft, self._path(id_))
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return self._path(id_).read_bytes()


def _erase(path: Path) -> None:
    """Written over, then unlinked. What a file system or a backup keeps of it is not in our hands."""
    with path.open("r+b") as file:
        file.write(bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _unusable(id_: KeyId, why: str) -> OfframpError:
    return OfframpError(
        "persons-key",
        f"the key `{id_}` for identifiers of persons cannot be used: {why}",
        help="check that `.offramp/persons` can be read and written by the gateway alone",
    )
