"""The Gemini API's generateContent as a `Dialect`."""

from collections.abc import Mapping, Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.gemini_generate import decode, decode_reply, encode, encode_reply, errors, wire
from offramp.dialects.gemini_generate.embed import GenerateEmbeddings
from offramp.dialects.gemini_generate.growing_list import GrowingList, form_of
from offramp.dialects.gemini_generate.stream import (
    KEEP_ALIVE,
    STREAM_LOSSES,
    GenerateStreamDecoder,
    GenerateStreamEncoder,
)
from offramp.dialects.interface import Head, LossTables, bearer
from offramp.dialects.loss import Decoded, Encoded
from offramp.dialects.model_paths import quoted_steps
from offramp.dialects.turns import Failure, Reply, Request, Usage

_NAMED: Final = ("models/", "tunedModels/")
_IN_CLOUD: Final = ("projects/", "publishers/")
_BEARER: Final = "Bearer "


class GeminiGenerate(GenerateEmbeddings):
    """`POST …/models/{model}:generateContent` and what stands beside it."""

    slug: Final = wire.SLUG
    faces: Final[Mapping[str, str]] = wire.FACES
    model_member: Final = "modelVersion"
    has_model_in_body: Final = False
    stream_type: Final = "text/event-stream"
    id_header: Final = ""
    keep_alive: Final = KEEP_ALIVE
    tables: Final = LossTables(
        request_dropped=decode.DROPPED,
        request_refused=decode.REFUSED,
        request_not_carried=encode.REQUEST_LOSSES,
        request_not_taken=encode.REQUEST_NOT_TAKEN,
        reply_dropped=decode_reply.DROPPED,
        reply_not_carried=tuple(dict.fromkeys((*encode_reply.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    def upstream_path(self, model: str, *, is_stream: bool) -> str:
        """A bare name is of the developers' API; one with its project or publisher is of the cloud's."""
        verb = "streamGenerateContent?alt=sse" if is_stream else "generateContent"
        name = quoted_steps(model)
        if model.startswith(_IN_CLOUD):
            return f"/v1/{name}:{verb}"
        return f"/v1beta/{name}:{verb}" if model.startswith(_NAMED) else f"/v1beta/models/{name}:{verb}"

    def recognises(self, head: Head) -> bool:
        """Clients of this API carry their key in a header or query of its own, or name themselves."""
        return bool({"x-goog-api-key", "x-goog-api-client"} & head.headers.keys()) or "key" in head.query

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects. A key that says `Bearer` is a token of the cloud's."""
        headers = {"content-type": "application/json"}
        if key is not None and key.startswith(_BEARER):
            headers["authorization"] = key
        elif key is not None:
            headers["x-goog-api-key"] = key
        return headers

    def presented_key(self, head: Head) -> str | None:
        """From `x-goog-api-key`, the query's `key`, or the bearer token of clients of the cloud's."""
        return head.headers.get("x-goog-api-key") or head.query.get("key") or bearer(head.headers)

    def stream_form(self, head: Head) -> GrowingList | None:
        """See `growing_list`."""
        return form_of(head)

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
        """See `encode_reply.encode_reply`."""
        return encode_reply.encode_reply(reply)

    def encode_count(self, tokens: int) -> JsonObject:
        """See `encode_reply.encode_count`."""
        return encode_reply.encode_count(tokens)

    def encode_model(self, name: str) -> JsonObject:
        """See `encode_reply.encode_model`."""
        return encode_reply.encode_model(name)

    def encode_models(self, ids: Sequence[str]) -> JsonObject:
        """See `encode_reply.encode_models`."""
        return encode_reply.encode_models(ids)

    def stream_decoder(self) -> GenerateStreamDecoder:
        """A decoder for one stream."""
        return GenerateStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> GenerateStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for one stream; this API always tells the usage."""
        return GenerateStreamEncoder()

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
