"""The caller's side of one request: what is sent to it, and the entry that must be durable before the end."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from offramp.core.errors import OfframpError
from offramp.core.ids import UpstreamId, new_id
from offramp.core.instants import now
from offramp.core.verdicts import CitedNorm
from offramp.dialects import Dialect, Failure, Head, offers
from offramp.dialects.limits import Limited
from offramp.gateway.headers import RawHeaders, loss_header, safe
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest, entry_for
from offramp.gateway.refusals import Refused, error_body, extension, unledgered
from offramp.gateway.silence import Silence
from offramp.gateway.taping import Taping
from offramp.gateway.telemetry import Stopwatch
from offramp.gateway.toll import Toll, limit_headers

Send = Callable[[dict[str, Any]], Awaitable[None]]

JSON = (b"content-type", b"application/json")
UNCACHED = (b"cache-control", b"no-cache")
WAITING = 200
"""The status of a stream whose head had to be sent before anybody answered."""


class Caller:
    """Sends in the caller's own API, and writes the one entry."""

    def __init__(self, parts: Parts, dialect: Dialect, head: Head, send: Send) -> None:
        self._parts = parts
        self._send = send
        self._stopwatch = Stopwatch(head.headers)
        self.dialect = dialect
        self.request_id = new_id("req")
        self.record: Record | None = None
        """Set once the caller is known and its body was read; without it nothing is written."""
        self.has_begun = False
        """The answer began: no other can be given."""
        self.has_ended = False
        """The last part is on its way."""
        self.tape: Taping | None = None
        """Set where the exchange is recorded or mirrored."""
        self._head = head
        self._is_head_sent = False
        self._silence: Silence | None = None
        self._form: offers.StreamForm | None = None
        self.toll: Toll | None = None
        """What it pays of its limits, where it has any."""

    async def write(self, ending: Ending, refused: Refused | None = None, *, answer_digest: str = "") -> None:
        """The entry is durable. Raises `Refused` where it could not be made so. Written once only."""
        record = self.record
        if record is None or record.is_written:
            self.let_go()
            return
        record.is_written = True
        if self.tape is not None:
            self.tape.ending = ending
        if refused is not None:
            status, body = error_body(self.dialect, refused, self.request_id)
            record.status = WAITING if self.is_waiting else status
            record.code = refused.failure.code or f"upstream-{refused.failure.kind}"
            answer_digest = digest(body)
        endpoint = self._parts.snapshot.endpoints.get(UpstreamId(record.upstream))
        self._parts.telemetry.observe(record, endpoint, ending, self._stopwatch)
        self._stopwatch.note(record)
        changes = self.toll.settle(record, ending) if self.toll is not None else ()
        entry = entry_for(record, ending, answer_digest, self._parts.clock)
        try:
            # A caller that goes away now does not take its entry with it: cancelling only ends the wait.
            await self._parts.ledger.append(entry, changes)
        except (OfframpError, OSError) as error:
            raise unledgered(error) from error
        finally:
            self.let_go()

    def let_go(self) -> None:
        """What was set aside of limits and was not used is free. Called again, it changes nothing."""
        if self.toll is not None:
            self.toll.leave()

    def own_limits(self) -> RawHeaders:
        """What the caller has left of its own limits, in its API's headers; nothing where it has none."""
        if self.toll is None or not isinstance(self.dialect, Limited):
            return []
        told = self.dialect.encode_limits(self.toll.left(), now())
        return [(name.encode(), safe(value)) for name, value in told.items()]

    async def refuse(self, refused: Refused, limits: RawHeaders | None = None) -> None:
        """An error in the API's own shape, with what is left of an upstream's limits."""
        if self.is_waiting:
            await self.end(self.last_events(self.failure_event(refused.failure)))
            return
        status, body = error_body(self.dialect, refused, self.request_id)
        wait = refused.failure.retry_after_seconds
        more = [(b"retry-after", str(math.ceil(wait)).encode())] if wait is not None else []
        said = self.dialect.failure_headers(refused.failure)
        more += [(name.encode(), safe(value)) for name, value in said.items()]
        more += limits or []
        more += [(name.encode(), safe(value)) for name, value in limit_headers(self.dialect, refused).items()]
        await self.whole(status, more, body)

    async def fail(self, failure: Failure, limits: RawHeaders | None = None) -> None:
        """The upstream's failure: recorded, then told."""
        refused = Refused(failure)
        await self.write(Ending.UPSTREAM_ERROR, refused)
        await self.refuse(refused, limits)

    async def whole(self, status: int, more: RawHeaders, body: bytes) -> None:
        """A whole answer in JSON."""
        await self.begin(status, JSON, [*more, (b"content-length", str(len(body)).encode())])
        await self.end(body)

    @property
    def is_waiting(self) -> bool:
        """The head of a stream was sent, and nothing of an answer."""
        return self._is_head_sent and not self.has_begun

    def await_stream(self) -> None:
        """The caller wants a stream. While there is none, it gets signs of life, and before them the head.

        Where its API has no such sign, nothing is sent before the answer begins.
        """
        self._form = offers.stream_form(self.dialect, self._head)
        sign = self._form.keep_alive if self._form else offers.keep_alive(self.dialect)
        self._silence = Silence(sign, self._sign)

    async def begin_stream(self, status: int, more: RawHeaders) -> None:
        """The answer is a stream, and begins now."""
        if self._silence is None:
            self.await_stream()
        else:
            await self._silence.settle()
        await self.begin(status, self._stream_type(), [UNCACHED, *more])

    async def send_events(self, events: bytes) -> bytes:
        """A part of a stream whose head was sent; returns it as it was sent."""
        block = self._form.write(events) if self._form else events
        if self._silence is not None:
            self._silence.heard()
        if self.tape is not None:
            self.tape.note(block)
        await self._send({"type": "http.response.body", "body": block, "more_body": True})
        return block

    def last_events(self, events: bytes) -> bytes:
        """The last part of a stream as it is to be sent."""
        return self._form.end(events) if self._form else events

    def hush(self) -> None:
        """Nobody listens any more."""
        silence, self._silence = self._silence, None
        if silence is not None:
            silence.cancel()

    async def begin(self, status: int, content: tuple[bytes, bytes], more: RawHeaders) -> None:
        """The head of an answer, with our own headers."""
        self.has_begun = True
        self._stopwatch.first = time.perf_counter()
        if self._is_head_sent:
            return
        self._is_head_sent = True
        if self._silence is not None:
            await self._silence.settle()
        headers = [content, *self._own_headers(), *more]
        own = self.dialect.id_header.encode()
        if own and all(name != own for name, _ in more):
            headers.append((own, self.request_id.encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def end(self, block: bytes) -> None:
        """The last part of the body."""
        if self._silence is not None:
            await self._silence.end()
        if self.tape is not None:
            self.tape.note(block)
        self.has_ended = True
        await self._send({"type": "http.response.body", "body": block, "more_body": False})

    def failure_event(self, failure: Failure, norms: Sequence[CitedNorm] = ()) -> bytes:
        """A failure in the middle of a stream, with the norms it rests on."""
        return self.dialect.encode_failure_event(failure, extension(failure, self.request_id, norms))

    async def _sign(self, sign: bytes) -> None:
        if not self._is_head_sent:
            # Who will answer is not known yet, and cannot be told in a header any more.
            self._is_head_sent = True
            named: RawHeaders = [(b"offramp-request-id", self.request_id.encode())]
            if self.dialect.id_header:
                named.append((self.dialect.id_header.encode(), self.request_id.encode()))
            headers = [self._stream_type(), *named, UNCACHED]
            await self._send({"type": "http.response.start", "status": WAITING, "headers": headers})
        if self.tape is not None:
            self.tape.note(sign)
        await self._send({"type": "http.response.body", "body": sign, "more_body": True})

    def _stream_type(self) -> tuple[bytes, bytes]:
        media_type = self._form.media_type if self._form else self.dialect.stream_type
        return (b"content-type", media_type.encode())

    def _own_headers(self) -> RawHeaders:
        headers: RawHeaders = [(b"offramp-request-id", self.request_id.encode())]
        record = self.record
        if record is None:
            return headers
        if record.upstream and record.model:
            headers.append((b"offramp-served-by", safe(f"{record.upstream}/{record.model}")))
        if record.losses:
            headers.append((b"offramp-loss", loss_header(record.losses)))
        admission = record.admission
        if admission is not None and admission.judgements and admission.figures:
            told = "; ".join(f"{name}={figure}" for name, figure in admission.figures.items())
            headers.append((b"offramp-persons", safe(told)))
        if admission is not None and admission.is_contested:
            names = ", ".join(norm.id for norm in admission.norms)
            headers.append((b"offramp-norm", safe(f"contested {names}")))
        return headers
