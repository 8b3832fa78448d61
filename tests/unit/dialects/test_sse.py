"""Server-sent events."""

import pytest

from offramp.dialects.sse import MAX_EVENT_BYTES, EventParser, EventTooLong, ServerSentEvent


def parse(*packets: bytes) -> list[ServerSentEvent]:
    parser = EventParser()
    events = [event for packet in packets for event in parser.feed(packet)]
    return [*events, *parser.close()]


def test_fields_comments_and_line_ends() -> None:
    data = b"\xef\xbb\xbf: hi\nevent: a\r\ndata: 1\rdata:2\n\n\n\nid: 9\ndata\n\nretry: 5\n\n"
    assert parse(data) == [ServerSentEvent("a", b"1\n2"), ServerSentEvent("", b"")]


def test_an_event_without_data_is_none() -> None:
    assert parse(b"event: a\n\ndata: x\n\n") == [ServerSentEvent("", b"x")]


def test_a_last_event_without_its_blank_line() -> None:
    assert parse(b"data: x\n\ndata: [DONE]") == [ServerSentEvent("", b"x"), ServerSentEvent("", b"[DONE]")]


def test_carriage_return_and_line_feed_in_two_packets() -> None:
    assert parse(b"data: x\r", b"\n\r", b"\ndata: y\n\n") == [
        ServerSentEvent("", b"x"),
        ServerSentEvent("", b"y"),
    ]


def test_an_endless_event_is_not_waited_for() -> None:
    with pytest.raises(EventTooLong):
        parse(b"data: " + b"x" * MAX_EVENT_BYTES)
