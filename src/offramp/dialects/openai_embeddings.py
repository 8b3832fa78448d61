"""`POST /v1/embeddings`, which several dialects share. Follows its public reference, 2026."""

import base64
import struct
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.embedding import Embedded, EmbedRequest
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.loss import Decoded, Effect, Encoded, Loss, LossLog, Refusal
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Usage

PATH: Final = "/v1/embeddings"
MAX_TEXTS: Final = 2048

DROPPED: Final = (Loss("user", "the target is not told who the end user is", Effect.METADATA),)
REFUSED: Final = (
    Refusal("input", "numbers of tokens mean something else to every model", "send the texts themselves"),
)
UNKNOWN_USAGE: Final = Loss("usage", "the upstream did not say; 0 stands for unknown", Effect.METADATA)


class OpenAIEmbeddings:
    """The operation, for a dialect to have."""

    embed_form: Final = "openai"

    def embed_path(self, model: str) -> str:  # noqa: ARG002 - the body says it
        """One path for every model."""
        return PATH

    def decode_embed_request(self, body: JsonObject) -> Decoded[EmbedRequest]:
        """Body of `POST /v1/embeddings`. Texts only: tokens are numbers of one model's own."""
        reading = Reading(DROPPED, REFUSED)
        with reading.fields(body) as fields:
            form = fields.text("encoding_format")
            if form not in (None, "float", "base64"):
                reading.invalid(fields.at("encoding_format"), "`encoding_format` must be float or base64")
            request = EmbedRequest(
                model=fields.needed_text("model"),
                texts=_texts(fields, reading),
                dimensions=fields.integer("dimensions", 1),
                wants_base64=form == "base64",
            )
        return reading.decoded(request)

    def encode_embed_request(self, request: EmbedRequest) -> Encoded:
        """Body of `POST /v1/embeddings`."""
        body: JsonObject = {
            "model": request.model,
            "input": list(request.texts),
            "encoding_format": "float",
        }
        if request.dimensions is not None:
            body["dimensions"] = request.dimensions
        return Encoded(body)

    def decode_embedded(self, body: JsonObject) -> Decoded[Embedded]:
        """Body of an answer."""
        reading = Reading(is_reply=True)
        with reading.fields(body) as fields:
            fields.skip("object")
            vectors: dict[int, tuple[float, ...]] = {}
            for number, item in enumerate(fields.each("data")):
                with item:
                    item.skip("object")
                    index = item.integer("index", 0)
                    vectors[number if index is None else index] = _vector(item.raw("embedding"))
            embedded = Embedded(
                model=fields.text("model") or "",
                vectors=tuple(vectors[index] for index in sorted(vectors)),
                usage=read_usage(fields.fields("usage")),
            )
        return reading.decoded(embedded)

    def encode_embedded(self, embedded: Embedded, request: EmbedRequest) -> Encoded:
        """Body of an answer."""
        losses = LossLog()
        if embedded.usage.input is None:
            losses.add(UNKNOWN_USAGE)
        tokens = embedded.usage.input or 0
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": _base64(vector) if request.wants_base64 else list(vector),
            }
            for index, vector in enumerate(embedded.vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        body = {"object": "list", "data": data, "model": embedded.model, "usage": usage}
        return Encoded(body, losses.all())


def read_usage(usage: Fields | None) -> Usage:
    """The tokens of an answer."""
    if usage is None:
        return Usage()
    with usage:
        usage.skip("total_tokens", "completion_tokens")
        return Usage(input=usage.integer("prompt_tokens", 0))


def _texts(fields: Fields, reading: Reading) -> tuple[str, ...]:
    value = fields.raw("input")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(texts) or len(texts) > MAX_TEXTS:
        reading.invalid(fields.at("input"), f"`input` must be a text or up to {MAX_TEXTS} texts, none empty")
        return ()
    if not all(isinstance(text, str) for text in texts):
        reading.unsupported(
            fields.at("input"), f"`input` cannot be carried: {REFUSED[0].reason}", REFUSED[0].help
        )
        return ()
    return tuple(texts)


def _vector(value: Any) -> tuple[float, ...]:
    if isinstance(value, str):
        try:
            data = base64.b64decode(value, validate=True)
            return struct.unpack(f"<{len(data) // 4}f", data)
        except (ValueError, struct.error):
            value = None
    if not isinstance(value, list) or not all(type(one) in (int, float) for one in value):
        raise ReplyInvalid("reply-invalid", "the upstream's answer holds no vector")
    return tuple(float(one) for one in value)


def _base64(vector: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
