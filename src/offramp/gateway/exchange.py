"""One request from its body to the last byte of its answer.

The order is fixed: caller, body, target, upstream, ledger, end of the answer. An answer whose entry could
not be made durable does not end well: the caller gets an error instead of the last byte.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from offramp.core.errors import OfframpError
from offramp.core.ids import new_id
from offramp.dialects import Dialect, Failure, FailureKind
from offramp.gateway.choice import Hints, choose
from offramp.gateway.headers import RawHeaders, answer_headers, feature_headers, loss_header, safe
from offramp.gateway.model_name import model_of, rename_model
from offramp.gateway.outgoing import CALLERS_OWN, Asked, Outgoing, prepare
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest, entry_for
from offramp.gateway.refusals import Refused, error_body, extension, refuse, unknown_caller
from offramp.gateway.relay import PassRelay, Relay, TurnsRelay, is_event_stream, parsed_object
from offramp.gateway.settings import ANSWER_LIMIT_BYTES
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import Answer, Dial, Trouble, UpstreamFailed

Send = Callable[[dict[str, Any]], Awaitable[None]]

ERROR_LIMIT_BYTES = 1024 * 1024
JSON = (b"content-type", b"application/json")
EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")


class Exchange:
    """The handling of one request."""

    def __init__(self, parts: Parts, dialect: Dialect, headers: Mapping[str, str], send: Send) -> None:
        self._parts = parts
        self._dialect = dialect
        self._headers = headers
        self._send = send
        self._record: Record | None = None
        self._answer: Answer | None = None
        self.has_begun = False
        """The answer's head was sent."""
        self.request_id = new_id("req")

    async def run(self, body: bytes) -> None:
        """The request is answered and recorded. Raises `Refused` while nothing was sent."""
        try:
            await self._handle(body)
        except Refused as refused:
            await self._write(Ending.REFUSED, refused)
            raise
        finally:
            if self._answer is not None:
                self._answer.abandon()

    async def cancelled(self) -> None:
        """The caller went away: the upstream is let go and the ledger says so."""
        if self._answer is not None:
            self._answer.abandon()
        await self._write(Ending.CANCELLED)

    async def refuse(self, refused: Refused) -> None:
        """Send an error in the caller's API shape."""
        status, body = error_body(self._dialect, refused, self.request_id)
        more: RawHeaders = []
        wait = refused.failure.retry_after_seconds
        if wait is not None:
            more.append((b"retry-after", str(math.ceil(wait)).encode()))
        await self._whole(status, [JSON, *self._own_headers(), *more], body)

    async def _handle(self, body: bytes) -> None:
        parts = self._parts
        application = parts.snapshot.caller(self._dialect.presented_key(self._headers))
        if application is None:
            raise unknown_caller()
        asked = read_asked(self._dialect, body)
        record = Record(
            request_id=self.request_id,
            application=application.id,
            dialect=self._dialect.slug,
            asked=asked.model,
            request_digest=digest(body),
        )
        self._record = record
        if parts.traffic.is_stale:
            raise refuse(
                FailureKind.OVERLOADED,
                "state-unreadable",
                "ramps and causes could not be read for some seconds, and a cut might have been missed",
            )
        hints = Hints(
            conversation=self._headers.get("offramp-conversation", ""),
            purpose=self._headers.get("offramp-purpose", "").strip(),
        )
        record.purpose = hints.purpose
        choice = choose(parts.snapshot, parts.traffic.now, application, asked, hints, parts.clock, record)
        endpoint = parts.snapshot.endpoints[choice.target.upstream]
        record.upstream_dialect = endpoint.dialect.slug
        record.model = asked.model if choice.target.model == CALLERS_OWN else choice.target.model
        outgoing = prepare(asked, endpoint, choice.target.model)
        record.losses.extend(outgoing.losses)
        await self._converse(asked, endpoint, outgoing)

    async def _converse(self, asked: Asked, endpoint: Endpoint, outgoing: Outgoing) -> None:
        assert self._record is not None
        headers = dict(endpoint.headers)
        if outgoing.is_passed:
            headers |= feature_headers(self._headers, endpoint.dialect.slug)
        try:
            answer = await self._parts.client.open(
                Dial(url=endpoint.url, headers=headers, body=outgoing.body)
            )
            self._answer = answer
            if not 200 <= answer.status < 300:
                await self._pass_error(endpoint, answer, outgoing)
            elif is_event_stream(answer.headers.get("content-type", "")):
                await self._stream(asked, endpoint, answer, outgoing)
            else:
                await self._reply(asked, endpoint, answer, outgoing)
        except UpstreamFailed as failed:
            if self.has_begun:
                raise
            await self._upstream_error(failure_of(failed))

    async def _reply(self, asked: Asked, endpoint: Endpoint, answer: Answer, outgoing: Outgoing) -> None:
        record = self._record
        assert record is not None
        data = await answer.read(ANSWER_LIMIT_BYTES)
        parsed = parsed_object(data)
        wants_stream = outgoing.request is not None and outgoing.request.wants_stream
        if parsed is None or wants_stream:
            what = "one JSON object where a stream was asked for" if parsed is not None else "no JSON object"
            await self._upstream_error(
                Failure(
                    kind=FailureKind.UPSTREAM,
                    message=f"upstream `{endpoint.id}` answered with {what}",
                    code="upstream-malformed",
                )
            )
            return
        more: RawHeaders = []
        try:
            decoded = endpoint.dialect.decode_reply(parsed)
        except OfframpError as error:
            if not outgoing.is_passed:
                await self._upstream_error(_failure_in(error))
                return
            record.served = model_of(parsed)
        else:
            record.usage = decoded.value.usage
            record.served = decoded.value.model
            if not outgoing.is_passed:
                encoded = self._dialect.encode_reply(replace(decoded.value, model=asked.model))
                record.losses += [*decoded.losses, *encoded.losses]
                data = orjson.dumps(encoded.body)
        if outgoing.is_passed:
            more = answer_headers(answer.headers, endpoint.dialect.slug)
            if model_of(parsed):
                data = rename_model(data, asked.model)
        record.status = answer.status
        await self._write(Ending.ANSWERED, answer_digest=digest(data))
        await self._whole(answer.status, [JSON, *self._own_headers(), *more], data)

    async def _stream(self, asked: Asked, endpoint: Endpoint, answer: Answer, outgoing: Outgoing) -> None:
        record = self._record
        assert record is not None
        relay = self._relay(asked, endpoint, outgoing)
        record.is_stream = True
        record.status = answer.status
        more = answer_headers(answer.headers, endpoint.dialect.slug) if outgoing.is_passed else []
        seen = sha256()
        await self._begin(
            answer.status, [EVENTS, (b"cache-control", b"no-cache"), *self._own_headers(), *more]
        )
        try:
            async for block in answer.iterate():
                ready = relay.feed(block)
                if ready:
                    seen.update(ready)
                    await self._send({"type": "http.response.body", "body": ready, "more_body": True})
            tail = relay.close()
        except UpstreamFailed as failed:
            tail = b""
            relay.failure = failure_of(failed)
        except OfframpError as error:
            tail = b""
            relay.failure = _failure_in(error)
        record.usage = relay.usage
        record.served = relay.served
        record.losses.extend(relay.losses())
        failure = relay.failure
        if failure is not None and not relay.is_failure_told:
            tail += self._dialect.encode_failure_event(failure, extension(failure, self.request_id))
        seen.update(tail)
        record.code = failure.code or f"upstream-{failure.kind}" if failure else ""
        try:
            await self._write(
                Ending.TRUNCATED if failure else Ending.ANSWERED, answer_digest=seen.hexdigest()
            )
        except Refused as refused:
            tail = self._dialect.encode_failure_event(
                refused.failure, extension(refused.failure, self.request_id)
            )
        await self._send({"type": "http.response.body", "body": tail, "more_body": False})

    def _relay(self, asked: Asked, endpoint: Endpoint, outgoing: Outgoing) -> Relay:
        request = outgoing.request
        if outgoing.is_passed or request is None:
            return PassRelay(endpoint.dialect, asked.model)
        if not request.wants_stream:
            raise UpstreamFailed(
                Trouble.MALFORMED, f"upstream `{endpoint.id}` streams where it was not asked to"
            )
        return TurnsRelay(
            endpoint.dialect, self._dialect, asked.model, wants_usage=request.wants_stream_usage
        )

    async def _pass_error(self, endpoint: Endpoint, answer: Answer, outgoing: Outgoing) -> None:
        assert self._record is not None
        data = await answer.read(ERROR_LIMIT_BYTES)
        failure = endpoint.dialect.decode_failure(answer.status, answer.headers, data)
        is_callers = failure.kind is not FailureKind.UPSTREAM and answer.status >= 400
        if not (outgoing.is_passed and is_callers and parsed_object(data) is not None):
            await self._upstream_error(failure)
            return
        self._record.status = answer.status
        self._record.code = f"upstream-{failure.kind}"
        await self._write(Ending.UPSTREAM_ERROR, answer_digest=digest(data))
        more = answer_headers(answer.headers, endpoint.dialect.slug)
        await self._whole(answer.status, [JSON, *self._own_headers(), *more], data)

    async def _upstream_error(self, failure: Failure) -> None:
        refused = Refused(failure)
        await self._write(Ending.UPSTREAM_ERROR, refused)
        await self.refuse(refused)

    async def _write(
        self, ending: Ending, refused: Refused | None = None, *, answer_digest: str = ""
    ) -> None:
        """The entry is durable. Raises `Refused` where it could not be made so."""
        record = self._record
        if record is None or record.is_written:
            return
        record.is_written = True
        if refused is not None:
            status, body = error_body(self._dialect, refused, self.request_id)
            record.status = status
            record.code = refused.failure.code or f"upstream-{refused.failure.kind}"
            answer_digest = digest(body)
        entry = entry_for(record, ending, answer_digest, self._parts.clock)
        try:
            await asyncio.shield(self._parts.ledger.append(entry))
        except (OfframpError, OSError) as error:
            raise refuse(
                FailureKind.INTERNAL,
                "ledger-unavailable",
                "the ledger did not take the entry of this request, so it is not answered",
            ) from error

    def _own_headers(self) -> RawHeaders:
        headers: RawHeaders = [(b"offramp-request-id", self.request_id.encode())]
        record = self._record
        if record is None:
            return headers
        if record.upstream and record.model:
            headers.append((b"offramp-served-by", safe(f"{record.upstream}/{record.model}")))
        losses = loss_header(record.losses)
        if losses:
            headers.append((b"offramp-loss", losses))
        admission = record.admission
        if admission is not None and admission.norms and admission.is_admitted:
            names = ", ".join(norm.id for norm in admission.norms)
            headers.append((b"offramp-norm", safe(f"contested {names}")))
        return headers

    async def _begin(self, status: int, headers: RawHeaders) -> None:
        self.has_begun = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _whole(self, status: int, headers: RawHeaders, body: bytes) -> None:
        await self._begin(status, [*headers, (b"content-length", str(len(body)).encode())])
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def read_asked(dialect: Dialect, body: bytes) -> Asked:
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
    model = model_of(parsed)
    if not model:
        raise refuse(
            FailureKind.INVALID_REQUEST,
            "body-invalid",
            "/model: the name of a model is required, as a string",
        )
    return Asked(dialect, body, parsed, model)


def failure_of(failed: UpstreamFailed) -> Failure:
    """Trouble on the wire, in neutral form."""
    kind = FailureKind.TIMEOUT if failed.trouble is Trouble.TIMEOUT else FailureKind.UPSTREAM
    return Failure(kind=kind, message=f"{failed.message}; {failed.help}", code=failed.code)


def _failure_in(error: OfframpError) -> Failure:
    failure = getattr(error, "failure", None)
    if isinstance(failure, Failure):
        return failure
    return Failure(kind=FailureKind.UPSTREAM, message=error.message, code=error.code)
