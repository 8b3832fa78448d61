"""Moves, reloads and the stop under load: callers, upstreams and the ledger tell of the same requests."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, eventually, plain_post, start_gateway
from tests.gateway.raw_upstream import END, STREAM, Asked, Raw, framed, run_raw, whole
from tests.gateway.scripted import chat_reply, chat_stream

CALLERS = 6
ENOUGH = 25
"""Answers between one change and the next."""
WARM, GROWN = 400, 1200
SPARE_MB = 8.0
"""What so many requests more may leave behind. A leak of 10 kB a request would be more."""

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams:
  a: {{vendor: example-a, dialect: openai-chat, url: "{url}"}}
  b: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}
routes:
  moving: {{targets: [{{upstream: a, model: one}}, {{upstream: b, model: two}}], retries: 0}}
"""


class Upstream:
    """Counts every request by the number its caller gave it."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    async def __call__(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.seen[asked.body["messages"][0]["content"]] += 1
        if asked.is_stream:
            writer.write(STREAM + framed(chat_stream({"content": "he"}, {"content": "llo"})) + END)
        else:
            writer.write(whole(json.dumps(chat_reply("hello")).encode()))


@pytest.fixture
def seen() -> Upstream:
    return Upstream()


@pytest.fixture
def upstream(seen: Upstream) -> Iterator[Raw]:
    yield from run_raw({"one": seen, "two": seen})


@pytest.fixture(params=[2])
def own(upstream: Raw, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """With so many workers."""
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "desk"
    key.write_text(f"offr_desk_{'k' * 43}")
    key.chmod(0o600)
    (tmp_path / "offramp.yaml").write_text(WORKSPACE.format(url=upstream.url))
    running = start_gateway(tmp_path, "--workers", str(request.param))
    yield running
    if running.process.poll() is None:
        running.stop()


class Load:
    """Callers that ask one request after another, each with a number of its own."""

    def __init__(self, own: Gateway) -> None:
        self._own = own
        self.answered: dict[str, str] = {}
        """Number to request id."""
        self.wrong: list[Any] = []
        self.unanswered = 0
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(name,)) for name in range(CALLERS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def some_more(self) -> None:
        """Enough was answered since now."""
        before = len(self.answered)
        eventually(lambda: len(self.answered) >= before + ENOUGH, 120)

    def _run(self, name: int) -> None:
        number = 0
        headers = {"authorization": f"Bearer {self._own.keys['desk']}"}
        while not self._is_over.is_set():
            number += 1
            said = f"{name}.{number}"
            body: dict[str, Any] = {"model": "moving", "messages": [{"role": "user", "content": said}]}
            body |= {"stream": bool(number % 2)}
            try:
                url = f"{self._own.url}/v1/chat/completions"
                answer = plain_post(url, json.dumps(body).encode(), headers)
            except OSError:
                # It stopped. Whoever has its port next is asked nothing.
                self.unanswered += 1
                return
            if answer.status == 200 and (b"[DONE]" in answer.raw or not number % 2):
                self.answered[said] = answer.headers["offramp-request-id"]
            else:
                self.wrong.append((answer.status, answer.raw[:300]))


def test_moves_reloads_and_the_stop_lose_and_duplicate_nothing(own: Gateway, seen: Upstream) -> None:
    file = own.root / "offramp.yaml"
    text = file.read_text()
    by = ("--by", "R. Okafor")
    with Load(own) as load:
        load.some_more()
        for command in (
            ("ramp", "moving", "50"),
            ("cut", "a", "--cause", "drill:load", "--reason", "a rehearsal"),
            ("restore", "a", "--cause", "drill:load", "--reason", "it is over"),
            ("ramp", "moving", "100"),
        ):
            done = own.offramp(*command, *by)
            assert done.returncode == 0, done.stderr
            load.some_more()
        for number in range(2):
            file.write_text(f"{text}# {number}\n")
            wait_for_generation(own, number + 1)
            load.some_more()
        assert load.unanswered == 0
        # The stop comes in the middle of it: what was taken is answered, nothing new is.
        assert own.stop() == 0, own.log.read_text()
    assert load.wrong == []
    recorded = Counter(entry.subject for entry in own.entries() if str(entry.type) == "traffic")
    assert set(recorded.values()) == {1}
    assert set(load.answered.values()) == set(recorded)
    assert seen.seen == Counter(dict.fromkeys(load.answered, 1))
    assert {entry.data["upstream"] for entry in own.entries() if str(entry.type) == "traffic"} == {"a", "b"}


def wait_for_generation(own: Gateway, count: int) -> None:
    eventually(lambda: sum(entry.cause == "file-changed" for entry in own.entries()) >= count, 120)


# One worker: of two, one might have had nothing to do before it was measured first.
@pytest.mark.parametrize("own", [1], indirect=True)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory of processes is read from /proc")
def test_requests_leave_nothing_behind(upstream: Raw, own: Gateway) -> None:
    before = asyncio.run(_asked(own, WARM))
    after = asyncio.run(_asked(own, GROWN))
    assert after - before < SPARE_MB, f"{after - before:.1f} MB more after {GROWN} requests"
    assert upstream.asked.total() == WARM + GROWN


async def _asked(own: Gateway, count: int) -> float:
    """The workers' memory together after `count` requests over a few kept connections."""
    await asyncio.gather(*(_keep_asking(own, count // 8) for _ in range(8)))
    workers = json.loads((own.root / "ready.json").read_text())["workers"]
    found = 0.0
    for pid in workers:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found += next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
    return found


async def _keep_asking(own: Gateway, count: int) -> None:
    body = json.dumps({"model": "moving", "messages": [{"role": "user", "content": "hi"}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {own.keys['desk']}\r\n"
    request = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
    reader, writer = await asyncio.open_connection("127.0.0.1", int(own.url.rpartition(":")[2]))
    for _ in range(count):
        writer.write(request)
        top = await reader.readuntil(b"\r\n\r\n")
        assert top.startswith(b"HTTP/1.1 200"), top
        length = next(line for line in top.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.partition(b":")[2]))
    writer.close()
