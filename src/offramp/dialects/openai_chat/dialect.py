"""The Chat Completions API as a `Dialect`."""

from collections.abc import Mapping, Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.dialects import openai_limits as limits
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.limits import Limits
from offramp.dialects.loss import Decoded, Encoded
from offramp.dialects.openai_chat import decode, decode_reply, encode, errors, wire
from offramp.dialects.openai_chat.stream import STREAM_LOSSES, ChatStreamDecoder, ChatStreamEncoder
from offramp.dialects.openai_embeddings import PATH as EMBEDDINGS_PATH
from offramp.dialects.openai_embeddings import OpenAIEmbeddings
from offramp.dialects.turns import Failure, Reply, Request, Usage


class OpenAIChat(OpenAIEmbeddings):
    """`POST /v1/chat/completions` and the list of models."""

    slug: Final = "openai-chat"
    faces: Final[Mapping[str, str]] = {
        wire.PATH: Operation.CONVERSE,
        wire.MODELS_PATH: Operation.MODELS,
        wire.MODEL_PATH: Operation.MODELS,
        EMBEDDINGS_PATH: Operation.EMBED,
    }
    model_member: Final = "model"
    has_model_in_body: Final = True
    stream_type: Final = "text/event-stream; charset=utf-8"
    id_header: Final = "x-request-id"
    tables: Final = LossTables(
        request_dropped=decode.DROPPED,
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
        """Clients of this API carry a bearer token and no mark of their own."""
        return "anthropic-version" not in head.headers

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects."""
        headers = {"content-type": "application/json"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        return headers

    def presented_key(self, head: Head) -> str | None:
        """The bearer token."""
        return bearer(head.headers)

    def decode_limits(self, headers: Mapping[str, str]) -> Limits:
        """See `limits.decode_limits`."""
        return limits.decode_limits(headers)

    def encode_limits(self, limits_: Limits, at: Instant) -> Mapping[str, str]:
        """See `limits.encode_limits`."""
        return limits.encode_limits(limits_, at)

    def decode_request(self, body: JsonObject) -> Decoded[Request]:
        """See `decode.decode_request`."""
        return decode.decode_request(body)

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

    def encode_models(self, ids: Sequence[str]) -> JsonObject:
        """See `encode.encode_models`."""
        return encode.encode_models(tuple(ids))

    def encode_model(self, name: str) -> JsonObject:
        """As in the list."""
        told: JsonObject = encode.encode_models((name,))["data"][0]
        return told

    def stream_decoder(self) -> ChatStreamDecoder:
        """A decoder for one stream."""
        return ChatStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> ChatStreamEncoder:
        """An encoder for one stream."""
        return ChatStreamEncoder(wants_usage=wants_usage)

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
