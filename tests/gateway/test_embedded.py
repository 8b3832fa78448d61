"""The gateway as an application in somebody else's server: called as ASGI says, with no server of ours."""

import asyncio
import json
from pathlib import Path
from typing import Any

from offramp.evidence import read_entries
from offramp.gateway import application


class Server:
    """As much of an ASGI server as an application can see."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> "Server":
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        self._life = asyncio.create_task(self._app(scope, self._said.get, self._told.put))
        await self._said.put({"type": "lifespan.startup"})
        self.began = await self._told.get()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.began["type"] == "lifespan.startup.complete":
            await self._said.put({"type": "lifespan.shutdown"})
            assert await self._told.get() == {"type": "lifespan.shutdown.complete"}
        await self._life

    async def post(self, path: str, key: str, body: Any) -> tuple[int, Any]:
        raw = json.dumps(body).encode()
        headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-length", str(len(raw)).encode())]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        waiting = [{"type": "http.request", "body": raw, "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop()
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        whole = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], json.loads(whole)


def test_it_answers_and_records_in_another_server(
    tmp_path: Path, workspace: Any, monkeypatch: Any, fakes: Any
) -> None:
    monkeypatch.setenv("FAKE_KEY", "upstream-secret-key")
    root = workspace(tmp_path / "place")
    body = {"model": "model-b", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}

    async def main() -> None:
        async with Server(application(root)) as server:
            assert server.began == {"type": "lifespan.startup.complete"}
            key = (root / "keys" / "desk").read_text()
            status, answer = await server.post("/v1/chat/completions", key, body)
            assert (status, answer["model"]) == (200, "model-b")
            assert (await server.post("/v1/messages", "nobody", body))[0] == 401
            async with Server(application(root)) as second:
                assert second.began["type"] == "lifespan.startup.failed"
                assert "gateway-running" in second.began["message"]
        async with Server(application(root)) as again:
            assert again.began == {"type": "lifespan.startup.complete"}

    asyncio.run(main())
    outcomes = [one.entry.data.get("outcome") for one in read_entries(root / ".offramp")]
    assert outcomes.count("answered") == 1
