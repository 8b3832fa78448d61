"""The writer process: takes entries from a Unix socket, makes them durable in groups, then acknowledges them.

While one group is flushed to disk the next one gathers, so each flush carries everything that waited for it.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import cast

import msgspec

from offramp.evidence import address
from offramp.evidence.frames import Splitter, decode_request, encode_reply
from offramp.evidence.lock import WriterLock
from offramp.evidence.log import Log, Pending, open_log
from offramp.evidence.unavailable import busy

PARENT_CHECK_SECONDS = 0.2
GRACE_SECONDS = 2.0
LOCK_WAIT_SECONDS = 10.0
MAX_GROUP = 4096
GATHER_SECONDS = 0.004


NewLoop = Callable[[], asyncio.AbstractEventLoop]


def run_writer(
    state: Path,
    *,
    parent: int | None = None,
    new_loop: NewLoop | None = None,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Be the writer of `state` until SIGTERM, or until the process `parent` (ours by default) is gone.

    Blocks. Everything received before the end is made durable and acknowledged. Interrupts from the keyboard
    are left to the parent. `new_loop` makes another event loop than the standard one; `on_ready` is called
    once it listens. Raises `ledger-busy` when another process keeps the lock.
    """
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(state, os.getppid() if parent is None else parent, on_ready))


async def _serve(state: Path, parent: int, on_ready: Callable[[], None] | None) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    lock = await _take_lock(state)
    try:
        group = _Group(open_log(state))
        try:
            await _listen(state, group, parent, stopping, on_ready)
        finally:
            await group.close()
    finally:
        lock.release()


async def _take_lock(state: Path) -> WriterLock:
    deadline = asyncio.get_running_loop().time() + LOCK_WAIT_SECONDS
    while True:
        lock = WriterLock.take(state)
        if lock is not None:
            return lock
        if asyncio.get_running_loop().time() > deadline:
            raise busy(state)
        await asyncio.sleep(0.02)


async def _listen(
    state: Path,
    group: "_Group",
    parent: int,
    stopping: asyncio.Event,
    on_ready: Callable[[], None] | None,
) -> None:
    address.clear(state)
    path = address.choose(state)
    mask = os.umask(0o177)
    try:
        server = await asyncio.get_running_loop().create_unix_server(lambda: _Connection(group), path=path)
    finally:
        os.umask(mask)
    try:
        async with server:
            if on_ready is not None:
                on_ready()
            while os.getppid() == parent and not stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), PARENT_CHECK_SECONDS)
            server.close()
            await group.quiet()
    finally:
        address.clear(state)


class _Group:
    """Entries that wait for the next flush, and the flush itself."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: list[tuple[_Connection, int, Pending]] = []
        self._connections: set[_Connection] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._flushing: asyncio.Task[None] | None = None
        self._is_busy = False
        """The flush before this one carried several entries: waiting a moment will gather more."""

    def add(self, connection: "_Connection", id: int, pending: Pending) -> None:  # noqa: A002
        self._waiting.append((connection, id, pending))
        if len(self._waiting) > MAX_GROUP:
            connection.pause()
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def joined(self, connection: "_Connection") -> None:
        self._connections.add(connection)

    def left(self, connection: "_Connection") -> None:
        self._connections.discard(connection)

    async def quiet(self) -> None:
        """Wait until every client has gone, for a moment; then until nothing waits for a flush."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while self._connections and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        if self._flushing is not None:
            await self._flushing

    async def close(self) -> None:
        if self._flushing is not None:
            await self._flushing
        for connection in tuple(self._connections):
            connection.close()
        self._thread.shutdown()
        self._log.close()

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            if self._is_busy:
                await asyncio.sleep(GATHER_SECONDS)
            group, self._waiting = self._waiting[:MAX_GROUP], self._waiting[MAX_GROUP:]
            batch = [pending for _, _, pending in group]
            results = await loop.run_in_executor(self._thread, self._log.append, batch)
            self._is_busy = len(group) > 1
            replies: dict[_Connection, list[bytes]] = {}
            for (connection, id_, _), result in zip(group, results, strict=True):
                replies.setdefault(connection, []).append(encode_reply(id_, result))
            # INVARIANT: what is acknowledged here has been flushed to disk by the append above.
            for connection, frames in replies.items():
                connection.answer(frames)
        self._flushing = None


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, group: _Group) -> None:
        self._group = group
        self._splitter = Splitter()
        self._transport: asyncio.Transport | None = None
        self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every event loop's transports are registered as asyncio's own (uvloop's are not).
        self._transport = cast(asyncio.Transport, transport)
        self._group.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self._transport = None
        self._group.left(self)

    def data_received(self, data: bytes) -> None:
        try:
            for payload in self._splitter.feed(data):
                request = decode_request(payload)
                self._group.add(self, request.id, request.pending())
        except (ValueError, msgspec.MsgspecError):
            self.close()

    def answer(self, frames: Sequence[bytes]) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(frames))
            if self._is_paused:
                self._is_paused = False
                self._transport.resume_reading()

    def pause(self) -> None:
        if self._transport is not None and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
