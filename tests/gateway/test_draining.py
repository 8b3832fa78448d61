"""A stop: what is under way may finish, what does not is cut at the deadline, and everybody is told."""

import asyncio
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, eventually, plain_post
from tests.gateway.raw_upstream import END, STREAM, Asked, Raw, framed, run_raw, whole
from tests.gateway.scripted import chat_reply, chat_stream

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams: {{b: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}}}
routes: {{"*": {{targets: [{{upstream: b, model: "*"}}], retries: 0}}}}
"""
BEGUN = STREAM + framed(chat_stream({"role": "assistant", "content": ""}, {"content": "Once"}, ends=False))
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"


class Upstream:
    """Streams without an end, answers that never come, and one that comes when it is told to."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.scripts = {
            "endless": self._endless,
            "flood": self._flood,
            "silent": self._silent,
            "late": self._late,
        }

    async def _endless(self, _asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(BEGUN)
        while True:
            writer.write(framed(b": waiting\n\n"))
            await writer.drain()
            await asyncio.sleep(0.05)

    async def _flood(self, _asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(BEGUN)
        while True:
            writer.write(framed(chat_stream({"content": "x" * 8000}, ends=False)))
            await writer.drain()

    async def _silent(self, _asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def _late(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        while not self.may_answer.is_set():
            await asyncio.sleep(0.02)
        if asked.is_stream:
            writer.write(STREAM + framed(chat_stream({"content": "well"})) + END)
        else:
            writer.write(whole(json.dumps(chat_reply("well")).encode()))


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def raw(upstream: Upstream) -> Iterator[Raw]:
    yield from run_raw(upstream.scripts)


@pytest.fixture
def start(raw: Raw, started: Callable[..., Gateway], tmp_path: Path) -> Callable[..., Gateway]:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (tmp_path / "keys" / "desk").chmod(0o600)
    (tmp_path / "offramp.yaml").write_text(WORKSPACE.format(url=raw.url))
    return lambda *argv: started(tmp_path, "--workers", "1", *argv)


class Asking:
    """A request that is waited for beside the test."""

    def __init__(self, gateway: Gateway, model: str, path: str = CHAT, *, stream: bool = False) -> None:
        self.answer: Any = None
        body = {"model": model, "max_tokens": 9, "stream": stream}
        body |= {"messages": [{"role": "user", "content": "hi"}]}
        headers = {"authorization": f"Bearer {gateway.keys['desk']}"}

        def ask() -> None:
            self.answer = plain_post(gateway.url + path, json.dumps(body).encode(), headers, seconds=300)

        self._thread = threading.Thread(target=ask)
        self._thread.start()

    def end(self) -> Any:
        self._thread.join()
        return self.answer


def stalled(gateway: Gateway) -> socket.socket:
    """A caller that reads nothing of a stream that floods it."""
    body = json.dumps({"model": "flood", "stream": True, "messages": [{"role": "user", "content": "hi"}]})
    made = socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])))
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.keys['desk']}\r\n"
    made.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
    return made


def test_at_the_deadline_what_is_under_way_is_cut_told_and_recorded(
    start: Callable[..., Gateway], raw: Raw
) -> None:
    gateway = start("--drain", "1")
    streams = [Asking(gateway, "endless", path, stream=True) for path in (CHAT, MESSAGES)]
    silent = [Asking(gateway, "silent", path) for path in (CHAT, MESSAGES)]
    with (
        stalled(gateway),
        socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2]))) as slow,
    ):
        slow.sendall(b"POST /v1/chat")
        eventually(lambda: raw.asked == {"endless": 2, "silent": 2, "flood": 1})
        assert gateway.stop() == 0
    assert "kill" not in gateway.log.read_text().lower()
    told = [one.end() for one in streams]
    for answer in told:
        assert (answer.status, b"Once" in answer.raw) == (200, True)
        last = json.loads(answer.raw.decode().rpartition("data: ")[2])
        assert last["offramp"]["code"] == "gateway-stopping"
    assert b"event: error" in told[1].raw
    refused = [one.end() for one in silent]
    assert [answer.body["offramp"]["code"] for answer in refused] == ["gateway-stopping"] * 2
    assert [answer.status for answer in refused] == [503, 529]
    entries = [one for one in gateway.entries() if str(one.type) == "traffic"]
    assert len({one.subject for one in entries}) == len(entries) == 5
    outcomes = {one.subject: (one.data["outcome"], one.data["code"]) for one in entries}
    assert (
        sorted(outcomes.values())
        == [("refused", "gateway-stopping")] * 2 + [("truncated", "gateway-stopping")] * 3
    )
    for answer, outcome in [*((one, "truncated") for one in told), *((one, "refused") for one in refused)]:
        assert outcomes[answer.headers["offramp-request-id"]][0] == outcome


def test_what_ends_in_time_is_whole_and_readiness_says_no_meanwhile(
    start: Callable[..., Gateway], upstream: Upstream, raw: Raw
) -> None:
    gateway = start("--drain", "600", "--unready", "600")
    late = [Asking(gateway, "late", stream=stream) for stream in (True, False)]
    eventually(lambda: raw.asked["late"] == 2)

    def health(name: str) -> int:
        return plain_post(f"{gateway.url}/-/{name}", b"", method="GET").status

    assert health("readyz") == 200
    gateway.process.send_signal(signal.SIGTERM)
    eventually(lambda: health("readyz") == 503)
    # Who has not heard of it yet is still served.
    assert health("healthz") == 200
    upstream.may_answer.set()
    assert [one.end().status for one in late] == [200, 200]
    assert Asking(gateway, "late").end().status == 200
    # A second signal does not wait.
    assert gateway.stop() == 0
    outcomes = [one.data["outcome"] for one in gateway.entries() if str(one.type) == "traffic"]
    assert outcomes == ["answered"] * 3


@pytest.mark.parametrize("option", ["--drain", "--unready"])
def test_a_time_nobody_can_mean_is_refused(tmp_path: Path, workspace: Any, offramp: Any, option: str) -> None:
    root = workspace(tmp_path / "place")
    done = offramp("serve", "--port", "0", option, "-1", cwd=root, env={"FAKE_KEY": "x"})
    assert (done.returncode, "error[serve-unreadable]" in done.stderr) == (2, True)
