"""What every dialect provides."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Decoded, Encoded, Loss
from offramp.dialects.turns import Event, Failure, Reply, Request


class StreamDecoder(Protocol):
    """Upstream bytes to events. Correct wherever the bytes are split."""

    losses: list[Loss]

    def feed(self, data: bytes) -> Sequence[Event]:
        """Events completed by `data`."""

    def close(self) -> Sequence[Event]:
        """The upstream ended. A `Failure` where it ended before saying so."""


class StreamEncoder(Protocol):
    """Events to bytes for the caller."""

    losses: list[Loss]

    def encode(self, event: Event) -> bytes:
        """The bytes to send now; empty where the format has to wait."""


class Dialect(Protocol):
    """One vendor API's wire format, as a face towards callers and towards an upstream."""

    slug: str
    """`anthropic-messages`, `openai-chat`, …"""
    faces: Mapping[str, str]
    """Request path to operation: `{"/v1/messages": "converse", …}`."""
    upstream_path: str
    """Where `converse` goes, below an upstream's base URL."""

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects, credentials included."""

    def presented_key(self, headers: Mapping[str, str]) -> str | None:
        """The caller's key, from lower-case header names."""

    def decode_request(self, body: JsonObject) -> Decoded[Request]:
        """Raises `OfframpError` (code `body-invalid`, with a JSON pointer) for what this API forbids."""

    def encode_request(self, request: Request) -> Encoded: ...

    def decode_reply(self, body: JsonObject) -> Decoded[Reply]: ...

    def encode_reply(self, reply: Reply) -> Encoded: ...

    def stream_decoder(self) -> StreamDecoder: ...

    def stream_encoder(self, *, wants_usage: bool) -> StreamEncoder: ...

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure: ...

    def encode_failure(self, failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
        """Status and body in this API's error shape; `extension` becomes its `offramp` member."""

    def encode_failure_event(self, failure: Failure, extension: JsonObject) -> bytes:
        """The same in the middle of a stream."""
