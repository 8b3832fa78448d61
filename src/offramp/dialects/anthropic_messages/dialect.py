"""The Messages API as a `Dialect`."""

from collections.abc import Mapping, Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.dialects.anthropic_messages import betas, decode, decode_reply, encode, errors, limits, wire
from offramp.dialects.anthropic_messages.stream import (
    STREAM_LOSSES,
    MessagesStreamDecoder,
    MessagesStreamEncoder,
)
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.limits import Limits
from offramp.dialects.loss import Decoded, Encoded, Loss
from offramp.dialects.turns import Failure, Reply, Request, Usage


class AnthropicMessages:
    """`POST /v1/messages` and what stands beside it."""

    slug: Final = "anthropic-messages"
    faces: Final[Mapping[str, str]] = {
        wire.PATH: Operation.CONVERSE,
        wire.COUNT_PATH: Operation.COUNT_TOKENS,
        wire.MODELS_PATH: Operation.MODELS,
        wire.MODEL_PATH: Operation.MODELS,
    }
    model_member: Final = "model"
    has_model_in_body: Final = True
    stream_type: Final = "text/event-stream; charset=utf-8"
    id_header: Final = "request-id"
    tables: Final = LossTables(
        request_dropped=(*decode.DROPPED, *betas.BETA_LOSSES),
        request_refused=decode.REFUSED,
        request_not_carried=encode.REQUEST_LOSSES,
        request_not_taken=encode.REQUEST_NOT_TAKEN,
        reply_dropped=decode_reply.DROPPED,
        reply_not_carried=tuple(dict.fromkeys((*encode.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    def upstream_path(self, model: str, *, is_stream: bool) -> str:  # noqa: ARG002 - the body says both
        """One path for every model."""
        return wire.PATH

    def recognises(self, head: Head) -> bool:
        """Every client of this API names its version."""
        return "anthropic-version" in head.headers

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects."""
        headers = {"content-type": "application/json", "anthropic-version": wire.VERSION}
        if key is not None:
            headers["x-api-key"] = key
        return headers

    def presented_key(self, head: Head) -> str | None:
        """From `x-api-key`, or the bearer token some clients of this API send."""
        return head.headers.get("x-api-key") or bearer(head.headers)

    keep_alive: Final = b'event: ping\ndata: {"type": "ping"}\n\n'

    def read_head(self, head: Head) -> tuple[Loss, ...]:
        """See `betas.read_betas`."""
        return betas.read_betas(head)

    def decode_limits(self, headers: Mapping[str, str]) -> Limits:
        """See `limits.decode_limits`."""
        return limits.decode_limits(headers)

    def encode_limits(self, limits_: Limits, at: Instant) -> Mapping[str, str]:
        """See `limits.encode_limits`."""
        return limits.encode_limits(limits_, at)

    def decode_request(self, body: JsonObject) -> Decoded[Request]:
        """See `decode.decode_request`."""
        return decode.decode_request(body)

    def decode_count_request(self, body: JsonObject) -> Decoded[Request]:
        """See `decode.decode_count_request`."""
        return decode.decode_count_request(body)

    def encode_request(self, request: Request) -> Encoded:
        """See `encode.encode_request`."""
        return encode.encode_request(request)

    def decode_reply(self, body: JsonObject) -> Decoded[Reply]:
        """See `decode_reply.decode_reply`."""
        return decode_reply.decode_reply(body)

    def decode_usage(self, body: JsonObject) -> Usage:
        """See `decode_reply.decode_usage`."""
        return decode_reply.decode_usage(body)

    def encode_reply(self, reply: Reply) -> Encoded:
        """See `encode.encode_reply`."""
        return encode.encode_reply(reply)

    def encode_count(self, tokens: int) -> JsonObject:
        """See `encode.encode_count`."""
        return encode.encode_count(tokens)

    def encode_models(self, ids: Sequence[str]) -> JsonObject:
        """See `encode.encode_models`."""
        return encode.encode_models(tuple(ids))

    def encode_model(self, name: str) -> JsonObject:
        """As in the list."""
        told: JsonObject = encode.encode_models((name,))["data"][0]
        return told

    def stream_decoder(self) -> MessagesStreamDecoder:
        """A decoder for one stream."""
        return MessagesStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> MessagesStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for one stream; this API always tells the usage."""
        return MessagesStreamEncoder()

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """See `errors.decode_failure`."""
        return errors.decode_failure(status, headers, body)

    def encode_failure(self, failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
        """See `errors.encode_failure`."""
        return errors.encode_failure(failure, extension)

    def failure_headers(self, failure: Failure) -> Mapping[str, str]:  # noqa: ARG002 - the body says it
        """None: status and body say everything."""
        return {}

    def encode_failure_event(self, failure: Failure, extension: JsonObject) -> bytes:
        """See `errors.encode_failure_event`."""
        return errors.encode_failure_event(failure, extension)
