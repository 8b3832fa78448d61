"""Text into vectors: the request as the chosen target takes it, and its answer."""

from dataclasses import dataclass, replace

import orjson

from offramp.core.errors import OfframpError
from offramp.dialects import FailureKind
from offramp.dialects.embedding import Embedder, EmbedFace, EmbedRequest
from offramp.gateway.answers import Answering
from offramp.gateway.model_name import model_of, rename_model
from offramp.gateway.outgoing import Asked, Outgoing
from offramp.gateway.refusals import refuse, refused_body
from offramp.gateway.snapshot import Endpoint


def prepare_embedding(asked: Asked, endpoint: Endpoint, name: str) -> tuple[Outgoing, EmbedRequest | None]:
    """The request as `endpoint` takes it, and its neutral form where it was translated. Raises `Refused`."""
    face, target = asked.dialect, endpoint.dialect
    assert isinstance(face, EmbedFace)
    if not isinstance(target, Embedder):
        raise refuse(
            FailureKind.NOT_FOUND,
            "operation-unknown",
            f"upstream `{endpoint.id}` speaks `{target.slug}`, which has no embeddings; "
            "send this route to an upstream that has",
        )
    try:
        url = endpoint.url + target.embed_path(name)
    except OfframpError as error:
        raise refused_body(error) from error
    if face.embed_form == target.embed_form:
        body = rename_model(asked.body, name) if name != asked.model else asked.body
        return Outgoing(url=url, body=body, is_passed=True, request=None), None
    try:
        decoded = face.decode_embed_request(asked.parsed)
        encoded = target.encode_embed_request(replace(decoded.value, model=name))
    except OfframpError as error:
        raise refused_body(error) from error
    losses = (*decoded.losses, *encoded.losses)
    body = orjson.dumps(encoded.body)
    return Outgoing(url=url, body=body, is_passed=False, request=None, losses=losses), decoded.value


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingAnswer(Answering):
    """One upstream answer with vectors."""

    asked_for: EmbedRequest | None = None
    """Set where it was translated."""

    def _passed(self, data: bytes, parsed: dict[str, object]) -> bytes:
        """The same bytes with the caller's model name."""
        target = self.endpoint.dialect
        assert isinstance(target, Embedder)
        self.record.served = model_of(parsed)
        self.record.usage = target.decode_embedded(parsed).value.usage
        return rename_model(data, self.asked.model) if self.record.served else data

    async def _translated(self, parsed: dict[str, object]) -> bytes:
        face, target = self.asked.dialect, self.endpoint.dialect
        assert isinstance(face, EmbedFace)
        assert isinstance(target, Embedder)
        assert self.asked_for is not None
        decoded = target.decode_embedded(parsed)
        self.record.usage = decoded.value.usage
        self.record.served = decoded.value.model
        encoded = face.encode_embedded(replace(decoded.value, model=self.asked.model), self.asked_for)
        self.record.losses += [*decoded.losses, *encoded.losses]
        return orjson.dumps(encoded.body)
