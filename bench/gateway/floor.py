"""The floor: the same server and the same client as the gateway, and nothing between them.

`python floor.py UPSTREAM_URL PORT` passes requests on by granian and aiohttp: no keys, rules, ledger, or look
at a body. What it costs is what Python costs here; the rest is the gateway's own.
"""

import sys
from collections.abc import Callable
from typing import Any

import aiohttp
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server


def application(upstream: str) -> Callable[..., Any]:
    """An ASGI application that passes everything on to `upstream`."""
    sessions: list[aiohttp.ClientSession] = []

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            connector = aiohttp.TCPConnector(limit=0)
            sessions.append(aiohttp.ClientSession(connector=connector, auto_decompress=False))
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await sessions[0].close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        async with sessions[0].post(
            upstream + scope["path"], data=body, headers={"content-type": "application/json"}
        ) as answer:
            head = [(b"content-type", answer.headers["content-type"].encode())]
            await send({"type": "http.response.start", "status": answer.status, "headers": head})
            if "event-stream" in answer.headers["content-type"]:
                async for block in answer.content.iter_any():
                    await send({"type": "http.response.body", "body": block, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                whole = await answer.read()
                await send({"type": "http.response.body", "body": whole, "more_body": False})

    return serve


def main(upstream: str, port: int) -> None:
    """Serve with one worker until told to stop."""
    Server(
        target="floor",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        loop=Loops.uvloop,
        websockets=False,
        backpressure=1024,
        log_level=LogLevels.error,
    ).serve(target_loader=lambda: application(upstream), wrap_loader=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
