"""InvokeModel as a `Dialect`: Messages bodies, the cloud's paths, frames and errors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects import aws_errors
from offramp.dialects.anthropic_messages.dialect import AnthropicMessages
from offramp.dialects.bedrock_invoke import envelope
from offramp.dialects.bedrock_invoke.stream import METRICS, InvokeStreamDecoder, InvokeStreamEncoder
from offramp.dialects.frames import STREAM_TYPE
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.loss import Decoded, Encoded
from offramp.dialects.model_paths import quoted
from offramp.dialects.turns import Part, Reply, Request, Thinking, Usage

SLUG: Final = "bedrock-invoke"
_MESSAGES: Final = AnthropicMessages()


class BedrockInvoke:
    """`POST /model/{model}/invoke` and its streamed twin, for models that take a Messages body."""

    slug: Final = SLUG
    faces: Final[Mapping[str, str]] = {
        envelope.PATH: Operation.CONVERSE,
        envelope.STREAM_PATH: Operation.STREAM,
    }
    model_member: Final = ""
    has_model_in_body: Final = False
    stream_type: Final = STREAM_TYPE
    id_header: Final = aws_errors.ID_HEADER
    tables: Final = LossTables(
        request_dropped=(*_MESSAGES.tables.request_dropped, *envelope.DROPPED),
        request_refused=(*_MESSAGES.tables.request_refused, *envelope.REFUSED),
        request_not_carried=_MESSAGES.tables.request_not_carried,
        reply_dropped=(*_MESSAGES.tables.reply_dropped, METRICS),
        reply_not_carried=_MESSAGES.tables.reply_not_carried,
    )

    decode_failure = staticmethod(aws_errors.decode_failure)
    encode_failure = staticmethod(aws_errors.encode_failure)
    failure_headers = staticmethod(aws_errors.failure_headers)
    encode_failure_event = staticmethod(aws_errors.encode_failure_event)

    def upstream_path(self, model: str, *, is_stream: bool) -> str:
        """The model is one segment of the path, whatever its name holds."""
        path = envelope.STREAM_PATH if is_stream else envelope.PATH
        return path.replace("{model}", quoted(model))

    def recognises(self, head: Head) -> bool:  # noqa: ARG002 - no other API has these paths
        """Always: nobody shares these paths."""
        return True

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects; `key` is sent as a bearer token."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        return headers

    def request_fields(self, head: Head) -> Mapping[str, str]:
        """Settings this API takes in headers: guardrails, tiers, labels."""
        return envelope.request_fields(head.headers)

    def presented_key(self, head: Head) -> str | None:
        """The bearer token. A signed request presents none."""
        return bearer(head.headers)

    def decode_request(self, body: JsonObject) -> Decoded[Request]:
        """Raises as Messages does, and for a body of another model's own form."""
        inner, losses = envelope.opened(body)
        decoded = _MESSAGES.decode_request(inner)
        return Decoded(replace(decoded.value, model=""), (*losses, *decoded.losses))

    def encode_request(self, request: Request) -> Encoded:
        """The Messages body, without what the path says."""
        encoded = _MESSAGES.encode_request(_in_messages(request))
        return Encoded(envelope.closed(encoded.body), encoded.losses)

    def decode_reply(self, body: JsonObject) -> Decoded[Reply]:
        """The body is that of Messages."""
        return _MESSAGES.decode_reply(body)

    def decode_usage(self, body: JsonObject) -> Usage:
        """The body is that of Messages."""
        return _MESSAGES.decode_usage(body)

    def encode_reply(self, reply: Reply) -> Encoded:
        """The body is that of Messages."""
        return _MESSAGES.encode_reply(reply)

    def encode_models(self, ids: Sequence[str]) -> JsonObject:
        """This API has no list of its own; its service's is a face of the Converse dialect."""
        return _MESSAGES.encode_models(ids)

    def stream_decoder(self) -> InvokeStreamDecoder:
        """A decoder for one stream."""
        return InvokeStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> InvokeStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for one stream; this API always tells the usage."""
        return InvokeStreamEncoder()


def _in_messages(request: Request) -> Request:
    """With reasoning of this API under the name of the one whose bodies it has; that one's own is foreign."""
    if not any(isinstance(part, Thinking) for turn in request.turns for part in turn.parts):
        return request
    named = {SLUG: _MESSAGES.slug, _MESSAGES.slug: SLUG}
    turns = (
        replace(turn, parts=tuple(_renamed(part, named) for part in turn.parts)) for turn in request.turns
    )
    return replace(request, turns=tuple(turns))


def _renamed(part: Part, named: Mapping[str, str]) -> Part:
    return replace(part, origin=named.get(part.origin, part.origin)) if isinstance(part, Thinking) else part
