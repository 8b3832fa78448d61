"""A stream may go on for hours: what a relay keeps of it does not grow with it."""

import tracemalloc

import pytest

from offramp.dialects import DIALECTS, shaping
from offramp.dialects.turns import ReplyStarted, Request, TextDelta
from offramp.gateway.relay import PassRelay, TurnsRelay

PIECES = 600
ROOM = 128 * 1024
"""Bytes a relay may grow by over all of these; the text alone is several times as much."""
REPEATS_ALL = {"openai-responses": 600 * 1024}
"""APIs whose last event repeats the whole answer: a face of theirs has to keep its text, and only that."""
TEXT = "all work and no play " * 40


def stream(slug: str) -> tuple[bytes, bytes]:
    """The beginning of a stream, and one more piece of its text."""
    encoder = DIALECTS[slug].stream_encoder(wants_usage=True)
    start = encoder.encode(ReplyStarted("id", "m")) + encoder.encode(TextDelta(0, "x"))
    return start, encoder.encode(TextDelta(0, TEXT))


def growth(relay: PassRelay | TurnsRelay, start: bytes, piece: bytes) -> int:
    """How much a relay keeps after many pieces, sent and forgotten."""
    relay.feed(start)
    for _ in range(50):
        relay.feed(piece)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(PIECES):
            relay.feed(piece)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


@pytest.mark.parametrize("source", sorted(DIALECTS))
def test_passed_on(source: str) -> None:
    start, piece = stream(source)
    assert growth(PassRelay(DIALECTS[source], "m"), start, piece) < ROOM


@pytest.mark.parametrize("target", sorted(DIALECTS))
@pytest.mark.parametrize("source", sorted(DIALECTS))
def test_translated(source: str, target: str) -> None:
    request = Request(model="m", turns=(), stop=("END",), wants_stream=True)
    relay = TurnsRelay(
        DIALECTS[source],
        DIALECTS[target],
        request,
        "m",
        "req_1",
        shaping.shapers_for(request, shaping.Sealer([b"k" * 32]), "example"),
        is_constrained=False,
    )
    start, piece = stream(source)
    assert growth(relay, start, piece) < ROOM + REPEATS_ALL.get(target, 0)
