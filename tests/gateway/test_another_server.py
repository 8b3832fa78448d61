"""The gateway as an application of somebody else's server: JSON, streams, one that is left, the stop."""

import asyncio
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import UPSTREAM_KEY, Fake, eventually, plain_post

from offramp.evidence import read_entries
from offramp.gateway import application

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("uvicorn"), reason="uvicorn, the other server, is not installed"
)
SERVER = """
import socket, sys, uvicorn
from offramp.gateway import application
bound = socket.socket(fileno=int(sys.argv[2]))
server = uvicorn.Server(uvicorn.Config(application(sys.argv[1]), lifespan="on", log_level="warning"))
server.run(sockets=[bound])
sys.exit(0 if server.started else 3)
"""


class Running:
    """The other server with the application in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with socket.create_server(("127.0.0.1", 0)) as bound:
            self.port = int(bound.getsockname()[1])
            self.url = f"http://127.0.0.1:{self.port}"
            bound.set_inheritable(True)
            # A script that serves as soon as it is run, as many do: nothing of ours may run it once more.
            script = root / "serving.py"
            script.write_text(SERVER)
            with (root / "server.log").open("wb") as log:
                self.process = subprocess.Popen(
                    [sys.executable, str(script), str(root), str(bound.fileno())],
                    env={**os.environ, "FAKE_KEY": UPSTREAM_KEY},
                    pass_fds=[bound.fileno()],
                    stderr=log,
                )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return plain_post(f"{self.url}/-/readyz", b"", method="GET").status == 200
        except OSError:
            return False

    @property
    def log(self) -> str:
        return (self.root / "server.log").read_text()

    def stop(self) -> None:
        """It ended as it does, by the signal it got, and what it had started is gone."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(180) in (0, -signal.SIGTERM), self.log
        assert "Traceback" not in self.log
        assert not (self.root / ".offramp" / "writer.sock").exists()

    def entries(self) -> list[Any]:
        return [one.entry for one in read_entries(self.root / ".offramp") if str(one.entry.type) == "traffic"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, workspace: Any) -> Iterator[Running]:
    running = Running(workspace(tmp_path_factory.mktemp("another") / "place"))
    try:
        eventually(running.is_ready)
        yield running
        running.stop()
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def asked(server: Running, *, stream: bool, model: str = "model-b", text: str = "hi") -> tuple[bytes, Any]:
    body = {"model": model, "max_tokens": 9, "stream": stream}
    body |= {"messages": [{"role": "user", "content": text}]}
    return json.dumps(body).encode(), {
        "authorization": f"Bearer {(server.root / 'keys' / 'desk').read_text()}"
    }


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("model", ["model-a", "model-b"])
def test_another_server_answers_streams_and_records(
    server: Running, path: str, model: str, stream: bool
) -> None:
    answer = plain_post(server.url + path, *asked(server, stream=stream, model=model))
    assert answer.status == 200, answer.raw
    assert answer.headers["offramp-served-by"] == f"{model[-1]}/{model[-1]}-large"
    end = b"[DONE]" if path.endswith("completions") else b"message_stop"
    assert (end in answer.raw) == stream
    assert answer.headers["content-type"].startswith("text/event-stream" if stream else "application/json")
    refused = plain_post(server.url + path, asked(server, stream=stream)[0], {"x-api-key": "nobody"})
    assert (refused.status, refused.body["offramp"]["code"]) == (401, "caller-unknown")
    recorded = [one for one in server.entries() if one.subject == answer.headers["offramp-request-id"]]
    assert [one.data["outcome"] for one in recorded] == ["answered"]


def test_a_server_may_cancel_the_lifespan_that_said_it_is_over(
    tmp_path: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_KEY", UPSTREAM_KEY)
    root = workspace(tmp_path / "place")
    told: list[str] = []

    async def main() -> None:
        events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        heard = asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            told.append(message["type"])
            heard.set()

        living = asyncio.ensure_future(application(root)({"type": "lifespan"}, events.get, send))
        for event in ("startup", "shutdown"):
            heard.clear()
            events.put_nowait({"type": f"lifespan.{event}"})
            await heard.wait()
        living.cancel()
        await living

    asyncio.run(main())
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert not (root / ".offramp" / "writer.sock").exists()


def test_a_caller_that_leaves_takes_the_upstream_request_with_it(
    server: Running, fakes: dict[str, Fake]
) -> None:
    abandoned = fakes["b"].abandoned
    body, headers = asked(server, stream=True, text="slow")
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
        caller.sendall(f"{head}authorization: {headers['authorization']}\r\n\r\n".encode() + body)
        assert caller.recv(100).startswith(b"HTTP/1.1 200")
    eventually(lambda: fakes["b"].abandoned > abandoned)
    eventually(lambda: "cancelled" in [one.data["outcome"] for one in server.entries()])
