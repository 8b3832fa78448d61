"""Callers that go away while a call is being held: the hold stays decidable, and there is one of it."""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.gateway import held
from tests.gateway.held import ask, decide, hold_in, lay
from tests.gateway.scripted import Ready, Scripted, run_scripted

CHAT = "openai-chat"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(
    upstream: Scripted, launch: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    running = launch(held.write_held(tmp_path_factory.mktemp("gone"), upstream.url), "--workers", "1")
    yield running
    upstream.ends.set()
    running.stop()


def begin(gateway: Any, said: str, *, is_stream: bool) -> socket.socket:
    """A caller that asked and has read nothing yet."""
    parts = urlsplit(gateway.url)
    body = json.dumps(held.asked(CHAT, said, is_stream=is_stream)).encode()
    head = (
        f"POST {held.path_of(CHAT, is_stream=is_stream)} HTTP/1.1\r\nhost: {parts.netloc}\r\n"
        f"content-type: application/json\r\nauthorization: Bearer {held.KEYS['desk']}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    caller = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
    caller.sendall(head.encode() + body)
    return caller


def leave(caller: socket.socket) -> None:
    """It is gone at once, with a reset."""
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()


def held_for(gateway: Any, ids: set[str]) -> list[str]:
    """Holds that were not there before."""
    return [
        one.subject for one in gateway.entries() if one.data.get("event") == "held" and one.subject not in ids
    ]


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_who_left_when_the_call_was_held_finds_that_hold(
    gateway: Any, upstream: Scripted, post: Any, wait_until: Any, is_stream: bool
) -> None:
    said = f"gone, {is_stream}"
    before = set(held_for(gateway, set()))
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=is_stream)
    caller = begin(gateway, said, is_stream=is_stream)
    wait_until(lambda: held_for(gateway, before))
    leave(caller)
    (id_,) = held_for(gateway, before)
    asked = len(upstream.asked)
    again = ask(gateway, post, CHAT, said, is_stream=is_stream)
    assert hold_in(held.heard(CHAT, again.raw, is_stream=is_stream)[0]) == id_
    assert decide(gateway, post, id_, "approve").body["state"] == "approved"
    given = ask(gateway, post, CHAT, said, is_stream=is_stream)
    assert [call[1:] for call in held.heard(CHAT, given.raw, is_stream=is_stream)[1]] == [held.VALVE[1:]]
    assert len(upstream.asked) == asked
    assert held_for(gateway, before) == [id_]


def test_who_left_in_the_middle_of_a_call_left_no_hold(
    gateway: Any, upstream: Scripted, post: Any, wait_until: Any
) -> None:
    before = set(held_for(gateway, set()))
    whole = held.streamed(CHAT, held.reply(held.VALVE))
    cut = whole[: whole.index(b"tool_calls") + 200]
    upstream.ready.append(Ready(cut[: cut.rindex(b"\n\n") + 2], goes_on=True))
    abandoned = upstream.abandoned
    caller = begin(gateway, "half a call", is_stream=True)
    try:
        assert b"will" in _until(caller, b"will")
    finally:
        leave(caller)
    wait_until(lambda: upstream.abandoned > abandoned)
    assert held_for(gateway, before) == []
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=True)
    again = ask(gateway, post, CHAT, "half a call", is_stream=True)
    assert held_for(gateway, before) == [hold_in(held.heard(CHAT, again.raw, is_stream=True)[0])]


def _until(caller: socket.socket, words: bytes) -> bytes:
    read = b""
    while words not in read:
        more = caller.recv(65536)
        assert more, read
        read += more
    return read
