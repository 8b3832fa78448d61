"""A fast pretended provider: Chat Completions over bare sockets. `python upstream.py` prints its port.

It answers from bytes made at the start. A streamed answer is sent at once, or, where the request says
`paced: `, an event every 4 ms.
"""

import asyncio
import sys

import uvloop
from answers import PACED, chat_answer, chat_stream

PACE_SECONDS = 0.004
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_PACED = PACED.encode()
_JSON = chat_answer()
_HEAD, _EVENTS = chat_stream()
_BURST = _HEAD + b"".join(_EVENTS)


class Provider(asyncio.Protocol):
    """One connection. Requests come one after another."""

    def __init__(self) -> None:
        self._buffer = b""
        self._pacing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Stop what is under way."""
        if self._pacing is not None:
            self._pacing.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            if at < 0:
                # Some clients send what they ask in chunks; the text itself never looks like a last one.
                last = self._buffer.find(_LAST_CHUNK, end)
                if last < 0:
                    return
                length = last + len(_LAST_CHUNK) - end - 4
            else:
                length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        if b'"stream":true' not in body.replace(b" ", b""):
            self._transport.write(_JSON)
        elif _PACED in body:
            self._pacing = asyncio.get_running_loop().create_task(self._pace())
        else:
            self._transport.write(_BURST)

    async def _pace(self) -> None:
        self._transport.write(_HEAD + _EVENTS[0])
        for event in _EVENTS[1:-2]:
            await asyncio.sleep(PACE_SECONDS)
            self._transport.write(event)
        self._transport.write(_EVENTS[-2] + _EVENTS[-1])


async def main() -> None:
    """Serve until the standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Provider, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
