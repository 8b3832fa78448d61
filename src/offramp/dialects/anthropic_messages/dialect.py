"""The Messages API as a `Dialect`."""

from collections.abc import Mapping, Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.anthropic_messages import betas, decode, encode, errors, limits, wire
from offramp.dialects.anthropic_messages import decode_reply as reply_in
from offramp.dialects.anthropic_messages.stream import (
    STREAM_LOSSES,
    MessagesStreamDecoder,
    MessagesStreamEncoder,
)
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.turns import Failure


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
        reply_dropped=reply_in.DROPPED,
        reply_not_carried=tuple(dict.fromkeys((*encode.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    read_head = staticmethod(betas.read_betas)
    decode_limits = staticmethod(limits.decode_limits)
    encode_limits = staticmethod(limits.encode_limits)
    decode_request = staticmethod(decode.decode_request)
    decode_count_request = staticmethod(decode.decode_count_request)
    encode_request = staticmethod(encode.encode_request)
    decode_reply = staticmethod(reply_in.decode_reply)
    decode_usage = staticmethod(reply_in.decode_usage)
    encode_reply = staticmethod(encode.encode_reply)
    encode_count = staticmethod(encode.encode_count)
    decode_failure = staticmethod(errors.decode_failure)
    encode_failure = staticmethod(errors.encode_failure)
    encode_failure_event = staticmethod(errors.encode_failure_event)

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

    def failure_headers(self, failure: Failure) -> Mapping[str, str]:  # noqa: ARG002 - the body says it
        """None: status and body say everything."""
        return {}
