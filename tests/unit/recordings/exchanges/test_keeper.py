"""Exchanges through the process that keeps them, and back: the same bytes where nothing was to hide."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from offramp.core.instants import now
from offramp.dialects import DIALECTS
from offramp.dialects.frames import STREAM_TYPE, frame_end
from offramp.dialects.recorded import answer_bytes, as_turns
from offramp.gateway.observing.keeper import LOST, Keeper
from offramp.gateway.observing.tape import parts_of
from offramp.recordings import Recordings, Window
from offramp.recordings.exchanges.keeper import document, give_up, kept
from offramp.recordings.exchanges.scrubbing import Scrubber
from offramp.recordings.exchanges.taken import Part, Rule, Taken, Told

WIRE = Path(__file__).parents[3] / "wire"
STREAMS = sorted(path for path in WIRE.iterdir() if path.suffix in (".sse", ".frames"))


def dialect_of(path: Path) -> str:
    return max((slug for slug in DIALECTS if path.name.startswith(slug)), key=len, default="")


def taken(request: bytes, parts: list[Part], *, is_stream: bool, **facts: Any) -> Taken:
    return Taken(
        number=0,
        kind="trial",
        application="desk",
        at=now(),
        facts={"status": 200, "operation": "", "is_stream": is_stream, "asked": "m", **facts},
        request=request,
        parts=parts,
        is_stream=is_stream,
        rules=[],
    )


@pytest.mark.parametrize("path", [path for path in STREAMS if dialect_of(path)], ids=lambda path: path.name)
@pytest.mark.parametrize("size", [1, 50, 1_000_000])
def test_a_stream_comes_back_as_it_was(path: Path, size: int) -> None:
    data, dialect = path.read_bytes(), dialect_of(path)
    blocks = [(at, data[at : at + size]) for at in range(0, len(data), size)]
    parts = parts_of(blocks, dialect, is_stream=True)
    exchange = document(taken(b"{}", parts, is_stream=True, dialect=dialect), Scrubber())
    whole = answer_bytes(exchange)
    if DIALECTS[dialect].stream_type != STREAM_TYPE:
        assert whole == data.decode("utf-8", "replace").encode()
        return
    begins = 0
    while (end := frame_end(whole, begins)) and end <= len(whole):
        begins = end
    # Whole frames come back to the byte; what was cut or broken in the middle of one ends the record.
    assert data.startswith(whole) or "checksum" in path.name


def test_a_stream_reads_as_turns() -> None:
    data = (WIRE / "anthropic-messages-tools.sse").read_bytes()
    request = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]}
    made = taken(json.dumps(request).encode(), [Part(3, data)], is_stream=True, dialect="anthropic-messages")
    read = as_turns(document(made, Scrubber()))
    assert read["unread"] == []
    assert read["request"]["turns"] == [{"speaker": "user", "parts": [{"type": "text", "text": "hello"}]}]
    assert any(part["type"] == "tool-use" and part["arguments"] for part in read["reply"]["parts"])


def test_what_cannot_be_read_says_why() -> None:
    data = (WIRE / "anthropic-messages-cut.sse").read_bytes()
    made = taken(b"[]", [Part(3, data)], is_stream=True, dialect="anthropic-messages")
    read = as_turns(document(made, Scrubber()))
    assert read["request"] is None
    assert read["reply"] is None
    assert len(read["unread"]) == 2


def test_a_keeper_that_dies_loses_what_it_had_and_is_replaced(tmp_path: Path) -> None:
    async def story() -> list[Told]:
        keeper, told = Keeper(tmp_path), list[Told]()
        one = taken(b'{"a": "jane@x.org"}', [Part(1, b"{}")], is_stream=False)
        keeper.keep(one, told.append)
        async with asyncio.timeout(60):
            while not told:
                await asyncio.sleep(0.01)
            process = keeper._process
            assert process is not None
            process.kill()
            keeper.keep(one, told.append)
            while len(told) < 2:
                await asyncio.sleep(0.01)
            process.wait()
            keeper.keep(one, told.append)
            await keeper.close()
        return told

    first, lost, again = asyncio.run(story())
    assert (first.code, lost.code, again.code) == ("", LOST, "")
    text, digest = Recordings(tmp_path).read(again.id, Window.parse(again.window))
    assert digest == again.digest
    assert b"jane" not in text
    assert again.scrubbed == {"mail": 1}


def test_a_pattern_without_an_end_costs_its_exchange_and_no_more(tmp_path: Path) -> None:
    evil = [Rule("evil", pattern=r"(a+)+$")]
    made = taken(b'{"a": "' + b"a" * 60 + b'!"}', [], is_stream=False)
    before = signal.signal(signal.SIGALRM, give_up)
    try:
        told = kept(Recordings(tmp_path), msgspec.structs.replace(made, rules=evil), seconds=1)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert told.code == "scrub-too-slow"
    assert not Recordings(tmp_path).windows()
