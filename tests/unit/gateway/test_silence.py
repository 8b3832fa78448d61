"""Signs of life while an upstream is silent: whole, in the caller's API, and none after the end."""

import asyncio

import pytest

from offramp.dialects import DIALECTS, offers
from offramp.dialects.turns import ReplyStarted
from offramp.gateway.silence import Silence


def test_a_silent_stream_says_that_it_goes_on_until_it_ends() -> None:
    async def run() -> tuple[list[bytes], int]:
        sent: list[bytes] = []
        enough = asyncio.Event()

        async def send(block: bytes) -> None:
            sent.append(block)
            if len(sent) == 3:
                enough.set()

        silence = Silence(b"alive", send, 0.01)
        await enough.wait()
        await silence.end()
        told = len(sent)
        await asyncio.sleep(0.05)
        return sent, told

    sent, told = asyncio.run(run())
    assert set(sent) == {b"alive"}
    assert len(sent) == told


def test_an_api_without_such_a_sign_sends_none() -> None:
    async def run() -> list[bytes]:
        sent: list[bytes] = []

        async def send(block: bytes) -> None:
            sent.append(block)

        silence = Silence(b"", send, 0.001)
        await asyncio.sleep(0.02)
        await silence.end()
        silence.cancel()
        return sent

    assert asyncio.run(run()) == []


@pytest.mark.parametrize("slug", sorted(DIALECTS))
def test_every_api_reads_over_its_sign(slug: str) -> None:
    dialect = DIALECTS[slug]
    sign = offers.keep_alive(dialect)
    said = dialect.stream_decoder().feed(sign)
    assert all(isinstance(event, ReplyStarted) for event in said)
    assert bool(sign) == dialect.stream_type.startswith("text/event-stream")
