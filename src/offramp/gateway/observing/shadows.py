"""Mirrored requests: a candidate is asked the same, after the caller has its answer. Nobody waits for it.

Nothing a candidate says has an effect: no tool is executed, no call is held, nothing of it is kept for later
requests, and it counts as nobody's traffic. What the gateway does not understand is not mirrored: a request
could ask the vendor itself to act.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from offramp.control import quotas
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.ids import UpstreamId, VendorId, new_id
from offramp.core.instants import format_instant, now
from offramp.dialects import Dialect, turns
from offramp.evidence import Entry, EntryType
from offramp.gateway.admission import admit
from offramp.gateway.fares import Fare
from offramp.gateway.model_name import model_of
from offramp.gateway.observing.missed import MIRRORED, Missed
from offramp.gateway.observing.tape import MOST_BYTES, Room, Watched
from offramp.gateway.outgoing import Outgoing, prepare
from offramp.gateway.parts import Parts
from offramp.gateway.profiles import CALLERS_OWN
from offramp.gateway.record import Ending, Record, digest, entry_for
from offramp.gateway.refusals import Refused
from offramp.gateway.relay import is_of_type, merged, parsed_object
from offramp.gateway.snapshot import Endpoint
from offramp.gateway.toll import Toll
from offramp.upstream import Answer, Client, Timeouts, UpstreamFailed, open_client
from offramp.workspace.observing import Shadow, shadow_payer

MOST_WAITING: Final = 64
"""Requests that wait in one worker. More are dropped."""
SILENT_SECONDS: Final = 60.0
CAUSE: Final = "shadow"

log = logging.getLogger("offramp.gateway")


@dataclass(frozen=True, slots=True)
class Mirror:
    """A request to be mirrored."""

    watched: Watched
    request_id: str
    upstream: str
    model: str
    """Who answered the caller."""


@dataclass(slots=True, kw_only=True)
class Shadowed:
    """What came of one."""

    mirror: Mirror
    record: Record
    ending: Ending = Ending.UPSTREAM_ERROR
    vendor: VendorId
    sent: bytes = b""
    is_constrained: bool = False
    milliseconds: int = 0
    blocks: list[tuple[int, bytes]] = field(default_factory=list)
    size: int = 0
    """Of the room, taken for it."""
    toll: Toll | None = None
    """What it pays of its shadow's own limits, where there are any."""
    fare: Fare | None = None

    def costs_nothing(self) -> None:
        """The candidate gave no answer."""
        if self.fare is not None:
            self.fare.drop()


class _NotSent(Exception):
    """The candidate is not asked; the reason is the message."""


