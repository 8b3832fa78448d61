"""A sign of life for callers while the upstream of a stream is silent: idle connections are given up."""

import asyncio
from collections.abc import Awaitable, Callable

SILENT_SECONDS = 10.0


class Silence:
    """Sends `sign` whenever nothing was heard for a while. End it before the end.

    What is sent beside it has to be whole events, so that a sign never falls into one.
    """

    def __init__(
        self, sign: bytes, send: Callable[[bytes], Awaitable[None]], seconds: float = SILENT_SECONDS
    ) -> None:
        self._sign = sign
        self._send = send
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._sending: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        if sign:
            self._timer = self._loop.call_later(seconds, self._look)

    def heard(self) -> None:
        """Something was sent."""
        self._heard_at = self._loop.time()

    async def settle(self) -> None:
        """No sign is on its way, and none is due for a while."""
        self.heard()
        if self._sending is not None:
            await self._sending
            self._sending = None

    async def end(self) -> None:
        """No sign is sent any more, and none is on its way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self.settle()

    def cancel(self) -> None:
        """The same where nobody listens any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _look(self) -> None:
        left = self._heard_at + self._seconds - self._loop.time()
        if left <= 0:
            self._sending = self._loop.create_task(self._say())
            left = self._seconds
        self._timer = self._loop.call_later(left, self._look)

    async def _say(self) -> None:
        self._heard_at = self._loop.time()
        await self._send(self._sign)
