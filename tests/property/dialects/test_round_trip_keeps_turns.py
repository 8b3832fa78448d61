"""Law: what both APIs can hold comes back as it went, through either of them and through both."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from tests.property.dialects.dialect_strategies import as_held, replies, requests, told_otherwise

from offramp.dialects import DIALECTS
from offramp.dialects.id_forms import inward_id
from offramp.dialects.pairing import merge_speakers
from offramp.dialects.turns import Part, Reply, Request, Text, ToolUse

SLUGS = sorted(DIALECTS)


def there_and_back(request: Request, *slugs: str) -> Request:
    model, wants_stream = request.model, request.wants_stream
    for slug in slugs:
        encoded = DIALECTS[slug].encode_request(request)
        # A call that another API's model made has no seal there, and says so.
        assert {loss.field for loss in encoded.losses} <= {"messages.tool_use.signature"}
        decoded = DIALECTS[slug].decode_request(encoded.body)
        assert {loss.field for loss in decoded.losses} <= {
            "response_format.json_schema.name",
            "response_format.json_schema.strict",
            "text.format.name",
            "text.format.strict",
        }
        # Where the path says both, the gateway puts them in.
        request = replace(decoded.value, model=model, wants_stream=wants_stream)
    return replace(request, turns=merge_speakers(request.turns), wants_stream_usage=True)


@pytest.mark.parametrize("slug", SLUGS)
@given(request=requests())
def test_one_api(slug: str, request: Request) -> None:
    request = as_held(request, slug)
    assert there_and_back(request, slug) == request


@given(request=requests())
def test_all_apis_in_a_row(request: Request) -> None:
    request = as_held(request, *SLUGS)
    assert there_and_back(request, *SLUGS, *SLUGS) == request


PREFIXES = {"anthropic-messages": "toolu_", "bedrock-converse": "tooluse_", "openai-chat": "call_"}


def unwrapped(call_id: str) -> str:
    for prefix in PREFIXES.values():
        call_id = inward_id(prefix, call_id)
    return call_id


def neutral(reply: Reply) -> dict[str, Any]:
    """What of an answer every API keeps."""
    parts: list[Part] = [
        ToolUse(unwrapped(part.id), part.name, part.arguments) if isinstance(part, ToolUse) else part
        for part in reply.parts
        if part != Text("")
    ]
    return {"parts": parts, "stop": reply.stop_reason, "model": reply.model}


@pytest.mark.parametrize("slug", SLUGS)
@given(reply=replies())
def test_replies(slug: str, reply: Reply) -> None:
    encoded = DIALECTS[slug].encode_reply(reply)
    answered = DIALECTS[slug].decode_reply(encoded.body).value
    assert told_otherwise(reply.usage, answered.usage, encoded.losses) == []
    if slug == "bedrock-converse":
        # Its answers do not say which model gave them.
        answered = replace(answered, model=reply.model)
    assert neutral(answered) == neutral(reply)


@given(reply=replies())
def test_tool_ids_reach_the_upstream_that_gave_them(reply: Reply) -> None:
    for slug, prefix in PREFIXES.items():
        answered = DIALECTS[slug].decode_reply(DIALECTS[slug].encode_reply(reply).body).value
        shown = [part.id for part in answered.parts if isinstance(part, ToolUse)]
        given_ids = [part.id for part in reply.parts if isinstance(part, ToolUse)]
        assert all(item.startswith(prefix) for item in shown)
        assert [inward_id(prefix, item) for item in shown] == given_ids
