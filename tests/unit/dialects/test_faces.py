"""Paths to dialects, keys and headers."""

from urllib.parse import unquote

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, Head, estimated_count, face_for, faces


def test_every_path_leads_to_one_operation() -> None:
    assert {path: face.operation for path, face in faces().items()} == {
        "/v1/messages": "converse",
        "/v1/messages/count_tokens": "count-tokens",
        "/v1/chat/completions": "converse",
        "/v1/models": "models",
        "/model/{model}/converse": "converse",
        "/model/{model}/converse-stream": "stream",
        "/model/{model}/count-tokens": "count-tokens",
        "/model/{model}/invoke": "converse",
        "/model/{model}/invoke-with-response-stream": "stream",
        "/foundation-models": "models",
    }


def test_a_shared_path_is_settled_by_the_headers() -> None:
    of_messages = face_for(Head(path="/v1/models", headers={"anthropic-version": "2023-06-01"}))
    of_chat = face_for(Head(path="/v1/models", headers={"authorization": "Bearer x"}))
    assert of_messages is not None
    assert of_chat is not None
    assert (of_messages.dialect.slug, of_chat.dialect.slug) == ("anthropic-messages", "openai-chat")
    assert face_for(Head(path="/v1/nothing", headers={})) is None


@pytest.mark.parametrize(
    "model",
    ["a", "eu.example.model-v1:0", "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.a.b-v1:0", "x/y z"],
)
def test_a_path_names_the_model(model: str) -> None:
    face = face_for(Head(path=f"/model/{model}/converse-stream", headers={}))
    assert face is not None
    assert (face.dialect.slug, face.operation, face.model) == ("bedrock-converse", "stream", model)
    path = face.dialect.upstream_path(model, is_stream=True)
    assert path.count("/") == 3
    assert unquote(path) == f"/model/{model}/converse-stream"


@pytest.mark.parametrize("model", [".", "..", "..."])
def test_a_path_takes_no_steps(model: str) -> None:
    with pytest.raises(OfframpError, match="not the name of a model"):
        DIALECTS["bedrock-converse"].upstream_path(model, is_stream=False)


def test_settings_in_headers_belong_to_the_request() -> None:
    headers = {"x-amzn-bedrock-guardrailidentifier": "g", "x-other": "o"}
    face = face_for(Head(path="/model/a/invoke", headers=headers))
    assert face is not None
    assert face.fields == {"x-amzn-bedrock-guardrailidentifier": "g"}


def test_presented_keys() -> None:
    messages, chat = DIALECTS["anthropic-messages"], DIALECTS["openai-chat"]
    assert messages.presented_key(Head(path="/", headers={"x-api-key": "k"})) == "k"
    assert messages.presented_key(Head(path="/", headers={"authorization": "Bearer k"})) == "k"
    assert chat.presented_key(Head(path="/", headers={"authorization": "bearer k"})) == "k"
    assert chat.presented_key(Head(path="/", headers={"authorization": "Basic k"})) is None
    assert chat.presented_key(Head(path="/", headers={})) is None


def test_counting_reads_a_request_without_a_limit_and_says_it_is_an_estimate() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "12345678"}]}
    counted = estimated_count(DIALECTS["anthropic-messages"], body)
    assert counted.body == {"input_tokens": 2 + 4}
    assert [loss.field for loss in counted.losses] == ["input_tokens"]
    with pytest.raises(OfframpError, match="no operation that counts"):
        estimated_count(DIALECTS["openai-chat"], body)


def test_each_dialect_is_found_under_its_own_slug() -> None:
    assert {slug: dialect.slug for slug, dialect in DIALECTS.items()} == {slug: slug for slug in DIALECTS}
