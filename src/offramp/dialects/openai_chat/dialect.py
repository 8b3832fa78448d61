"""The Chat Completions API as a `Dialect`."""

from collections.abc import Mapping, Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects import openai_errors
from offramp.dialects import openai_limits as limits
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.openai_chat import decode, encode, errors, wire
from offramp.dialects.openai_chat import decode_reply as reply_in
from offramp.dialects.openai_chat.stream import STREAM_LOSSES, ChatStreamDecoder, ChatStreamEncoder
from offramp.dialects.openai_embeddings import PATH as EMBEDDINGS_PATH
from offramp.dialects.openai_embeddings import OpenAIEmbeddings
from offramp.dialects.turns import Failure


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
        reply_dropped=reply_in.DROPPED,
        reply_not_carried=tuple(dict.fromkeys((*encode.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    decode_limits = staticmethod(limits.decode_limits)
    encode_limits = staticmethod(limits.encode_limits)
    decode_request = staticmethod(decode.decode_request)
    encode_request = staticmethod(encode.encode_request)
    decode_reply = staticmethod(reply_in.decode_reply)
    decode_usage = staticmethod(reply_in.decode_usage)
    encode_reply = staticmethod(encode.encode_reply)
    decode_failure = staticmethod(openai_errors.decode_failure)
    encode_failure = staticmethod(openai_errors.encode_failure)
    encode_failure_event = staticmethod(errors.encode_failure_event)

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

    def failure_headers(self, failure: Failure) -> Mapping[str, str]:  # noqa: ARG002 - the body says it
        """None: status and body say everything."""
        return {}
