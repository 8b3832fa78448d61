"""What every dialect provides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Decoded, Encoded, Loss, Refusal
from offramp.dialects.turns import Event, Failure, Reply, Request, Usage


class Operation(StrEnum):
    """What a path of an API is for."""

    CONVERSE = "converse"
    STREAM = "stream"
    """A conversation whose answer is streamed because the path says so."""
    COUNT_TOKENS = "count-tokens"
    MODELS = "models"
    EMBED = "embed"
    """Text into vectors."""
    STORED = "stored"
    """An answer that is kept: to be read, or deleted."""
    STORED_ITEMS = "stored-items"
    """What a kept answer was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTables:
    """Everything a dialect can lose, for the reference and for whoever plans an exit."""

    request_dropped: tuple[Loss, ...]
    """Fields of a caller's request that are known and not carried to any other API."""
    request_refused: tuple[Refusal, ...]
    """Fields of a caller's request that are refused."""
    request_not_carried: tuple[Loss, ...]
    """What a neutral request can hold and an upstream of this API cannot be told."""
    reply_dropped: tuple[Loss, ...]
    """Fields of an upstream's answer that are known and not carried."""
    reply_not_carried: tuple[Loss, ...]
    """What a neutral answer can hold and a caller of this API cannot be told."""
    request_not_taken: tuple[Refusal, ...] = ()
    """What a neutral request can hold and an upstream of this API must not be asked without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands before a request's body."""

    path: str
    """Percent signs decoded."""
    headers: Mapping[str, str]
    """Names in lower case."""
    query: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    """Path and query as they came over the wire."""
    method: str = "POST"


def bearer(headers: Mapping[str, str]) -> str | None:
    """The bearer token of lower-case `headers`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class StreamDecoder(Protocol):
    """Upstream bytes to events. Correct wherever the bytes are split."""

    @property
    def losses(self) -> list[Loss]:
        """What was lost so far."""

    def feed(self, data: bytes) -> Sequence[Event]:
        """Events completed by `data`."""

    def close(self) -> Sequence[Event]:
        """The upstream ended. A `Failure` where it ended before saying so."""

    def event_end(self, data: bytes, start: int) -> int:
        """Where the event that begins at `start` ends; 0 while it is not whole."""

    def skip(self, data: bytes, start: int) -> int:
        """Where the run of events from `start` on ends that differ from one fed before in their text only.

        Whoever passes bytes on as they are need not feed those. An event begins at `start`.
        """


class StreamEncoder(Protocol):
    """Events to bytes for the caller."""

    @property
    def losses(self) -> list[Loss]:
        """What was lost so far."""

    @property
    def failure(self) -> Failure | None:
        """Why the answer could not be written to its end. The bytes of that event tell the caller."""

    def encode(self, event: Event) -> bytes:
        """The bytes to send now; empty where the format has to wait."""


class Dialect(Protocol):
    """One vendor API's wire format, as a face towards callers and towards an upstream."""

    @property
    def slug(self) -> str:
        """`anthropic-messages`, `openai-chat`, …"""

    @property
    def faces(self) -> Mapping[str, str]:
        """Request path to operation: `{"/v1/messages": "converse", …}`. `{model}` stands for any name."""

    @property
    def model_member(self) -> str:
        """The member of a reply, streamed or whole, that names the model; empty where none does."""

    @property
    def has_model_in_body(self) -> bool:
        """A request names its model in the member `model` of its body, else in its path."""

    @property
    def stream_type(self) -> str:
        """The media type of a streamed answer."""

    @property
    def id_header(self) -> str:
        """The header in which an answer of this API tells its request's id; empty where none does."""

    def upstream_path(self, model: str, *, is_stream: bool) -> str:
        """Where a conversation with `model` goes, below an upstream's base URL."""

    @property
    def tables(self) -> LossTables:
        """Everything this dialect can lose."""

    def recognises(self, head: Head) -> bool:
        """Whether a request to a path that several APIs share is one of this API's."""

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects, credentials included."""

    def presented_key(self, head: Head) -> str | None:
        """The caller's key."""

    def decode_request(self, body: JsonObject) -> Decoded[Request]:
        """Raises `OfframpError` with a JSON pointer: code `body-invalid` for what this API forbids, code
        `body-unsupported` for what cannot be carried and would change the answer if it were dropped.

        Where the path names the model, the request's is empty here."""

    def encode_request(self, request: Request) -> Encoded:
        """The body for an upstream of this API."""

    def decode_reply(self, body: JsonObject) -> Decoded[Reply]:
        """Raises `ReplyInvalid` where the answer cannot be given to anybody."""

    def decode_usage(self, body: JsonObject) -> Usage:
        """What an answer that is passed on as it is says of tokens; unknown where it says nothing clear."""

    def encode_reply(self, reply: Reply) -> Encoded:
        """The body for a caller of this API."""

    def encode_models(self, ids: Sequence[str]) -> JsonObject:
        """The list of models for a caller of this API."""

    def stream_decoder(self) -> StreamDecoder:
        """A decoder for one stream."""

    def stream_encoder(self, *, wants_usage: bool) -> StreamEncoder:
        """An encoder for one stream."""

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """An upstream's error answer; `headers` have lower-case names."""

    def encode_failure(self, failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
        """Status and body in this API's error shape; `extension` becomes its `offramp` member."""

    def failure_headers(self, failure: Failure) -> Mapping[str, str]:
        """Headers in which this API says what an error is, beside status and body."""

    def encode_failure_event(self, failure: Failure, extension: JsonObject) -> bytes:
        """The same in the middle of a stream."""


@runtime_checkable
class TokenCounter(Protocol):
    """A dialect whose faces hold `count-tokens`."""

    def decode_count_request(self, body: JsonObject) -> Decoded[Request]:
        """A request to be counted, which needs no token limit."""

    def encode_count(self, tokens: int) -> JsonObject:
        """The body of the answer."""


@runtime_checkable
class ModelTeller(Protocol):
    """A dialect with a path for each model of the list."""

    def encode_model(self, name: str) -> JsonObject:
        """What the list says of one model."""


@runtime_checkable
class HeadReader(Protocol):
    """A dialect whose callers ask for things in headers, too."""

    def read_head(self, head: Head) -> tuple[Loss, ...]:
        """What a translation cannot carry of them. Raises `OfframpError` (`body-unsupported`) for what would
        change the answer."""


@runtime_checkable
class KeepsAlive(Protocol):
    """A dialect with an event of its own that says nothing but that the answer goes on."""

    @property
    def keep_alive(self) -> bytes:
        """The bytes of that event."""


class StreamForm(Protocol):
    """Another form of a dialect's streams, written from their usual bytes."""

    @property
    def media_type(self) -> str:
        """Its content type."""

    @property
    def keep_alive(self) -> bytes:
        """What says nothing but that the answer goes on."""

    def write(self, events: bytes) -> bytes:
        """The bytes for whole `events`."""

    def end(self, events: bytes) -> bytes:
        """The same for the last ones. Changes nothing: another end may be written instead."""


@runtime_checkable
class FormsStreams(Protocol):
    """A dialect whose callers say in the head which form a stream shall have."""

    def stream_form(self, head: Head) -> StreamForm | None:
        """The form; None for the usual one."""


@runtime_checkable
class HeaderFields(Protocol):
    """A dialect whose requests have settings in headers beside those in the body."""

    def request_fields(self, head: Head) -> Mapping[str, str]:
        """The headers, which `decode_request` finds beside the members of the body."""
