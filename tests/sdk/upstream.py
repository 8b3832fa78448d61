"""The scripted upstream: one server that speaks every API and refuses what the real ones refuse."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from aiohttp import web
from tests.gateway import loopback
from tests.sdk.scenarios import BY_NAME, Scenario
from tests.sdk.speakers import (
    anthropic_messages,
    bedrock_converse,
    bedrock_invoke,
    gemini_generate,
    openai_chat,
    openai_responses,
)
from tests.sdk.speakers.strictness import Rejected

SPEAKERS: dict[str, ModuleType] = {
    "anthropic-messages": anthropic_messages,
    "bedrock-converse": bedrock_converse,
    "bedrock-invoke": bedrock_invoke,
    "gemini-generate": gemini_generate,
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
}
"""Slug of an API to who speaks it. An API joins by one more entry."""


@dataclass
class Upstream:
    """A running upstream."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    rejections: list[str] = field(default_factory=list)
    abandoned: int = 0


class _Server:
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.app = web.Application(client_max_size=64 * 1024 * 1024)
        for speaker in SPEAKERS.values():
            for path in speaker.PATHS:
                self.app.router.add_post(path, self._handler(speaker))

    def _handler(self, speaker: ModuleType) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            self._upstream.bodies.append(raw)
            headers = {name.lower(): value for name, value in request.headers.items()}
            body = json.loads(raw)
            model, is_streamed = speaker.asked(request.path, body)
            scenario = BY_NAME[model]
            try:
                speaker.reject(body, headers)
            except Rejected as rejected:
                self._upstream.rejections.append(f"{speaker.__name__}: {rejected}")
                return _failure(speaker, 400, {})
            if scenario.said.status != 200:
                status = scenario.said.status
                limits = {"retry-after": "0"} if status == 429 else {}
                return _failure(speaker, status, limits)
            if not is_streamed:
                return web.json_response(speaker.whole(scenario.said, model))
            return await self._stream(request, speaker, scenario)

        return answer

    async def _stream(
        self, request: web.Request, speaker: ModuleType, scenario: Scenario
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": speaker.TYPE})
        await response.prepare(request)
        said = scenario.said
        try:
            for event in speaker.events(said, scenario.name):
                await response.write(event)
            if said.breaks == "error":
                await response.write(speaker.broken())
            if said.breaks == "cut":
                assert request.transport is not None
                request.transport.abort()
            while said.breaks == "hangs":
                await asyncio.sleep(0.05)
                await response.write(speaker.waiting() if hasattr(speaker, "waiting") else b": waiting\n\n")
        except (ConnectionError, asyncio.CancelledError):
            self._upstream.abandoned += 1
            raise
        return response


def _failure(speaker: ModuleType, status: int, more: dict[str, str]) -> web.Response:
    body, headers = speaker.failure(status)
    return web.json_response(body, status=status, headers={**headers, **more})


def run_upstream() -> Iterator[Upstream]:
    """An upstream that listens until the generator is closed."""
    upstream = Upstream()
    with loopback.running(_Server(upstream).app) as upstream.url:
        yield upstream
