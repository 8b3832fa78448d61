"""Candidates beside: a queue with an end, a time limit, a stop. Real loopback server, the real client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from offramp.core.ids import RouteName, UpstreamId, VendorId
from offramp.core.instants import now
from offramp.core.periods import Period
from offramp.core.verdicts import Outcome
from offramp.dialects import DIALECTS, Face, Head, Operation
from offramp.gateway.observing import shadows as room
from offramp.gateway.observing.tape import Room, Watched
from offramp.gateway.outgoing import Asked
from offramp.gateway.settings import Settings
from offramp.gateway.snapshot import take_snapshot
from offramp.workspace import load
from offramp.workspace.observing import Recording, Shadow

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example, kinds: [company]}}
applications: {{desk: {{facts: {{under: none}}}}}}
upstreams: {{b: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}}}
routes: {{m: {{targets: [{{upstream: b, model: other}}]}}}}
"""
CHAT = DIALECTS["openai-chat"]


class Ledger:
    def __init__(self) -> None:
        self.entries: list[Any] = []

    async def append(self, entry: Any, changes: Any = ()) -> None:
        self.entries.append(entry)


class Traffic:
    is_stale = False

    class now:  # noqa: N801
        @staticmethod
        def holding(upstream: str, route: str) -> tuple[()]:
            return ()


class Memory:
    class seals:  # noqa: N801
        @staticmethod
        async def restore(asked: Any, endpoint: Any) -> None:
            """Nothing is sealed."""


class Guarding:
    @staticmethod
    def watches(*asked: Any) -> bool:
        """Nothing asks for guards."""
        return False


class Seals:
    @staticmethod
    def sealer() -> None:
        """Nothing is sealed."""


class Counts:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def did(self, what: str, route: str, outcome: str) -> None:
        self.seen.append(outcome)

    missed = did


@asynccontextmanager
async def candidate(tmp_path: Path) -> AsyncIterator[Any]:
    """A candidate that answers when it is let, and the room that asks it."""
    may_answer = asyncio.Event()
    asked: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.json())
        await may_answer.wait()
        return web.json_response({"id": "1", "model": "n", "choices": [], "usage": {"completion_tokens": 3}})

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    (tmp_path / "offramp.yaml").write_text(WORKSPACE.format(url=f"http://127.0.0.1:{port}"))
    settings = Settings(workspace=load(tmp_path), state=tmp_path / ".offramp", is_open=True)

    class Parts:
        snapshot = take_snapshot(settings)
        traffic = Traffic()
        ledger = Ledger()
        seals = Seals()
        guarding = Guarding()
        clock = staticmethod(now)

    counts, space = Counts(), Room(10_000)
    kept: list[room.Shadowed] = []
    shadows = room.Shadows(Parts(), space, counts, kept.append)  # type: ignore[arg-type]
    try:
        yield shadows, counts, kept, space, asked, may_answer, Parts
    finally:
        may_answer.set()
        await shadows.close()
        await runner.cleanup()


def mirror(parts: Any, *, size: int = 10, timeout: int = 60) -> room.Mirror:
    body = {"model": "m", "messages": [{"role": "user", "content": "x" * size}]}
    raw = orjson.dumps(body)
    face = Face(CHAT, Operation.CONVERSE)
    shadow = Shadow(upstream=UpstreamId("b"), model="n", share=1, concurrency=2, timeout_seconds=timeout)
    workspace = parts.snapshot.workspace
    watched = Watched(
        application=next(iter(workspace.applications.values())),
        route=workspace.routes[RouteName("m")],
        recording=Recording(share=1, keep=Period.parse("1 day")),
        conversation="0" * 16,
        asked=Asked(face, Head(path="/v1/chat/completions", headers={}), raw, body, "m"),
        purpose="",
        at=now(),
        is_recorded=True,
        shadow=shadow,
        memory=Memory(),  # type: ignore[arg-type]
    )
    return room.Mirror(watched, "req_1", "a", "m")


async def until(happened: Any) -> None:
    async with asyncio.timeout(30):
        while not happened():
            await asyncio.sleep(0.01)


def test_two_are_asked_at_once_the_rest_waits_and_what_is_too_much_is_dropped(tmp_path: Path) -> None:
    async def story() -> None:
        async with candidate(tmp_path) as (shadows, counts, kept, space, asked, may_answer, parts):
            for _ in range(2 + room.MOST_WAITING + 3):
                shadows.offer(mirror(parts))
            await until(lambda: len(asked) == 2)
            assert counts.seen == ["queue-full"] * 3
            may_answer.set()
            await until(lambda: len(kept) == 2 + room.MOST_WAITING)
            await until(lambda: counts.seen.count("answered") == len(kept))
            assert kept[0].record.usage.output == 3
            assert kept[0].vendor == VendorId("example-b")
            assert all(entry.cause == "shadow" for entry in parts.ledger.entries)
            assert parts.ledger.entries[0].data["shadow"]["decision"]["enforced"] == str(Outcome.PERMIT)
            # What a candidate answered is still held until it is kept; the requests are not.
            assert space.left == 10_000 - sum(one.size for one in kept)

    asyncio.run(story())


def test_what_finds_no_room_is_dropped(tmp_path: Path) -> None:
    async def story() -> None:
        async with candidate(tmp_path) as (shadows, counts, _, space, _, _, parts):
            shadows.offer(mirror(parts, size=20_000))
            assert counts.seen == ["queue-full"]
            assert space.left == 10_000

    asyncio.run(story())


def test_a_candidate_that_takes_too_long_is_let_go(tmp_path: Path) -> None:
    async def story() -> None:
        async with candidate(tmp_path) as (shadows, counts, kept, _, _, _, parts):
            shadows.offer(mirror(parts, timeout=1))
            await until(lambda: counts.seen)
            assert counts.seen == ["upstream-timeout"]
            assert kept[0].record.code == "upstream-timeout"

    asyncio.run(story())


def test_a_stop_lets_go_of_who_is_asked_and_who_waits(tmp_path: Path) -> None:
    async def story() -> None:
        async with candidate(tmp_path) as (shadows, counts, kept, space, asked, _, parts):
            for _ in range(4):
                shadows.offer(mirror(parts))
            await until(lambda: len(asked) == 2)
            await shadows.close()
            assert counts.seen.count("stopped") == 4
            assert not kept
            assert space.left == 10_000

    asyncio.run(story())
