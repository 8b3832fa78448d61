"""The Converse API as a `Dialect`."""

from collections.abc import Mapping
from typing import Final

from offramp.dialects import aws_errors
from offramp.dialects.bedrock_converse import decode, encode, wire
from offramp.dialects.bedrock_converse import decode_reply as reply_in
from offramp.dialects.bedrock_converse.stream import (
    STREAM_LOSSES,
    ConverseStreamDecoder,
    ConverseStreamEncoder,
)
from offramp.dialects.bedrock_converse.write_blocks import SLUG
from offramp.dialects.frames import STREAM_TYPE
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.model_paths import quoted


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
        reply_dropped=reply_in.DROPPED,
        reply_not_carried=tuple(dict.fromkeys((*encode.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    decode_request = staticmethod(decode.decode_request)
    decode_count_request = staticmethod(decode.decode_count_request)
    encode_request = staticmethod(encode.encode_request)
    decode_reply = staticmethod(reply_in.decode_reply)
    decode_usage = staticmethod(reply_in.decode_usage)
    encode_reply = staticmethod(encode.encode_reply)
    encode_count = staticmethod(encode.encode_count)
    encode_models = staticmethod(encode.encode_models)
    decode_failure = staticmethod(aws_errors.decode_failure)
    encode_failure = staticmethod(aws_errors.encode_failure)
    failure_headers = staticmethod(aws_errors.failure_headers)
    encode_failure_event = staticmethod(aws_errors.encode_failure_event)

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

    def stream_decoder(self) -> ConverseStreamDecoder:
        """A decoder for one stream."""
        return ConverseStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> ConverseStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for one stream; this API always tells the usage."""
        return ConverseStreamEncoder()
