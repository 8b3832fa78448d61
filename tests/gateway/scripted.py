"""An upstream that answers what a test laid ready, one answer a request, and remembers what it was asked."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from tests.gateway import loopback


@dataclass(frozen=True)
class Ready:
    """One answer."""

    body: Any = None
    """JSON; or bytes to stream as events."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    goes_on: bool = False
    """After the bytes the stream stays open until the gateway lets it go."""
    dies: bool = False
    """After the bytes the connection is cut."""
    is_silent: bool = False
    """Not even a head comes, until the gateway lets it go."""


@dataclass
class Scripted:
    """A running upstream."""

    url: str = ""
    ready: list[Ready] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    """Path and body of each request."""
    abandoned: int = 0
    ends: threading.Event = field(default_factory=threading.Event)
    """Once set, streams that go on end, and silent answers fail."""

    def last(self) -> Any:
        return self.asked[-1][1]


def run_scripted() -> Iterator[Scripted]:
    """An upstream that listens until the generator is closed."""
    scripted = Scripted()

    async def silent() -> web.StreamResponse:
        try:
            while not scripted.ends.is_set():
                await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            scripted.abandoned += 1
            raise
        return web.json_response({"error": {"message": "no"}}, status=500)

    async def answer(request: web.Request) -> web.StreamResponse:
        scripted.asked.append((request.path, json.loads(await request.read())))
        ready = scripted.ready.pop(0) if scripted.ready else Ready({"error": "nothing laid ready"}, 404)
        if ready.is_silent:
            return await silent()
        if not isinstance(ready.body, bytes):
            return web.json_response(ready.body, status=ready.status, headers=ready.headers)
        response = web.StreamResponse(headers={"content-type": "text/event-stream", **ready.headers})
        await response.prepare(request)
        try:
            await response.write(ready.body)
            if ready.dies:
                assert request.transport is not None
                request.transport.abort()
                return response
            while ready.goes_on and not scripted.ends.is_set():
                await asyncio.sleep(0.05)
                await response.write(b": waiting\n\n")
        except (ConnectionError, asyncio.CancelledError):
            scripted.abandoned += 1
            raise
        return response

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    with loopback.running(app) as scripted.url:
        yield scripted


def chat_reply(text: str | None = "Hello", **message: Any) -> dict[str, Any]:
    """A whole answer of the Chat Completions API."""
    said = {"role": "assistant", "content": text, **message}
    return {
        "id": "chatcmpl-7",
        "object": "chat.completion",
        "created": 1893456000,
        "model": "m-0101",
        "choices": [{"index": 0, "message": said, "finish_reason": "tool_calls" if text is None else "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
    }


def chat_stream(*deltas: dict[str, Any], ends: bool = True) -> bytes:
    """A streamed one."""
    frame = {"id": "chatcmpl-7", "object": "chat.completion.chunk", "created": 1893456000, "model": "m-0101"}
    pieces = [{**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if ends:
        pieces.append({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    text = "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces)
    return (text + ("data: [DONE]\n\n" if ends else "")).encode()


def messages_reply(*blocks: dict[str, Any]) -> dict[str, Any]:
    """A whole answer of the Messages API."""
    return {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": "m-0101",
        "content": list(blocks) or [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 5},
    }
