"""An upstream of bare sockets: whatever bytes a test wants, whenever it wants them."""

import asyncio
import json
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

Script = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]
"""Answers one request. A connection is kept unless the script closes it."""


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    head: bytes
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def is_stream(self) -> bool:
        return bool(self.body.get("stream"))


@dataclass
class Raw:
    """A running upstream. `scripts` are chosen by the model that is asked for."""

    scripts: Mapping[str, Script]
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each model was asked for."""
    open: int = 0
    """Connections."""
    loop: asyncio.AbstractEventLoop | None = None


def run_raw(scripts: Mapping[str, Script], tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    """It listens until the generator is closed."""
    raw = Raw(scripts)
    loop = raw.loop = asyncio.new_event_loop()
    started = threading.Event()
    stop = asyncio.Event()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        raw.open += 1
        try:
            while not writer.is_closing():
                asked = await _read(reader)
                model = str(asked.body.get("model"))
                raw.asked[model] += 1
                await raw.scripts[model](asked, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            raw.open -= 1
            tasks.discard(task)
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, backlog=4096)
        port = server.sockets[0].getsockname()[1]
        raw.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        started.set()
        await stop.wait()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    started.wait(30)
    yield raw
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return Asked(head, await reader.readexactly(int(lengths[0]) if lengths else 0))


def reset(writer: asyncio.StreamWriter) -> None:
    """The connection ends with RST, not with FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def whole(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    """A whole answer of JSON."""
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%b\r\n"
    return head % (status, len(body), more) + body


STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def framed(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


END = b"0\r\n\r\n"
