"""The Converse API as a `Dialect`."""

from collections.abc import Mapping, Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects import aws_errors
from offramp.dialects.bedrock_converse import decode, decode_reply, encode, wire
from offramp.dialects.bedrock_converse.stream import (
    STREAM_LOSSES,
    ConverseStreamDecoder,
    ConverseStreamEncoder,
)
from offramp.dialects.bedrock_converse.write_blocks import SLUG
from offramp.dialects.frames import STREAM_TYPE
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.loss import Decoded, Encoded
from offramp.dialects.model_paths import quoted
from offramp.dialects.turns import Failure, Reply, Request, Usage


class BedrockConverse:
    """`POST /model/{model}/converse`, its streamed twin, and what stands beside them."""

    slug: Final = SLUG
    faces: Final[Mapping[str, str]] = {
        wire.PATH: Operation.CONVERSE,
        wire.STREAM_PATH: Operation.STREAM,
        wire.COUNT_PATH: Operation.COUNT_TOKENS,
        wire.MODELS_PATH: Operation.MODELS,
    }
    model_member: Final = ""
    has_model_in_body: Final = False
    stream_type: Final = STREAM_TYPE
    id_header: Final = aws_errors.ID_HEADER
    tables: Final = LossTables(
        request_dropped=decode.DROPPED,
        request_refused=decode.REFUSED,
        request_not_carried=encode.REQUEST_LOSSES,
        request_not_taken=encode.REQUEST_NOT_TAKEN,
        reply_dropped=decode_reply.DROPPED,
        reply_not_carried=tuple(dict.fromkeys((*encode.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    def upstream_path(self, model: str, *, is_stream: bool) -> str:
        """The model is one segment of the path, whatever its name holds."""
        return (wire.STREAM_PATH if is_stream else wire.PATH).replace("{model}", quoted(model))

    def recognises(self, head: Head) -> bool:  # noqa: ARG002 - no other API has these paths
        """Always: nobody shares these paths."""
        return True

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects; `key` is one of the service's own keys, sent as a bearer
        token. Requests that are signed instead are signed when they leave."""
        headers = {"content-type": "application/json"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        return headers

    def presented_key(self, head: Head) -> str | None:
        """The bearer token. A signed request presents none."""
        return bearer(head.headers)

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
        return encode.encode_models(ids)

    def stream_decoder(self) -> ConverseStreamDecoder:
        """A decoder for one stream."""
        return ConverseStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> ConverseStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for one stream; this API always tells the usage."""
        return ConverseStreamEncoder()

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """See `aws_errors.decode_failure`."""
        return aws_errors.decode_failure(status, headers, body)

    def encode_failure(self, failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
        """See `aws_errors.encode_failure`."""
        return aws_errors.encode_failure(failure, extension)

    def failure_headers(self, failure: Failure) -> Mapping[str, str]:
        """See `aws_errors.failure_headers`."""
        return aws_errors.failure_headers(failure)

    def encode_failure_event(self, failure: Failure, extension: JsonObject) -> bytes:
        """See `aws_errors.encode_failure_event`."""
        return aws_errors.encode_failure_event(failure, extension)
