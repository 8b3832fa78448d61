"""Text into vectors: the neutral request and answer, and what a dialect provides whose API offers it."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Decoded, Encoded
from offramp.dialects.turns import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedRequest:
    """Texts to turn into vectors."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    """How long the vectors shall be; None for the model's own."""
    wants_base64: bool = False
    """The caller wants vectors as the base64 of 32-bit floats, lowest byte first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """One vector for each text, in order."""

    model: str
    vectors: tuple[tuple[float, ...], ...]
    usage: Usage = field(default_factory=Usage)


@runtime_checkable
class EmbedFace(Protocol):
    """A dialect whose faces hold `embed`."""

    @property
    def embed_form(self) -> str:
        """Dialects with the same form have the same bodies."""

    def decode_embed_request(self, body: JsonObject) -> Decoded[EmbedRequest]:
        """Raises `OfframpError` as `decode_request` does."""

    def encode_embedded(self, embedded: Embedded, request: EmbedRequest) -> Encoded:
        """The body for a caller who sent `request`."""


@runtime_checkable
class Embedder(Protocol):
    """A dialect whose upstreams turn text into vectors."""

    @property
    def embed_form(self) -> str:
        """Dialects with the same form have the same bodies."""

    def embed_path(self, model: str) -> str:
        """Where texts for `model` go, below an upstream's base URL."""

    def encode_embed_request(self, request: EmbedRequest) -> Encoded:
        """The body for an upstream."""

    def decode_embedded(self, body: JsonObject) -> Decoded[Embedded]:
        """Raises `ReplyInvalid` where the answer cannot be given to anybody."""
