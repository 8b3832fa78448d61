"""Law: where a stream is split into packets changes nothing."""

import base64
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.dialects.dialect_strategies import replies, told_otherwise

from offramp.dialects import DIALECTS
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import (
    Event,
    Failure,
    Reply,
    ReplyEnded,
    ReplyStarted,
    Text,
    TextDelta,
    ToolDelta,
    ToolStarted,
    ToolUse,
)

WIRE = sorted(
    path for path in (Path(__file__).parents[2] / "wire").iterdir() if path.suffix in (".sse", ".frames")
)
POLITE = (
    b"message_stop",
    b"[DONE]",
    b"event: response.completed",
    b"event: response.incomplete",
    b'"finishReason"',
    b'"stopReason"',
    base64.b64encode(b'{"type":"message_stop"}'),
)
"""What stands in a stream that ended well, API by API."""


def events_of(slug: str, *packets: bytes) -> list[Event]:
    decoder = DIALECTS[slug].stream_decoder()
    events = [event for packet in packets for event in decoder.feed(packet)]
    return [*events, *decoder.close()]


def slug_of(path: Path) -> str:
    return next(slug for slug in DIALECTS if path.name.startswith(slug))


@pytest.mark.parametrize("path", WIRE, ids=lambda path: path.stem)
def test_two_packets(path: Path) -> None:
    slug, data = slug_of(path), path.read_bytes()
    whole = events_of(slug, data)
    assert isinstance(whole[-1], ReplyEnded | Failure)
    for at in range(len(data)):
        assert events_of(slug, data[:at], data[at:]) == whole


@pytest.mark.parametrize("path", WIRE, ids=lambda path: path.stem)
def test_single_bytes(path: Path) -> None:
    slug, data = slug_of(path), path.read_bytes()
    assert events_of(slug, *(bytes([byte]) for byte in data)) == events_of(slug, data)


@pytest.mark.parametrize("path", WIRE, ids=lambda path: path.stem)
@pytest.mark.parametrize("face", sorted(DIALECTS))
def test_a_stream_cut_anywhere_never_ends_politely(face: str, path: Path) -> None:
    slug, data = slug_of(path), path.read_bytes()
    whole = events_of(slug, data)
    for at in range(0, len(data), 7):
        events = events_of(slug, data[:at])
        ends = [event for event in events if isinstance(event, ReplyEnded)]
        assert len(ends) + sum(isinstance(event, Failure) for event in events) == 1
        if ends and not isinstance(whole[-1], Failure):
            # The finish reason had come: at most the count of tokens is missing, never a word.
            assert [event for event in events if not isinstance(event, ReplyEnded)] == whole[:-1]
        encoder = DIALECTS[face].stream_encoder(wants_usage=True)
        out = b"".join(encoder.encode(event) for event in events)
        assert any(mark in out for mark in POLITE) == bool(ends)


def as_events(reply: Reply, pieces: st.DataObject) -> list[Event]:
    """`reply` streamed, the pieces of its tool calls mixed at will."""
    events: list[Event] = [ReplyStarted(reply.id, reply.model, reply.usage)]
    waiting: list[list[Event]] = []
    for index, part in enumerate(reply.parts):
        if isinstance(part, Text):
            events.append(TextDelta(index, part.text))
        elif isinstance(part, ToolUse):
            text = DIALECTS["openai-chat"].encode_reply(
                Reply(id="", model="", parts=(part,), stop_reason=reply.stop_reason)
            )
            written: str = text.body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
            cuts = sorted({0, len(written), *pieces.draw(st.lists(st.integers(0, len(written)), max_size=3))})
            deltas: list[Event] = [ToolDelta(index, written[a:b]) for a, b in pairwise(cuts)]
            waiting.append([ToolStarted(index, part.id, part.name), *deltas])
    while any(waiting):
        queue = pieces.draw(st.sampled_from([queue for queue in waiting if queue]))
        events.append(queue.pop(0))
    return [*events, ReplyEnded(reply.stop_reason, "", reply.usage)]


@pytest.mark.parametrize("slug", sorted(DIALECTS))
@given(reply=replies(), data=st.data())
def test_mixed_tool_calls_come_out_whole(slug: str, reply: Reply, data: st.DataObject) -> None:
    encoder = DIALECTS[slug].stream_encoder(wants_usage=True)
    out = b"".join(encoder.encode(event) for event in as_events(reply, data))
    events = events_of(slug, out)
    assert isinstance(events[-1], ReplyEnded)
    assert told_otherwise(reply.usage, events[-1].usage, encoder.losses) == []
    names = {event.index: event.name for event in events if isinstance(event, ToolStarted)}
    texts: dict[int, str] = {}
    for event in events:
        if isinstance(event, ToolDelta):
            texts[event.index] = texts.get(event.index, "") + event.arguments
    calls = sorted((names[index], repr(parsed_object(texts[index]))) for index in names)
    wanted = sorted(
        (part.name, repr(dict(part.arguments))) for part in reply.parts if isinstance(part, ToolUse)
    )
    assert calls == wanted
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert said == "".join(part.text for part in reply.parts if isinstance(part, Text))
