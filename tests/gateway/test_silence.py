"""Signs of life for a caller of a stream while no upstream has answered yet, and what may still come of it.

The upstream answers when it is told to, so this lasts as long as the gateway waits before its first sign.
"""

import asyncio
import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from tests.gateway.conftest import Gateway, start_gateway
from tests.gateway.loopback import running
from tests.gateway.scripted import chat_stream

from offramp.dialects import DIALECTS, offers
from offramp.dialects.turns import Request, Speaker, Text, Turn

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams:
  a: {{vendor: example-a, dialect: openai-chat, url: "{url}/a"}}
  b: {{vendor: example-b, dialect: openai-chat, url: "{url}/b"}}
routes:
  over: {{targets: [{{upstream: a, model: m}}, {{upstream: b, model: m}}], on_failure: next}}
  fails: {{targets: [{{upstream: a, model: m}}]}}
"""
FACES = [slug for slug, dialect in DIALECTS.items() if offers.keep_alive(dialect)]


@dataclass
class Slow:
    """An upstream that says nothing until it is released; then `a` fails and `b` answers."""

    url: str = ""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    loop: Any = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.loop = asyncio.get_running_loop()
        await self.released.wait()
        if request.path.startswith("/a/"):
            return web.json_response({"error": {"message": "is down"}}, status=503)
        return web.Response(body=chat_stream({"content": "Hello"}), content_type="text/event-stream")

    def release(self) -> None:
        self.loop.call_soon_threadsafe(self.released.set)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Slow]:
    slow = Slow()
    app = web.Application()
    app.router.add_post("/{path:.*}", slow.answer)
    with running(app) as slow.url:
        yield slow


@pytest.fixture(scope="module")
def gateway(upstream: Slow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root = tmp_path_factory.mktemp("silence")
    (root / "keys").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "keys" / "desk").chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(url=upstream.url))
    started = start_gateway(root, "--workers", "1")
    yield started
    assert started.stop() == 0


class Caller:
    """One that reads the head and the first sign, then waits."""

    def __init__(self, gateway: Gateway, slug: str, route: str, *, alt: bool = True) -> None:
        self.slug, self.route = slug, route
        dialect = DIALECTS[slug]
        turns = (Turn(Speaker.USER, (Text("Hello"),)),)
        body = dialect.encode_request(Request(model=route, turns=turns, max_tokens=9, wants_stream=True)).body
        path = dialect.upstream_path(route, is_stream=True)
        parts = urlsplit(gateway.url)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=120)
        headers = dict(dialect.request_headers(gateway.keys["desk"]))
        self._connection.request("POST", path if alt else path.partition("?")[0], json.dumps(body), headers)

    def first(self) -> bytes:
        """The head and the first sign of life."""
        self.answer = self._connection.getresponse()
        assert self.answer.status == 200
        return self.answer.read1()

    def rest(self) -> str:
        """All that follows."""
        text = self.answer.read().decode()
        self._connection.close()
        return text


def test_a_silent_upstream_does_not_silence_us(gateway: Gateway, upstream: Slow) -> None:
    callers = [Caller(gateway, slug, route) for slug in FACES for route in ("over", "fails")]
    lists = [Caller(gateway, "gemini-generate", route, alt=False) for route in ("over", "fails")]
    with ThreadPoolExecutor(len(callers) + 2) as pool:
        signs = list(pool.map(Caller.first, [*callers, *lists]))
    for caller, sign in zip(callers, signs, strict=False):
        assert sign == offers.keep_alive(DIALECTS[caller.slug])
    assert signs[-2:] == [b"\n", b"\n"]
    upstream.release()
    for caller in callers:
        rest = caller.rest()
        assert ("Hello" in rest) == (caller.route == "over"), caller.slug
        assert ("is down" in rest) == (caller.route == "fails"), caller.slug
        entry = gateway.entry(str(caller.answer.getheader("offramp-request-id")))
        assert entry.data["status"] == 200
        assert entry.data["outcome"] == ("answered" if caller.route == "over" else "upstream-error")
        assert entry.data["upstream"] == ("b" if caller.route == "over" else "a")
    answered, failed = (json.loads(one.rest()) for one in lists)
    assert answered[-1]["candidates"][0]["finishReason"] == "STOP"
    assert failed[0]["error"]["code"] == 503
