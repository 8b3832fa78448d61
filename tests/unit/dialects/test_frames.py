"""Binary frames, with the vendor's own library as the oracle in both directions."""

import random
import struct
import zlib

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from offramp.dialects import DIALECTS, Failure
from offramp.dialects.frames import Frame, FrameInvalid, FrameParser, frame_end, write_frame

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
headers = st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=50), max_size=4)


@given(headers=headers, payload=st.binary(max_size=300))
def test_written_frames_are_read_by_both(headers: dict[str, str], payload: bytes) -> None:
    data = write_frame(headers, payload)
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    (theirs,) = list(buffer)
    assert (theirs.headers, theirs.payload) == (headers, payload)
    assert list(FrameParser().feed(data)) == [Frame(headers, payload)]
    assert frame_end(b"x" + data + b"y", 1) == len(data) + 1


@given(payloads=st.lists(st.binary(max_size=60), max_size=4), data=st.data())
def test_split_anywhere(payloads: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(write_frame({":event-type": "x"}, payload) for payload in payloads)
    at = data.draw(st.integers(0, len(whole)))
    parser = FrameParser()
    read = [*parser.feed(whole[:at]), *parser.feed(whole[at:])]
    assert [frame.payload for frame in read] == payloads
    assert parser.is_between_frames


def whole(headers: bytes, payload: bytes = b"{}", *, length: int = 0, size: int = -1) -> bytes:
    """A frame with checksums that are right, whatever else is not."""
    start = struct.pack(">II", length or 16 + len(headers) + len(payload), len(headers) if size < 0 else size)
    start += struct.pack(">I", zlib.crc32(start))
    body = start + headers + payload
    return body + struct.pack(">I", zlib.crc32(body))


EVERY_TYPE = (
    b"\x01a\x00"
    b"\x01b\x01"
    b"\x01c\x02\x01"
    b"\x01d\x03\x00\x01"
    b"\x01e\x04\x00\x00\x00\x01"
    b"\x01f\x05\x00\x00\x00\x00\x00\x00\x00\x01"
    b"\x01g\x06\x00\x02ab"
    b"\x01h\x07\x00\x02\xc3\xa9"
    b"\x01i\x08\x00\x00\x00\x00\x00\x00\x00\x01"
    b"\x01j\x09" + b"\x01" * 16
)


def test_headers_of_every_type_are_stepped_over() -> None:
    assert list(FrameParser().feed(whole(EVERY_TYPE))) == [Frame({"h": "é"}, b"{}")]


BROKEN = {
    "a type nobody knows": whole(b"\x01a\x0b"),
    "a name that does not end": whole(b"\x09a"),
    "a value that does not end": whole(b"\x01a\x07\x00\x09ab"),
    "no text": whole(b"\x01a\x07\x00\x01\xff"),
    "half a length": whole(b"\x01a\x07\x00"),
    "a huge frame": whole(b"", length=1 << 30),
    "huge headers": whole(b"", length=1 << 20, size=1 << 19),
    "a frame shorter than itself": whole(b"", length=12),
    "headers longer than the frame": whole(b"", size=200),
    "server-sent events": b'data: {"a": 1}\n\n' * 4,
    "a page": b"<html><body>Bad gateway</body></html>",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_broken_frames_fail_at_once(data: bytes) -> None:
    with pytest.raises(FrameInvalid):
        list(FrameParser().feed(data))
    assert frame_end(data, 0) == len(data)
    for slug in ("bedrock-converse", "bedrock-invoke"):
        decoder = DIALECTS[slug].stream_decoder()
        events = [*decoder.feed(data), *decoder.close()]
        assert [type(event) for event in events] == [Failure]


def test_every_bit_is_checked() -> None:
    data = write_frame({":event-type": "x", ":message-type": "event"}, b'{"a": 1}')
    for place in range(len(data) * 8):
        broken = bytearray(data)
        broken[place // 8] ^= 1 << place % 8
        parser = FrameParser()
        with pytest.raises(FrameInvalid):
            list(parser.feed(bytes(broken) + data * 3))


def test_a_stream_of_bytes_does_not_grow() -> None:
    chance = random.Random(1)
    parser = FrameParser()
    frame = write_frame({":event-type": "x"}, b"y" * 1000)
    stream = frame * 500
    at = 0
    while at < len(stream):
        step = chance.randint(1, 3000)
        list(parser.feed(stream[at : at + step]))
        at += step
        assert len(parser._tail) < len(frame)


@given(data=st.binary(max_size=200))
def test_no_bytes_break_a_decoder(data: bytes) -> None:
    for slug in ("bedrock-converse", "bedrock-invoke"):
        decoder = DIALECTS[slug].stream_decoder()
        events = [*decoder.feed(data), *decoder.close()]
        assert sum(isinstance(event, Failure) for event in events) == 1


MEMBERS = [
    *("delta", "start", "toolUse", "text", "input", "contentBlockIndex", "usage", "stopReason", "bytes"),
    *("reasoningContent", "signature", "redactedContent", "inputTokens", "name", "toolUseId", "metrics"),
]
PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(MEMBERS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
KINDS = [
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
]


@given(events=st.lists(st.tuples(st.sampled_from([*KINDS, "chunk", "novel"]), PAYLOADS), max_size=6))
def test_no_payload_breaks_a_decoder_or_a_caller(events: list[tuple[str, object]]) -> None:
    data = b"".join(
        write_frame({":event-type": kind, ":message-type": "event"}, msgspec.json.encode(payload))
        for kind, payload in events
    )
    for slug in ("bedrock-converse", "bedrock-invoke"):
        decoder = DIALECTS[slug].stream_decoder()
        read = [*decoder.feed(data), *decoder.close()]
        for face in DIALECTS:
            encoder = DIALECTS[face].stream_encoder(wants_usage=True)
            for event in read:
                encoder.encode(event)
