"""Upstreams that break in every way: the caller gets an error or a whole answer, never a polite cut."""

import asyncio
import json
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.gateway.conftest import Gateway, Plain, eventually, plain_post, start_gateway
from tests.gateway.raw_upstream import END, STREAM, Asked, Raw, Script, framed, reset, run_raw, whole
from tests.gateway.scripted import chat_reply, chat_stream

from offramp.core.instants import now

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {name: Example Company, kinds: [company]}
applications: {desk: {key: {file: keys/desk}, facts: {under: commercial}}}
upstreams:
"""
TEXT = "Hello there"
PIECES = [{"role": "assistant", "content": ""}, {"content": "Hello "}, {"content": "there"}]
EVENTS = [event + b"\n\n" for event in chat_stream(*PIECES).split(b"\n\n") if event]
REPLY = json.dumps(chat_reply(TEXT)).encode()


async def _good(asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.is_stream:
        writer.write(STREAM + b"".join(framed(event) for event in EVENTS) + END)
    else:
        writer.write(whole(REPLY))


async def _closes(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _resets(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def _drips(asked: Asked, writer: asyncio.StreamWriter) -> None:
    data = STREAM + b"".join(framed(event) for event in EVENTS) + END if asked.is_stream else whole(REPLY)
    for at in range(0, len(data), 7):
        writer.write(data[at : at + 7])
        await writer.drain()
        await asyncio.sleep(0)


async def _half(asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.is_stream:
        writer.write(STREAM + b"".join(framed(event) for event in EVENTS[:2]))
    else:
        writer.write(whole(REPLY)[:-20])
    await writer.drain()
    writer.close()


async def _half_reset(asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.is_stream:
        writer.write(STREAM + framed(EVENTS[0]) + framed(EVENTS[1])[:-9])
    else:
        writer.write(whole(REPLY)[:-20])
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


async def _polite_cut(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """HTTP ends well, the conversation does not."""
    if asked.is_stream:
        writer.write(STREAM + b"".join(framed(event) for event in EVENTS[:2]) + END)
    else:
        writer.write(whole(REPLY[:-20]))


async def _endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """No length: the end of the connection is the end of the body, and it comes too early."""
    kind = b"text/event-stream" if asked.is_stream else b"application/json"
    body = b"".join(EVENTS[:2]) if asked.is_stream else REPLY[:-20]
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: " + kind + b"\r\n\r\n" + body)
    await writer.drain()
    writer.close()


async def _longer(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """The length says less than there is."""
    writer.write(whole(REPLY).replace(b"content-length: %d" % len(REPLY), b"content-length: 40"))


async def _shorter(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """The length says more than there is."""
    writer.write(whole(REPLY).replace(b"content-length: %d" % len(REPLY), b"content-length: 9999"))
    await writer.drain()
    writer.close()


async def _both_lengths(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(whole(REPLY, more=b"transfer-encoding: chunked\r\n"))


async def _garbage(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff\xfe" * 50)


async def _not_json(asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.is_stream:
        writer.write(STREAM + framed(b"data: {not json}\n\n") + framed(EVENTS[1]) + END)
    else:
        writer.write(whole(b"<html>oops</html>"))


async def _other_shape(asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.is_stream:
        writer.write(STREAM + framed(b"data: [1, 2]\n\n") + framed(b'data: {"choices": 7}\n\n') + END)
    else:
        writer.write(whole(b"[1, 2, 3]"))


async def _zipped(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(whole(b"\x1f\x8b\x08", more=b"content-encoding: gzip\r\n"))


async def _fat_head(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n")


def _status(line: bytes, more: bytes = b"") -> Script:
    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"error": {"message": "says the script", "type": "x", "code": "y"}}).encode()
        writer.write(whole(body, line, more))

    return answer


SCRIPTS: dict[str, Script] = {
    "good": _good,
    "drips": _drips,
    "closes": _closes,
    "resets": _resets,
    "half": _half,
    "half-reset": _half_reset,
    "polite-cut": _polite_cut,
    "endless": _endless,
    "longer": _longer,
    "shorter": _shorter,
    "both-lengths": _both_lengths,
    "garbage": _garbage,
    "not-json": _not_json,
    "other-shape": _other_shape,
    "zipped": _zipped,
    "fat-head": _fat_head,
    "status-500": _status(b"500 Oops"),
    "status-503": _status(b"503 Busy"),
    "status-429": _status(b"429 Slow", b"retry-after: 30\r\n"),
    "status-418": _status(b"418 Teapot"),
    "status-302": _status(b"302 Found", b"location: http://127.0.0.1:1/\r\n"),
}
WELL = ("good", "drips")
TROUBLES = [name for name in SCRIPTS if name not in WELL] + ["refused", "expired"]


def expired_tls(folder: Path) -> ssl.SSLContext:
    """A certificate of yesterday, signed by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=9))
        .not_valid_after(now() - timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "expired.pem"
    pem = serialization.Encoding.PEM
    held = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(held + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture(scope="module")
def raw() -> Iterator[Raw]:
    yield from run_raw(SCRIPTS)


@pytest.fixture(scope="module")
def own(raw: Raw, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root: Path = tmp_path_factory.mktemp("chaos")
    (root / "keys").mkdir()
    key = root / "keys" / "desk"
    key.write_text(f"offr_desk_{'k' * 43}")
    key.chmod(0o600)
    secured = run_raw(SCRIPTS, expired_tls(root))
    urls = dict.fromkeys(SCRIPTS, raw.url) | {"refused": "http://127.0.0.1:1", "expired": next(secured).url}
    text = WORKSPACE
    for name, url in urls.items():
        text += f'  {name}: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}\n'
    text += "routes:\n"
    for name in urls:
        text += f"  {name}: {{targets: [{{upstream: {name}, model: {name}}}], retries: 0}}\n"
    (root / "offramp.yaml").write_text(text)
    running = start_gateway(root, "--workers", "1")
    yield running
    next(secured, None)
    assert running.stop() == 0, running.log.read_text()


Ask = Callable[[str, bool], Plain]


def chat(own: Gateway, model: str, is_stream: bool) -> Plain:
    return _send(own, "/v1/chat/completions", model, is_stream)


def messages(own: Gateway, model: str, is_stream: bool) -> Plain:
    return _send(own, "/v1/messages", model, is_stream)


def _send(own: Gateway, path: str, model: str, is_stream: bool) -> Plain:
    body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    headers = {"authorization": f"Bearer {own.keys['desk']}"}
    return plain_post(own.url + path, json.dumps(body | {"stream": is_stream}).encode(), headers)


FACES = {"same": chat, "other": messages}


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", WELL)
def test_a_slow_answer_is_a_whole_answer(own: Gateway, name: str, face: str, is_stream: bool) -> None:
    answer = FACES[face](own, name, is_stream)
    assert answer.status == 200
    assert said(answer, face, is_stream) == TEXT
    assert ends_well(answer, face, is_stream)
    assert own.entry(answer.headers["offramp-request-id"]).data["outcome"] == "answered"


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", TROUBLES)
def test_whatever_breaks_the_caller_is_told_and_so_is_the_ledger(
    own: Gateway, name: str, face: str, is_stream: bool
) -> None:
    answer = FACES[face](own, name, is_stream)
    entry = own.entry(answer.headers["offramp-request-id"])
    outcome = entry.data["outcome"]
    if answer.status == 200:
        # Something had been sent when it broke: the stream says so itself.
        assert is_stream
        assert outcome == "truncated"
        assert not ends_well(answer, face, is_stream)
        assert told_in_stream(answer, face)
    else:
        assert outcome == "upstream-error"
        assert is_error(answer, face)
        assert answer.status >= 400
    assert entry.data["code"].startswith(("upstream-", "stream-"))
    assert entry.data["upstream"] == name


def test_after_all_that_it_answers_as_before(own: Gateway, raw: Raw) -> None:
    for _ in range(20):
        for name in ("half", "resets", "garbage"):
            assert chat(own, name, is_stream=False).status >= 500
        assert chat(own, "good", is_stream=True).status == 200
    eventually(lambda: raw.open <= 2)  # Connections of broken answers are closed.


def test_a_storm_of_refusals_is_told_with_the_wait(own: Gateway) -> None:
    answers = [messages(own, "status-429", is_stream=True) for _ in range(10)]
    assert {answer.status for answer in answers} == {429}
    assert {answer.headers["retry-after"] for answer in answers} == {"30"}


def said(answer: Plain, face: str, is_stream: bool) -> str:
    """The text of an answer."""
    if not is_stream:
        body = answer.body
        return str(body["choices"][0]["message"]["content"] if face == "same" else body["content"][0]["text"])
    text = ""
    for line in answer.raw.decode().splitlines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line[6:])
        for choice in event.get("choices", ()):
            text += choice["delta"].get("content") or ""
        text += event.get("delta", {}).get("text", "")
    return text


def ends_well(answer: Plain, face: str, is_stream: bool) -> bool:
    if not is_stream:
        return answer.status == 200
    return (b"[DONE]" if face == "same" else b"message_stop") in answer.raw


def told_in_stream(answer: Plain, face: str) -> bool:
    last = answer.raw.decode().rstrip().rpartition("\n\n")[2]
    data = json.loads(last.rpartition("data: ")[2])
    if face == "same":
        return bool(data["error"]["message"])
    return "event: error" in last and bool(data["error"]["message"])


def is_error(answer: Plain, face: str) -> bool:
    body = answer.body
    is_own_shape = bool(body["error"]["message"]) and (face == "same" or body["type"] == "error")
    return is_own_shape and "application/json" in answer.headers["content-type"]
