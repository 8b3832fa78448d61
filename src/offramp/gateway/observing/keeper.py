"""A worker's side of the process that keeps exchanges. It begins with the first, and ends with the worker."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from offramp.recordings.exchanges.taken import Frames, Taken, Told, framed

MODULE: Final = "offramp.recordings.exchanges.keeper"
ANSWER_SECONDS: Final = 60.0
"""A keeper that says nothing for so long while it has something to do is replaced."""
CLOSE_SECONDS: Final = 10.0
LOST: Final = "keeper-lost"

OnTold = Callable[[Told], None]


class Keeper:
    """Hands exchanges over and hears what came of each. Belongs to one event loop."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: asyncio.WriteTransport | None = None
        self._starting: asyncio.Task[None] | None = None
        self._unsent: list[bytes] = []
        self._waiting: dict[int, OnTold] = {}
        self._numbers = 0
        self._watchdog: asyncio.TimerHandle | None = None

    def keep(self, taken: Taken, on_told: OnTold) -> None:
        """`taken` is on its way; `on_told` hears what came of it, in any case, once."""
        self._numbers += 1
        self._waiting[self._numbers] = on_told
        frame = framed(msgspec.structs.replace(taken, number=self._numbers))
        if self._pipe is not None:
            self._pipe.write(frame)
        else:
            self._unsent.append(frame)
            if self._starting is None:
                self._starting = asyncio.get_running_loop().create_task(self._start())
        if self._watchdog is None:
            self._watch()

    async def close(self) -> None:
        """Everything handed over was kept or given up, and the process is gone."""
        if self._starting is not None:
            await self._starting
        deadline = asyncio.get_running_loop().time() + CLOSE_SECONDS
        while self._waiting and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        if self._watchdog is not None:
            self._watchdog.cancel()
        process = self._process
        self._end()
        if process is not None:
            await asyncio.to_thread(_reap, process)

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        command = [sys.executable, "-m", MODULE, str(self._state.absolute())]
        try:
            self._process = await asyncio.to_thread(
                subprocess.Popen, command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=True
            )
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            pipe, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, self._process.stdin)
            await loop.connect_read_pipe(lambda: _Listening(self), self._process.stdout)
        except OSError:
            self.lost()
            return
        finally:
            self._starting = None
        self._pipe = pipe
        for frame in self._unsent:
            self._pipe.write(frame)
        self._unsent.clear()

    def told(self, told: Told) -> None:
        """The process answered."""
        on_told = self._waiting.pop(told.number, None)
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        if self._waiting:
            self._watch()
        if on_told is not None:
            on_told(told)

    def lost(self) -> None:
        """The process is gone: nothing it had is kept, as far as anybody knows. The next one starts anew."""
        self._end()
        waiting, self._waiting = self._waiting, {}
        for number, on_told in waiting.items():
            on_told(Told(number=number, code=LOST))

    def _watch(self) -> None:
        self._watchdog = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._kill)

    def _kill(self) -> None:
        self._watchdog = None
        if self._process is not None:
            self._process.kill()
        self.lost()

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None
        self._process = None
        self._unsent.clear()


class _Listening(asyncio.Protocol):
    """What the process says."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._process = keeper._process
        self._frames = Frames()
        self._decoder = msgspec.msgpack.Decoder(Told)

    def data_received(self, data: bytes) -> None:
        for message in self._frames.feed(data):
            self._keeper.told(self._decoder.decode(message))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        if self._process is self._keeper._process and self._process is not None:
            self._process.poll()
            self._keeper.lost()


def _reap(process: "subprocess.Popen[bytes]") -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(CLOSE_SECONDS)
        return
    process.kill()
    process.wait()
