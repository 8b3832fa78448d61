"""A stream on its way: split anywhere, its end held back, a cut never passed off as an end."""

import json
from pathlib import Path

import pytest

from offramp.dialects import DIALECTS
from offramp.dialects.turns import Request
from offramp.gateway.relay import PassRelay, TurnsRelay

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


TRICKY = (
    chunk({"role": "assistant", "content": ""})
    + b"".join(
        chunk({"content": text})
        for text in ("one", 'data: [DONE]\n\n"finish_reason": "stop"', "\\", '"', "", "two", "é", "three")
    )
    + chunk({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}]})
    + chunk({"content": "four"})
    + chunk({"content": "five"})
    + chunk({"content": "six"}, "tool_calls")
    + b'data: {"id":"c","model":"theirs","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":9}}\n\n'
    + b"data: [DONE]\n\n"
)


@pytest.mark.parametrize("step", [1, 5, 100, 333, 10_000])
def test_pieces_that_pass_unread_change_nothing(step: int) -> None:
    relay = PassRelay(CHAT, "asked")
    early = b"".join(relay.feed(TRICKY[start : start + step]) for start in range(0, len(TRICKY), step))
    assert early + relay.close() == TRICKY.replace(b'"theirs"', b'"asked"')
    assert relay.has_ended
    assert (relay.usage.input, relay.usage.output) == (4, 9)


@pytest.mark.parametrize("length", range(300, len(TRICKY) - len(b"data: [DONE]\n\n") - 400, 97))
def test_a_stream_cut_after_unread_pieces_is_a_failure(length: int) -> None:
    relay = PassRelay(CHAT, "asked")
    relay.feed(TRICKY[:length])
    relay.close()
    assert not relay.has_ended
    assert relay.failure is not None


def test_an_error_after_unread_pieces_is_a_failure_that_is_passed_on() -> None:
    relay = PassRelay(CHAT, "asked")
    start = b"".join(chunk({"content": text}) for text in ("one", "two", "three"))
    error = b'data: {"error": {"message": "no", "type": "server_error", "code": null}}\n\n'
    early = relay.feed(chunk({"role": "assistant"}) + start + error)
    assert early.count(b"data: ") == 4
    assert relay.failure is not None
    assert relay.is_failure_told
    assert relay.close() == error


CONVERSE = DIALECTS["bedrock-converse"]
WIRE = Path(__file__).parents[2] / "wire"
FRAMES = (WIRE / "bedrock-converse-tools.frames").read_bytes()


@pytest.mark.parametrize("step", [1, 2, 7, 64, 10_000])
def test_binary_frames_pass_byte_for_byte_and_their_end_is_held(step: int) -> None:
    relay = PassRelay(CONVERSE, "asked")
    early = b"".join(relay.feed(FRAMES[start : start + step]) for start in range(0, len(FRAMES), step))
    assert b"inputTokens" not in early
    assert early + relay.close() == FRAMES
    assert relay.has_ended
    assert relay.usage.output == 12


def test_a_broken_frame_is_not_passed_on() -> None:
    broken = (WIRE / "bedrock-converse-wrong-checksum.frames").read_bytes()
    relay = PassRelay(CONVERSE, "asked")
    sent = relay.feed(broken) + relay.feed(b"more") + relay.close()
    assert broken.startswith(sent)
    assert b"messageStop" not in sent
    assert relay.failure is not None
    assert relay.failure.code == "stream-invalid"
    assert not relay.is_failure_told


def test_an_exception_of_the_upstream_is_told_once() -> None:
    thrown = (WIRE / "bedrock-converse-throttled-in-the-middle.frames").read_bytes()
    relay = PassRelay(CONVERSE, "asked")
    assert relay.feed(thrown) + relay.close() == thrown
    assert relay.is_failure_told


@pytest.mark.parametrize("target", [slug for slug in sorted(DIALECTS) if slug != "openai-chat"])
def test_an_end_that_the_callers_api_cannot_tell_is_no_end(target: str) -> None:
    """The encoder itself gives up: the caller is told once, and the record must not say `answered`."""
    request = Request(model="m", turns=(), wants_stream=True)
    relay = TurnsRelay(CHAT, DIALECTS[target], request, "asked", "req_1", is_constrained=False)
    sent = relay.feed(chunk({"content": "Hi"}) + chunk({}, "eos") + b"data: [DONE]\n\n") + relay.close()
    assert relay.failure is not None
    assert relay.failure.code == "reply-unfinished"
    assert relay.is_failure_told
    assert not relay.has_ended
    assert b"stopped for a reason of its own" in sent
