"""The three ways an upstream answers: an error, one body, a stream. Each ends at the caller."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson

from offramp.core.errors import OfframpError
from offramp.core.instants import now
from offramp.dialects import Failure, FailureKind, Loss, ReplyInvalid, offers, shaping, turns
from offramp.gateway.caller import Caller
from offramp.gateway.continuing import ContinuableRelay, Thread, may_continue
from offramp.gateway.headers import RawHeaders, answer_headers, safe
from offramp.gateway.held_relay import HeldRelay
from offramp.gateway.holding import Watch
from offramp.gateway.memory import Memory
from offramp.gateway.model_name import model_of, rename_model
from offramp.gateway.outgoing import Asked, Outgoing
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest
from offramp.gateway.refusals import Refused
from offramp.gateway.relay import PassRelay, Relay, TurnsRelay, parsed_object
from offramp.gateway.repair import asked_again, summed
from offramp.gateway.settings import ANSWER_LIMIT_BYTES
from offramp.gateway.snapshot import Endpoint
from offramp.gateway.strictness import CODE, lost_in_answer
from offramp.upstream import Answer, Trouble, UpstreamFailed
from offramp.workspace import Route

ERROR_LIMIT_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Broken:
    """A stream that did not end well."""

    failure: Failure
    is_told: bool
    """The caller has its end. Otherwise somebody else may still answer, or go on."""
    is_theirs: bool
    """The upstream broke it, neither a rule nor what its route refuses to lose."""
    relay: Relay | None = None
    """Set where another target may go on with what the caller has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """One upstream answer and the caller it is for."""

    caller: Caller
    record: Record
    asked: Asked
    endpoint: Endpoint
    outgoing: Outgoing
    answer: Answer
    route: Route
    parts: Parts
    memory: Memory
    thread: Thread | None = None
    """The stream this answer goes on with."""
    watch: Watch | None = None
    """Judges the calls in it; then nothing of it passes as it came."""

    async def error(self, data: bytes, failure: Failure) -> None:
        """An error status. The caller's own API passes as it came, unless the fault is on our side of it."""
        answer = self.answer
        is_callers = failure.kind is not FailureKind.UPSTREAM and answer.status >= 400
        is_shown = self.outgoing.is_passed and not self.caller.is_waiting
        if not (is_shown and is_callers and parsed_object(data) is not None):
            await self.caller.fail(failure, self._limits())
            return
        self.record.status = answer.status
        self.record.code = f"upstream-{failure.kind}"
        await self.caller.write(Ending.UPSTREAM_ERROR, answer_digest=digest(data))
        # Where the API says what an error is in a header, the upstream's own word for it.
        said = self.endpoint.dialect.failure_headers(failure)
        named = [(name.encode(), safe(answer.headers.get(name, value))) for name, value in said.items()]
        await self.caller.whole(answer.status, [*named, *self._passed_headers()], data)

    async def reply(self) -> None:
        """One JSON body."""
        data = await self.answer.read(ANSWER_LIMIT_BYTES)
        parsed = parsed_object(data)
        request = self.outgoing.request
        wants_stream = self.caller.is_waiting or (request is not None and request.wants_stream)
        if parsed is None or wants_stream:
            what = "no JSON object" if parsed is None else "one JSON object where a stream was asked for"
            message = f"upstream `{self.endpoint.id}` answered with {what}"
            raise UpstreamFailed(Trouble.MALFORMED, message)
        try:
            if self._passes:
                data = self._passed(data, parsed)
                if self.route.rules.bands is not None:
                    self.record.stop = self._stop_of(parsed)
            else:
                data = await self._translated(parsed)
        except OfframpError as error:
            await self.caller.fail(failure_in(error))
            return
        lost = lost_in_answer(self.route, self.record.losses)
        if lost is not None:
            await self.caller.fail(lost)
            return
        self.record.status = self.answer.status
        self.record.losses += await self.memory.seals.keep()
        await self.memory.thoughts.keep(self.endpoint, parsed, data)
        self.record.losses += await self.memory.keep_whole(data, self.endpoint.id, is_native=self._passes)
        await self.caller.write(Ending.ANSWERED, answer_digest=digest(data))
        told = self.watch.headers() if self.watch is not None else []
        await self.caller.whole(self.answer.status, [*self._passed_headers(), *told], data)

    async def stream(self) -> "Broken | None":
        """Events as they come. The last ones wait until the entry is durable.

        The head is sent with the first of them: until then another target can still be asked.
        """
        record = self.record
        relay = self._relay()
        relay.noted = self.memory.thoughts.noted
        seen = relay.thread.seen if isinstance(relay, ContinuableRelay) else sha256()
        is_strict = self.route.is_strict
        tail = held = b""
        try:
            async for block in self.answer.iterate():
                ready = relay.feed(block)
                if is_strict and self._loses(relay):
                    break
                if ready and not relay.has_said:
                    held += ready
                elif ready:
                    held, ready = b"", held + ready
                    if not self.caller.has_begun:
                        await self._begin()
                    seen.update(await self.caller.send_events(ready))
                if relay.is_cut:
                    break
            tail = b"" if is_strict and self._loses(relay) else relay.close()
            if is_strict and self._loses(relay):
                # What was held back is not the end of an answer any more.
                tail = b""
        except UpstreamFailed as failed:
            # What ended before the connection broke has ended.
            tail = relay.close() if relay.has_ended else b""
            relay.failure = None if relay.has_ended else failure_of(failed)
        except OfframpError as error:
            relay.failure = failure_in(error)
        broken = self._broken(relay)
        if record.cut_by is not None and not self.caller.has_begun:
            raise record.cut_by
        if broken is not None and not broken.is_told:
            return broken
        if not self.caller.has_begun:
            await self._begin()
        if self.watch is not None and isinstance(relay, HeldRelay):
            tail += await self.watch.settle(relay)
        record.usage = relay.usage
        if isinstance(relay, ContinuableRelay):
            record.own_usage = relay.own_usage
        record.served = relay.served
        record.stop = relay.stop
        if not self.outgoing.is_passed:
            self.memory.seals.note(relay.call_seals)
        record.upstream_answer_id = relay.answer_id
        record.losses.extend(relay.losses())
        record.losses += await self.memory.seals.keep()
        await self.memory.thoughts.keep(self.endpoint)
        failure = relay.failure
        if failure is None:
            record.losses += await self.memory.keep_streamed(
                self.caller.dialect, self.endpoint.id, is_native=self._passes
            )
        else:
            record.code = failure.code or f"upstream-{failure.kind}"
            if not relay.is_failure_told:
                tail += self.caller.failure_event(failure, record.cut_by.norms if record.cut_by else ())
        tail = self.caller.last_events(tail)
        seen.update(tail)
        ending = Ending.TRUNCATED if failure else Ending.ANSWERED
        try:
            await self.caller.write(ending, answer_digest=seen.hexdigest())
        except Refused as refused:
            tail = self.caller.last_events(self.caller.failure_event(refused.failure))
        await self.caller.end(tail)
        return broken

    async def _begin(self) -> None:
        self.record.is_stream = True
        self.record.status = self.answer.status
        await self.caller.begin_stream(self.answer.status, self._passed_headers())

    def _broken(self, relay: Relay) -> "Broken | None":
        """What is to be known of a stream that did not end well; None of one that did."""
        cut = self.record.cut_by
        failure = relay.failure
        if failure is None:
            return None
        if cut is not None and failure.code != CODE:
            relay.failure = cut.failure
            relay.is_failure_told = False
            return Broken(cut.failure, is_told=True, is_theirs=False)
        is_theirs = failure.code != CODE
        if not self.caller.has_begun:
            return Broken(failure, is_told=not is_theirs, is_theirs=is_theirs)
        goes_on = is_theirs and self.route.rules.continues and may_continue(self.outgoing, relay)
        return Broken(failure, is_told=not goes_on, is_theirs=is_theirs, relay=relay if goes_on else None)

    def _passed(self, data: bytes, parsed: dict[str, object]) -> bytes:
        """The same bytes with the caller's model name. What they say of usage is noted where it is clear."""
        member = self.endpoint.dialect.model_member
        self.record.served = model_of(parsed, member) if member else ""
        self.record.usage = self.endpoint.dialect.decode_usage(parsed)
        self.record.upstream_answer_id = model_of(parsed, "id")
        return rename_model(data, self.asked.model, member) if self.record.served else data

    def _stop_of(self, parsed: dict[str, object]) -> str:
        """Why the model stopped, of an answer that passes; empty where that cannot be read."""
        try:
            return str(self.endpoint.dialect.decode_reply(parsed).value.stop_reason)
        except OfframpError:
            return ""

    async def _translated(self, parsed: dict[str, object]) -> bytes:
        reply, losses = self._read(parsed)
        record, route = self.record, self.route
        record.usage, record.served, record.upstream_answer_id = reply.usage, reply.model, reply.id
        record.stop = str(reply.stop_reason)
        if shaping.NOT_SATISFIED in losses and route.repairs_once:
            again = await asked_again(
                self.outgoing, self.endpoint, reply, self.parts.client, ANSWER_LIMIT_BYTES
            )
            if again is not None:
                second, losses = self._read(again)
                losses = [*losses, shaping.ASKED_AGAIN]
                reply = replace(second, usage=summed(reply.usage, second.usage))
                record.usage = reply.usage
        if self.watch is not None:
            reply = await self.watch.judged(reply)
        encoded = self.caller.dialect.encode_reply(
            replace(reply, model=self.asked.model, id=reply.id or self.caller.request_id)
        )
        record.losses += [*losses, *encoded.losses]
        return orjson.dumps(encoded.body if self.watch is None else self.watch.marked(encoded.body))

    def _read(self, parsed: dict[str, object]) -> tuple[turns.Reply, list[Loss]]:
        """The answer as the caller may have it, and what that lost."""
        decoded = self.endpoint.dialect.decode_reply(parsed)
        reply = decoded.value
        request = self.outgoing.request
        if request is not None and self.outgoing.is_constrained:
            reply = shaping.interpret(reply, request)
        shapers = self._shapers(request) if request is not None else ()
        for shaper in shapers:
            reply = shaper.whole(reply)
        self.memory.seals.note(shaping.call_seals.of(reply))
        return reply, [*decoded.losses, *(loss for shaper in shapers for loss in shaper.losses)]

    def _shapers(self, request: turns.Request) -> Sequence[shaping.Shaper]:
        is_foreign = self.endpoint.dialect.slug != self.asked.dialect.slug
        sealer = self.parts.seals.sealer() if is_foreign else None
        return shaping.shapers_for(request, sealer, self.endpoint.origin)

    def _loses(self, relay: Relay) -> bool:
        """The stream lost what its route refuses to lose: it ends here, as a failure."""
        if relay.failure is None:
            relay.failure = lost_in_answer(self.route, relay.losses())
        return relay.failure is not None and relay.failure.code == CODE

    def _relay(self) -> Relay:
        request = self.outgoing.request
        if self.watch is not None:
            return self._held_relay(self.watch.request)
        if self.outgoing.is_passed or request is None:
            return PassRelay(self.caller.dialect, self.asked.model)
        if not request.wants_stream:
            raise UpstreamFailed(
                Trouble.MALFORMED, f"upstream `{self.endpoint.id}` streams where it was not asked to"
            )
        if self.route.rules.continues and not self.outgoing.is_constrained:
            return ContinuableRelay(
                self.endpoint.dialect,
                self.caller.dialect,
                request,
                self.asked.model,
                self.caller.request_id,
                self._shapers(request),
                self.thread,
            )
        return TurnsRelay(
            self.endpoint.dialect,
            self.caller.dialect,
            request,
            self.asked.model,
            self.caller.request_id,
            self._shapers(request),
            is_constrained=self.outgoing.is_constrained,
        )

    def _held_relay(self, asked: turns.Request) -> HeldRelay:
        """Every event is read and written anew, so that nothing passes that was not judged."""
        request = self.outgoing.request
        return HeldRelay(
            self.endpoint.dialect,
            self.caller.dialect,
            request or asked,
            self.asked.model,
            self.caller.request_id,
            self._shapers(request) if request is not None else (),
            is_constrained=self.outgoing.is_constrained,
        )

    @property
    def _passes(self) -> bool:
        """The answer's bytes pass as they came."""
        return self.outgoing.is_passed and self.watch is None

    def _passed_headers(self) -> RawHeaders:
        # Whoever has limits here goes by those: what is left of the upstream's is shared with others.
        own = self.caller.own_limits()
        if not self.outgoing.is_passed:
            return own or self._limits()
        passed = answer_headers(self.answer.headers, self.endpoint.dialect.slug)
        return [*(one for one in passed if b"ratelimit-" not in one[0]), *own] if own else passed

    def _limits(self) -> RawHeaders:
        told = offers.limit_headers(self.answer.headers, self.endpoint.dialect, self.caller.dialect, now())
        return [(name.encode(), safe(value)) for name, value in told.items()]


def failure_of(failed: UpstreamFailed) -> Failure:
    """Trouble on the wire, in neutral form."""
    kind = FailureKind.TIMEOUT if failed.trouble is Trouble.TIMEOUT else FailureKind.UPSTREAM
    return Failure(kind=kind, message=f"the upstream failed: {failed.told}", code=failed.code)


def failure_in(error: OfframpError) -> Failure:
    """An answer that cannot be given to anybody, in neutral form."""
    if isinstance(error, ReplyInvalid):
        return error.failure
    return Failure(kind=FailureKind.UPSTREAM, message=error.message, code=error.code)
