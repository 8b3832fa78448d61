"""The ledger for programs on an event loop: many appends wait at once over one connection to the writer."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self, cast

import msgspec

from offramp.core.errors import OfframpError
from offramp.evidence import address, body
from offramp.evidence import changes as state_changes
from offramp.evidence.entry import Change, Entry, Receipt
from offramp.evidence.frames import Splitter, decode_reply, encode_request
from offramp.evidence.log import Pending
from offramp.evidence.unavailable import writer_absent, writer_lost, writer_silent, writer_stuck

WAIT_SECONDS = 10.0
_RETRY_SECONDS = 0.02


class AsyncLedger:
    """A connection to a running writer process. Belongs to one event loop."""

    ANSWER_SECONDS = 20.0
    """So long an append waits for the writer: longer than a busy disk takes, shorter than callers wait."""

    def __init__(self, state: Path, wait_seconds: float, answer_seconds: float) -> None:
        self._state = state
        self._wait_seconds = wait_seconds
        self._answer_seconds = answer_seconds
        self._link: _Link | None = None
        self._connecting = asyncio.Lock()
        self._is_closed = False

    @classmethod
    async def connect(
        cls, state: Path, *, wait_seconds: float = WAIT_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> Self:
        """Connect to the writer of `state`; raises `ledger-writer-absent` when none answers in time."""
        ledger = cls(state, wait_seconds, answer_seconds)
        await ledger._open_link()
        return ledger

    async def append(self, entry: Entry, changes: Sequence[Change] = ()) -> Receipt:
        """Record `entry` and its state changes; they are durable on return.

        A lost connection fails every append that waits, with `ledger-writer-lost`; one that is not answered
        in time fails with `ledger-writer-silent`: only then is it unknown whether the entry was, or will be,
        recorded. From there until the writer answers again nothing more is handed to it, and appends fail
        with `ledger-writer-stuck`. The next append after a loss connects again. Nothing is sent twice.
        Cancelled, it stops waiting; the entry is sent all the same.
        """
        if self._is_closed:
            raise ValueError("the ledger is closed")
        state_changes.check(changes)
        pending = Pending(body.encode(entry), tuple(changes))
        link = self._link
        if link is not None and link.is_open and (link.is_stuck or link.is_writable.is_set()):
            return await link.append(pending)
        return await asyncio.shield(self._append_later(pending))

    @property
    def is_stuck(self) -> bool:
        """An append was not answered in time, and the writer has answered nothing since."""
        return self._link is not None and self._link.is_stuck

    async def _append_later(self, pending: Pending) -> Receipt:
        try:
            async with asyncio.timeout(self._answer_seconds):
                link = await self._open_link()
        except TimeoutError:
            if self._link is not None:
                self._link.is_stuck = True
            raise writer_stuck() from None
        return await link.append(pending)

    async def close(self) -> None:
        """Wait for the appends under way, then close the connection. Run twice, it changes nothing."""
        self._is_closed = True
        if self._link is not None:
            await self._link.close()
            self._link = None

    async def _open_link(self) -> "_Link":
        while True:
            link = self._link
            if link is not None:
                await link.is_writable.wait()
                if link.is_open:
                    return link
            async with self._connecting:
                if self._link is link:
                    self._link = await self._dial()

    async def _dial(self) -> "_Link":
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._wait_seconds
        while True:
            path = address.find(self._state)
            if path is not None:
                try:
                    _, link = await loop.create_unix_connection(
                        lambda: _Link(self._answer_seconds), os.fspath(path)
                    )
                except OSError:
                    pass
                else:
                    return link
            if loop.time() > deadline:
                raise writer_absent(self._state)
            await asyncio.sleep(_RETRY_SECONDS)


class _Link(asyncio.Protocol):
    """One connection: replies find the append that waits for them by id.

    INVARIANT: an id is never given twice, so a reply that comes too late is nobody else's.
    """

    def __init__(self, answer_seconds: float) -> None:
        self._answer_seconds = answer_seconds
        self._timer: asyncio.TimerHandle | None = None
        self.is_stuck = False
        self._splitter = Splitter()
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, tuple[asyncio.Future[Receipt], float]] = {}
        """In the order they were sent: who waits, and until when."""
        self._unsent: list[bytes] = []
        self._next_id = 0
        self.is_writable = asyncio.Event()
        self.is_writable.set()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def append(self, pending: Pending) -> Receipt:
        """Send and wait. The link is open. What is appended in one turn of the loop is sent at its end."""
        if self.is_stuck:
            raise writer_stuck()
        id_ = self._next_id
        self._next_id += 1
        frame = encode_request(id_, pending)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._waiting[id_] = future, loop.time() + self._answer_seconds
        if self._timer is None:
            self._timer = loop.call_later(self._answer_seconds, self._expire)
        if not self._unsent:
            loop.call_soon(self._send)
        self._unsent.append(frame)
        try:
            return await future
        finally:
            self._waiting.pop(id_, None)

    def _send(self) -> None:
        frames, self._unsent = self._unsent, []
        if frames and self._transport is not None:
            self._transport.write(b"".join(frames))

    def _expire(self) -> None:
        """Those that waited too long are told; the timer runs on while anybody waits."""
        loop = asyncio.get_running_loop()
        self._timer = None
        for future, until in self._waiting.values():
            if until > loop.time():
                self._timer = loop.call_at(until, self._expire)
                return
            if not future.done():
                self.is_stuck = True
                future.set_exception(writer_silent(self._answer_seconds))

    async def close(self) -> None:
        self._send()
        if self._waiting:
            await asyncio.wait([future for future, _ in self._waiting.values()])
        if self._transport is not None:
            self._transport.close()
        if self._timer is not None:
            self._timer.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every event loop's transports are registered as asyncio's own (uvloop's are not).
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self._transport = None
        self.is_stuck = False
        self.is_writable.set()
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(writer_lost())

    def pause_writing(self) -> None:
        self.is_writable.clear()

    def resume_writing(self) -> None:
        self.is_writable.set()

    def data_received(self, data: bytes) -> None:
        try:
            for payload in self._splitter.feed(data):
                self._settle(*decode_reply(payload))
        except (ValueError, msgspec.MsgspecError):
            if self._transport is not None:
                self._transport.abort()

    def _settle(self, id_: int, result: Receipt | OfframpError) -> None:
        self.is_stuck = False
        future, _ = self._waiting.get(id_, (None, 0.0))
        if future is None or future.done():
            return
        if isinstance(result, OfframpError):
            future.set_exception(result)
        else:
            future.set_result(result)
