"""Two or more processes that look at files, each with its own buffer and the same knowledge.

A process that ends while it looks (a reader that crashed, a file that took too long) costs one file, which is
named in the coverage, and never the scan.
"""

import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from offramp.inventory.outcome import Outcome
from offramp.inventory.walk import Leaf

Look = Callable[[Leaf], Outcome | None]
Results = list[tuple[int, Outcome]]
"""Outcomes by the place of the file in its chunk."""
ANSWER = msgspec.msgpack.Decoder(Results)
ORDER = msgspec.msgpack.Decoder(list[tuple[bytes, str, int]])
"""What looking at a file needs: its path as the system spells it, as it is shown, its size."""
Chunk = tuple[int, Sequence[Leaf]]
"""The number of its first file in the walk, and the files."""

FILES_IN_CHUNK = 300
BYTES_IN_CHUNK = 24 * 1024 * 1024
FEWEST_FILES = 400
"""Below this many files one process is quicker than two."""
FEWEST_BYTES = 4 * 1024 * 1024
LONGEST_CHUNK_SECONDS = 120.0
"""After this the process is ended and the files are tried in smaller chunks, at last one by one."""
LEAST_PROGRESS_SECONDS = 1.0
AHEAD = 2
"""Chunks a process has waiting, so that it never waits for us."""


def how_many() -> int:
    """The processes worth starting: one for each processor we may use, where forking is safe."""
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return 1
    return min(8, len(os.sched_getaffinity(0)))


def chunks(leaves: Iterable[tuple[int, Leaf]]) -> Iterator[Chunk]:
    """The files in walks' order, in lots that take a process about as long."""
    first, size = 0, 0
    lot: list[Leaf] = []
    for number, leaf in leaves:
        if not lot:
            first = number
        elif number != first + len(lot) or len(lot) >= FILES_IN_CHUNK or size >= BYTES_IN_CHUNK:
            yield first, lot
            first, lot, size = number, [], 0
        lot.append(leaf)
        size += leaf.size
    if lot:
        yield first, lot


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    waiting: deque[Chunk] = field(default_factory=deque)
    spent: float = 0.0
    """Processor time it had used when it began the chunk it is at."""
    seen: float = 0.0
    """And when it was last asked."""


def look_at_all(lots: Iterable[Chunk], look: Look, count: int) -> Iterator[tuple[Chunk, Results]]:
    """Every chunk with what was found in it, in any order."""
    if count < 2:
        for chunk in lots:
            yield chunk, _look(chunk, look)
        return
    pool = _Pool(look, count)
    try:
        yield from pool.run(iter(lots))
    finally:
        pool.close()


def _look(chunk: Chunk, look: Look) -> Results:
    return [(place, found) for place, leaf in enumerate(chunk[1]) if (found := look(leaf)) is not None]


class _Pool:
    """The processes and what each has been given."""

    def __init__(self, look: Look, count: int) -> None:
        self._look = look
        self._context = multiprocessing.get_context("fork")
        self._again: deque[Chunk] = deque()
        self._workers = [self._start() for _ in range(count)]

    def run(self, lots: Iterator[Chunk]) -> Iterator[tuple[Chunk, Results]]:
        """Hand out chunks and give back results until both are done."""
        is_more = True
        while True:
            for worker in self._workers:
                while (is_more or self._again) and len(worker.waiting) < AHEAD:
                    chunk = self._again.popleft() if self._again else next(lots, None)
                    if chunk is None:
                        is_more = False
                        break
                    self._send(worker, chunk)
            busy = [worker for worker in self._workers if worker.waiting]
            if not busy:
                if self._again or is_more:
                    continue
                return
            yield from self._take(busy)

    def _send(self, worker: _Worker, chunk: Chunk) -> None:
        worker.waiting.append(chunk)
        with suppress(OSError):
            # If it has ended, taking its answer finds that out.
            order = [(os.fsencode(leaf.path), leaf.shown, leaf.size) for leaf in chunk[1]]
            worker.pipe.send_bytes(msgspec.msgpack.encode(order))

    def _take(self, busy: list[_Worker]) -> Iterator[tuple[Chunk, Results]]:
        ready = set(wait([worker.pipe for worker in busy], timeout=LONGEST_CHUNK_SECONDS))
        for worker in busy:
            if worker.pipe in ready:
                try:
                    results = ANSWER.decode(worker.pipe.recv_bytes())
                except (EOFError, OSError):
                    yield from self._replace(worker, "the reader ended while it was read")
                    continue
                yield worker.waiting.popleft(), results
                worker.spent = worker.seen = processor_seconds(worker.process.pid)
        if not ready:
            for worker in busy:
                if not _is_starved(worker):
                    yield from self._replace(worker, "reading it took too long")

    def _replace(self, worker: _Worker, reason: str) -> Iterator[tuple[Chunk, Results]]:
        """Start another process; what this one was at is tried again in halves, a single file given up."""
        lost, rest = worker.waiting.popleft(), list(worker.waiting)
        self._end(worker)
        self._again.extend(rest)
        first, leaves = lost
        if len(leaves) == 1:
            yield lost, [(0, Outcome(reason=reason, is_unreadable=True))]
        else:
            half = len(leaves) // 2
            self._again.extend(((first, leaves[:half]), (first + half, leaves[half:])))
        self._workers[self._workers.index(worker)] = self._start()

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, ours, self._look), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    @staticmethod
    def _end(worker: _Worker) -> None:
        worker.pipe.close()
        if worker.process.is_alive():
            worker.process.kill()
        worker.process.join()

    def close(self) -> None:
        """End every process; none is left when this returns."""
        for worker in self._workers:
            self._end(worker)


def _is_starved(worker: _Worker) -> bool:
    """Whether a process has not had the time to do its work, on a machine that does much else.

    One that waits for a file uses no time; one that reads without end has used all it may.
    """
    now = processor_seconds(worker.process.pid)
    is_moving = now - worker.seen >= LEAST_PROGRESS_SECONDS
    worker.seen = now
    return is_moving and now - worker.spent < LONGEST_CHUNK_SECONDS


def processor_seconds(pid: int | None) -> float:
    """How long a process has run on a processor; 0 where that is not told."""
    try:
        parts = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _serve(pipe: Connection, other_end: Connection, look: Look) -> None:
    """The life of one process: take a chunk, answer, until there is nobody to answer."""
    other_end.close()
    try:
        while True:
            order = ORDER.decode(pipe.recv_bytes())
            leaves = [Leaf(os.fsdecode(path), shown, size) for path, shown, size in order]
            pipe.send_bytes(msgspec.msgpack.encode(_look((0, leaves), look)))
    except (EOFError, OSError, KeyboardInterrupt):
        return
