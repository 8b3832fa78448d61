"""Slow and hostile clients: nothing of theirs reaches an upstream in another meaning; others are served."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, eventually, plain_post, start_gateway
from tests.gateway.raw_upstream import Asked, Raw, run_raw, whole
from tests.gateway.scripted import chat_reply

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams: {{b: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}}}
routes: {{"*": {{targets: [{{upstream: b, model: good}}], retries: 0}}}}
"""
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).encode()


class Recorder:
    """Remembers every request."""

    def __init__(self) -> None:
        self.seen: list[Asked] = []
        self.on = False
        """It answers with what unpacks to a thousand times as much, though nobody takes that."""

    async def __call__(self, asked: Asked, writer: Any) -> None:
        self.seen.append(asked)
        assert b"accept-encoding: gzip" not in asked.head.lower()
        if self.on:
            writer.write(whole(gzip.compress(b" " * 50_000_000), more=b"content-encoding: gzip\r\n"))
            return
        writer.write(whole(json.dumps(chat_reply("well")).encode(), more=b"x-request-id: a\x80b\r\n"))


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def packed(recorder: Recorder) -> Recorder:
    return recorder


@pytest.fixture(scope="module")
def upstream(recorder: Recorder) -> Iterator[Raw]:
    yield from run_raw({"good": recorder})


@pytest.fixture(scope="module")
def own(upstream: Raw, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root: Path = tmp_path_factory.mktemp("hostile")
    (root / "keys").mkdir()
    key = root / "keys" / "desk"
    key.write_text(f"offr_desk_{'k' * 43}")
    key.chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(url=upstream.url))
    running = start_gateway(root, "--workers", "1")
    yield running
    assert running.stop() == 0, running.log.read_text()


def connect(own: Gateway) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", int(own.url.rpartition(":")[2])), 30)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def head(own: Gateway, *lines: str, target: str = "/v1/chat/completions", host: str = "host: x") -> bytes:
    all_ = [f"POST {target} HTTP/1.1", host, f"authorization: Bearer {own.keys['desk']}", *lines]
    return ("\r\n".join(all_) + "\r\n\r\n").encode("latin-1")


def length(body: bytes) -> str:
    return f"content-length: {len(body)}"


def talk(own: Gateway, data: bytes) -> bytes:
    """Everything that comes back on a connection that is told the end with `connection: close`."""
    with closing(connect(own)) as made:
        # What is refused before it was read ends while it is still being sent.
        with suppress(ConnectionError):
            made.sendall(data)
        return rest(made)


def rest(made: socket.socket) -> bytes:
    found = b""
    try:
        while block := made.recv(65536):
            found += block
    except ConnectionError:
        pass
    return found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def is_well(own: Gateway) -> bool:
    headers = {"authorization": f"Bearer {own.keys['desk']}"}
    return plain_post(f"{own.url}/v1/chat/completions", BODY, headers).status == 200


SMUGGLED = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize(
    "lines",
    [
        ("content-length: 5", "transfer-encoding: chunked"),
        ("transfer-encoding: chunked", "content-length: 500"),
        ("content-length: 5", "content-length: 6"),
        ("content-length: 5, 6",),
        ("content-length: +5",),
        ("content-length: -1",),
        ("content-length: 0x5",),
        ("transfer-encoding: xchunked",),
        ("transfer-encoding: chunked, identity",),
        ("transfer-encoding : chunked",),
        ("transfer-encoding:\x0bchunked",),
        (" folded: header", "content-length: 5"),
        ("content-length: 5\nx: y",),
        ("bad name: x",),
        ("x: a\0b",),
    ],
)
def test_a_request_that_can_be_read_in_two_ways_reaches_nobody_twice(
    own: Gateway, recorder: Recorder, lines: tuple[str, ...]
) -> None:
    before = len(recorder.seen)
    answer = talk(own, head(own, "connection: close", *lines) + CHUNKED + SMUGGLED)
    # At most the one request that was meant; what followed it was never taken for another one.
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert status(answer) in (0, 200, 400, 401, 408, 411, 413, 431, 501)
    new = recorder.seen[before:]
    assert len(new) == (1 if status(answer) == 200 else 0)
    assert all(b"transfer-encoding" not in asked.head.lower() for asked in new)
    assert is_well(own)


