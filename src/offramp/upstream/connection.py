"""One connection to an upstream, and the answer that comes over it. One request at a time, no pipelining."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, Self, cast

from offramp.upstream.answer_reader import AnswerReader, NotHttp
from offramp.upstream.errors import Trouble, UpstreamFailed

MOST_WAITING_BYTES: Final = 64 * 1024
"""Of a body nobody took yet: then the upstream is not read from until somebody does."""
WANTS_OURS: Final = (
    "its own log has the cause; a server that wants a certificate of ours closes like this: "
    "name `certificate` under `outbound`"
)


class Connection(asyncio.Protocol):
    """A kept connection. `place` names its server in errors: scheme, host and port, nothing else."""

    __slots__ = ("_answer", "_loop", "_transport", "freed_at", "is_paused", "is_used", "on_free", "place")

    def __init__(self, place: str, on_free: Callable[["Connection"], None]) -> None:
        self.place = place
        self.on_free = on_free
        """Called when its answer is over and it can be used again."""
        self.is_used = False
        """A request went over it before the present one."""
        self.freed_at = 0.0
        self.is_paused = False
        self._answer: ArrivingAnswer | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """It can be written to."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def answer(self) -> "ArrivingAnswer | None":
        """What is arriving on it, or was asked for."""
        return self._answer

    def ask(self, request: bytes, body: bytes) -> "ArrivingAnswer":
        """The request is on its way; its answer arrives from now on."""
        assert self._transport is not None
        self._answer = answer = ArrivingAnswer(self)
        self._transport.write(request)
        if body:
            self._transport.write(body)
        return answer

    def close(self) -> None:
        """Nothing more is sent or received. Idempotent."""
        if self._transport is not None:
            self._transport.abort()

    def take_up(self) -> None:
        """Read on."""
        if self.is_paused and self._transport is not None:
            self.is_paused = False
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        # Not every event loop's transports are registered as asyncio's own (uvloop's are not).
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """It is gone, and with it what was not whole."""
        self._transport = None
        if self._answer is not None:
            answer, self._answer = self._answer, None
            answer.lost()

    def data_received(self, data: bytes) -> None:
        """More of the answer."""
        answer = self._answer
        if answer is None:
            # Nobody asked: whatever it is, it must not be taken for the next answer.
            self.close()
            return
        waiting = answer.arrived(data)
        if answer.is_over:
            self._answer = None
            if answer.leaves_open and self.is_open:
                self.is_used = True
                self.take_up()
                self.on_free(self)
            else:
                self.close()
        elif waiting > MOST_WAITING_BYTES and self._transport is not None and not self.is_paused:
            self.is_paused = True
            self._transport.pause_reading()


class ArrivingAnswer:
    """`interface.Answer`: filled by its connection, emptied by whoever asked."""

    __slots__ = ("_blocks", "_connection", "_failure", "_reader", "_size", "_waiter", "heard_at", "is_over")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader = AnswerReader()
        self._blocks: list[bytes] = []
        self._size = 0
        """Bytes in `_blocks`."""
        self._waiter: asyncio.Future[None] | None = None
        self._failure: UpstreamFailed | None = None
        self.heard_at = 0.0
        """When whoever watches for silence last found something new."""
        self.is_over = False

    @property
    def status(self) -> int:
        """The answer's status; 0 before its head came."""
        return self._reader.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Lower-case names."""
        return self._reader.headers

    @property
    def has_begun(self) -> bool:
        """Anything of it came."""
        return self._reader.has_begun

    @property
    def leaves_open(self) -> bool:
        """Its connection can be used again."""
        return self._failure is None and self._reader.is_kept and not self._reader.rest

    @property
    def is_waited_for(self) -> bool:
        """Somebody waits for more of it."""
        return self._waiter is not None

    def arrived(self, data: bytes) -> int:
        """Take what came; how many bytes wait to be taken."""
        try:
            block = self._reader.feed(data)
        except NotHttp:
            self.fail(Trouble.MALFORMED, f"`{self._connection.place}` did not answer in HTTP")
            return 0
        self.heard_at = 0.0
        if block:
            self._blocks.append(block)
            self._size += len(block)
        self.is_over = self._reader.is_over
        if block or self.is_over or self._reader.status:
            self._wake()
        return self._size

    def lost(self) -> None:
        """Its connection is gone."""
        if self._reader.end():
            self.is_over = True
            self._wake()
        elif self.has_begun:
            place = self._connection.place
            self.fail(
                Trouble.CUT,
                f"`{place}` closed the connection in the middle of its answer",
                told="it closed the connection in the middle of its answer",
            )
        else:
            self.fail(
                Trouble.CUT,
                f"`{self._connection.place}` closed the connection before it answered",
                help=WANTS_OURS if self._connection.place.startswith("https:") else "",
                told="it closed the connection before it answered",
            )

    def fail(self, trouble: Trouble, message: str, *, help: str = "", told: str = "") -> None:  # noqa: A002
        """It will not be whole."""
        if not self.is_over:
            self._failure = UpstreamFailed(trouble, message, help=help, told=told)
            self.is_over = True
            self._wake()

    async def head(self) -> None:
        """Status and headers are there. Raises `UpstreamFailed`."""
        try:
            while not self._reader.status:
                if self._failure is not None:
                    raise self._failure
                await self._more()
        except BaseException:
            self.abandon()
            raise

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises `UpstreamFailed` where it is cut short or longer than `limit`."""
        blocks: list[bytes] = []
        size = 0
        async for block in self:
            size += len(block)
            if size > limit:
                self.abandon()
                place = self._connection.place
                raise UpstreamFailed(Trouble.TOO_LARGE, f"`{place}` answered with more than {limit} bytes")
            blocks.append(block)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def iterate(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises `UpstreamFailed` where it is cut short."""
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """What came since the last time, in one piece."""
        while not self._blocks:
            if self._failure is not None:
                raise self._failure
            if self.is_over:
                raise StopAsyncIteration
            try:
                await self._more()
            except asyncio.CancelledError:
                self.abandon()
                raise
        blocks, self._blocks = self._blocks, []
        self._size = 0
        if self._connection.is_paused and not self.is_over:
            self._connection.take_up()
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def abandon(self) -> None:
        """Stop receiving now: the connection is closed and the upstream notices. Idempotent."""
        if not self.is_over:
            self.fail(Trouble.CUT, "the answer was given up")
            self._connection.close()

    async def _more(self) -> None:
        self._waiter = waiter = asyncio.get_running_loop().create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
