"""One request from its body to the last byte of its answer.

The order is fixed: caller, body, target, upstream, ledger, end of the answer. An answer whose entry could
not be made durable does not end well: the caller gets an error instead of the last byte.
"""

from collections.abc import Callable
from functools import partial

import orjson

from offramp.core.instants import now
from offramp.dialects import Face, FailureKind, Head, Operation
from offramp.dialects.stateful import PerExchange
from offramp.gateway.answers import Answering, failure_of
from offramp.gateway.authentication import authenticate
from offramp.gateway.caller import Caller, Send
from offramp.gateway.choice import Choice, Hints, choose
from offramp.gateway.counting import count
from offramp.gateway.embedding import EmbeddingAnswer, prepare_embedding
from offramp.gateway.headers import feature_headers
from offramp.gateway.memory import Forgotten, Memory
from offramp.gateway.model_name import model_of
from offramp.gateway.outgoing import Asked, Outgoing, prepare
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.relay import is_of_type
from offramp.gateway.snapshot import Endpoint
from offramp.gateway.strictness import check_request
from offramp.upstream import Answer, Dial, UpstreamFailed


class Exchange:
    """The handling of one request."""

    def __init__(self, parts: Parts, face: Face, head: Head, send: Send) -> None:
        self._parts = parts
        self._face = face
        self._head = head
        self._answer: Answer | None = None
        self.caller = Caller(parts, face.dialect, head, send)

    async def run(self, body: bytes) -> None:
        """The request is answered and recorded. Raises `Refused` while nothing was sent."""
        try:
            await self._handle(body)
        except Refused as refused:
            await self.caller.write(Ending.REFUSED, refused)
            raise
        finally:
            if self._answer is not None:
                self._answer.abandon()

    async def cancelled(self) -> None:
        """The caller went away: the upstream is let go and the ledger says so."""
        await self.caller.write(Ending.CANCELLED)

    async def _handle(self, body: bytes) -> None:
        parts, caller = self._parts, self.caller
        # INVARIANT: one snapshot for the whole request, whatever is swapped meanwhile.
        snapshot = parts.snapshot
        application = authenticate(snapshot, caller.dialect, self._head, body, now)
        asked = read_asked(self._face, self._head, body)
        hints = Hints(
            conversation=self._head.headers.get("offramp-conversation", ""),
            purpose=self._head.headers.get("offramp-purpose", "").strip(),
        )
        record = Record(
            request_id=caller.request_id,
            application=application.id,
            dialect=caller.dialect.slug,
            asked=asked.model,
            purpose=hints.purpose,
            request_digest=digest(body),
        )
        caller.record = record
        if isinstance(caller.dialect, PerExchange):
            caller.dialect = caller.dialect.for_exchange(asked.parsed, caller.request_id.removeprefix("req_"))
        memory = Memory(parts.kept, application.id, asked)
        await memory.load()
        if parts.traffic.is_stale:
            raise refuse(
                FailureKind.OVERLOADED,
                "state-unreadable",
                "ramps and causes could not be read for some seconds, and a cut might have been missed",
            )
        whole = memory.in_full()
        choice = choose(snapshot, parts.traffic.now, application, whole, hints, parts.clock, record)
        endpoint = snapshot.endpoints[choice.target.upstream]
        record.upstream_dialect = endpoint.dialect.slug
        if self._face.operation == Operation.COUNT_TOKENS:
            await self._count(record, memory.for_upstream(endpoint)[0], endpoint, choice.model)
            return
        try:
            await self._forward(record, endpoint, choice, memory)
        except Forgotten:
            await self._forward(record, endpoint, choice, memory)

    async def _forward(self, record: Record, endpoint: Endpoint, choice: Choice, memory: Memory) -> None:
        """Ask the endpoint and answer. Raises `Forgotten` once, where it can be asked in another way."""
        asked, lost = memory.for_upstream(endpoint)
        answering: type[Answering] | partial[EmbeddingAnswer] = Answering
        if self._face.operation == Operation.EMBED:
            record.operation = str(Operation.EMBED)
            outgoing, wanted = prepare_embedding(asked, endpoint, choice.model)
            answering = partial(EmbeddingAnswer, asked_for=wanted)
        else:
            outgoing = prepare(asked, endpoint, choice.model, self._parts.seals.sealer())
        record.losses += [*lost, *outgoing.losses]
        check_request(choice.route, record.losses)
        made = partial(answering, route=choice.route, memory=memory)
        await self._converse(record, asked, endpoint, outgoing, made)

    async def _count(self, record: Record, asked: Asked, endpoint: Endpoint, name: str) -> None:
        """An estimate reaches no upstream, so nothing of it is recorded."""
        counted = await count(asked, endpoint, name, self._parts.client)
        record.losses.extend(counted.losses)
        if counted.answer is None:
            record.is_written = True
            record.upstream = ""
        else:
            record.note_answer(counted.answer.headers, endpoint.dialect.id_header)
        record.status = counted.status
        record.operation = str(Operation.COUNT_TOKENS)
        await self.caller.write(Ending.ANSWERED, answer_digest=digest(counted.body))
        await self.caller.whole(counted.status, [], counted.body)

    async def _converse(
        self,
        record: Record,
        asked: Asked,
        endpoint: Endpoint,
        outgoing: Outgoing,
        answering_with: Callable[..., Answering],
    ) -> None:
        headers = dict(endpoint.headers)
        if outgoing.is_passed:
            headers |= {**feature_headers(self._head.headers, endpoint.dialect.slug), **asked.fields}
        try:
            answer = await self._parts.client.open(
                Dial(url=outgoing.url, headers=headers, body=outgoing.body, signer=endpoint.signer)
            )
            self._answer = answer
            record.note_answer(answer.headers, endpoint.dialect.id_header)
            answering = answering_with(
                caller=self.caller,
                record=record,
                asked=asked,
                endpoint=endpoint,
                outgoing=outgoing,
                answer=answer,
                parts=self._parts,
            )
            if not 200 <= answer.status < 300:
                await answering.error()
            elif is_of_type(answer.headers.get("content-type", ""), endpoint.dialect.stream_type):
                await answering.stream()
            else:
                await answering.reply()
        except UpstreamFailed as failed:
            if self.caller.has_begun:
                raise
            await self.caller.fail(failure_of(failed))


def read_asked(face: Face, head: Head, body: bytes) -> Asked:
    """The body as JSON with a model name. Raises `Refused` with the place."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise refuse(
            FailureKind.INVALID_REQUEST,
            "body-not-json",
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}",
        ) from error
    if not isinstance(parsed, dict):
        raise refuse(FailureKind.INVALID_REQUEST, "body-not-json", "the body must be one JSON object")
    model = face.model or model_of(parsed)
    if not model:
        raise refuse(
            FailureKind.INVALID_REQUEST,
            "body-invalid",
            "/model: the name of a model is required, as a string",
        )
    return Asked(face, head, body, parsed, model)
