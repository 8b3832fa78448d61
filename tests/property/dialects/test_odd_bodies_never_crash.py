"""Law: whatever stands where in a body or a stream, it is read or refused; nothing else happens."""

import base64
import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.dialects.dialect_strategies import as_held, replies, requests

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.dialects.embedding import Embedder, EmbedFace
from offramp.dialects.frames import FrameInvalid, FrameParser, write_frame
from offramp.dialects.openai_responses import state
from offramp.dialects.stateful import KeptAnswer
from offramp.dialects.turns import Failure, Reply, ReplyEnded, Request

SLUGS = sorted(DIALECTS)
WIRE = [path for path in sorted((Path(__file__).parents[2] / "wire").iterdir()) if path.suffix != ".md"]
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1 << 70,
    "",
    "x",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"type": "x"},
    ["x", 1],
]
HALF = "\ud800"
"""Half a character: the reader of bodies refuses it, that of upstreams' errors does not."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a body."""
    found = [path] if path else []
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        found += places(child, (*path, key))
    return found


def spoilt(body: Any, data: st.DataObject, times: int = 2, odd: Sequence[Any] = ODD) -> Any:
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
            target[last] = copy.deepcopy(data.draw(st.sampled_from(odd)))
        if not places(body):
            break
    return body


@pytest.mark.parametrize("slug", SLUGS)
@given(request=requests(), data=st.data())
def test_requests(slug: str, request: Request, data: st.DataObject) -> None:
    body = spoilt(DIALECTS[slug].encode_request(as_held(request, slug)).body, data)
    try:
        decoded = DIALECTS[slug].decode_request(body)
    except OfframpError:
        return
    other = data.draw(st.sampled_from(SLUGS))
    with suppress(OfframpError):
        json.dumps(DIALECTS[other].encode_request(decoded.value).body)


@pytest.mark.parametrize("slug", SLUGS)
@given(reply=replies(), data=st.data())
def test_replies(slug: str, reply: Reply, data: st.DataObject) -> None:
    body = spoilt(DIALECTS[slug].encode_reply(reply).body, data)
    try:
        decoded = DIALECTS[slug].decode_reply(body)
    except OfframpError:
        return
    other = data.draw(st.sampled_from(SLUGS))
    with suppress(OfframpError):
        json.dumps(DIALECTS[other].encode_reply(decoded.value).body)


def pieces(data: bytes) -> list[tuple[Mapping[str, str], bytes]]:
    """Events of a recorded stream: what stands before its data, and the data. What cannot be read is left."""
    if b":message-type" in data:
        with suppress(FrameInvalid):
            return [(frame.headers, frame.payload) for frame in FrameParser().feed(data)]
        return []
    blocks = data.replace(b"\r\n", b"\n").strip().split(b"\n\n")
    split = (block.rpartition(b"data: ") for block in blocks)
    return [({"": head.decode()}, said) for head, _, said in split]


def joined(found: Iterable[tuple[Mapping[str, str], bytes]]) -> bytes:
    """The stream again."""
    return b"".join(
        head[""].encode() + b"data: " + said + b"\n\n" if "" in head else write_frame(head, said)
        for head, said in found
    )


def odd_event(said: bytes, data: st.DataObject) -> bytes:
    """An event's data with something odd in it; inside its wrapping where it is wrapped."""
    try:
        body = json.loads(said)
    except ValueError:
        return said
    if isinstance(body, dict) and body.keys() >= {"bytes"} and data.draw(st.booleans()):
        inside = odd_event(base64.b64decode(body["bytes"]), data)
        return json.dumps({**body, "bytes": base64.b64encode(inside).decode()}).encode()
    return json.dumps(spoilt(body, data, odd=[*ODD, HALF])).encode() if places(body) else said


def check_events(slug: str, stream: bytes) -> None:
    """Read to one end, and written by every API."""
    decoder = DIALECTS[slug].stream_decoder()
    events = [*decoder.feed(stream), *decoder.close()]
    assert sum(isinstance(event, ReplyEnded | Failure) for event in events) == 1
    for other in SLUGS:
        encoder = DIALECTS[other].stream_encoder(wants_usage=True)
        b"".join(encoder.encode(event) for event in events)


@pytest.mark.parametrize("slug", SLUGS)
@given(data=st.data())
def test_streams(slug: str, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in WIRE if path.name.startswith(slug)]))
    found = pieces(path.read_bytes())
    if found:
        index = data.draw(st.integers(0, len(found) - 1))
        found[index] = (found[index][0], odd_event(found[index][1], data))
        for _ in range(data.draw(st.integers(0, 2))):
            found.insert(data.draw(st.integers(0, len(found))), data.draw(st.sampled_from(found)))
    check_events(slug, joined(found))


@pytest.mark.parametrize("slug", SLUGS)
@given(data=st.data())
def test_bytes_changed_on_the_way(slug: str, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in WIRE if path.name.startswith(slug)]))
    stream = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    check_events(slug, bytes(stream))


@pytest.mark.parametrize("slug", SLUGS)
@given(data=st.binary(max_size=200))
def test_any_bytes(slug: str, data: bytes) -> None:
    for stream in (data, b"data: " + data + b"\n\n", write_frame({":message-type": "event"}, data)):
        check_events(slug, stream)
    assert isinstance(DIALECTS[slug].decode_failure(503, {}, data), Failure)


@pytest.mark.parametrize("slug", SLUGS)
@given(status=st.sampled_from([200, 400, 401, 429, 503, 999]), data=st.data())
def test_failures(slug: str, status: int, data: st.DataObject) -> None:
    error: Any = {"message": "no", "type": "x", "code": 429, "status": "UNAVAILABLE", "details": [{"a": "b"}]}
    body = spoilt(
        data.draw(st.sampled_from([{"error": error}, error, {"type": "error", "error": error}])),
        data,
        odd=[*ODD, HALF],
    )
    headers = {
        "retry-after": data.draw(st.text(max_size=9)),
        "x-amzn-errortype": data.draw(st.text(max_size=9)),
    }
    failure = DIALECTS[slug].decode_failure(status, headers, json.dumps(body).encode())
    for other in SLUGS:
        msgspec.json.encode(DIALECTS[other].encode_failure(failure, {}))


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if isinstance(DIALECTS[slug], Embedder)])
@given(data=st.data())
def test_embeddings(slug: str, data: st.DataObject) -> None:
    dialect = DIALECTS[slug]
    assert isinstance(dialect, Embedder)
    body = spoilt({"model": "m", "input": ["x", "y"], "dimensions": 8, "encoding_format": "float"}, data)
    face = DIALECTS["openai-chat"]
    assert isinstance(face, EmbedFace)
    with suppress(OfframpError):
        dialect.encode_embed_request(face.decode_embed_request(body).value)
    vector = {"object": "embedding", "index": 0, "embedding": [0.5, 1]}
    told = {
        "object": "list",
        "data": [vector],
        "model": "m",
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }
    other = {"embeddings": [{"values": [0.5, 1]}]}
    for answer in (told, other):
        with suppress(OfframpError):
            dialect.decode_embedded(spoilt(answer, data))


@pytest.mark.parametrize("depth", [99, 101, 900])
def test_depth(depth: int) -> None:
    args: Any = {}
    for _ in range(depth):
        args = {"a": args}
    body = {"contents": [{"role": "model", "parts": [{"functionCall": {"name": "t", "args": args}}]}]}
    with pytest.raises(OfframpError) as caught:
        DIALECTS["gemini-generate"].decode_request(body)
    assert "deep" in caught.value.message


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
