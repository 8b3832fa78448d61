"""The three ways an upstream answers: an error, one body, a stream. Each ends at the caller."""

from dataclasses import dataclass, replace
from hashlib import sha256

import orjson

from offramp.core.errors import OfframpError
from offramp.dialects import Failure, FailureKind, ReplyInvalid, shaping, tool_schema
from offramp.gateway.caller import Caller
from offramp.gateway.headers import RawHeaders, answer_headers, safe
from offramp.gateway.memory import Memory
from offramp.gateway.model_name import model_of, rename_model
from offramp.gateway.outgoing import Asked, Outgoing
from offramp.gateway.record import Ending, Record, digest
from offramp.gateway.refusals import Refused
from offramp.gateway.relay import PassRelay, Relay, TurnsRelay, parsed_object
from offramp.gateway.settings import ANSWER_LIMIT_BYTES
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import Answer, Trouble, UpstreamFailed

ERROR_LIMIT_BYTES = 1024 * 1024
UNCACHED = (b"cache-control", b"no-cache")


@dataclass(frozen=True, slots=True)
class Answering:
    """One upstream answer and the caller it is for."""

    caller: Caller
    record: Record
    asked: Asked
    endpoint: Endpoint
    outgoing: Outgoing
    answer: Answer
    memory: Memory

    async def error(self) -> None:
        """An error status. The caller's own API passes as it came, unless the fault is on our side of it."""
        answer = self.answer
        data = await answer.read(ERROR_LIMIT_BYTES)
        failure = self.endpoint.dialect.decode_failure(answer.status, answer.headers, data)
        is_callers = failure.kind is not FailureKind.UPSTREAM and answer.status >= 400
        if not (self.outgoing.is_passed and is_callers and parsed_object(data) is not None):
            await self.caller.fail(failure)
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
        if parsed is None or (request is not None and request.wants_stream):
            what = "no JSON object" if parsed is None else "one JSON object where a stream was asked for"
            await self.caller.fail(self._malformed(f"answered with {what}"))
            return
        try:
            data = self._passed(data, parsed) if self.outgoing.is_passed else self._translated(parsed)
        except OfframpError as error:
            await self.caller.fail(failure_in(error))
            return
        self.record.status = self.answer.status
        is_passed = self.outgoing.is_passed
        self.record.losses += await self.memory.seals.keep()
        self.record.losses += await self.memory.keep_whole(data, self.endpoint.id, is_upstreams=is_passed)
        await self.caller.write(Ending.ANSWERED, answer_digest=digest(data))
        await self.caller.whole(self.answer.status, self._passed_headers(), data)

    async def stream(self) -> None:
        """Events as they come. The last ones wait until the entry is durable."""
        record = self.record
        relay = self._relay()
        record.is_stream = True
        record.status = self.answer.status
        seen = sha256()
        content = (b"content-type", self.asked.dialect.stream_type.encode())
        await self.caller.begin(self.answer.status, content, [UNCACHED, *self._passed_headers()])
        tail = b""
        try:
            async for block in self.answer.iterate():
                ready = relay.feed(block)
                if ready:
                    seen.update(ready)
                    await self.caller.send(ready)
            tail = relay.close()
        except UpstreamFailed as failed:
            # What ended before the connection broke has ended.
            tail = relay.close() if relay.has_ended else b""
            relay.failure = None if relay.has_ended else failure_of(failed)
        except OfframpError as error:
            relay.failure = failure_in(error)
        record.usage = relay.usage
        record.served = relay.served
        if not self.outgoing.is_passed:
            self.memory.seals.note(relay.call_seals)
        record.losses.extend(relay.losses())
        record.losses += await self.memory.seals.keep()
        failure = relay.failure
        if failure is None:
            record.losses += await self.memory.keep_streamed(
                self.caller.dialect, self.endpoint.id, is_upstreams=self.outgoing.is_passed
            )
        else:
            record.code = failure.code or f"upstream-{failure.kind}"
            if not relay.is_failure_told:
                tail += self.caller.failure_event(failure)
        seen.update(tail)
        ending = Ending.TRUNCATED if failure else Ending.ANSWERED
        try:
            await self.caller.write(ending, answer_digest=seen.hexdigest())
        except Refused as refused:
            tail = self.caller.failure_event(refused.failure)
        await self.caller.end(tail)

    def _passed(self, data: bytes, parsed: dict[str, object]) -> bytes:
        """The same bytes with the caller's model name. What they say of usage is noted where it is clear."""
        member = self.endpoint.dialect.model_member
        self.record.served = model_of(parsed, member) if member else ""
        self.record.usage = self.endpoint.dialect.decode_usage(parsed)
        return rename_model(data, self.asked.model, member) if self.record.served else data

    def _translated(self, parsed: dict[str, object]) -> bytes:
        decoded = self.endpoint.dialect.decode_reply(parsed)
        reply = decoded.value
        self.record.usage = reply.usage
        self.record.served = reply.model
        self.memory.seals.note(shaping.call_seals.of(reply))
        assert self.outgoing.request is not None
        if self.outgoing.is_constrained:
            reply = tool_schema.interpret(reply, self.outgoing.request)
        encoded = self.caller.dialect.encode_reply(
            replace(reply, model=self.asked.model, id=reply.id or self.caller.request_id)
        )
        self.record.losses += [*decoded.losses, *encoded.losses]
        return orjson.dumps(encoded.body)

    def _relay(self) -> Relay:
        request = self.outgoing.request
        if self.outgoing.is_passed or request is None:
            return PassRelay(self.caller.dialect, self.asked.model)
        if not request.wants_stream:
            raise UpstreamFailed(
                Trouble.MALFORMED, f"upstream `{self.endpoint.id}` streams where it was not asked to"
            )
        return TurnsRelay(
            self.endpoint.dialect,
            self.caller.dialect,
            request,
            self.asked.model,
            self.caller.request_id,
            is_constrained=self.outgoing.is_constrained,
        )

    def _passed_headers(self) -> RawHeaders:
        if not self.outgoing.is_passed:
            return []
        return answer_headers(self.answer.headers, self.endpoint.dialect.slug)

    def _malformed(self, what: str) -> Failure:
        message = f"upstream `{self.endpoint.id}` {what}"
        return Failure(kind=FailureKind.UPSTREAM, message=message, code="upstream-malformed")


def failure_of(failed: UpstreamFailed) -> Failure:
    """Trouble on the wire, in neutral form."""
    kind = FailureKind.TIMEOUT if failed.trouble is Trouble.TIMEOUT else FailureKind.UPSTREAM
    return Failure(kind=kind, message=f"{failed.message}; {failed.help}", code=failed.code)


def failure_in(error: OfframpError) -> Failure:
    """An answer that cannot be given to anybody, in neutral form."""
    if isinstance(error, ReplyInvalid):
        return error.failure
    return Failure(kind=FailureKind.UPSTREAM, message=error.message, code=error.code)
