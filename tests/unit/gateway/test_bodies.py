"""Bodies: whole, bounded, and given up when nothing comes."""

import asyncio
from typing import Any

import pytest

from offramp.gateway.bodies import Gone, Receive, read_body
from offramp.gateway.refusals import Refused
from offramp.gateway.settings import BODY_LIMIT_BYTES


def receiving(*messages: dict[str, Any]) -> Receive:
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        try:
            return next(waiting)
        except StopIteration:
            await asyncio.Event().wait()
            raise

    return receive


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def read(*messages: dict[str, Any]) -> bytes:
    return asyncio.run(read_body(receiving(*messages), silent_seconds=0.05))


def test_a_body_in_pieces_is_one_body() -> None:
    assert read(part(b"a"), part(b""), part(b"bc"), part(b"", more=False)) == b"abc"
    assert read(part(b"abc", more=False)) == b"abc"
    assert read({"type": "http.request"}) == b""


def test_a_caller_that_leaves_is_gone() -> None:
    for before in ((), (part(b"a"),)):
        with pytest.raises(Gone):
            read(*before, {"type": "http.disconnect"})


def test_a_body_that_stops_coming_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read(part(b"a"))
    assert (refused.value.status, refused.value.failure.code) == (408, "body-too-slow")


def test_a_body_over_the_limit_is_refused() -> None:
    half = b"x" * (BODY_LIMIT_BYTES // 2 + 1)
    for messages in ((part(half), part(half)), (part(half * 2, more=False),)):
        with pytest.raises(Refused) as refused:
            read(*messages)
        assert refused.value.failure.code == "body-too-large"


def test_a_trickle_is_given_up_though_it_never_stops() -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return part(b"x")

    with pytest.raises(Refused) as caught:
        asyncio.run(read_body(receive, silent_seconds=0.05))
    assert caught.value.status == 408


def test_who_is_refused_by_the_head_is_not_waited_for() -> None:
    def check() -> None:
        raise Gone

    with pytest.raises(Gone):
        asyncio.run(read_body(receiving(part(b"a")), check=check))
    assert asyncio.run(read_body(receiving(part(b"a", more=False)), check=check)) == b"a"
