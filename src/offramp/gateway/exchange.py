"""One request from its body to the last byte of its answer.

The order is fixed: caller, body, target, upstream, ledger, end of the answer. An answer whose entry could
not be made durable does not end well: the caller gets an error instead of the last byte.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import orjson

from offramp.core.instants import now
from offramp.dialects import Face, FailureKind, Head, Operation
from offramp.dialects.stateful import per_exchange
from offramp.gateway.answers import Answering, failure_of
from offramp.gateway.attempts import Asking, Failed, is_callers_fault, wait_before
from offramp.gateway.authentication import authenticate
from offramp.gateway.caller import Caller, Send
from offramp.gateway.choice import Choice, Hints, choices
from offramp.gateway.counting import count
from offramp.gateway.embedding import EmbeddingAnswer, prepare_embedding
from offramp.gateway.guarding import Guarded
from offramp.gateway.headers import feature_headers
from offramp.gateway.holding import Watch, watch_for
from offramp.gateway.memory import Memory
from offramp.gateway.model_name import model_of
from offramp.gateway.outgoing import Asked, prepare
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.relay import is_of_type
from offramp.gateway.snapshot import Endpoint, Snapshot
from offramp.gateway.strictness import check_request
from offramp.gateway.toll import Toll
from offramp.upstream import Answer, Dial, UpstreamFailed


class Exchange:
    """The handling of one request."""

    def __init__(self, parts: Parts, face: Face, head: Head, send: Send) -> None:
        self._parts = parts
        self._face = face
        self._head = head
        self._answer: Answer | None = None
        self._watch: Watch | None = None
        self._guarded: Guarded | None = None
        self.caller = Caller(parts, face.dialect, head, send)

    async def run(self, body: bytes) -> None:
        """The request is answered and recorded. Raises `Refused` while nothing was sent."""
        try:
            await self._handle(body)
        except Refused as refused:
            await self.caller.write(Ending.REFUSED, refused)
            raise
        finally:
            self.caller.hush()
            if self._answer is not None:
                self._answer.abandon()

    async def cancelled(self) -> None:
        """The caller went away: the upstream is let go and the ledger says so."""
        await self.caller.write(Ending.CANCELLED)

    def end(self) -> None:
        """Nothing more is sent: what was to be kept or mirrored of it goes its own way."""
        observer, tape = self._parts.observer, self.caller.tape
        if tape is not None and observer is not None:
            observer.end(tape)

    async def _handle(self, body: bytes) -> None:
        parts, caller = self._parts, self.caller
        # INVARIANT: one snapshot for the whole request, whatever is swapped meanwhile.
        snapshot = parts.snapshot
        known = authenticate(snapshot, parts.traffic.issued, caller.dialect, self._head, body, now)
        application = known.application
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
        if known.key is not None:
            record.key = known.key.id
            known.check_model(asked.model)
            hints = replace(hints, purpose=known.purpose(hints.purpose))
            record.purpose = hints.purpose
        if known.is_limited:
            caller.toll = Toll(parts.quotas, known.payers)
        numbered = per_exchange(caller.dialect)
        if numbered is not None:
            caller.dialect = numbered.for_exchange(asked.parsed, caller.request_id.removeprefix("req_"))
        memory = Memory(parts.kept, application.id, asked, snapshot)
        await memory.load()
        if parts.traffic.is_stale:
            raise refuse(
                FailureKind.OVERLOADED,
                "state-unreadable",
                "ramps and causes could not be read for some seconds, and a cut might have been missed",
            )
        whole = memory.in_full()
        self._watch = watch_for(parts, snapshot, application, whole, caller, memory, self._face.operation)
        if self._watch is not None and await self._watch.answers_from_hold():
            return
        lines = parts.guarding.lines(snapshot, application, parts.clock())
        guarded = Guarded(parts.guarding, lines, application, self._head) if lines is not None else None
        self._guarded = guarded
        found = choices(
            snapshot,
            parts.traffic.now,
            application,
            whole,
            hints,
            parts.clock,
            record,
            parts.resting,
            guarded,
        )
        if self._face.operation == Operation.COUNT_TOKENS:
            await self._count(snapshot, record, memory, next(found))
            return
        if snapshot.is_observed and parts.observer is not None:
            caller.tape = parts.observer.begin(
                snapshot, application, whole, hints.conversation, record, memory
            )
        await self._ask_each(snapshot, record, memory, found)

    async def _ask_each(
        self, snapshot: Snapshot, record: Record, memory: Memory, found: Iterator[Choice]
    ) -> None:
        """Ask the targets in order until one answers. Where none does, the last failure is told."""
        failed: Failed | None = None
        own = len(record.losses)
        if memory.asked.wants_stream:
            self.caller.await_stream()
        for choice in found:
            del record.losses[own:]
            endpoint = snapshot.endpoints[choice.target.upstream]
            try:
                asking = await self._prepare(record, memory, choice, endpoint)
                if self._guarded is not None:
                    await self._guarded.count(record)
            except Refused:
                if failed is None:
                    raise
                # Another target was asked and failed: one that cannot be told this request is passed over.
                continue
            if failed is not None:
                record.attempts.append(failed.attempt)
            failed = await self._ask(asking)
            if failed is not None and failed.is_forgotten:
                del record.losses[own:]
                failed = await self._ask(await self._prepare(record, memory, choice, endpoint))
            if failed is None:
                return
            if is_callers_fault(failed.failure):
                break
        assert failed is not None
        await failed.tell(self.caller, record)

    async def _prepare(self, record: Record, memory: Memory, choice: Choice, endpoint: Endpoint) -> Asking:
        """The request as the target takes it. Raises `Refused` where it cannot be told it."""
        record.upstream_dialect = endpoint.dialect.slug
        asked, lost = memory.for_upstream(endpoint)
        answering: Callable[..., Answering] = Answering
        if self._face.operation == Operation.EMBED:
            record.operation = str(Operation.EMBED)
            outgoing, wanted = prepare_embedding(asked, endpoint, choice.model)
            answering = partial(EmbeddingAnswer, asked_for=wanted)
        else:
            asked, cut = await memory.thoughts.own(asked, endpoint)
            lost = [*lost, *cut]
            await memory.seals.restore(asked, endpoint)
            outgoing = prepare(asked, endpoint, choice.model, self._parts.seals.sealer())
        record.losses += [*lost, *outgoing.losses]
        check_request(choice.route, record.losses)
        if self.caller.toll is not None:
            self.caller.toll.hold(asked, outgoing, endpoint, choice.route, choice.model)
        headers = dict(endpoint.headers)
        if outgoing.is_passed:
            headers |= {**feature_headers(self._head.headers, endpoint.dialect.slug), **asked.fields}
        dial = Dial(url=outgoing.url, headers=headers, body=outgoing.body, signer=endpoint.signer)
        return Asking(record, asked, endpoint, outgoing, dial, choice.route, memory, answering)

    async def _ask(self, asking: Asking) -> Failed | None:
        """Ask one target, again where that is worth it. None once the caller has an answer."""
        attempt = 1
        while True:
            failed = await self._once(asking)
            if failed is None:
                return None
            seconds = wait_before(failed, attempt)
            if attempt > asking.route.retries or seconds is None:
                return failed
            asking.record.attempts.append(failed.attempt)
            attempt += 1
            await asyncio.sleep(seconds)

    async def _once(self, asking: Asking) -> Failed | None:
        record, endpoint = asking.record, asking.endpoint
        resting = self._parts.resting
        try:
            answer = await self._parts.client.open(asking.dial)
            self._answer = answer
            record.note_answer(answer.headers, endpoint.dialect.id_header)
            answering = asking.answering(
                caller=self.caller,
                record=record,
                asked=asking.asked,
                endpoint=endpoint,
                outgoing=asking.outgoing,
                answer=answer,
                route=asking.route,
                parts=self._parts,
                memory=asking.memory,
                watch=self._watch,
            )
            if not 200 <= answer.status < 300:
                failed = await Failed.read(record, answering)
                if failed.is_breakdown:
                    resting.failed(endpoint.id)
                return failed
            if is_of_type(answer.headers.get("content-type", ""), endpoint.dialect.stream_type):
                await answering.stream()
            else:
                await answering.reply()
        except UpstreamFailed as error:
            resting.failed(endpoint.id)
            if self.caller.has_begun:
                raise
            if self._answer is not None:
                self._answer.abandon()
                self._answer = None
            return Failed(record, failure_of(error))
        resting.worked(endpoint.id)
        return None

    async def _count(self, snapshot: Snapshot, record: Record, memory: Memory, choice: Choice) -> None:
        """An estimate reaches no upstream, so nothing of it is recorded."""
        endpoint = snapshot.endpoints[choice.target.upstream]
        if self._guarded is not None:
            await self._guarded.count(record)
        asked, _ = memory.for_upstream(endpoint)
        asked, _ = await memory.thoughts.own(asked, endpoint)
        record.upstream_dialect = endpoint.dialect.slug
        counted = await count(asked, endpoint, choice.model, self._parts.client)
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
