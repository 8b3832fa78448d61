"""A scripted HTTP server on a free loopback port: each connection runs one script, then closes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


Scripted = Callable[[Script], AbstractAsyncContextManager[str]]


@pytest.fixture
def scripted() -> Scripted:
    """`async with scripted(script) as url`."""
    return _scripted


@asynccontextmanager
async def _scripted(script: Script) -> AsyncIterator[str]:
    """The base URL of a server whose every connection runs `script`."""

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(run, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
