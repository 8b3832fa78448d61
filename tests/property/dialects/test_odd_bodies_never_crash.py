"""Law: whatever stands where in a body or a stream, it is read or refused; nothing else happens."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.dialects.dialect_strategies import replies, requests

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.dialects.openai_responses import state
from offramp.dialects.stateful import KeptAnswer
from offramp.dialects.turns import Failure, Reply, ReplyEnded, Request

SLUGS = ["anthropic-messages", "openai-chat", "openai-responses"]
WIRE = sorted((Path(__file__).parents[2] / "wire").glob("openai-responses-*.sse"))
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, 1 << 70, "", "x", "\ud800", [], {}, [None], [[]], [{}], {"type": "x"}, ["x", 1]]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a body."""
    found = [path] if path else []
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        found += places(child, (*path, key))
    return found


def spoilt(body: Any, data: st.DataObject, times: int = 2) -> Any:
    """`body` with something odd, or nothing, in some of its places."""
    body = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, times))):
        *way, last = data.draw(st.sampled_from(places(body)))
        target = body
        for step in way:
            target = target[step]
        if isinstance(target, dict) and data.draw(st.booleans()):
            del target[last]
        else:
            target[last] = copy.deepcopy(data.draw(ODD))
        if not places(body):
            break
    return body


@pytest.mark.parametrize("slug", SLUGS)
@given(request=requests(), data=st.data())
def test_requests(slug: str, request: Request, data: st.DataObject) -> None:
    body = spoilt(DIALECTS[slug].encode_request(request).body, data)
    try:
        decoded = DIALECTS[slug].decode_request(body)
    except OfframpError:
        return
    for other in SLUGS:
        try:
            json.dumps(DIALECTS[other].encode_request(decoded.value).body)
        except OfframpError:
            continue


@pytest.mark.parametrize("slug", SLUGS)
@given(reply=replies(), data=st.data())
def test_replies(slug: str, reply: Reply, data: st.DataObject) -> None:
    body = spoilt(DIALECTS[slug].encode_reply(reply).body, data)
    try:
        decoded = DIALECTS[slug].decode_reply(body)
    except OfframpError:
        return
    for other in SLUGS:
        try:
            json.dumps(DIALECTS[other].encode_reply(decoded.value).body)
        except OfframpError:
            continue


@given(data=st.data(), path=st.sampled_from(WIRE))
def test_streams(path: Path, data: st.DataObject) -> None:
    blocks = path.read_bytes().replace(b"\r\n", b"\n").strip().split(b"\n\n")
    index = data.draw(st.integers(0, len(blocks) - 1))
    name, _, said = blocks[index].partition(b"\ndata: ")
    if said:
        odd = json.dumps(spoilt(json.loads(said), data)).encode()
        blocks[index] = name + b"\ndata: " + odd
    for _ in range(data.draw(st.integers(0, 2))):
        blocks.insert(data.draw(st.integers(0, len(blocks))), data.draw(st.sampled_from(blocks)))
    decoder = DIALECTS["openai-responses"].stream_decoder()
    events = [*decoder.feed(b"\n\n".join(blocks) + b"\n\n"), *decoder.close()]
    assert isinstance(events[-1], ReplyEnded | Failure)
    assert sum(isinstance(event, ReplyEnded | Failure) for event in events) == 1
    for slug in SLUGS:
        encoder = DIALECTS[slug].stream_encoder(wants_usage=True)
        b"".join(encoder.encode(event) for event in events)


@given(request=requests(), reply=replies(), data=st.data())
def test_going_on_from_odd_answers(request: Request, reply: Reply, data: st.DataObject) -> None:
    dialect = DIALECTS["openai-responses"]
    asked = {**dialect.encode_request(request).body, "previous_response_id": "resp_1"}
    asked["input"].append({"type": "item_reference", "id": "msg_1_0"})
    answer = spoilt(dialect.encode_reply(reply).body, data)
    odd = spoilt(asked, data)
    kept = {
        "resp_1": KeptAnswer(
            id="resp_1",
            previous="",
            items=[{"role": "user", "content": "x"}],
            answer=answer,
            upstream="a",
            is_native=data.draw(st.booleans()),
            is_upstreams=False,
            at_seconds=0,
        )
    }
    state.named(odd)
    made = state.keep(odd, answer, kept, "b", 0)
    state.encode_items(made, {})
    try:
        dialect.decode_request(state.expanded(odd, kept, "b").value)
    except OfframpError:
        return
