"""Text into vectors, in every API's form."""

from typing import Any

import pytest
from openai.types import CreateEmbeddingResponse

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, ReplyInvalid
from offramp.dialects.embedding import Embedded, Embedder, EmbedFace, EmbedRequest
from offramp.dialects.turns import Usage

CHAT: Any = DIALECTS["openai-chat"]
GEMINI: Any = DIALECTS["gemini-generate"]
REQUEST = EmbedRequest(model="m", texts=("one", "two"), dimensions=2)


def test_who_offers_it() -> None:
    assert {slug for slug, one in DIALECTS.items() if isinstance(one, Embedder)} == {
        "gemini-generate",
        "openai-chat",
        "openai-responses",
    }
    assert isinstance(CHAT, EmbedFace)


def test_a_request_comes_back_as_it_went() -> None:
    decoded = CHAT.decode_embed_request(CHAT.encode_embed_request(REQUEST).body)
    assert decoded.value == REQUEST
    assert decoded.losses == ()


def test_what_is_not_carried_is_said() -> None:
    body = {"model": "m", "input": "one", "user": "u", "novelty": 1, "encoding_format": "base64"}
    decoded = CHAT.decode_embed_request(body)
    assert decoded.value == EmbedRequest(model="m", texts=("one",), wants_base64=True)
    assert [loss.field for loss in decoded.losses] == ["user", "novelty"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([1, 2, 3], "body-unsupported"),
        ([[1], [2]], "body-unsupported"),
        ("", "body-invalid"),
        ([], "body-invalid"),
        (["a", ""], "body-invalid"),
        ({"text": "a"}, "body-invalid"),
        (["a"] * 2049, "body-invalid"),
        (None, "body-invalid"),
    ],
)
def test_what_is_refused(given: Any, code: str) -> None:
    with pytest.raises(OfframpError) as caught:
        CHAT.decode_embed_request({"model": "m", "input": given})
    assert caught.value.code == code


@pytest.mark.parametrize("wants_base64", [False, True])
def test_an_answer_is_what_the_sdk_reads(*, wants_base64: bool) -> None:
    embedded = Embedded(model="m", vectors=((0.5, -1.0), (0.25, 2.0)), usage=Usage(input=4))
    asked = EmbedRequest(model="m", texts=("one", "two"), wants_base64=wants_base64)
    body = CHAT.encode_embedded(embedded, asked).body
    if not wants_base64:
        CreateEmbeddingResponse.model_validate(body, strict=True)
    assert CHAT.decode_embedded(body).value == embedded


def test_unknown_usage_is_declared() -> None:
    encoded = CHAT.encode_embedded(Embedded(model="m", vectors=((1.0,),)), REQUEST)
    assert [loss.field for loss in encoded.losses] == ["usage"]


@pytest.mark.parametrize("vector", [None, "?", "AAA=", [None], ["1"], [True], {}])
def test_an_answer_without_vectors_is_no_answer(vector: Any) -> None:
    with pytest.raises(ReplyInvalid):
        CHAT.decode_embedded({"data": [{"embedding": vector}], "model": "m"})
    with pytest.raises(ReplyInvalid):
        GEMINI.decode_embedded({"embeddings": [{"values": vector}]})


def test_the_form_with_one_request_for_each_text() -> None:
    assert GEMINI.embed_path("m") == "/v1beta/models/m:batchEmbedContents"
    assert GEMINI.embed_path("models/a/../b") == "/v1beta/models/a%2F..%2Fb:batchEmbedContents"
    assert GEMINI.encode_embed_request(REQUEST).body == {
        "requests": [
            {"model": "models/m", "content": {"parts": [{"text": text}]}, "outputDimensionality": 2}
            for text in ("one", "two")
        ]
    }
    decoded = GEMINI.decode_embedded(
        {"embeddings": [{"values": [1, 0.5]}], "usageMetadata": {"promptTokenCount": 3}}
    )
    assert decoded.value == Embedded(model="", vectors=((1.0, 0.5),), usage=Usage(input=3))
