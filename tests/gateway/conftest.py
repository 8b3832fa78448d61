"""Fakes and a real gateway: upstreams that speak both APIs on loopback, and `offramp serve` as a process."""

import asyncio
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from tests.gateway import loopback

from offramp.evidence import Entry, read_entries
from offramp.plan.following import in_force

AT = "2030-06-15T12:00:00Z"
UPSTREAM_KEY = "upstream-secret-key"
READY_SECONDS = 120.0

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications:
  desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}
  lab: {{key: {{file: keys/lab}}, facts: {{under: dow}}}}
  bare: {{key: {{file: keys/bare}}}}
upstreams:
  a: {{vendor: example-a, dialect: anthropic-messages, url: "{a}", key: {{env: FAKE_KEY}}}}
  b: {{vendor: example-b, dialect: openai-chat, url: "{b}", key: {{env: FAKE_KEY}}}}
  gone: {{vendor: example-c, dialect: openai-chat, url: "{gone}"}}
routes:
  model-a: {{targets: [{{upstream: a, model: a-large}}]}}
  model-b: {{targets: [{{upstream: b, model: b-large}}]}}
  moving: {{targets: [{{upstream: a, model: a-large}}, {{upstream: b, model: b-large}}]}}
  either:
    targets: [{{upstream: a, model: a-large}}, {{upstream: b, model: b-large}}]
    when_forbidden: next
  nowhere: {{targets: [{{upstream: gone, model: x}}]}}
  small: {{targets: [{{upstream: b, model: b-small}}]}}
  b-small: {{targets: [{{upstream: b, model: "*"}}]}}
{more}
"""

INSTRUMENTS = """\
schema: offramp.instruments/v1
readings:
  scope: {question: how far it reaches, options: {wide: {by: x, text: all}, narrow: {by: y, text: some}}}
instruments:
  - id: order-1
    kind: order
    title: an order
    issuer: an issuer
    basis: text
    source: {document: Gazette 1}
    from: 2030-01-01
    until: 2031-01-01
    norms:
      - {id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: example-a, action: use,
         when: 'context.under == "dow"', if_unknown: hold, quote: shall not use it for the department}
  - id: order-2
    kind: order
    title: another order
    issuer: an issuer
    basis: text
    source: {document: Gazette 2}
    from: 2030-01-01
    norms:
      - {id: avoid, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use,
         when: 'context.under == "commercial"', if_unknown: hold, quote: shall avoid it,
         readings: {scope: {narrow: {when: 'context.under == "none"'}}}}
  - id: order-3
    kind: order
    title: an order about one model
    issuer: an issuer
    basis: text
    source: {document: Gazette 3}
    from: 2030-01-01
    norms:
      - {id: model, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use,
         when: 'context.model == "b-small"', if_unknown: hold, quote: shall not use this model}
"""


@dataclass(frozen=True)
class Seen:
    """A request the fake got."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Fake:
    """An upstream that speaks both APIs. What it does is asked for in the last user message."""

    name: str
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    abandoned: int = 0

    def last(self) -> Seen:
        return self.seen[-1]


