"""Cache points: kept by APIs that have them, a declared loss everywhere else."""

from dataclasses import replace

import pytest

from offramp.dialects import DIALECTS
from offramp.dialects.cache_points import NO_CACHE_POINTS
from offramp.dialects.turns import CachePoint, CacheSection, Request, Speaker, Text, Tool, Turn

REQUEST = Request(
    model="m",
    system=("a", "b"),
    turns=(
        Turn(Speaker.USER, (Text("c"), Text("d"))),
        Turn(Speaker.ASSISTANT, (Text("e"),)),
        Turn(Speaker.USER, (Text("f"),)),
    ),
    tools=(Tool("x", "", {"type": "object"}), Tool("y", "", {"type": "object"})),
    max_tokens=20,
    wants_stream_usage=True,
    cache_points=(
        CachePoint(CacheSection.TOOLS, 1),
        CachePoint(CacheSection.SYSTEM, 0, ttl="1h"),
        CachePoint(CacheSection.TURNS, 0, 0),
        CachePoint(CacheSection.TURNS, 2, 0, ttl="5m"),
    ),
)
KEEPING = ("anthropic-messages", "bedrock-converse", "bedrock-invoke")


@pytest.mark.parametrize("slug", sorted(DIALECTS))
def test_a_point_is_kept_or_lost_aloud(slug: str) -> None:
    dialect = DIALECTS[slug]
    encoded = dialect.encode_request(REQUEST)
    if slug not in KEEPING:
        assert NO_CACHE_POINTS in encoded.losses
        assert NO_CACHE_POINTS in dialect.tables.request_not_carried
        return
    assert encoded.losses == ()
    decoded = dialect.decode_request(encoded.body)
    assert decoded.losses == ()
    assert set(decoded.value.cache_points) == set(REQUEST.cache_points)


@pytest.mark.parametrize("slug", sorted(DIALECTS))
def test_without_points_nothing_is_said(slug: str) -> None:
    assert NO_CACHE_POINTS not in DIALECTS[slug].encode_request(replace(REQUEST, cache_points=())).losses


def test_a_mark_that_is_not_understood_is_lost_aloud() -> None:
    messages = DIALECTS["anthropic-messages"]
    for mark in ({"type": "novel"}, {"type": "ephemeral", "novel": 1}, "x"):
        body = {
            "model": "m",
            "max_tokens": 1,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": mark}]}],
        }
        decoded = messages.decode_request(body)
        assert decoded.value.cache_points == ()
        assert [loss.field for loss in decoded.losses] == ["messages.content.cache_control"]


def test_a_mark_inside_a_tool_result_is_lost_aloud() -> None:
    marked = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    body = {
        "model": "m",
        "max_tokens": 1,
        "messages": [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [marked]}]},
        ],
    }
    losses = DIALECTS["anthropic-messages"].decode_request(body).losses
    assert [loss.field for loss in losses] == ["messages.content.content.cache_control"]
