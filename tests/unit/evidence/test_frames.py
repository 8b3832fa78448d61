"""Frames: cut anywhere, put together again; nonsense is noticed."""

import pytest

from offramp.core.errors import Exit, OfframpError
from offramp.evidence import Change, Receipt
from offramp.evidence.frames import (
    MAX_FRAME_BYTES,
    Splitter,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
)
from offramp.evidence.log import Pending

PENDING = Pending(b"{}", (Change("plan_ramps", {"route": "example", "share": 5}, is_removal=True),))


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_a_stream_cut_anywhere_gives_the_same_frames(step: int) -> None:
    stream = b"".join(encode_request(number, PENDING) for number in range(5))
    splitter = Splitter()
    payloads = [
        payload
        for start in range(0, len(stream), step)
        for payload in splitter.feed(stream[start : start + step])
    ]
    requests = [decode_request(payload) for payload in payloads]
    assert [request.id for request in requests] == [0, 1, 2, 3, 4]
    assert all(request.pending() == PENDING for request in requests)


def test_replies_carry_a_receipt_or_the_whole_error() -> None:
    (payload,) = Splitter().feed(encode_reply(7, Receipt(3, "aa")))
    assert decode_reply(payload) == (7, Receipt(3, "aa"))
    error = OfframpError("some-code", "some message", help="some help", exit_code=Exit.INTERNAL)
    (payload,) = Splitter().feed(encode_reply(8, error))
    number, read = decode_reply(payload)
    assert isinstance(read, OfframpError)
    assert (number, read.render(), read.exit_code) == (8, error.render(), Exit.INTERNAL)


def test_a_length_no_frame_has_is_refused() -> None:
    with pytest.raises(ValueError, match="frame"):
        Splitter().feed((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))


def test_a_value_no_column_takes_is_refused_before_it_is_sent() -> None:
    with pytest.raises(OfframpError) as caught:
        encode_request(0, Pending(b"{}", (Change("plan_ramps", {"route": object()}),)))
    assert caught.value.code == "change-invalid"
