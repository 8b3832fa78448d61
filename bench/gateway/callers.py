"""Callers: many at once over kept connections, each asking again when its answer is whole and right."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from answers import CHUNKS, Ask

_PIECE = b"word after word "


class AnswerWrong(AssertionError):
    """An answer was not the one the provider gave."""


@dataclass(slots=True)
class Timing:
    """Seconds to the first byte of each body, and to its last."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


class Caller(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, request: Callable[[], bytes], is_stream: bool, timing: Timing) -> None:
        self._request = request
        self._is_stream = is_stream
        self._timing = timing
        self._left = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def ask(self, times: int) -> None:
        """Ask so many times; `done` is settled at the end."""
        self.done = asyncio.get_running_loop().create_future()
        self._left = times
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """An answer was cut, or this caller is over."""
        if not self.done.done():
            self.done.set_exception(AnswerWrong("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        """Gather one answer; check it; ask again."""
        self._buffer += data
        if self._body_at < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._body_at = end + 4
            head = self._buffer[:end].lower()
            self._length = -1
            at = head.find(b"content-length:")
            if at >= 0:
                self._length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if not self._has_first and len(self._buffer) > self._body_at:
            self._has_first = True
            self._timing.first.append(time.perf_counter() - self._began)
        if self._length >= 0:
            is_whole = len(self._buffer) - self._body_at >= self._length
        else:
            is_whole = self._buffer.endswith(b"0\r\n\r\n")
        if is_whole:
            self._check()

    def _check(self) -> None:
        self._timing.whole.append(time.perf_counter() - self._began)
        pieces = self._buffer.count(_PIECE)
        if not self._buffer.startswith(b"HTTP/1.1 200") or pieces != (CHUNKS if self._is_stream else 44):
            self.done.set_exception(AnswerWrong(self._buffer[:2000].decode("utf-8", "replace")))
            return
        self._left -= 1
        if self._left:
            self._next()
        else:
            self.done.set_result(None)

    def _next(self) -> None:
        self._buffer = bytearray()
        self._body_at = -1
        self._has_first = False
        self._began = time.perf_counter()
        self._transport.write(self._request())

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


async def call(
    port: int,
    ask: Ask,
    key: str,
    *,
    callers: int,
    each: int,
    header: Callable[[], str] = str,
    headers: Mapping[str, str] | None = None,
) -> Timing:
    """`callers` callers ask `each` times, each time with another `header`. Raises `AnswerWrong`."""
    loop = asyncio.get_running_loop()
    timing = Timing()
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = (
        f"POST {ask.path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {key}\r\n{more}content-length: {len(ask.body)}\r\n"
    )

    def request() -> bytes:
        return f"{head}{header()}\r\n".encode() + ask.body

    all_ = []
    for _ in range(callers):
        _, caller = await loop.create_connection(
            lambda: Caller(request, ask.is_stream, timing), "127.0.0.1", port
        )
        all_.append(caller)
    try:
        for caller in all_:
            caller.ask(each)
        await asyncio.wait_for(asyncio.gather(*(caller.done for caller in all_)), 120)
    finally:
        for caller in all_:
            caller.close()
    return timing
