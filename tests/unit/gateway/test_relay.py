"""A stream on its way: split anywhere, its end held back, a cut never passed off as an end."""

import json

import pytest

from offramp.dialects import DIALECTS
from offramp.gateway.relay import PassRelay

CHAT = DIALECTS["openai-chat"]


def chunk(delta: dict[str, object], reason: str | None = None) -> bytes:
    whole = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "theirs",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }
    return f"data: {json.dumps(whole)}\n\n".encode()


STREAM = (
    chunk({"role": "assistant", "content": ""})
    + chunk({"content": "hi \u2028 there"})
    + chunk({}, "stop")
    + b"data: [DONE]\n\n"
)
SHOWN = STREAM.replace(b'"theirs"', b'"asked"')


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 10_000])
def test_every_split_gives_the_same_bytes_and_holds_the_end(step: int) -> None:
    relay = PassRelay(CHAT, "asked")
    early = b"".join(relay.feed(STREAM[start : start + step]) for start in range(0, len(STREAM), step))
    assert b"[DONE]" not in early
    assert early + relay.close() == SHOWN
    assert relay.has_ended
    assert relay.failure is None
    assert relay.served == "theirs"


@pytest.mark.parametrize("length", [0, 10, len(chunk({"role": "assistant", "content": ""})), 400])
def test_a_stream_cut_anywhere_is_a_failure(length: int) -> None:
    relay = PassRelay(CHAT, "asked")
    relay.feed(STREAM[:length])
    relay.close()
    assert not relay.has_ended
    assert relay.failure is not None
    assert not relay.is_failure_told
