"""Servers of the other side, on loopback in a thread: answers with TLS, proxies, token endpoints."""

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1893456000,
    "model": "m-0101",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "well"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


@dataclass
class Request:
    """What a server was asked."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def parsed(self) -> Any:
        return json.loads(self.body)


@dataclass
class Endpoint:
    """A server that answers each request with what `answer` says: status and JSON."""

    answer: Callable[[Request], tuple[int, Any]]
    seen: list[Request] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await read_request(reader, writer)) is not None:
            self.seen.append(request)
            status, value = self.answer(request)
            data = json.dumps(value).encode()
            head = (f"HTTP/1.1 {status} OK", "content-type: application/json", f"content-length: {len(data)}")
            writer.write("\r\n".join((*head, "", "")).encode() + data)
            await writer.drain()


@dataclass
class Proxy:
    """A proxy that lets CONNECT and whole addresses through to loopback, whatever host is asked for."""

    user: str = ""
    password: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader, writer)
        if request is None:
            return
        self.asked.append(f"{request.method} {request.target}")
        wanted = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        status = self.status
        if self.user and request.headers.get("proxy-authorization") != wanted:
            status = 407
        if status != 200:
            writer.write(f"HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        if request.method == "CONNECT":
            port = int(request.target.rpartition(":")[2])
            inner, out = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            parts = urlsplit(request.target)
            inner, out = await asyncio.open_connection("127.0.0.1", parts.port)
            lines = [f"{request.method} {parts.path} HTTP/1.1"]
            lines += [f"{n}: {v}" for n, v in request.headers.items() if not n.startswith("proxy-")]
            out.write("\r\n".join([*lines, "", ""]).encode() + request.body)
            head = await inner.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            writer.write(head + await inner.readexactly(length))
            await writer.drain()
            out.close()
            return
        await writer.drain()
        await asyncio.gather(pipe(reader, out), pipe(inner, writer))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    try:
        begin = await reader.readexactly(1)
        if not begin.isalpha():
            # A client that begins with TLS is told in plain HTTP, as servers do.
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            return None
        head = (begin + await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.strip().split("\r\n")
    headers = {n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    method, target, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


@contextmanager
def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port at which `serve` has each connection; everything is over at the end."""
    loop = asyncio.new_event_loop()
    ports: list[int] = []
    started, stop = threading.Event(), asyncio.Event()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def main() -> None:
        loop.set_exception_handler(lambda _loop, _context: None)
        server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        await stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    assert started.wait(30)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
