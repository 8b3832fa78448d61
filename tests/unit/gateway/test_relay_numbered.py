"""Streams whose events are numbered pass as they are, split anywhere, and their ends are seen."""

import json
from pathlib import Path
from typing import Any

import pytest

from offramp.dialects import DIALECTS, turns
from offramp.gateway.relay import PassRelay

RESPONSES: Any = DIALECTS["openai-responses"]
WIRE = sorted((Path(__file__).parents[2] / "wire").glob("openai-responses-*.sse"))


def compact(data: bytes) -> bytes:
    """The same stream without spaces in its JSON, as the vendor sends it."""
    lines = data.decode().splitlines(keepends=True)
    return "".join(
        f"data: {json.dumps(json.loads(line[6:]), separators=(',', ':'), ensure_ascii=False)}\n"
        if line.startswith("data: ")
        else line.replace("\r", "")
        for line in lines
    ).encode()


@pytest.mark.parametrize("path", WIRE, ids=lambda path: path.stem)
@pytest.mark.parametrize("step", [1, 7, 100, 100_000])
@pytest.mark.parametrize("is_compact", [False, True])
def test_every_split_gives_the_same(path: Path, step: int, *, is_compact: bool) -> None:
    data = compact(path.read_bytes()) if is_compact else path.read_bytes()
    decoder = RESPONSES.stream_decoder()
    end = [*decoder.feed(data), *decoder.close()][-1]
    relay = PassRelay(RESPONSES.for_exchange({}, "1"), "asked")
    early = b"".join(relay.feed(data[start : start + step]) for start in range(0, len(data), step))
    sent = early + relay.close()
    assert relay.has_ended == isinstance(end, turns.ReplyEnded)
    if isinstance(end, turns.ReplyEnded):
        assert b"response.completed" not in early
        assert b"response.incomplete" not in early
        assert relay.usage == end.usage
        assert relay.failure is None
    else:
        assert relay.failure == end
    if relay.has_ended or relay.is_failure_told:
        shown = data.replace(b'"model": "example-model"', b'"model": "asked"')
        assert sent == shown.replace(b'"model":"example-model"', b'"model":"asked"')


@pytest.mark.parametrize("is_compact", [False, True])
def test_a_failure_has_the_next_number(*, is_compact: bool) -> None:
    exchange = RESPONSES.for_exchange({}, "1")
    data = next(path for path in WIRE if path.stem.endswith("-cut")).read_bytes()
    data = compact(data) if is_compact else data
    relay = PassRelay(exchange, "asked")
    relay.feed(data)
    relay.close()
    assert relay.failure is not None
    last = data.count(b"event: ") - 1
    told = exchange.encode_failure_event(relay.failure, {})
    assert f'"sequence_number":{last + 1},'.encode() in told
