"""The Responses API as a `Dialect`."""

from collections.abc import Mapping
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects import openai_errors, openai_limits
from offramp.dialects.interface import Head, LossTables, Operation, bearer
from offramp.dialects.loss import Decoded, Encoded
from offramp.dialects.openai_embeddings import OpenAIEmbeddings
from offramp.dialects.openai_responses import decode, encode, groups, state, wire
from offramp.dialects.openai_responses import decode_reply as reply_in
from offramp.dialects.openai_responses import encode_reply as reply_out
from offramp.dialects.openai_responses.stream_decode import (
    ANNOTATION,
    OTHER_EVENT,
    ResponsesStreamDecoder,
)
from offramp.dialects.openai_responses.stream_encode import (
    STREAM_LOSSES,
    ResponsesStreamEncoder,
    failure_event,
)
from offramp.dialects.stateful import KeptAnswer
from offramp.dialects.turns import Failure, Reply


class OpenAIResponses(OpenAIEmbeddings):
    """`POST /v1/responses` and what stands beside it."""

    slug: Final = wire.SLUG
    faces: Final[Mapping[str, str]] = {
        wire.PATH: Operation.CONVERSE,
        wire.STORED_PATH: Operation.STORED,
        wire.STORED_ITEMS_PATH: Operation.STORED_ITEMS,
        wire.COUNT_PATH: Operation.COUNT_TOKENS,
    }
    model_member: Final = "model"
    has_model_in_body: Final = True
    stream_type: Final = "text/event-stream; charset=utf-8"
    id_header: Final = "x-request-id"
    tables: Final = LossTables(
        request_dropped=(*decode.DROPPED, *state.STATE_LOSSES),
        request_refused=decode.REFUSED,
        request_not_carried=encode.REQUEST_LOSSES,
        reply_dropped=tuple(dict.fromkeys((*reply_in.DROPPED, OTHER_EVENT, ANNOTATION))),
        reply_not_carried=tuple(dict.fromkeys((*reply_out.REPLY_LOSSES, *STREAM_LOSSES))),
    )

    decode_request = staticmethod(decode.decode_request)
    decode_count_request = staticmethod(decode.decode_count_request)
    encode_request = staticmethod(encode.encode_request)
    decode_reply = staticmethod(reply_in.decode_reply)
    decode_usage = staticmethod(reply_in.decode_usage)
    encode_count = staticmethod(reply_out.encode_count)
    encode_models = staticmethod(reply_out.encode_models)
    decode_failure = staticmethod(openai_errors.decode_failure)
    encode_failure = staticmethod(openai_errors.encode_failure)
    decode_limits = staticmethod(openai_limits.decode_limits)
    encode_limits = staticmethod(openai_limits.encode_limits)
    wants_keeping = staticmethod(state.wants_keeping)
    named = staticmethod(state.named)
    is_finished = staticmethod(state.is_finished)
    is_forgotten = staticmethod(state.is_forgotten)
    encode_stored_items = staticmethod(state.encode_items)

    def upstream_path(self, model: str, *, is_stream: bool) -> str:  # noqa: ARG002 - the body says both
        """One path for every model."""
        return wire.PATH

    def recognises(self, head: Head) -> bool:  # noqa: ARG002 - no path is shared
        """Its paths are its own."""
        return True

    def request_headers(self, key: str | None) -> Mapping[str, str]:
        """Headers an upstream of this API expects."""
        headers = {"content-type": "application/json"}
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        return headers

    def presented_key(self, head: Head) -> str | None:
        """The bearer token."""
        return bearer(head.headers)

    def encode_reply(self, reply: Reply) -> Encoded:
        """See `reply_out.encode_reply`."""
        return reply_out.encode_reply(reply, reply_out.Frame())

    def stream_decoder(self) -> ResponsesStreamDecoder:
        """A decoder for one stream."""
        return ResponsesStreamDecoder()

    def stream_encoder(self, *, wants_usage: bool) -> ResponsesStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for one stream; this API always tells the usage."""
        return ResponsesStreamEncoder(reply_out.Frame())

    def failure_headers(self, failure: Failure) -> Mapping[str, str]:  # noqa: ARG002 - the body says it
        """None: status and body say everything."""
        return {}

    def encode_failure_event(self, failure: Failure, extension: JsonObject) -> bytes:
        """The end of a stream in which nothing was opened."""
        return failure_event(failure, extension, 0)

    def expanded(
        self, body: JsonObject, kept: Mapping[str, KeptAnswer], upstream: str
    ) -> Decoded[JsonObject]:
        """See `state.expanded`."""
        return state.expanded(body, kept, upstream)

    def keep(
        self,
        body: JsonObject,
        answer: JsonObject,
        kept: Mapping[str, KeptAnswer],
        upstream: str,
        at_seconds: int,
    ) -> KeptAnswer:
        """See `state.keep`."""
        return state.keep(body, answer, kept, upstream, at_seconds)

    def streamed(self) -> JsonObject | None:
        """None: a stream belongs to an exchange."""
        return None

    def stored_path(self, id_: str) -> str:
        """Where an upstream of this API reads and deletes an answer it keeps."""
        return wire.STORED_PATH.format(id=id_)

    def encode_stored(self, kept: KeptAnswer) -> JsonObject:
        """The answer as it was given."""
        return kept.answer

    def encode_deleted(self, id_: str) -> JsonObject:
        """What is said once an answer is kept no longer."""
        return {"id": id_, "object": "response", "deleted": True}

    def for_exchange(self, asked: JsonObject, name: str) -> "ResponsesExchange":
        """The dialect for the answer to `asked`, which gets the id `resp_` and `name`."""
        return ResponsesExchange(
            reply_out.Frame(asked, wire.ANSWER_ID_PREFIX + name, groups.groups_of(asked))
        )


class ResponsesExchange(OpenAIResponses):
    """The dialect while one request is answered: the answer repeats the request, its events are numbered."""

    def __init__(self, frame: reply_out.Frame) -> None:
        self._frame = frame
        self._encoder: ResponsesStreamEncoder | None = None
        self._decoder: ResponsesStreamDecoder | None = None

    def encode_reply(self, reply: Reply) -> Encoded:
        """See `reply_out.encode_reply`."""
        return reply_out.encode_reply(reply, self._frame)

    def stream_decoder(self) -> ResponsesStreamDecoder:
        """A decoder for this stream."""
        self._decoder = ResponsesStreamDecoder()
        return self._decoder

    def stream_encoder(self, *, wants_usage: bool) -> ResponsesStreamEncoder:  # noqa: ARG002 - always sent here
        """An encoder for this stream."""
        self._encoder = ResponsesStreamEncoder(self._frame)
        return self._encoder

    def streamed(self) -> JsonObject | None:
        """The whole answer of this stream, once it ended well."""
        source = self._encoder or self._decoder
        return None if source is None else source.answer

    def encode_failure_event(self, failure: Failure, extension: JsonObject) -> bytes:
        """The end of this stream: the answer failed, where one was opened."""
        if self._encoder is not None:
            return self._encoder.fail(failure, extension)
        number = 0 if self._decoder is None else self._decoder.sequence_number + 1
        return failure_event(failure, extension, number)
