"""Whether a running gateway goes by what was recorded: each of its workers says how far it follows.

A worker reads what entries changed a moment after they did, and says so in a file of its own. Whoever
recorded a change waits until all of them have said it, and can then tell the person that it is in force.
"""

import fcntl
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.engine import Connection

from offramp.evidence import Receipt
from offramp.store import connect

CHANGES: Final = (
    "SELECT name, made FROM evidence_changes WHERE name NOT IN "
    "('control_spent', 'control_person_heads', 'control_person_panes') ORDER BY name"
)
"""How often each table changed. What requests themselves change is left out."""
WAIT_SECONDS: Final = 3.0
_GENERATION: Final = "SELECT generation FROM gateway_config"
_FOLDER: Final = "following"
_LOOK_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class InForce:
    """How many workers of a running gateway there are, and how many go by everything recorded."""

    workers: int
    following: int

    @property
    def is_everywhere(self) -> bool:
        """No worker goes by less."""
        return self.following == self.workers


@dataclass(frozen=True, slots=True)
class Recorded:
    """A change that is in the ledger, and who goes by it."""

    receipt: Receipt
    in_force: InForce


def prepare_following(state: Path) -> None:
    """No worker of an earlier run is left. For the serving process, before its workers start."""
    folder = state / _FOLDER
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()


class Follower:
    """What this process, a worker, says. It counts as alive for as long as it holds its lock.

    A number of a process would not do: after a power cut another program may have it.
    """

    def __init__(self, state: Path) -> None:
        folder = state / _FOLDER
        folder.mkdir(exist_ok=True)
        self._file = folder / f"{os.getpid()}.json"
        self._lock = os.open(_lock_of(self._file), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def tell(self, changes: Mapping[str, int], generation: int) -> None:
        """It goes by so many changes of each table and by that configuration."""
        fresh = self._file.with_suffix(".new")
        # On a full disk nobody is told; the change is followed all the same.
        with suppress(OSError):
            fresh.write_bytes(orjson.dumps({"changes": dict(changes), "generation": generation}))
            fresh.replace(self._file)

    def leave(self) -> None:
        """It is no worker any more."""
        for file in (self._file, _lock_of(self._file)):
            with suppress(OSError):
                file.unlink(missing_ok=True)
        os.close(self._lock)


def in_force(state: Path, wait_seconds: float = WAIT_SECONDS) -> InForce:
    """Wait, for so long at most, until every worker goes by what is recorded at this moment."""
    engine = connect(state / "state.db", read_only=True)
    try:
        with engine.connect() as connection:
            changes, generation = _recorded(connection)
    finally:
        engine.dispose()
    deadline = time.monotonic() + wait_seconds
    while True:
        told = [_told(file) for file in (state / _FOLDER).glob("*.json") if _is_alive(file)]
        following = sum(
            at >= generation and all(seen.get(name, 0) >= made for name, made in changes.items())
            for seen, at in told
        )
        found = InForce(workers=len(told), following=following)
        if found.is_everywhere or time.monotonic() > deadline:
            return found
        time.sleep(_LOOK_SECONDS)


def _recorded(connection: Connection) -> tuple[Mapping[str, int], int]:
    changes = {str(name): int(made) for name, made in connection.execute(text(CHANGES))}
    return changes, int(connection.execute(text(_GENERATION)).scalar_one_or_none() or 0)


def _told(file: Path) -> tuple[Mapping[str, int], int]:
    with suppress(OSError, orjson.JSONDecodeError):
        said = orjson.loads(file.read_bytes())
        return said["changes"], said["generation"]
    return {}, 0


def _lock_of(file: Path) -> Path:
    return file.with_suffix(".lock")


def _is_alive(file: Path) -> bool:
    """Whether the worker that said this still holds its lock."""
    try:
        lock = os.open(_lock_of(file), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
