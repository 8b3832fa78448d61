"""Paths to dialects, keys and headers."""

from urllib.parse import unquote

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, Head, face_for, faces, offers


def test_every_path_leads_to_one_operation() -> None:
    assert {path: face.operation for path, face in faces().items() if "{" not in path} == {
        "/foundation-models": "models",
        "/v1/messages": "converse",
        "/v1/messages/count_tokens": "count-tokens",
        "/v1/chat/completions": "converse",
        "/v1/models": "models",
        "/v1beta/models": "models",
        "/v1/embeddings": "embed",
        "/v1/responses": "converse",
        "/v1/responses/input_tokens": "count-tokens",
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


STEPS = [("bedrock-converse", name) for name in (".", "..", "...")] + [
    ("gemini-generate", name) for name in ("..", "a/../b", "projects/../../admin", "models/..", "a//b")
]


@pytest.mark.parametrize(("slug", "model"), STEPS)
def test_a_path_takes_no_steps(slug: str, model: str) -> None:
    with pytest.raises(OfframpError, match="not the name of a model"):
        DIALECTS[slug].upstream_path(model, is_stream=False)


def test_settings_in_headers_belong_to_the_request() -> None:
    headers = {"x-amzn-bedrock-guardrailidentifier": "g", "x-other": "o"}
    face = face_for(Head(path="/model/a/invoke", headers=headers))
    assert face is not None
    assert face.fields == {"x-amzn-bedrock-guardrailidentifier": "g"}


@pytest.mark.parametrize(
    ("path", "operation", "id_"),
    [
        ("/v1/responses/resp_1", "stored", "resp_1"),
        ("/v1/responses/resp_1/input_items", "stored-items", "resp_1"),
        ("/v1/responses/input_tokens", "count-tokens", ""),
        ("/v1/responses", "converse", ""),
    ],
)
def test_paths_that_name_an_answer(path: str, operation: str, id_: str) -> None:
    face = face_for(Head(path=path, headers={}))
    assert face is not None
    assert (face.dialect.slug, face.operation, face.id, face.model) == (
        "openai-responses",
        operation,
        id_,
        "",
    )
    assert face_for(Head(path=path + "/more/x", headers={})) is None


@pytest.mark.parametrize(
    ("path", "operation", "model"),
    [
        ("/v1beta/models/x-1:generateContent", "converse", "x-1"),
        ("/v1/models/x-1:streamGenerateContent", "stream", "x-1"),
        ("/v1beta/models/a/b:c:countTokens", "count-tokens", "a/b:c"),
        ("/v1beta/models/x-1", "models", "x-1"),
        ("/v1/projects/p/locations/l/publishers/google/models/x-1:generateContent", "converse", "x-1"),
        ("/v1beta1/publishers/google/models/x-1:streamGenerateContent", "stream", "x-1"),
    ],
)
def test_paths_that_name_the_model(path: str, operation: str, model: str) -> None:
    face = face_for(Head(path=path, headers={}))
    assert face is not None
    assert (face.dialect.slug, face.operation, face.model) == ("gemini-generate", operation, model)


def test_clients_of_generate_content_are_told_by_their_key() -> None:
    for head in (
        Head(path="/v1/models", headers={"x-goog-api-key": "k"}),
        Head(path="/v1/models", headers={}, query={"key": "k"}),
    ):
        face = face_for(head)
        assert face is not None
        assert face.dialect.slug == "gemini-generate"
        assert face.dialect.presented_key(head) == "k"
    generate = DIALECTS["gemini-generate"]
    assert generate.request_headers("k")["x-goog-api-key"] == "k"
    assert generate.request_headers("Bearer t")["authorization"] == "Bearer t"
    assert generate.upstream_path("x", is_stream=True) == "/v1beta/models/x:streamGenerateContent?alt=sse"
    in_cloud = "projects/p/locations/l/publishers/google/models/x"
    assert generate.upstream_path(in_cloud, is_stream=False) == f"/v1/{in_cloud}:generateContent"


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
