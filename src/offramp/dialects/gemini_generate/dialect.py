"""The Gemini API's generateContent as a `Dialect`."""

from collections.abc import Mapping
from typing import Final

from offramp.dialects.gemini_generate import decode, encode, errors, wire
from offramp.dialects.gemini_generate import decode_reply as reply_in
from offramp.dialects.gemini_generate import encode_reply as reply_out
from offramp.dialects.gemini_generate.embed import GenerateEmbeddings
from offramp.dialects.gemini_generate.growing_list import GrowingList, form_of
from offramp.dialects.gemini_generate.stream import (
    KEEP_ALIVE,
    STREAM_LOSSES,
    GenerateStreamDecoder,
    GenerateStreamEncoder,
)
from offramp.dialects.interface import Head, LossTables, bearer
from offramp.dialects.model_paths import quoted_steps
from offramp.dialects.turns import Failure

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
        reply_dropped=reply_in.DROPPED,
        reply_not_carried=tuple(dict.fromkeys((*reply_out.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    decode_request = staticmethod(decode.decode_request)
    decode_count_request = staticmethod(decode.decode_count_request)
    encode_request = staticmethod(encode.encode_request)
    decode_reply = staticmethod(reply_in.decode_reply)
    decode_usage = staticmethod(reply_in.decode_usage)
    encode_reply = staticmethod(reply_out.encode_reply)
    encode_count = staticmethod(reply_out.encode_count)
    encode_model = staticmethod(reply_out.encode_model)
    encode_models = staticmethod(reply_out.encode_models)
    decode_failure = staticmethod(errors.decode_failure)
    encode_failure = staticmethod(errors.encode_failure)
    encode_failure_event = staticmethod(errors.encode_failure_event)

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

    def stream_decoder(self) -> GenerateStreamDecoder:
        """A decoder for one stream."""
        return GenerateStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> GenerateStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for one stream; this API always tells the usage."""
        return GenerateStreamEncoder()

    def failure_headers(self, failure: Failure) -> Mapping[str, str]:  # noqa: ARG002 - the body says it
        """None: status and body say everything."""
        return {}
