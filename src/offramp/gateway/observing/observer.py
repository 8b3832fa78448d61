"""One worker's observing: begins a tape where somebody asked for it, and sees to what becomes of it."""

import asyncio
from pathlib import Path
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.ids import UpstreamId
from offramp.core.instants import format_instant, now
from offramp.dialects import turns
from offramp.evidence import Entry, EntryType
from offramp.gateway.memory import Memory
from offramp.gateway.observing.keeper import Keeper
from offramp.gateway.observing.missed import RECORDED, Missed
from offramp.gateway.observing.sampling import is_within, name_of
from offramp.gateway.observing.shadows import Mirror, Shadowed, Shadows
from offramp.gateway.observing.tape import Room, Tape, Watched, parts_of
from offramp.gateway.outgoing import Asked
from offramp.gateway.parts import Parts
from offramp.gateway.record import MAX_LOSSES, Ending, Record
from offramp.gateway.snapshot import Snapshot
from offramp.gateway.taping import Taping
from offramp.recordings.exchanges.taken import Rule, Taken, Told
from offramp.workspace import Application
from offramp.workspace.observing import Recording

KEPT: Final = "kept"
PREDICATE: Final = "text-kept"
CALLER: Final = "caller"
CANDIDATE: Final = "candidate"


class Observer:
    """Records and mirrors. Belongs to one worker's event loop."""

    def __init__(self, parts: Parts, state: Path) -> None:
        self._parts = parts
        self._room = Room()
        self._keeper = Keeper(state)
        self._missed = Missed(parts.ledger, parts.clock, parts.telemetry)
        self._shadows = Shadows(parts, self._room, self._missed, self._keep_answer)
        self._entries: set[asyncio.Task[None]] = set()

    def begin(
        self,
        snapshot: Snapshot,
        application: Application,
        asked: Asked,
        conversation: str,
        record: Record,
        memory: Memory,
    ) -> Tape | None:
        """A tape for this request, or None where nobody wants it observed."""
        route = snapshot.route(asked.model)
        if route is None:
            return None
        recording = application.recording or route.recording
        if recording is None or recording.share == 0:
            return None
        share = max(recording.share, route.shadow.share if route.shadow else 0.0)
        request = asked.request_or_none() if share < 1 and not conversation else None
        name = name_of(application.id, conversation, request, asked.body)
        shadow = route.shadow if route.shadow and is_within(name, route.shadow.share) else None
        is_recorded = is_within(name, recording.share)
        if not is_recorded and (shadow is None or record.operation):
            return None
        watched = Watched(
            application=application,
            route=route,
            recording=recording,
            conversation=name,
            asked=asked,
            purpose=record.purpose,
            at=self._parts.clock(),
            is_recorded=is_recorded,
            shadow=shadow,
            memory=memory,
        )
        return Tape(watched, record, self._room)

    def end(self, tape: Taping) -> None:
        """The request is over: what is on the tape is kept, and mirrored where that was asked for."""
        assert isinstance(tape, Tape)
        record, watched = tape.record, tape.watched
        if tape.ending is None or tape.ending is Ending.REFUSED or not record.upstream:
            tape.give_back()
            return
        if tape.code:
            self._missed.missed(RECORDED, watched.route.name, tape.code)
            return
        is_mirrored = watched.shadow is not None and tape.ending is Ending.ANSWERED and not record.operation
        if is_mirrored:
            self._shadows.offer(Mirror(watched, record.request_id, record.upstream, record.model))
        if not (watched.is_recorded or is_mirrored):
            tape.give_back()
            return
        endpoint = self._parts.snapshot.endpoints.get(UpstreamId(record.upstream))
        facts = {
            "role": CALLER,
            "id": record.request_id,
            "pair": record.request_id if is_mirrored else "",
            "vendor": str(endpoint.vendor) if endpoint else "",
            "outcome": str(tape.ending),
            "ended_ms": tape.milliseconds(),
            **_facts(record),
        }
        blocks, size = tape.parts, tape.size
        tape.size, tape.parts = 0, []
        self._keep(watched, facts, watched.asked.body, blocks, record.is_stream, record.dialect, size)

    async def close(self) -> None:
        """Candidates are let go, what was taken is kept, and the ledger says what was not."""
        await self._shadows.close()
        await self._keeper.close()
        if self._entries:
            await asyncio.wait(self._entries)
        await self._missed.close()

    def _keep_answer(self, shadowed: Shadowed) -> None:
        """A candidate's answer is kept beside the caller's."""
        mirror, record = shadowed.mirror, shadowed.record
        facts = {
            "role": CANDIDATE,
            "id": record.request_id,
            "pair": mirror.request_id,
            "vendor": shadowed.vendor,
            "outcome": str(shadowed.ending),
            "ended_ms": shadowed.milliseconds,
            "is_constrained": shadowed.is_constrained,
            **_facts(record),
        }
        self._keep(
            mirror.watched,
            facts,
            shadowed.sent,
            shadowed.blocks,
            record.is_stream,
            record.upstream_dialect,
            shadowed.size,
        )

    def _keep(
        self,
        watched: Watched,
        facts: JsonObject,
        request: bytes,
        blocks: list[tuple[int, bytes]],
        is_stream: bool,
        dialect: str,
        size: int,
    ) -> None:
        taken = Taken(
            number=0,
            kind=watched.recording.purpose,
            application=watched.application.id,
            at=watched.at,
            facts={
                **facts,
                "at": format_instant(watched.at),
                "application": watched.application.id,
                "route": watched.route.name,
                "purpose": watched.purpose,
                "conversation": watched.conversation,
                "dialect": dialect,
                "is_in_full": watched.asked.body is not request,
            },
            request=request,
            parts=parts_of(blocks, dialect, is_stream=is_stream),
            is_stream=is_stream,
            rules=_rules(watched.recording),
        )

        def on_told(told: Told) -> None:
            self._room.left += size
            if told.code:
                self._missed.missed(RECORDED, watched.route.name, told.code)
                return
            self._missed.did(RECORDED, watched.route.name, KEPT)
            task = asyncio.get_running_loop().create_task(self._record(taken, told))
            self._entries.add(task)
            task.add_done_callback(self._entries.discard)

        self._keeper.keep(taken, on_told)

    async def _record(self, taken: Taken, told: Told) -> None:
        """The ledger names the text, so that it can be found, opened and proved."""
        facts = taken.facts
        entry = Entry(
            type=EntryType.STATEMENT,
            at=now(),
            actor=taken.application,
            cause=f"recording:{taken.kind}",
            subject=facts["id"],
            data={
                "predicate": PREDICATE,
                "decided_at": facts["at"],
                "text": {"id": told.id, "window": told.window, "bytes": told.bytes},
                "exchange": {name: facts[name] for name in _TOLD},
                "scrubbed": told.scrubbed,
            },
            digests={"text": told.digest},
        )
        try:
            await self._parts.ledger.append(entry)
        except (OfframpError, OSError):
            self._missed.missed(RECORDED, facts["route"], "ledger-unavailable")


_TOLD: Final = ("role", "pair", "route", "vendor", "upstream", "model", "dialect", "outcome", "is_stream")


def _facts(record: Record) -> dict[str, Any]:
    usage: turns.Usage = record.usage
    return {
        "asked": record.asked[:200],
        "upstream": record.upstream,
        "model": record.model[:200],
        "served": record.served[:200],
        "upstream_dialect": record.upstream_dialect,
        "operation": record.operation,
        "is_stream": record.is_stream,
        "status": record.status,
        "code": record.code,
        "usage": {
            "input": usage.input,
            "output": usage.output,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
            "reasoning": usage.reasoning,
        },
        "losses": [
            {"field": loss.field, "effect": str(loss.effect), "reason": loss.reason}
            for loss in record.losses[:MAX_LOSSES]
        ],
    }


def _rules(recording: Recording) -> list[Rule]:
    return [Rule(one.word, one.pattern, one.pointer) for one in recording.scrub]
