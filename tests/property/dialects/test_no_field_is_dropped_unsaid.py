"""Law: a field that is not carried is a loss or a refusal, wherever it stands and whatever it is called."""

import copy
from collections.abc import Collection
from typing import Any

import pytest
from anthropic.types import message_create_params as messages_params
from google.genai import types as generate_types
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import completion_create_params as chat_params
from openai.types.responses import response_create_params as responses_params
from pydantic.alias_generators import to_camel
from tests.property.dialects.dialect_strategies import as_held, objects_in, replies, requests

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.dialects.reading import UNKNOWN_REASON
from offramp.dialects.turns import Reply, Request

SLUGS = sorted(DIALECTS)


REPEATED = {"metadata", "text"}
"""Members of an answer of some API that repeat what was asked."""


def planted(body: dict[str, Any], data: st.DataObject, left_out: Collection[str] = ()) -> dict[str, Any]:
    """`body` with the field `novelty` in one of its objects."""
    body = copy.deepcopy(body)
    target: Any = body
    paths = [path for path in objects_in(body) if not (path and path[0] in left_out)]
    for step in data.draw(st.sampled_from(paths)):
        target = target[step]
    target["novelty"] = data.draw(st.sampled_from([0, False, "", {}, [], "x"]))
    return body


@pytest.mark.parametrize("slug", SLUGS)
@given(request=requests(), data=st.data())
def test_unknown_fields_of_requests(slug: str, request: Request, data: st.DataObject) -> None:
    request = as_held(request, slug)
    body = planted(DIALECTS[slug].encode_request(request).body, data)
    losses = DIALECTS[slug].decode_request(body).losses
    assert any(loss.field.endswith("novelty") and loss.reason == UNKNOWN_REASON for loss in losses)


@pytest.mark.parametrize("slug", SLUGS)
@given(reply=replies(), data=st.data())
def test_unknown_fields_of_replies(slug: str, reply: Reply, data: st.DataObject) -> None:
    body = planted(DIALECTS[slug].encode_reply(reply).body, data, REPEATED)
    losses = DIALECTS[slug].decode_reply(body).losses
    assert any(loss.field.endswith("novelty") for loss in losses)


GENERATE = [
    "cachedContent",
    "contents",
    "generationConfig",
    "labels",
    "safetySettings",
    "serviceTier",
    "store",
    "systemInstruction",
    "toolConfig",
    "tools",
]
"""What the SDK sends; it has no type for the whole."""
FIELDS = [
    *(("anthropic-messages", name) for name in messages_params.MessageCreateParamsBase.__annotations__),
    *(("gemini-generate", name) for name in GENERATE),
    *(("openai-chat", name) for name in chat_params.CompletionCreateParamsBase.__annotations__),
    *(("openai-responses", name) for name in responses_params.ResponseCreateParamsBase.__annotations__),
]
MESSAGES: dict[str, Any] = {"max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
ASKED: dict[str, dict[str, Any]] = {
    "gemini-generate": {"contents": [{"parts": [{"text": "x"}]}]},
    "openai-responses": {"input": "x"},
}
ODD: dict[str, Any] = {"odd": ["value"]}


@pytest.mark.parametrize(("slug", "name"), FIELDS)
def test_every_published_field_is_known(slug: str, name: str) -> None:
    """A value of the wrong kind is refused, a right one is carried or lost for a reason; none is unknown."""
    body = {"model": "m", **ASKED.get(slug, MESSAGES), name: ODD}
    try:
        losses = DIALECTS[slug].decode_request(body).losses
    except OfframpError:
        return
    assert losses
    assert [loss for loss in losses if loss.reason == UNKNOWN_REASON and loss.field == name] == []


GENERATION = [to_camel(name) for name in generate_types.GenerationConfig.model_fields]
PARTS = [to_camel(name) for name in generate_types.Part.model_fields]
TOOLS = [to_camel(name) for name in generate_types.Tool.model_fields]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        *(("generationConfig", name) for name in GENERATION),
        *(("parts", name) for name in PARTS),
        *(("tools", name) for name in TOOLS),
    ],
)
def test_every_published_field_inside_is_known(place: str, name: str) -> None:
    part = {"text": "x"} if name != "text" else {}
    bodies: dict[str, dict[str, Any]] = {
        "generationConfig": {**ASKED["gemini-generate"], "generationConfig": {name: ODD}},
        "parts": {"contents": [{"parts": [{**part, name: ODD}]}]},
        "tools": {**ASKED["gemini-generate"], "tools": [{name: ODD}]},
    }
    try:
        losses = DIALECTS["gemini-generate"].decode_request(bodies[place]).losses
    except OfframpError:
        return
    assert [loss for loss in losses if f".{name}" in loss.field]
    assert [
        loss for loss in losses if loss.reason == UNKNOWN_REASON and loss.field.endswith(f".{name}")
    ] == []
