"""Two thousand streams at once: every byte of each arrives, and readers that stall cost no memory."""

import asyncio
import hashlib
import json
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gateway.conftest import Gateway, start_gateway
from tests.gateway.raw_upstream import END, STREAM, Asked, Raw, framed, run_raw

STREAMS = 2000
FILES = 3 * STREAMS
PIECES = 12
STALLED = 24
LONG_BYTES = 8 * 1024 * 1024
"""Of a stream nobody reads: what is not held back somewhere would show at once."""
SPARE_MB = 120.0
"""What a worker may grow by with all that under way: a fraction of what the upstream wants to send."""

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams: {{b: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}}}
routes:
  many: {{targets: [{{upstream: b, model: many}}], retries: 0}}
  long: {{targets: [{{upstream: b, model: long}}], retries: 0}}
"""
FRAME = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1893456000, "model": "many"}
FILLER = "x" * 8000


def event(delta: dict[str, str], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return f"data: {json.dumps({**FRAME, 'choices': [choice]})}\n\n".encode()


def text_of(number: int) -> list[str]:
    """What the upstream says to the request of that number: no two streams are alike."""
    return [hashlib.sha256(f"{number}.{piece}".encode()).hexdigest() for piece in range(PIECES)]


class Barrier:
    """Lets nobody go on before all are there."""

    def __init__(self) -> None:
        self._waiting = 0
        self._all = asyncio.Event()
        self.most = 0

    async def wait(self) -> None:
        self._waiting += 1
        self.most = max(self.most, self._waiting)
        if self._waiting >= STREAMS:
            self._all.set()
        await self._all.wait()


BARRIER = Barrier()


async def _many(asked: Asked, writer: asyncio.StreamWriter) -> None:
    pieces = text_of(int(asked.body["messages"][0]["content"]))
    writer.write(STREAM + framed(event({"role": "assistant", "content": ""})))
    for piece in pieces[: PIECES // 2]:
        writer.write(framed(event({"content": piece})))
    await writer.drain()
    # Every stream is in the middle at the same time.
    await BARRIER.wait()
    for piece in pieces[PIECES // 2 :]:
        writer.write(framed(event({"content": piece})))
    writer.write(framed(event({}, "stop")) + framed(b"data: [DONE]\n\n") + END)


async def _long(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(STREAM + framed(event({"role": "assistant", "content": ""})))
    for _ in range(LONG_BYTES // len(FILLER)):
        writer.write(framed(event({"content": FILLER})))
        await writer.drain()
    writer.write(framed(event({}, "stop")) + framed(b"data: [DONE]\n\n") + END)


@pytest.fixture(scope="module")
def files() -> Iterator[None]:
    """This process holds both ends of every stream."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        pytest.skip(f"this user may open {hard} files at once; the test needs {FILES}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def upstream(files: None) -> Iterator[Raw]:
    yield from run_raw({"many": _many, "long": _long})


@pytest.fixture(scope="module")
def own(upstream: Raw, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root: Path = tmp_path_factory.mktemp("many")
    (root / "keys").mkdir()
    key = root / "keys" / "desk"
    key.write_text(f"offr_desk_{'k' * 43}")
    key.chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(url=upstream.url))
    running = start_gateway(root, "--workers", "2")
    yield running
    assert running.stop() == 0, running.log.read_text()


def request(own: Gateway, model: str, said: str) -> bytes:
    asked = {"model": model, "stream": True, "messages": [{"role": "user", "content": said}]}
    body = json.dumps(asked).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {own.keys['desk']}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


async def ask(own: Gateway, number: int) -> str:
    """The text of one whole stream; an assertion that shows it where it is not one."""
    port = int(own.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request(own, "many", str(number)))
        answer = await reader.read()
    finally:
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200"), answer[:500]
    assert b"data: [DONE]" in answer, answer[-500:]
    assert answer.endswith(END)
    return "".join(
        json.loads(line[6:])["choices"][0]["delta"].get("content", "")
        for line in answer.decode().splitlines()
        if line.startswith("data: {")
    )


def memory_mb(own: Gateway) -> list[float]:
    """The resident memory of each worker."""
    workers = json.loads((own.root / "ready.json").read_text())["workers"]
    found = []
    for pid in workers:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found.append(next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")))
    return found


def test_two_thousand_streams_at_once_are_each_whole(own: Gateway) -> None:
    async def main() -> list[str]:
        return await asyncio.gather(*(ask(own, number) for number in range(STREAMS)))

    texts = asyncio.run(main())
    assert BARRIER.most == STREAMS
    wrong = [number for number, text in enumerate(texts) if text != "".join(text_of(number))]
    assert wrong == []
    answered = [one for one in own.entries() if one.data.get("outcome") == "answered"]
    assert len(answered) == len({one.subject for one in answered}) == STREAMS
    assert len({one.digests["answer"] for one in answered}) == STREAMS


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory of processes is read from /proc")
def test_readers_that_stall_cost_no_memory(own: Gateway, upstream: Raw) -> None:
    before = memory_mb(own)

    async def main() -> list[float]:
        port = int(own.url.rpartition(":")[2])
        stalled = []
        for number in range(STALLED):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(request(own, "long", str(number)))
            stalled.append((reader, writer))
        for reader, _ in stalled:
            assert (await reader.read(10)).startswith(b"HTTP/1.1 2")
        # As long as an unhindered reader takes for the whole of it, and then for another.
        for number in (STALLED, STALLED + 1):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request(own, "long", str(number)))
            assert (await reader.read()).count(FILLER.encode()) == LONG_BYTES // len(FILLER)
            writer.close()
        after = memory_mb(own)
        for _, writer in stalled:
            writer.transport.abort()
        return after

    after = asyncio.run(main())
    grown = [late - early for early, late in zip(before, after, strict=True)]
    assert sum(grown) < SPARE_MB, f"{grown} MB, where {STALLED * LONG_BYTES >> 20} MB wait to be read"
