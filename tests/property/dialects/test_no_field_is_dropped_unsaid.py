"""Law: a field that is not carried is a loss or a refusal, wherever it stands and whatever it is called."""

import copy
from typing import Any

import pytest
from anthropic.types import message_create_params as messages_params
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import completion_create_params as chat_params
from tests.property.dialects.dialect_strategies import objects_in, replies, requests_for

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.dialects.reading import UNKNOWN_REASON
from offramp.dialects.turns import Reply

SLUGS = sorted(DIALECTS)


def planted(body: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """`body` with the field `novelty` in one of its objects."""
    body = copy.deepcopy(body)
    target: Any = body
    for step in data.draw(st.sampled_from(objects_in(body))):
        target = target[step]
    target["novelty"] = data.draw(st.sampled_from([0, False, "", {}, [], "x"]))
    return body


@pytest.mark.parametrize("slug", SLUGS)
@given(data=st.data())
def test_unknown_fields_of_requests(slug: str, data: st.DataObject) -> None:
    request = data.draw(requests_for(slug))
    body = planted(DIALECTS[slug].encode_request(request).body, data)
    losses = DIALECTS[slug].decode_request(body).losses
    assert any(loss.field.endswith("novelty") and loss.reason == UNKNOWN_REASON for loss in losses)


@pytest.mark.parametrize("slug", SLUGS)
@given(reply=replies(), data=st.data())
def test_unknown_fields_of_replies(slug: str, reply: Reply, data: st.DataObject) -> None:
    body = planted(DIALECTS[slug].encode_reply(reply).body, data)
    losses = DIALECTS[slug].decode_reply(body).losses
    assert any(loss.field.endswith("novelty") for loss in losses)


FIELDS = [
    *(("anthropic-messages", name) for name in messages_params.MessageCreateParamsBase.__annotations__),
    *(("openai-chat", name) for name in chat_params.CompletionCreateParamsBase.__annotations__),
]
ODD: dict[str, Any] = {"odd": ["value"]}


@pytest.mark.parametrize(("slug", "name"), FIELDS)
def test_every_published_field_is_known(slug: str, name: str) -> None:
    """A value of the wrong kind is refused, a right one is carried or lost for a reason; none is unknown."""
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}], name: ODD}
    try:
        losses = DIALECTS[slug].decode_request(body).losses
    except OfframpError:
        return
    assert losses
    assert [loss for loss in losses if loss.reason == UNKNOWN_REASON and loss.field == name] == []
