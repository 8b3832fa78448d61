"""The keys that seal reasoning: one file in the state directory, shared by all workers.

The newest key seals. A key is replaced after `ROTATE_DAYS` and opens what it sealed for `GRACE_DAYS` more, so
that a conversation under way keeps its reasoning. Losing the file loses nothing but that.
"""

import base64
import fcntl
import os
import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant, now, parse_instant
from offramp.dialects import shaping

FILE = "reasoning-seals.json"
ROTATE_DAYS = 30
GRACE_DAYS = 30
KEY_BYTES = 32
REFRESH_SECONDS = 600.0


class _Key(msgspec.Struct, frozen=True):
    """One key and when it was made."""

    made_at: str
    key: str


class SealKeys:
    """The gateway's sealer; its keys are read again now and then."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE
        self._sealer: shaping.Sealer | None = None
        self._read_at = 0.0

    def sealer(self) -> shaping.Sealer:
        """With the keys of the last few minutes."""
        moment = time.monotonic()
        if self._sealer is None or moment - self._read_at > REFRESH_SECONDS:
            self._sealer = shaping.Sealer(current_keys(self._path, now()))
            self._read_at = moment
        return self._sealer


def current_keys(path: Path, at: Instant) -> Sequence[bytes]:
    """The keys in force at `at`, the sealing one first. Makes and rotates them; safe in several processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = [key for key in _read(path) if _age(key, at) < timedelta(days=ROTATE_DAYS + GRACE_DAYS)]
        if not kept or _age(kept[0], at) >= timedelta(days=ROTATE_DAYS):
            fresh = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
            kept.insert(0, _Key(format_instant(at), fresh))
            _write(path, kept)
    return tuple(base64.b64decode(key.key) for key in kept)


def _age(key: _Key, at: Instant) -> timedelta:
    return at - parse_instant(key.made_at)


def _read(path: Path) -> list[_Key]:
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=list[_Key])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise OfframpError(
            "seal-keys-unreadable",
            f"the keys that seal reasoning cannot be read: {error}",
            help=f"restore `{path}`, or remove it: reasoning sealed so far is then left out of conversations",
        ) from error
    return sorted(keys, key=lambda key: key.made_at, reverse=True)


def _write(path: Path, keys: Sequence[_Key]) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(list(keys)))
        file.flush()
        os.fsync(file.fileno())
    # A crash before this leaves the old keys, one after it the new ones.
    fresh.replace(path)