class Shadows:
    """One worker's candidates: how many are asked, how many wait."""

    def __init__(
        self, parts: Parts, room: Room, missed: Missed, on_answer: Callable[[Shadowed], None]
    ) -> None:
        self._parts = parts
        self._room = room
        self._missed = missed
        self._on_answer = on_answer
        self._client: Client | None = None
        self._running: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: deque[Mirror] = deque()

    def offer(self, mirror: Mirror) -> None:
        """It is asked, or waits, or is dropped. Returns at once."""
        size = len(mirror.watched.asked.body)
        if self._is_free(mirror):
            if self._room.take(size):
                self._begin(mirror)
                return
        elif len(self._waiting) < MOST_WAITING and self._room.take(size):
            self._waiting.append(mirror)
            return
        self._missed.missed(MIRRORED, mirror.watched.route.name, "queue-full")

    async def close(self) -> None:
        """Nobody is asked any more; connections to candidates are closed."""
        for mirror in self._waiting:
            self._room.left += len(mirror.watched.asked.body)
            self._missed.missed(MIRRORED, mirror.watched.route.name, "stopped")
        self._waiting.clear()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._client is not None:
            await self._client.close()

    def _is_free(self, mirror: Mirror) -> bool:
        shadow = mirror.watched.shadow
        return shadow is not None and self._running[mirror.watched.route.name] < shadow.concurrency

    def _begin(self, mirror: Mirror) -> None:
        self._running[mirror.watched.route.name] += 1
        task = asyncio.get_running_loop().create_task(self._run(mirror))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, mirror: Mirror) -> None:
        route = mirror.watched.route.name
        outcome = "stopped"
        try:
            outcome = await self._mirror(mirror)
        except _NotSent as reason:
            outcome = str(reason)
        except Exception:
            # A candidate must not take anything with it, whatever it makes fail.
            outcome = "internal"
            log.exception("mirroring request %s failed", mirror.request_id)
        finally:
            self._room.left += len(mirror.watched.asked.body)
            self._running[route] -= 1
            if outcome == str(Ending.ANSWERED):
                self._missed.did(MIRRORED, route, outcome)
            else:
                self._missed.missed(MIRRORED, route, outcome)
            self._next(route)

    def _next(self, route: str) -> None:
        for mirror in self._waiting:
            if mirror.watched.route.name == route and self._is_free(mirror):
                self._waiting.remove(mirror)
                self._begin(mirror)
                return

    async def _mirror(self, mirror: Mirror) -> str:
        watched = mirror.watched
        shadow = watched.shadow
        assert shadow is not None
        model = watched.asked.model if shadow.model == CALLERS_OWN else shadow.model
        if (shadow.upstream, model) == (mirror.upstream, mirror.model):
            raise _NotSent("answered-already")
        endpoint, record = self._allowed(mirror, shadow, model)
        outgoing = await self._prepared(watched, endpoint, model)
        record.losses += outgoing.losses
        shadowed = Shadowed(
            mirror=mirror,
            record=record,
            vendor=endpoint.vendor,
            sent=outgoing.body,
            is_constrained=outgoing.is_constrained,
        )
        try:
            self._charge(shadowed, shadow, endpoint, outgoing)
            return await self._answered(shadowed, shadow, endpoint, outgoing)
        finally:
            if shadowed.toll is not None:
                shadowed.toll.leave()

    def _charge(self, shadowed: Shadowed, shadow: Shadow, endpoint: Endpoint, outgoing: Outgoing) -> None:
        """What it can come to is set aside of the shadow's own limits. Not sent where it does not fit."""
        if not shadow.allowances.is_limited:
            return
        watched = shadowed.mirror.watched
        payer = quotas.Payer(shadow_payer(watched.route.name), "", shadow.allowances)
        try:
            shadowed.toll = Toll(self._parts.quotas, (payer,))
            shadowed.fare = shadowed.toll.hold(
                watched.asked, outgoing, endpoint, watched.route, shadowed.record.model
            )
        except Refused as refused:
            raise _NotSent(refused.failure.code) from None
        shadowed.toll.hear(shadowed.fare)

    async def _answered(
        self, shadowed: Shadowed, shadow: Shadow, endpoint: Endpoint, outgoing: Outgoing
    ) -> str:
        record = shadowed.record
        started = time.perf_counter()
        try:
            async with asyncio.timeout(shadow.timeout_seconds):
                await self._ask(shadowed, endpoint, outgoing, started)
        except TimeoutError:
            record.code = "upstream-timeout"
        except UpstreamFailed as failed:
            record.code = failed.code
        except asyncio.CancelledError:
            self._room.left += shadowed.size
            # What was sent may have used something, whoever hears of it.
            shadowed.ending, record.code = Ending.CANCELLED, "stopped"
            await self._enter(shadowed)
            raise
        shadowed.milliseconds = _since(started)
        await self._enter(shadowed)
        self._on_answer(shadowed)
        return str(shadowed.ending) if shadowed.ending is Ending.ANSWERED else record.code

    def _allowed(self, mirror: Mirror, shadow: Shadow, model: str) -> tuple[Endpoint, Record]:
        """The candidate, once causes and instruments let it be asked as they would for a caller."""
        parts, watched = self._parts, mirror.watched
        snapshot = parts.snapshot
        endpoint = snapshot.endpoints.get(UpstreamId(shadow.upstream))
        if endpoint is None:
            raise _NotSent("withdrawn")
        if parts.traffic.is_stale:
            raise _NotSent("state-unreadable")
        if parts.traffic.now.holding(shadow.upstream, watched.route.name):
            raise _NotSent("route-held")
        # INVARIANT: no guard counts or judges what is mirrored, so where one is asked for it is not sent.
        if parts.guarding.watches(snapshot, watched.application, endpoint.vendor, parts.clock()):
            raise _NotSent("guarded")
        try:
            admission = admit(
                snapshot, watched.application, endpoint.vendor, model, watched.purpose, parts.clock()
            )
        except Refused as refused:
            raise _NotSent(refused.failure.code) from None
        if not admission.is_admitted:
            raise _NotSent(f"norm-{admission.outcome}")
        record = Record(
            request_id=new_id("req"),
            application=watched.application.id,
            dialect=watched.asked.dialect.slug,
            asked=watched.asked.model,
            request_digest=digest(watched.asked.body),
            route=watched.route.name,
            upstream=shadow.upstream,
            model=model,
            upstream_dialect=endpoint.dialect.slug,
            purpose=watched.purpose,
            admission=admission,
        )
        return endpoint, record

    async def _prepared(self, watched: Watched, endpoint: Endpoint, model: str) -> Outgoing:
        try:
            asked = watched.asked
            # Read in any case: what is not understood is not mirrored, also where bytes would pass.
            asked.request()
            await watched.memory.seals.restore(asked, endpoint)
            return prepare(asked, endpoint, model, self._parts.seals.sealer())
        except (Refused, OfframpError):
            raise _NotSent("cannot-be-told") from None

    async def _ask(self, shadowed: Shadowed, endpoint: Endpoint, outgoing: Outgoing, started: float) -> None:
        if self._client is None:
            self._client = open_client(Timeouts(between_bytes_seconds=SILENT_SECONDS))
        record = shadowed.record
        dial = endpoint.dial(outgoing.url, endpoint.headers, outgoing.body)
        try:
            answer = await self._client.open(dial)
        except UpstreamFailed:
            shadowed.costs_nothing()
            raise
        try:
            record.note_answer(answer.headers, endpoint.dialect.id_header)
            record.status = answer.status
            stream_type = endpoint.dialect.stream_type
            record.is_stream = is_of_type(answer.headers.get("content-type", ""), stream_type)
            if not await self._read(shadowed, answer, started):
                record.code = "exchange-too-large"
                return
        finally:
            answer.abandon()
        whole = b"".join(data for _, data in shadowed.blocks)
        if not 200 <= answer.status < 300:
            shadowed.costs_nothing()
            failure = endpoint.dialect.decode_failure(answer.status, answer.headers, whole)
            record.code = f"upstream-{failure.kind}"
        elif record.is_stream:
            shadowed.ending = _note_stream(record, endpoint.dialect, whole)
        else:
            shadowed.ending = _note_whole(record, endpoint.dialect, whole)

    async def _read(self, shadowed: Shadowed, answer: Answer, started: float) -> bool:
        """Whether all of it was read: it is within bounds, and there is room."""
        async for block in answer.iterate():
            if shadowed.size + len(block) > MOST_BYTES or not self._room.take(len(block)):
                self._room.left += shadowed.size
                shadowed.size, shadowed.blocks = 0, []
                return False
            shadowed.size += len(block)
            shadowed.blocks.append((_since(started), block))
        return True

    async def _enter(self, shadowed: Shadowed) -> None:
        """One entry, marked: what it says stands below `shadow`, where nobody counts it as traffic."""
        record = shadowed.record
        whole = b"".join(data for _, data in shadowed.blocks)
        changes = shadowed.toll.settle(record, shadowed.ending) if shadowed.toll is not None else ()
        entry = entry_for(record, shadowed.ending, digest(whole), self._parts.clock)
        data: JsonObject = {
            "decided_at": entry.data["decided_at"],
            "shadow": {**entry.data, "of": shadowed.mirror.request_id, "sent_at": format_instant(now())},
        }
        marked = Entry(
            type=EntryType.TRAFFIC,
            at=entry.at,
            actor=entry.actor,
            cause=CAUSE,
            subject=entry.subject,
            instruments=entry.instruments,
            data=data,
            digests=entry.digests,
        )
        try:
            await self._parts.ledger.append(marked, changes)
        except (OfframpError, OSError):
            self._missed.missed(MIRRORED, record.route, "ledger-unavailable")


def _note_whole(record: Record, dialect: Dialect, whole: bytes) -> Ending:
    parsed = parsed_object(whole)
    if parsed is None:
        record.code = "upstream-malformed"
        return Ending.UPSTREAM_ERROR
    record.usage = dialect.decode_usage(parsed)
    record.served = model_of(parsed, dialect.model_member) if dialect.model_member else ""
    return Ending.ANSWERED


def _note_stream(record: Record, dialect: Dialect, whole: bytes) -> Ending:
    decoder = dialect.stream_decoder()
    ending = Ending.TRUNCATED
    for event in (*decoder.feed(whole), *decoder.close()):
        match event:
            case turns.ReplyStarted():
                record.served, record.usage = event.model, event.usage
            case turns.ReplyEnded():
                record.usage = merged(record.usage, event.usage)
                ending = Ending.ANSWERED
            case turns.Failure():
                record.code = event.code or f"upstream-{event.kind}"
            case _:
                pass
    return ending


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