@dataclass
class Gateway:
    """A running gateway and its workspace."""

    root: Path
    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    keys: Mapping[str, str]
    began_with: Mapping[str, str]
    """Text of each file of its configuration, when it was started."""

    def entries(self, request_id: str = "") -> list[Entry]:
        found = [recorded.entry for recorded in read_entries(self.root / ".offramp")]
        return [entry for entry in found if not request_id or entry.subject == request_id]

    def entry(self, request_id: str) -> Entry:
        (entry,) = self.entries(request_id)
        return entry

    def metrics(self) -> str:
        with urllib.request.urlopen(f"{self.url}/-/metrics") as answer:
            return str(answer.read().decode())

    def offramp(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        return run_offramp(*argv, cwd=self.root)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(180)


def run_offramp(
    *argv: str, cwd: Path, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "offramp", *argv],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def _text_of(body: Any) -> str:
    content = body["messages"][-1]["content"] if body["messages"] else ""
    if isinstance(content, list):
        return " ".join(part.get("text", "") or str(part.get("content", "")) for part in content)
    return str(content)


def _has_result(body: Any) -> bool:
    last = body["messages"][-1]
    content = last["content"]
    return last["role"] == "tool" or (
        isinstance(content, list) and any(part.get("type") == "tool_result" for part in content)
    )


class _Server:
    """The fake's aiohttp application."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        self.app = web.Application()
        self.app.router.add_post("/v1/messages", self.answer)
        self.app.router.add_post("/v1/chat/completions", self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        seen = Seen(request.path, {k.lower(): v for k, v in request.headers.items()}, raw)
        self._fake.seen.append(seen)
        body = seen.body
        asked = _text_of(body)
        is_messages = request.path == "/v1/messages"
        if "busy" in asked:
            return web.json_response(_error(is_messages, "rate_limit_error"), status=429, headers=_BUSY)
        if "deny" in asked:
            return web.json_response(_error(is_messages, "authentication_error"), status=401)
        if "garbage" in asked:
            return web.Response(text="<html>no</html>", content_type="application/json")
        if "slow" in asked and not body.get("stream"):
            await asyncio.sleep(2)
        blocks = (_messages_blocks if is_messages else _chat_blocks)(self._fake.name, body, asked)
        if body.get("stream"):
            return await self._stream(request, blocks, asked)
        whole = (_messages_whole if is_messages else _chat_whole)(self._fake.name, body, blocks)
        return web.json_response(whole)

    async def _stream(self, request: web.Request, blocks: Sequence[str], asked: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        body = await request.json()
        is_messages = request.path == "/v1/messages"
        events = (_messages_events if is_messages else _chat_events)(self._fake.name, body, blocks)
        try:
            for number, event in enumerate(events):
                await response.write(event.encode())
                if "cut" in asked and number == 2:
                    assert request.transport is not None
                    request.transport.abort()
                    return response
                while "slow" in asked and number == 2:
                    await asyncio.sleep(0.05)
                    await response.write(b": waiting\n\n")
        except (ConnectionError, asyncio.CancelledError):
            self._fake.abandoned += 1
            raise
        return response


_BUSY = {"retry-after": "7"}
ARGUMENTS = '{"city": "Oslo"}'


def _error(is_messages: bool, kind: str) -> dict[str, Any]:
    error = {"type": kind, "message": "says the fake"}
    return {"type": "error", "error": error} if is_messages else {"error": {**error, "code": kind}}


def _messages_blocks(name: str, body: Any, asked: str) -> list[str]:
    return _blocks(name, body, asked)


_chat_blocks = _messages_blocks


def _blocks(name: str, body: Any, asked: str) -> list[str]:
    """`["tool"]` or the pieces of a text."""
    if body.get("tools") and not _has_result(body):
        return ["tool"]
    return ["Hello ", "from ", name] if not _has_result(body) else ["It is sunny, ", "says ", name]


def _messages_whole(name: str, body: Any, blocks: Sequence[str]) -> dict[str, Any]:
    is_tool = blocks == ["tool"]
    block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": json.loads(ARGUMENTS)}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": f"{body['model']}-0101",
        "content": [block if is_tool else {"type": "text", "text": "".join(blocks)}],
        "stop_reason": "tool_use" if is_tool else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def _chat_whole(name: str, body: Any, blocks: Sequence[str]) -> dict[str, Any]:
    is_tool = blocks == ["tool"]
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}}
    message: dict[str, Any] = {"role": "assistant", "content": None if is_tool else "".join(blocks)}
    if is_tool:
        message["tool_calls"] = [call]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1893456000,
        "model": f"{body['model']}-0101",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if is_tool else "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def _messages_events(name: str, body: Any, blocks: Sequence[str]) -> Iterator[str]:
    def event(kind: str, **rest: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **rest})}\n\n"

    is_tool = blocks == ["tool"]
    start = {**_messages_whole(name, body, blocks), "content": [], "stop_reason": None}
    yield event("message_start", message={**start, "usage": {"input_tokens": 11, "output_tokens": 1}})
    block: dict[str, Any] = {"type": "text", "text": ""}
    if is_tool:
        block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    yield event("content_block_start", index=0, content_block=block)
    for piece in [ARGUMENTS[:7], ARGUMENTS[7:]] if is_tool else blocks:
        delta = {"type": "input_json_delta", "partial_json": piece}
        yield event(
            "content_block_delta",
            index=0,
            delta=delta if is_tool else {"type": "text_delta", "text": piece},
        )
    yield event("content_block_stop", index=0)
    reason = "tool_use" if is_tool else "end_turn"
    yield event(
        "message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 7}
    )
    yield event("message_stop")


def _chat_events(name: str, body: Any, blocks: Sequence[str]) -> Iterator[str]:
    def chunk(delta: Any, reason: str | None = None, **rest: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
        whole = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1893456000,
            "model": f"{body['model']}-0101",
            "choices": choices,
            **rest,
        }
        return f"data: {json.dumps(whole)}\n\n"

    is_tool = blocks == ["tool"]
    yield chunk({"role": "assistant", "content": None if is_tool else ""})
    if is_tool:
        function = {"name": "weather", "arguments": ""}
        yield chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})
        for piece in (ARGUMENTS[:7], ARGUMENTS[7:]):
            yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    else:
        for piece in blocks:
            yield chunk({"content": piece})
    yield chunk({}, "tool_calls" if is_tool else "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
        yield chunk({}, choices=[], usage=usage)
    yield "data: [DONE]\n\n"


def run_fake(name: str) -> Iterator[Fake]:
    """A fake that listens until the generator is closed."""
    fake = Fake(name)
    with loopback.running(_Server(fake).app) as fake.url:
        yield fake


def start_gateway(root: Path, *argv: str, env: Mapping[str, str] | None = None) -> Gateway:
    """`offramp serve` in `root`, ready; or an assertion that shows its log."""
    began_with = configuration_of(root)
    ready, log = root / "ready.json", root / "serve.log"
    ready.unlink(missing_ok=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "offramp", "serve", "--port", "0", "--ready-file", str(ready), *argv],
            cwd=root,
            env={**os.environ, "FAKE_KEY": UPSTREAM_KEY, **(env or {})},
            stdout=stream,
            stderr=stream,
            stdin=subprocess.DEVNULL,
        )
    deadline = time.monotonic() + READY_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise AssertionError(log.read_text())
        time.sleep(0.02)
    told = json.loads(ready.read_text())
    keys = {path.name: path.read_text() for path in (root / "keys").glob("*")}
    return Gateway(root, told["url"], process, log, keys, began_with)


def write_workspace(root: Path, fakes: Mapping[str, Fake], more: str = "") -> Path:
    """A workspace of two upstreams, three callers and two orders."""
    (root / "instruments").mkdir(parents=True)
    (root / "keys").mkdir()
    for name in ("desk", "lab", "bare"):
        key = root / "keys" / name
        key.write_text(f"offr_{name}_{'k' * 43}")
        key.chmod(0o600)
    text = WORKSPACE.format(a=fakes["a"].url, b=fakes["b"].url, gone="http://127.0.0.1:1", more=more)
    (root / "offramp.yaml").write_text(text)
    (root / "instruments" / "orders.yaml").write_text(INSTRUMENTS)
    return root


def eventually(happened: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until `happened` is true; fail only long after it should have been."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def configuration_of(root: Path) -> Mapping[str, str]:
    """The files in `root` whose change a gateway takes up, keys aside."""
    files = (root / "offramp.yaml", *sorted((root / "instruments").glob("*.yaml")))
    return {f"{file.relative_to(root)}": file.read_text(encoding="utf-8") for file in files if file.is_file()}


def settled(gateway: Gateway) -> None:
    """Wait until every worker goes by all that is recorded, and by the files as they are now."""

    def is_taken_up() -> bool:
        state = gateway.root / ".offramp"
        with closing(sqlite3.connect(state / "state.db")) as database:
            (copy,) = database.execute("SELECT texts FROM gateway_config").fetchone()
        now = configuration_of(gateway.root)
        texts = json.loads(copy)["texts"] if copy else gateway.began_with
        read = {path: text for path, text in texts.items() if path in now or path.startswith("instruments/")}
        return read == now and in_force(state, 1).is_everywhere

    eventually(is_taken_up)


def files_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file and what is in it, as far as it is still there: what runs replaces some of them."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                yield path, path.read_bytes()


@pytest.fixture(scope="session")
def fakes() -> Iterator[Mapping[str, Fake]]:
    """Upstreams `a` and `b`."""
    first, second = run_fake("a"), run_fake("b")
    yield {"a": next(first), "b": next(second)}
    for running in (first, second):
        next(running, None)


@pytest.fixture(scope="session")
def gateway(fakes: Mapping[str, Fake], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway with two workers for tests that leave its ramps and causes as they found them."""
    root = write_workspace(tmp_path_factory.mktemp("gateway"), fakes)
    running = start_gateway(root, "--at", AT)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """`wait_until(lambda: …)`."""
    return eventually


@pytest.fixture(scope="session")
def settle() -> Callable[[Gateway], None]:
    """`settle(gateway)` waits until every worker goes by what is recorded and by the files."""
    return settled


@pytest.fixture(scope="session")
def workspace(fakes: Mapping[str, Fake]) -> Callable[..., Path]:
    """`workspace(root, more="")` writes one."""
    return lambda root, more="": write_workspace(root, fakes, more)


@pytest.fixture(scope="session")
def launch() -> Callable[..., Gateway]:
    """`launch(root, *argv, env=…)` starts a gateway; whoever calls it stops it."""
    return start_gateway


@pytest.fixture
def started() -> Iterator[Callable[..., Gateway]]:
    """The same, stopped at the end of the test."""
    running: list[Gateway] = []

    def start(root: Path, *argv: str, env: Mapping[str, str] | None = None) -> Gateway:
        running.append(start_gateway(root, *argv, env=env))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.terminate()
        one.process.wait(180)


@dataclass(frozen=True)
class Plain:
    """An HTTP answer as it came."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


def plain_post(
    url: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    seconds: float = 60,
) -> Plain:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
    try:
        connection.request(method, parts.path, body, {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Plain(answer.status, found, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="session")
def post() -> Callable[..., Plain]:
    """`post(url, body, headers)`: one request without an SDK."""
    return plain_post


@pytest.fixture(scope="session")
def offramp() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """`offramp(*argv, cwd=…, env=…)`: one command, finished."""
    return run_offramp
