"""A strict scripted upstream of InvokeModel: bodies and events of Messages, in the cloud's envelope."""

import base64
from collections.abc import Iterator
from typing import Any

from tests.gateway import fake_bedrock as real
from tests.sdk.scenarios import Said
from tests.sdk.speakers import anthropic_messages, bedrock_converse
from tests.sdk.speakers.strictness import check

PATHS = ("/model/{model}/invoke", "/model/{model}/invoke-with-response-stream")
TYPE = bedrock_converse.TYPE

failure = bedrock_converse.failure
whole = anthropic_messages.whole
broken = bedrock_converse.broken


def asked(path: str, body: Any) -> tuple[str, bool]:
    """The model, and whether the answer is streamed."""
    _, _, model, verb = path.split("/")
    return model, verb == "invoke-with-response-stream"


def reject(body: Any, headers: Any) -> None:
    """Raises `Rejected` for what the API refuses."""
    check(headers.get("authorization", "").startswith("Bearer "), "authorization: missing")
    inner = dict(body)
    check(inner.pop("anthropic_version", ""), "anthropic_version: missing")
    check(not {"model", "stream"} & inner.keys(), "model and stream are told by the path")
    anthropic_messages.reject({**inner, "model": "m"}, {"anthropic-version": "x", "x-api-key": "x"})


def events(said: Said, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer."""
    for event in anthropic_messages.events(said, model):
        yield _framed(event)


def waiting() -> bytes:
    """What is sent while an answer goes on for ever."""
    return _framed(b'event: ping\ndata: {"type": "ping"}\n\n')


def _framed(event: bytes) -> bytes:
    held = event.partition(b"\ndata: ")[2].strip()
    return real.frame("chunk", {"bytes": base64.b64encode(held).decode(), "p": "abcd"})
