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
from offramp.evidence.unavailable import writer_absent, writer_lost

WAIT_SECONDS = 10.0
_RETRY_SECONDS = 0.02


class AsyncLedger:
    """A connection to a running writer process. Belongs to one event loop."""

    def __init__(self, state: Path, wait_seconds: float) -> None:
        self._state = state
        self._wait_seconds = wait_seconds
        self._link: _Link | None = None
        self._connecting = asyncio.Lock()
        self._is_closed = False

    @classmethod
    async def connect(cls, state: Path, *, wait_seconds: float = WAIT_SECONDS) -> Self:
        """Connect to the writer of `state`; raises `ledger-writer-absent` when none answers in time."""
        ledger = cls(state, wait_seconds)
        await ledger._open_link()
        return ledger

    async def append(self, entry: Entry, changes: Sequence[Change] = ()) -> Receipt:
        """Record `entry` and its state changes; they are durable on return.

        A lost connection fails every append that waits, with `ledger-writer-lost`: only then is it unknown
        whether the entry was recorded. The next append connects again. Nothing is sent twice. Cancelled, it
        stops waiting; the entry is sent all the same.
        """
        if self._is_closed:
            raise ValueError("the ledger is closed")
        state_changes.check(changes)
        pending = Pending(body.encode(entry), tuple(changes))
        link = self._link
        if link is not None and link.is_open and link.is_writable.is_set():
            return await link.append(pending)
        return await asyncio.shield(self._append_later(pending))

    async def _append_later(self, pending: Pending) -> Receipt:
        link = await self._open_link()
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
                    _, link = await loop.create_unix_connection(_Link, os.fspath(path))
                except OSError:
                    pass
                else:
                    return link
            if loop.time() > deadline:
                raise writer_absent(self._state)
            await asyncio.sleep(_RETRY_SECONDS)


class _Link(asyncio.Protocol):
    """One connection: replies find the append that waits for them by id."""

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[Receipt]] = {}
        self._unsent: list[bytes] = []
        self._next_id = 0
        self.is_writable = asyncio.Event()
        self.is_writable.set()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def append(self, pending: Pending) -> Receipt:
        """Send and wait. The link is open. What is appended in one turn of the loop is sent at its end."""
        id_ = self._next_id
        self._next_id += 1
        frame = encode_request(id_, pending)
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = future
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._send)
        self._unsent.append(frame)
        try:
            return await future
        finally:
            self._waiting.pop(id_, None)

    def _send(self) -> None:
        frames, self._unsent = self._unsent, []
        if frames and self._transport is not None:
            self._transport.write(b"".join(frames))

    async def close(self) -> None:
        self._send()
        if self._waiting:
            await asyncio.wait(tuple(self._waiting.values()))
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every event loop's transports are registered as asyncio's own (uvloop's are not).
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self._transport = None
        self.is_writable.set()
        for future in self._waiting.values():
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
        future = self._waiting.get(id_)
        if future is None or future.done():
            return
        if isinstance(result, OfframpError):
            future.set_exception(result)
        else:
            future.set_result(result)
