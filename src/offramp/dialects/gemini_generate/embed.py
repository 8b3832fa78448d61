"""`POST …/models/{model}:batchEmbedContents`, towards an upstream. Follows its public reference, 2026."""

from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.embedding import Embedded, EmbedRequest
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.loss import Decoded, Encoded
from offramp.dialects.model_paths import quoted
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Usage

_PREFIX: Final = "models/"


class GenerateEmbeddings:
    """The operation, for the dialect to have."""

    embed_form: Final = "gemini"

    def embed_path(self, model: str) -> str:
        """The path names the model."""
        return f"/v1beta/models/{quoted(model.removeprefix(_PREFIX))}:batchEmbedContents"

    def encode_embed_request(self, request: EmbedRequest) -> Encoded:
        """One request for each text, each with the model's name."""
        more = {} if request.dimensions is None else {"outputDimensionality": request.dimensions}
        requests = [
            {"model": _named(request.model), "content": {"parts": [{"text": text}]}, **more}
            for text in request.texts
        ]
        return Encoded({"requests": requests})

    def decode_embedded(self, body: JsonObject) -> Decoded[Embedded]:
        """Body of an answer. It names no model."""
        reading = Reading(is_reply=True)
        with reading.fields(body) as fields:
            vectors = []
            for item in fields.each("embeddings"):
                with item:
                    vectors.append(_vector(item.raw("values")))
            usage = _usage(fields.fields("usageMetadata"))
        return reading.decoded(Embedded(model="", vectors=tuple(vectors), usage=usage))


def _named(model: str) -> str:
    return _PREFIX + model.removeprefix(_PREFIX)


def _usage(usage: Fields | None) -> Usage:
    if usage is None:
        return Usage()
    with usage:
        usage.skip_all()
        return Usage(input=usage.integer("promptTokenCount", 0))


def _vector(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or not all(type(one) in (int, float) for one in values):
        raise ReplyInvalid("reply-invalid", "the upstream's answer holds no vector")
    return tuple(float(one) for one in values)
