"""The right to write: one process per state directory, by an flock that ends with the process."""

import fcntl
import os
from pathlib import Path
from typing import Self

from offramp.core.errors import OfframpError

LOCK = "writer.lock"


class WriterLock:
    """Held from `take` to `release`, or until the process dies however it dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, state: Path) -> Self | None:
        """The lock, or None while another process has it. Makes the private state directory if needed."""
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(state / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise OfframpError(
                "state-unwritable",
                f"cannot write to `{state}`: {error.strerror}",
                help="make the directory writable for this user",
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return cls(descriptor)

    def release(self) -> None:
        """Let another process write."""
        os.close(self._descriptor)


def holder(state: Path) -> str:
    """The process that last took the lock, for messages; empty when it cannot be told."""
    try:
        return (state / LOCK).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
