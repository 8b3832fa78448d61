"""The book: counts that the workers of one gateway share, in a file all of them have in memory.

A lock on the file makes checking and setting aside one step for all workers; the kernel lifts it when its
holder dies. Each lane's numbers are written by that lane alone.
"""

import fcntl
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from offramp.control.quotas import layout
from offramp.core.errors import Exit, OfframpError

FILE: Final = "quotas.book"
KEEP_DAYS: Final = 3
"""An account that was not used for so long makes room for another; the database still has it."""

Sums = tuple[int, dict[int, int]]
"""What lanes that are over have counted for an account, and each lane that is not."""


class Book:
    """One worker's hold of the book. Not safe between threads."""

    def __init__(self, path: Path, accounts: int = layout.ACCOUNTS) -> None:
        """`accounts` is how many of the places for accounts are used."""
        self._most = accounts
        self._file = path.open("r+b")
        self._lock = self._file.fileno()
        self.memory = mmap.mmap(self._file.fileno(), layout.SIZE)
        self._found: dict[str, tuple[int, bytes]] = {}
        self._windows: dict[str, int] = {}

    def __enter__(self) -> None:
        """Nobody else reads or writes until the end. Short, and never across an await."""
        fcntl.lockf(self._lock, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.lockf(self._lock, fcntl.LOCK_UN)

    def account(self, name: str, today: int, load: Callable[[str], Sums]) -> int:
        """The index of the account `name`; one that is new here begins with what `load` says. Locked."""
        known = self._found.get(name)
        if known is not None:
            index, padded = known
            at = layout.account_at(index)
            if self.memory[at - layout.NAME : at] == padded:
                return index
        padded = layout.padded(name)
        index = self._find(padded)
        at = layout.account_at(index)
        if self.memory[at - layout.NAME : at] != padded:
            index = self._insert(index, padded, today, load(name))
        self._found[name] = (index, padded)
        return index

    def total(self, index: int) -> int:
        """What is counted and set aside of an account, by everybody. Locked."""
        numbers = layout.ACCOUNT.unpack_from(self.memory, layout.account_at(index))
        return int(sum(numbers) - numbers[0])

    def parts(self, index: int) -> tuple[int, int]:
        """What is counted of an account, and what is set aside."""
        numbers = layout.ACCOUNT.unpack_from(self.memory, layout.account_at(index))
        return sum(numbers[1 : 2 + layout.LANES]), sum(numbers[2 + layout.LANES :])

    def add(self, at: int, amount: int) -> None:
        """The number at `at` is larger by `amount`. Locked."""
        (before,) = layout.NUMBER.unpack_from(self.memory, at)
        layout.NUMBER.pack_into(self.memory, at, before + amount)

    def put(self, at: int, number: int) -> None:
        """The number at `at` is `number`. Locked."""
        layout.NUMBER.pack_into(self.memory, at, number)

    def window(self, name: str) -> int:
        """The index of the window `name`. Locked."""
        index = self._windows.get(name)
        if index is None:
            padded = layout.padded(name)
            index = hash_of(padded) % layout.WINDOWS
            for _ in range(layout.WINDOWS):
                at = layout.window_at(index)
                found = self.memory[at - layout.NAME : at]
                if found in (padded, layout.EMPTY):
                    break
                index = (index + 1) % layout.WINDOWS
            else:
                raise _full()
            self.memory[at - layout.NAME : at] = padded
            self._windows[name] = index
        return index

    def accounts(self) -> Iterator[tuple[int, str]]:
        """Every account there is."""
        for index in range(self._most):
            at = layout.account_at(index)
            name = self.memory[at - layout.NAME : at]
            if name not in (layout.EMPTY, layout.GONE):
                yield index, name.rstrip(b"\0").decode()

    def close(self) -> None:
        """The file is let go."""
        self.memory.close()
        self._file.close()

    def _find(self, padded: bytes) -> int:
        """Where the account is, or can be put."""
        index = hash_of(padded) % self._most
        free = -1
        for _ in range(self._most):
            at = layout.account_at(index)
            name = self.memory[at - layout.NAME : at]
            if name == padded:
                return index
            if name == layout.EMPTY:
                return index if free < 0 else free
            if name == layout.GONE and free < 0:
                free = index
            index = (index + 1) % self._most
        return free

    def _insert(self, index: int, padded: bytes, today: int, sums: Sums) -> int:
        if index < 0:
            self._make_room(today)
            index = self._find(padded)
            if index < 0:
                raise _full()
        at = layout.account_at(index)
        base, by_lane = sums
        used = [by_lane.get(lane, 0) for lane in range(layout.LANES)]
        layout.ACCOUNT.pack_into(self.memory, at, today, base, *used, *([0] * layout.LANES))
        # The name last: what has a name is whole.
        self.memory[at - layout.NAME : at] = padded
        return index

    def _make_room(self, today: int) -> None:
        for index, _ in tuple(self.accounts()):
            at = layout.account_at(index)
            numbers = layout.ACCOUNT.unpack_from(self.memory, at)
            if numbers[0] < today - KEEP_DAYS and not any(numbers[2 + layout.LANES :]):
                self.memory[at - layout.NAME : at] = layout.GONE


def make_book(state: Path, *, replaces: bool = True) -> None:
    """An empty book, for a run that begins. Unless it `replaces` one, one that is there stays."""
    path = state / FILE
    fresh = state / f"{FILE}.{os.getpid()}"
    with fresh.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.truncate(layout.SIZE)
        file.write(layout.MAGIC)
    if replaces:
        fresh.replace(path)
        return
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def open_book(state: Path, accounts: int = layout.ACCOUNTS) -> Book | None:
    """The book of a run, or None where there is none that can be read."""
    path = state / FILE
    try:
        with path.open("rb") as file:
            is_sound = file.read(len(layout.MAGIC)) == layout.MAGIC and path.stat().st_size == layout.SIZE
    except OSError:
        return None
    return Book(path, accounts) if is_sound else None


def hash_of(padded: bytes) -> int:
    """A number for a name, the same in every process."""
    from zlib import crc32

    return crc32(padded)


def is_alive(pid: int, started: int) -> bool:
    """Whether the process `pid` that began at `started` still runs: the number may have gone to another."""
    return pid > 0 and process_start(pid) == started


def process_start(pid: int) -> int:
    """When the process began, by the kernel's own count; 0 where it does not run."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return _start_elsewhere(pid)
    fields = status[status.rindex(b")") + 2 :].split()
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])


def _start_elsewhere(pid: int) -> int:
    """Where the system does not tell: whether there is such a process at all."""
    if Path("/proc/self/stat").exists():
        return 0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    except PermissionError:
        return 1
    return 1


def lanes_of(book: Book) -> Sequence[tuple[int, int, str]]:
    """Each lane: process, when that began, and its word; empty where nobody has it."""
    found = []
    for lane in range(layout.LANES):
        pid, started, word = layout.LANE.unpack_from(book.memory, layout.lane_at(lane))
        found.append((pid, started, word.rstrip(b"\0").decode()))
    return found


def _full() -> OfframpError:
    return OfframpError(
        "quotas-full",
        "there are more limits in use than the gateway can count",
        help="give fewer keys limits of their own",
        exit_code=Exit.INTERNAL,
    )
