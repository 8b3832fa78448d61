"""Law: whatever a body or a stream holds, it is read or refused; nothing else comes of it."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.dialects.dialect_strategies import json_values, replies, requests

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.dialects.turns import Failure, Reply, ReplyEnded, Request

SLUG = "gemini-generate"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside `value`."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inside for place in ((*path, key), *places(item, (*path, key)))]


def bent(body: Any, data: st.DataObject) -> dict[str, Any]:
    """`body` with other values in some of its places, or the values of other places."""
    body = json.loads(json.dumps(body))
    for _ in range(data.draw(st.integers(1, 3))):
        found = places(body)
        if not found:
            break
        *path, last = data.draw(st.sampled_from(found))
        target = body
        for step in path:
            target = target[step]
        target[last] = data.draw(
            json_values | st.sampled_from([[], {}, [{}], [None], 1e308, -1, "#", "", True, None, [[]]])
        )
    return dict(body)


@given(request=requests(), data=st.data())
def test_requests(request: Request, data: st.DataObject) -> None:
    body = bent(DIALECTS[SLUG].encode_request(request).body, data)
    try:
        read = DIALECTS[SLUG].decode_request(body).value
    except OfframpError:
        return
    for other in DIALECTS.values():
        with contextlib.suppress(OfframpError):
            other.encode_request(read)


@given(reply=replies(), data=st.data())
def test_replies_and_streams(reply: Reply, data: st.DataObject) -> None:
    body = bent(DIALECTS[SLUG].encode_reply(reply).body, data)
    with contextlib.suppress(OfframpError):
        assert isinstance(DIALECTS[SLUG].decode_reply(body).value, Reply)
    decoder = DIALECTS[SLUG].stream_decoder()
    events = [*decoder.feed(b"data: " + json.dumps(body).encode() + b"\n\n"), *decoder.close()]
    assert sum(isinstance(event, Failure | ReplyEnded) for event in events) == 1


@pytest.mark.parametrize("depth", [99, 101, 900])
def test_depth(depth: int) -> None:
    args: Any = {}
    for _ in range(depth):
        args = {"a": args}
    body = {"contents": [{"role": "model", "parts": [{"functionCall": {"name": "t", "args": args}}]}]}
    with pytest.raises(OfframpError) as caught:
        DIALECTS[SLUG].decode_request(body)
    assert "deep" in caught.value.message


@given(data=st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    decoder = DIALECTS[SLUG].stream_decoder()
    events = [*decoder.feed(b"data: " + data + b"\n\n"), *decoder.close()]
    assert sum(isinstance(event, Failure | ReplyEnded) for event in events) == 1
    assert isinstance(DIALECTS[SLUG].decode_failure(503, {}, data), Failure)
