"""One request from its body to the last byte of its answer.

The order is fixed: caller, body, target, upstream, ledger, end of the answer. An answer whose entry could
not be made durable does not end well: the caller gets an error instead of the last byte.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import orjson

from offramp.core.instants import now
from offramp.dialects import Face, FailureKind, Head, Operation
from offramp.dialects.stateful import per_exchange
from offramp.gateway.answers import Answering, Broken, failure_of
from offramp.gateway.attempts import Asking, Failed, is_callers_fault, wait_before
from offramp.gateway.authentication import authenticate
from offramp.gateway.broken_stream import BrokenStream
from offramp.gateway.caller import Caller, Send
from offramp.gateway.choice import Choice, Chooser, Hints
from offramp.gateway.continuing import ContinuableRelay, continued, wants_stream
from offramp.gateway.counting import count
from offramp.gateway.embedding import EmbeddingAnswer, prepare_embedding
from offramp.gateway.guarding import Guarded
from offramp.gateway.headers import feature_headers
from offramp.gateway.hedging import only, open_hedged
from offramp.gateway.holding import Watch, watch_for
from offramp.gateway.in_flight import Running, cuts
from offramp.gateway.memory import Memory
from offramp.gateway.model_facts import capabilities_of
from offramp.gateway.model_name import model_of
from offramp.gateway.outgoing import Asked, prepare
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest
from offramp.gateway.refusals import Refused, ledger_stuck, not_recorded, refuse
from offramp.gateway.relay import is_of_type
from offramp.gateway.repeats import refuse_repeats
from offramp.gateway.snapshot import Endpoint, Snapshot
from offramp.gateway.strictness import check_request
from offramp.gateway.toll import Toll
from offramp.upstream import Answer, UpstreamFailed
from offramp.workspace import Application

LAST_WORD_SECONDS = 1.0
"""How long a reader that is slow may take for the event that says why its stream ends."""


class Exchange:
    """The handling of one request."""

    def __init__(self, parts: Parts, face: Face, head: Head, send: Send) -> None:
        self._parts = parts
        self._face = face
        self._head = head
        self._answer: Answer | None = None
        self._own_losses = 0
        """How many losses of the record are the request's own, whoever is asked."""
        self._watch: Watch | None = None
        self._guarded: Guarded | None = None
        self.caller = Caller(parts, face.dialect, head, send)

    async def run(self, body: bytes) -> None:
        """The request is answered and recorded. Raises `Refused` while nothing was sent."""
        try:
            await self._handle(body)
        except Refused as refused:
            try:
                await self.caller.write(Ending.REFUSED, refused)
            except Refused as unwritten:
                raise not_recorded(refused, unwritten.__cause__) from refused
            raise
        finally:
            self.caller.hush()
            if self._answer is not None:
                self._answer.abandon()

    async def cancelled(self) -> None:
        """The caller went away: the upstream is let go and the ledger says so."""
        with suppress(Refused):
            await self.caller.write(Ending.CANCELLED)

    def cut(self, refused: Refused) -> bool:
        """The upstream is let go because of `refused`. Whether the exchange then ends by itself."""
        record = self.caller.record
        if record is None or record.is_written:
            return record is not None
        if record.cut_by is None:
            record.cut_by = refused
        if self._answer is None or not self.caller.has_begun:
            return False
        self._answer.abandon()
        return True

    async def stopped(self, refused: Refused) -> None:
        """It was broken off because of `refused`: recorded, and told as far as anybody listens."""
        caller, has_begun = self.caller, self.caller.has_begun
        if caller.record is not None and not caller.record.is_written:
            caller.record.code = refused.failure.code
            ending = Ending.TRUNCATED if has_begun else Ending.REFUSED
            with suppress(Refused):
                await caller.write(ending, None if has_begun else refused)
        if not has_begun:
            await caller.refuse(refused)
        elif not caller.has_ended:
            last = caller.last_events(caller.failure_event(refused.failure))
            with suppress(TimeoutError):
                await asyncio.wait_for(caller.end(last), LAST_WORD_SECONDS)

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
        # INVARIANT: nothing here leads back to the exchange, so what it held is free as soon as it is over.
        guard = partial(_guarded, parts, self._head, application)
        self._guarded = guard(snapshot)
        self._watch = watch_for(
            parts, snapshot, application, whole, caller, memory, self._face.operation, self._guarded
        )
        if self._watch is not None and await self._watch.answers_from_hold():
            return
        self._chooser = Chooser(parts, snapshot, application, whole, hints, record, self._guarded, guard)
        self._found = self._chooser.choices()
        self._endpoints = snapshot.endpoints
        if self._face.operation == Operation.COUNT_TOKENS:
            await self._count(snapshot, record, memory, next(self._found))
            return
        if snapshot.is_observed and parts.observer is not None:
            caller.tape = parts.observer.begin(
                snapshot, application, whole, hints.conversation, record, memory
            )
        await self._ask_each(snapshot, record, memory)

    async def _ask_each(self, snapshot: Snapshot, record: Record, memory: Memory) -> None:
        """Ask the targets in order until one answers. Where none does, the last failure is told."""
        failed: Failed | None = None
        broken: BrokenStream | None = None
        own = self._own_losses = len(record.losses)
        if memory.asked.wants_stream:
            self.caller.await_stream()
        for choice in self._found:
            del record.losses[own:]
            endpoint = snapshot.endpoints[choice.target.upstream]
            try:
                if self._parts.ledger.is_stuck:
                    raise ledger_stuck()
                asking = await self._prepare(record, memory, choice, endpoint, broken)
                await self._count_persons(asking)
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
                failed = await self._ask(await self._prepare(record, memory, choice, endpoint, broken))
            if failed is None:
                return
            if isinstance(failed, BrokenStream):
                broken = failed
            if is_callers_fault(failed.failure):
                break
        # Whoever has a part of an answer is told of its end, not of what else was tried.
        last = broken or failed
        assert last is not None
        await last.tell(self.caller, record)

    async def _prepare(
        self,
        record: Record,
        memory: Memory,
        choice: Choice,
        endpoint: Endpoint,
        broken: BrokenStream | None = None,
    ) -> Asking:
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
            reads_anew = choice.route.rules.continues and wants_stream(asked)
            if broken is not None:
                answering = partial(Answering, thread=broken.thread)
                takes_prefill = capabilities_of(choice.vendor, choice.model).prefill is True
                asked = continued(asked, broken.thread, takes_prefill=takes_prefill)
            sealer = self._parts.seals.sealer()
            outgoing = prepare(asked, endpoint, choice.model, sealer, reads_anew=reads_anew)
        record.losses += [*lost, *outgoing.losses]
        if broken is not None:
            broken.note(record)
        check_request(choice.route, record.losses)
        fare = None
        if self.caller.toll is not None:
            fare = self.caller.toll.hold(asked, outgoing, endpoint, choice.route, choice.model)
        headers = dict(endpoint.headers)
        if outgoing.is_passed:
            headers |= {**feature_headers(self._head.headers, endpoint.dialect.slug), **asked.fields}
        dial = endpoint.dial(outgoing.url, headers, outgoing.body)
        return Asking(record, asked, endpoint, outgoing, dial, choice, memory, answering, fare)

    async def _count_persons(self, asking: Asking) -> None:
        """Whom it is about is counted. Raises `Refused`; then it is not asked."""
        if self._guarded is not None:
            try:
                await self._guarded.count(asking.record)
            except Refused:
                asking.costs_nothing()
                raise

    async def _ask(self, asking: Asking) -> Failed | None:
        """Ask one target, again where that is worth it. None once the caller has an answer."""
        attempt = 1
        while True:
            failed = await self._once(asking)
            if failed is None:
                return None
            seconds = wait_before(failed, attempt)
            # Where another target was asked beside it, the failure is told of whoever answered last.
            is_its_own = failed.attempt.upstream == asking.choice.target.upstream
            if attempt > asking.route.retries or seconds is None or not (failed.is_retried and is_its_own):
                return failed
            await asyncio.sleep(seconds)
            if self._chooser.permits(asking.choice) is not None:
                return failed
            try:
                asking = asking.once_more()
            except Refused:
                return failed
            asking.record.attempts.append(failed.attempt)
            attempt += 1

    async def _once(self, asking: Asking) -> Failed | None:
        running = None
        if cuts(asking.route, self._parts.snapshot.workspace):
            permits = partial(self._chooser.permits, asking.choice)
            running = Running(permits, asking.record)
            self._parts.underway.add(running)
        try:
            return await self._listen(asking, running)
        finally:
            if running is not None:
                self._parts.underway.remove(running)

    async def _listen(self, asking: Asking, running: Running | None) -> Failed | None:
        record = asking.record
        resting = self._parts.resting
        toll = self.caller.toll
        has_begun = False
        try:
            asking, answer = await self._open(asking, running)
            endpoint = asking.endpoint
            self._answer = answer
            if toll is not None:
                toll.hear(asking.fare)
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
                asking.costs_nothing()
                failed = await Failed.read(record, answering)
                if failed.is_breakdown:
                    resting.failed(endpoint.id)
                elif failed.is_ours:
                    self._parts.troubles.refused(endpoint.id, answer.status)
                return failed
            has_begun = True
            if is_of_type(answer.headers.get("content-type", ""), endpoint.dialect.stream_type):
                broken = await answering.stream()
                if broken is not None:
                    return self._after(broken, asking)
            else:
                await answering.reply()
        except UpstreamFailed as error:
            if record.cut_by is not None:
                raise record.cut_by from error
            resting.failed(asking.endpoint.id)
            if self.caller.has_begun:
                raise
            if not has_begun:
                asking.costs_nothing()
            self._let_go()
            self._parts.troubles.note(asking.endpoint.id, error)
            return Failed(record, failure_of(error))
        resting.worked(endpoint.id)
        return None

    def _after(self, broken: Broken, asking: Asking) -> Failed | None:
        """What follows from a stream that did not end well."""
        record = asking.record
        if broken.is_theirs:
            self._parts.resting.failed(asking.endpoint.id)
        if broken.is_told:
            return None
        self._let_go()
        if isinstance(broken.relay, ContinuableRelay):
            return BrokenStream(record, broken.failure, broken.relay)
        if not broken.failure.code:
            # The upstream's own word, before anything of an answer.
            asking.costs_nothing()
        return Failed(record, broken.failure)

    async def _open(self, asking: Asking, running: Running | None) -> tuple[Asking, Answer]:
        """The head of an answer, from this target or, where the route hedges, from the next one."""
        client, after = self._parts.client, asking.route.rules.hedge_after_seconds
        if after is not None and not asking.memory.is_stateful and not self.caller.has_begun:
            opening = open_hedged(client, asking, after, partial(self._beside, asking))
        elif running is None:
            return asking, await client.open(asking.dial)
        else:
            opening = only(client, asking)
        task = asyncio.ensure_future(opening)
        if running is not None:
            running.opening = task
        try:
            asking, answer = await task
        except asyncio.CancelledError:
            if asking.record.cut_by is None:
                task.cancel()
                raise
            raise asking.record.cut_by from None
        if running is not None:
            running.answer = answer
        return asking, answer

    async def _beside(self, asking: Asking) -> Asking | None:
        """The next target, ready to be asked beside the one of `asking`; None where there is none."""
        record = asking.record
        for choice in self._found:
            endpoint = self._endpoints[choice.target.upstream]
            del record.losses[self._own_losses :]
            try:
                beside = await self._prepare(record, asking.memory, choice, endpoint)
                await self._count_persons(beside)
                return beside
            except Refused:
                continue
        return None

    def _let_go(self) -> None:
        if self._answer is not None:
            self._answer.abandon()
            self._answer = None

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


def _guarded(parts: Parts, head: Head, application: Application, snapshot: Snapshot) -> Guarded | None:
    """The guards of `snapshot` for one request; None where nothing is asked of its application."""
    lines = parts.guarding.lines(snapshot, application, parts.clock())
    return Guarded(parts.guarding, lines, application, head) if lines is not None else None


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
    refuse_repeats(body, parsed)
    model = face.model or model_of(parsed)
    if not model:
        raise refuse(
            FailureKind.INVALID_REQUEST,
            "body-invalid",
            "/model: the name of a model is required, as a string",
        )
    return Asked(face, head, body, parsed, model)
