"""Seals of other kinds survive a field that holds bytes."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from offramp.dialects import DIALECTS
from offramp.dialects.bedrock_converse.blobs import blob_of, seal_in
from offramp.dialects.turns import Reply, StopReason, Thinking

CONVERSE = DIALECTS["bedrock-converse"]


@given(payload=st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,43}", fullmatch=True))
def test_our_seals_come_back(payload: str) -> None:
    seal = f"offr1-{payload}"
    base64.b64decode(blob_of(seal), validate=True)
    assert seal_in(blob_of(seal)) == seal


@given(data=st.binary(max_size=40))
def test_the_clouds_own_bytes_are_left_alone(data: bytes) -> None:
    blob = base64.b64encode(data).decode()
    assert blob_of(blob) == blob
    assert seal_in(blob) == blob or data.startswith(b"offr1-")


@given(text=st.text(max_size=40))
def test_whatever_seals_say_a_blob_is_written(text: str) -> None:
    reply = Reply(
        id="", model="", parts=(Thinking("", text or "x", is_redacted=True),), stop_reason=StopReason.END
    )
    (block,) = CONVERSE.encode_reply(reply).body["output"]["message"]["content"]
    base64.b64decode(block["reasoningContent"]["redactedContent"], validate=True)
