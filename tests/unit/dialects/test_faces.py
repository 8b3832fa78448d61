"""Paths to dialects, keys and headers."""

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, Head, face_for, faces, offers


def test_every_path_leads_to_one_operation() -> None:
    assert {path: face.operation for path, face in faces().items()} == {
        "/v1/messages": "converse",
        "/v1/messages/count_tokens": "count-tokens",
        "/v1/chat/completions": "converse",
        "/v1/models": "models",
    }


def test_a_shared_path_is_settled_by_the_headers() -> None:
    of_messages = face_for(Head(path="/v1/models", headers={"anthropic-version": "2023-06-01"}))
    of_chat = face_for(Head(path="/v1/models", headers={"authorization": "Bearer x"}))
    assert of_messages is not None
    assert of_chat is not None
    assert (of_messages.dialect.slug, of_chat.dialect.slug) == ("anthropic-messages", "openai-chat")
    assert face_for(Head(path="/v1/nothing", headers={})) is None


def test_presented_keys() -> None:
    messages, chat = DIALECTS["anthropic-messages"], DIALECTS["openai-chat"]
    assert messages.presented_key(Head(path="/", headers={"x-api-key": "k"})) == "k"
    assert messages.presented_key(Head(path="/", headers={"authorization": "Bearer k"})) == "k"
    assert chat.presented_key(Head(path="/", headers={"authorization": "bearer k"})) == "k"
    assert chat.presented_key(Head(path="/", headers={"authorization": "Basic k"})) is None
    assert chat.presented_key(Head(path="/", headers={})) is None


def test_counting_reads_a_request_without_a_limit_and_says_it_is_an_estimate() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "12345678"}]}
    counted = offers.estimated_count(DIALECTS["anthropic-messages"], body)
    assert counted.body == {"input_tokens": 2 + 4}
    assert [loss.field for loss in counted.losses] == ["input_tokens"]
    with pytest.raises(OfframpError, match="no operation that counts"):
        offers.estimated_count(DIALECTS["openai-chat"], body)


def test_each_dialect_is_found_under_its_own_slug() -> None:
    assert {slug: dialect.slug for slug, dialect in DIALECTS.items()} == {slug: slug for slug in DIALECTS}