def test_pipelined_requests_are_answered_in_order(own: Gateway, recorder: Recorder) -> None:
    before = len(recorder.seen)
    bodies = [BODY.replace(b'"hi"', b'"%d"' % number) for number in range(5)]
    data = b"".join(head(own, length(body)) + body for body in bodies[:-1])
    answer = talk(own, data + head(own, length(bodies[-1]), "connection: close") + bodies[-1])
    assert answer.count(b"HTTP/1.1 200 OK") == 5
    said = [asked.body["messages"][0]["content"] for asked in recorder.seen[before:]]
    assert said == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "target",
    ["http://elsewhere.invalid/v1/chat/completions", "http://127.0.0.1:1/v1/chat/completions"],
)
def test_an_absolute_target_goes_nowhere_else(own: Gateway, recorder: Recorder, target: str) -> None:
    before = len(recorder.seen)
    answer = talk(own, head(own, length(BODY), "connection: close", target=target) + BODY)
    assert status(answer) in (200, 400, 404)
    assert len(recorder.seen) - before == (status(answer) == 200)
    assert all(b"elsewhere" not in asked.head for asked in recorder.seen)


@pytest.mark.parametrize("method", ["CONNECT 127.0.0.1:1", "TRACE /v1/chat/completions", "PRI *", "GET *"])
def test_other_methods_open_nothing(own: Gateway, recorder: Recorder, method: str) -> None:
    before = len(recorder.seen)
    answer = talk(own, f"{method} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    assert status(answer) in (0, 400, 401, 404, 405)
    assert len(recorder.seen) == before


@pytest.mark.parametrize(
    ("more", "body", "expected"),
    [
        ("content-encoding: gzip", gzip.compress(b"0" * 50_000_000), 415),
        ("content-encoding: br", b"x", 415),
        ("content-type: application/json; charset=utf-16", json.dumps({"model": "m"}).encode("utf-16"), 400),
        ("a: b", b'{"model": "m\xff"}', 400),
        ("a: b", b'{"model": "\\ud800"}', 400),
        ("a: b", b"[" * 100_000, 400),
        ("a: b", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        ("a: b", b'{"model": "m", "messages": ' + b"9" * 100_000 + b"}", 400),
        ("a: b", b"", 400),
        ("a: b", b"null", 400),
        ("a: b", b"NaN", 400),
    ],
    ids=["gzip", "br", "utf-16", "utf-8", "surrogate", "deep-list", "deep", "number", "empty", "null", "nan"],
)
def test_a_body_nobody_can_read_is_refused(own: Gateway, more: str, body: bytes, expected: int) -> None:
    answer = talk(own, head(own, length(body), more, "connection: close") + body)
    assert status(answer) == expected, answer[:300]
    assert b'"error"' in answer
    assert is_well(own)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(own: Gateway) -> None:
    answer = talk(own, head(own, f"content-length: {1 << 40}", "connection: close"))
    assert status(answer) == 413
    with closing(connect(own)) as made:
        made.sendall(head(own, "transfer-encoding: chunked"))
        block = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        try:
            for _ in range(40):
                made.sendall(block)
        except ConnectionError:
            pass
        assert status(rest(made)) in (0, 413)
    assert is_well(own)


def test_a_head_that_is_too_large_is_refused(own: Gateway) -> None:
    for lines in (["x: " + "y" * 2_000_000], [f"x{number}: y" for number in range(20_000)]):
        assert status(talk(own, head(own, *lines, "connection: close"))) in (0, 400, 431)
    assert is_well(own)


@pytest.mark.parametrize(
    "model",
    [
        "a\r\nset-cookie: x=1",
        "a\nb",
        "a\0b",
        "\x1b[2J",
        "ü" * 300,
        "../../etc/passwd",
        "a" * 100_000,
        "%0d%0a",
    ],
)
def test_a_model_name_stays_within_its_line(own: Gateway, model: str) -> None:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}]}).encode()
    answer = talk(own, head(own, length(body), "connection: close") + body)
    top, _, rest_ = answer.partition(b"\r\n\r\n")
    assert status(answer) == 200
    assert b"set-cookie" not in top.lower()
    assert all(32 <= sign < 127 or sign in b"\r\n" for sign in top)
    assert json.loads(rest_)["model"] == model
    request_id = next(
        line.split(b": ")[1] for line in top.split(b"\r\n") if line.startswith(b"offramp-request-id")
    )
    entry = own.entry(request_id.decode())
    assert entry.data["asked"] == model[:200]


