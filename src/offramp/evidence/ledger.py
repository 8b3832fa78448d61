"""The ledger as every room sees it: `append` returns when the entry is durable, whoever writes it.

`Ledger` writes itself when no other process does, and otherwise hands entries to the one that does.
"""

import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from offramp.core.errors import OfframpError
from offramp.evidence import address, body
from offramp.evidence import changes as state_changes
from offramp.evidence.entry import Change, Entry, Receipt
from offramp.evidence.frames import Splitter, decode_reply, encode_request
from offramp.evidence.lock import WriterLock
from offramp.evidence.log import Pending, Result, open_log
from offramp.evidence.unavailable import busy, writer_lost, writer_silent

WAIT_SECONDS = 10.0
ANSWER_SECONDS = 20.0
"""So long is waited for a writer that has not taken, or not answered, anything."""
_RETRY_SECONDS = 0.02
_IN_FLIGHT = 256
"""Requests sent before their replies are read: few enough that neither end blocks on a full socket."""


class _Way(Protocol):
    """How entries reach the disk."""

    @property
    def is_open(self) -> bool: ...

    def append(self, batch: Sequence[Pending]) -> list[Result]: ...

    def close(self) -> None: ...


class Ledger:
    """An open ledger. May be shared by threads. Use as a context manager, or `close` it."""

    def __init__(self, state: Path, wait_seconds: float, answer_seconds: float) -> None:
        self._state = state
        self._wait_seconds = wait_seconds
        self._answer_seconds = answer_seconds
        self._way: _Way | None = self._find_way()
        self._turn = threading.Lock()

    @classmethod
    def open(
        cls, state: Path, *, wait_seconds: float = WAIT_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> Self:
        """The ledger in the directory `state`, made on first use.

        Takes the writer's lock, or connects to the writer that has it. Waits for a process that has the lock
        but takes no entries; raises `ledger-busy` when it keeps it for `wait_seconds`.
        """
        return cls(state, wait_seconds, answer_seconds)

    def append(self, entry: Entry, changes: Sequence[Change] = ()) -> Receipt:
        """Record `entry` and its state changes. Both are durable on return, and neither after an error.

        Only after `ledger-writer-lost` and `ledger-writer-silent` is it unknown whether they were recorded.
        """
        return self.append_all(((entry, changes),))[0]

    def append_all(self, entries: Sequence[tuple[Entry, Sequence[Change]]]) -> tuple[Receipt, ...]:
        """Record several entries, in order, each together with its own changes. All are durable on return.

        Raises the first entry's problem there is; the others may have been recorded.
        """
        batch = []
        for entry, changes in entries:
            state_changes.check(changes)
            batch.append(Pending(body.encode(entry), tuple(changes)))
        with self._turn:
            results = self._open_way().append(batch)
        receipts = []
        for result in results:
            if isinstance(result, OfframpError):
                raise result
            receipts.append(result)
        return tuple(receipts)

    def close(self) -> None:
        """Let another process write. Run twice, it changes nothing."""
        with self._turn:
            if self._way is not None:
                self._way.close()
            self._way = _Closed()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_way(self) -> _Way:
        if self._way is None or not self._way.is_open:
            if self._way is not None:
                self._way.close()
                self._way = None
            self._way = self._find_way()
        return self._way

    def _find_way(self) -> _Way:
        deadline = time.monotonic() + self._wait_seconds
        while True:
            lock = WriterLock.take(self._state)
            if lock is not None:
                return _Direct(self._state, lock)
            link = address.dial(self._state)
            if link is not None:
                return _ByWriter(link, self._answer_seconds)
            if time.monotonic() > deadline:
                raise busy(self._state)
            time.sleep(_RETRY_SECONDS)


class _Direct:
    """This process writes."""

    def __init__(self, state: Path, lock: WriterLock) -> None:
        self._lock = lock
        try:
            address.clear(state)
            self._log = open_log(state)
        except BaseException:
            lock.release()
            raise

    is_open = True

    def append(self, batch: Sequence[Pending]) -> list[Result]:
        return self._log.append(batch)

    def close(self) -> None:
        self._log.close()
        self._lock.release()


class _ByWriter:
    """Another process writes; entries go over its socket."""

    def __init__(self, link: socket.socket, answer_seconds: float) -> None:
        self._link = link
        self._answer_seconds = answer_seconds
        self._splitter = Splitter()
        self._next_id = 0
        self._is_broken = False

    @property
    def is_open(self) -> bool:
        """Whether the writer is there. Between appends nothing is in flight: bytes or an end are a break."""
        if self._is_broken:
            return False
        try:
            self._link.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def append(self, batch: Sequence[Pending]) -> list[Result]:
        results: list[Result] = []
        for start in range(0, len(batch), _IN_FLIGHT):
            results += self._exchange(batch[start : start + _IN_FLIGHT])
        return results

    def close(self) -> None:
        self._link.close()

    def _exchange(self, batch: Sequence[Pending]) -> list[Result]:
        first = self._next_id
        frames = [encode_request(first + offset, pending) for offset, pending in enumerate(batch)]
        self._next_id += len(batch)
        answers: dict[int, Result] = {}
        self._link.settimeout(self._answer_seconds)
        try:
            self._link.sendall(b"".join(frames))
            while len(answers) < len(batch):
                data = self._link.recv(1 << 16)
                if not data:
                    raise ConnectionResetError
                answers.update(map(decode_reply, self._splitter.feed(data)))
        except TimeoutError:
            # The replies that may still come belong to nobody: the next append has a connection of its own.
            self._is_broken = True
            raise writer_silent(self._answer_seconds) from None
        except OSError:
            self._is_broken = True
            raise writer_lost() from None
        except BaseException:
            # Interrupted half way: the replies still to come belong to nobody.
            self._is_broken = True
            raise
        self._link.settimeout(None)
        return [answers[first + offset] for offset in range(len(batch))]


class _Closed:
    """The ledger was closed by its owner."""

    is_open = True

    def append(self, batch: Sequence[Pending]) -> list[Result]:  # noqa: ARG002
        raise ValueError("the ledger is closed")

    def close(self) -> None:
        pass