def test_what_a_caller_says_in_headers_is_bounded(own: Gateway, recorder: Recorder) -> None:
    lines = (
        "offramp-conversation: " + "c" * 100_000,
        "offramp-request-id: mine",
        "traceparent: nonsense\xff",
    )
    answer = talk(own, head(own, length(BODY), *lines, "connection: close") + BODY)
    assert status(answer) == 200
    assert b"mine" not in answer
    assert b"cccc" not in recorder.seen[-1].head


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (b"%x;a=b\r\n%b\r\n0\r\n\r\n", 200),
        (b"%x\r\n%b\r\n0\r\nauthorization: other\r\ncontent-length: 5\r\n\r\n", 200),
        (b"ffffffffffffffff%x\r\n%b\r\n0\r\n\r\n", 400),
        (b"-%x\r\n%b\r\n0\r\n\r\n", 400),
        (b"0x%x\r\n%b\r\n0\r\n\r\n", 400),
        (b"%x\n%b\n0\n\n", 400),
        (b"%x\r\n%bXX0\r\n\r\n", 400),
    ],
    ids=["extension", "trailer", "overflow", "negative", "prefix", "line-feeds", "no-end"],
)
def test_a_body_in_odd_chunks_is_whole_or_refused_in_the_callers_api(
    own: Gateway, recorder: Recorder, sizes: bytes, expected: int
) -> None:
    before = len(recorder.seen)
    data = head(own, "transfer-encoding: chunked", "connection: close") + sizes % (len(BODY), BODY)
    answer = talk(own, data)
    assert status(answer) == expected, answer
    assert answer.count(b"HTTP/1.1 ") == 1
    if expected == 400:
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["offramp"]["code"] == "body-broken"
    new = recorder.seen[before:]
    assert [json.loads(one.raw)["messages"] for one in new] == [json.loads(BODY)["messages"]] * len(new)
    assert len(new) == (expected == 200)
    assert b"other" not in b"".join(one.head for one in new)


def test_a_client_may_begin_with_http_2(own: Gateway) -> None:
    """Some SDKs speak nothing else. Settings are answered with settings."""
    settings = b"\0\0\0\x04\0\0\0\0\0"
    with closing(connect(own)) as made:
        made.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
        first = made.recv(9)
    assert (len(first), first[3:9]) == (9, settings[3:9])


def test_another_protocol_is_hung_up_on(own: Gateway) -> None:
    # Nobody waits for it: what comes back is a refusal in HTTP/1.1, or nothing.
    assert status(talk(own, b"\x16\x03\x01" + b"x" * 500)) in (0, 400)


def test_nobody_is_waited_for_who_is_nobody_by_the_head_alone(own: Gateway) -> None:
    """A body that never comes would hold memory and a place for whoever has no key."""
    lines = head(own, "content-length: 30000000").replace(own.keys["desk"].encode(), b"offr_x_y")
    with closing(connect(own)) as made:
        made.sendall(lines + b'{"model": "m"')
        assert status(rest(made)) == 401
    models = lines.replace(b"POST /v1/chat/completions", b"GET /v1/models")
    with closing(connect(own)) as made:
        made.sendall(models + b"x")
        assert status(rest(made)) == 401


@pytest.mark.parametrize(
    "more",
    [
        b'"max_tokens": 1, "max_tokens": 100000',
        b'"messages": [], "max_tokens": 5',
        b'"max_tokens": 1, "max_\\u0074okens": 100000',
        b'"stream": true, "stream": false',
    ],
)
def test_a_member_that_decides_something_is_not_there_twice(
    own: Gateway, recorder: Recorder, more: bytes
) -> None:
    before = len(recorder.seen)
    body = b"{%b, %b" % (more, BODY[1:])
    answer = talk(own, head(own, length(body), "connection: close") + body)
    assert (status(answer), b"is there twice" in answer) == (400, True)
    assert len(recorder.seen) == before


@pytest.mark.parametrize(
    "more",
    [
        b'"model": "other"',
        b'"metadata": {"messages": 1, "max_tokens": 2}',
        b'"stop": ["\\"messages\\"", "messages"]',
        b'"metadata": {"\\u0061": 1}, "user": "user"',
    ],
)
def test_what_only_looks_like_it_passes(own: Gateway, recorder: Recorder, more: bytes) -> None:
    body = b"{%b, %b" % (more, BODY[1:])
    answer = talk(own, head(own, length(body), "connection: close") + body)
    assert status(answer) == 200, answer
    assert recorder.seen[-1].raw.count(b'"good"') == body.count(b'"model"')


def test_an_answer_that_nobody_asked_to_be_packed_is_not_unpacked(own: Gateway, packed: Any) -> None:
    packed.on = True
    try:
        answer = talk(own, head(own, length(BODY), "connection: close") + BODY)
    finally:
        packed.on = False
    assert (status(answer), b"it packed its answer" in answer) == (502, True), answer[:400]
    assert is_well(own)


def test_slow_heads_and_bodies_hold_up_nobody(own: Gateway) -> None:
    slow = [connect(own) for _ in range(60)]
    try:
        for number, made in enumerate(slow):
            whole_head = head(own, length(BODY))
            made.sendall(whole_head[: 40 + number] if number % 2 else whole_head + BODY[:5])
        answered: list[bool] = []
        threads = [threading.Thread(target=lambda: answered.append(is_well(own))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answered == [True] * 8
    finally:
        for made in slow:
            made.close()
    eventually(lambda: is_well(own))
