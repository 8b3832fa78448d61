"""Held tool calls in one exchange: a conversation that is answered from a hold, and answers that are judged.

Only for applications that registered consequential tools, or arguments of tools that name persons. What such
an application is given was written by the gateway from what it read: a call that was not read was not judged,
and is not passed on either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import orjson

from offramp.control import consequential_tool_calls as tool_calls
from offramp.control import guards, holds, human_role
from offramp.core.digests import JsonObject, sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant, now
from offramp.core.verdicts import HumanRole
from offramp.dialects import FailureKind, Operation, turns
from offramp.gateway import held_turn, notices
from offramp.gateway.caller import Caller
from offramp.gateway.clauses import asked_of_persons, forbidden, matter_of
from offramp.gateway.guarding import Guarded
from offramp.gateway.headers import RawHeaders
from offramp.gateway.held_relay import HeldRelay
from offramp.gateway.hold_request import calls, hold_for
from offramp.gateway.memory import Memory
from offramp.gateway.outgoing import Asked
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.snapshot import Snapshot
from offramp.gateway.webhook import tell
from offramp.workspace import Application


@dataclass(slots=True, kw_only=True)
class Watch:
    """One exchange of an application whose calls are watched."""

    parts: Parts
    snapshot: Snapshot
    application: Application
    asked: Asked
    request: turns.Request
    conversation: str
    """Digest of the conversation, without notices at its end."""
    resumes: str
    """The hold that a notice at the end of the conversation told of; empty where there is none."""
    caller: Caller
    record: Record
    memory: Memory
    tools: tool_calls.Tools
    guarded: Guarded | None = None
    """Counts the persons that calls of the answer name; None where no clause counts them."""
    hold: holds.Hold | None = None
    """What the answer tells of."""
    state: holds.State = holds.State.PENDING
    told: str = ""
    """The notice of a hold that was just made."""

    async def answers_from_hold(self) -> bool:
        """Whether this conversation has an answer that is held; it was then told so, or given it."""
        if not self.tools.consequential:
            return False
        try:
            found = await self.parts.holds.of(self.application.id, self.conversation)
            hold = _current(found, self.resumes, now())
            data = (
                None
                if hold is None
                else await self.parts.kept.get(held_turn.KIND, hold.id, self.application.id)
            )
            if hold is None or data is None:
                # What was kept is gone with its day: the model is asked anew, and its calls held anew.
                return False
            kept = held_turn.read_turn(data)
            reply = held_turn.reply_of(kept)
            self.hold, self.state = hold, hold.state(now())
            if self.state is holds.State.APPROVED:
                await self._release(hold, kept, reply)
            else:
                reply = held_turn.said_instead(reply, notices.notice(hold, _clauses(kept)))
        except OfframpError as error:
            raise _refused(error) from error
        self.record.hold = hold.id
        self.record.upstream, self.record.model = kept.upstream, kept.model
        await self._give(replace(reply, model=self.asked.model))
        return True

    async def judged(self, reply: turns.Reply, cut: Sequence[str] = ()) -> turns.Reply:
        """The answer as the application may have it; `cut` are tools whose call is not whole.

        Raises `Refused`.
        """
        self.flag_text(held_turn.text_of(reply))
        made = held_turn.calls_of(reply)
        called = [call.name for call in made]
        naming = self.guarded.tools_that_name if self.guarded is not None else frozenset[str]()
        if any(self.tools.facts_of(tool) or tool in naming for tool in cut):
            message = "a tool call that had to be judged was cut short, so that it could not be"
            raise refuse(FailureKind.UPSTREAM, "call-cut-short", message)
        if self.guarded is not None and not naming.isdisjoint(called):
            # INVARIANT: who is named is counted durably before the calls are given out, or held.
            await self.guarded.count_calls(self.record, made, self.parts.clock())
        watched = [tool for tool in called if self.tools.facts_of(tool)]
        if not watched:
            return reply
        try:
            return await self._judge(reply, watched)
        except OfframpError as error:
            raise _refused(error) from error

    async def settle(self, relay: HeldRelay) -> bytes:
        """The end of a stream whose calls waited: the calls, or a notice. A failure is the relay's."""
        if not relay.waits or relay.failure is not None:
            self.flag_text(relay.assembly.text)
            return b""
        reply, cut = relay.assembly.reply()
        try:
            judged = await self.judged(reply, cut)
        except Refused as refused:
            relay.failure = refused.failure
            return b""
        if judged is reply or self.hold is None:
            return relay.let_go()
        return relay.say_instead(self.told)

    def marked(self, body: JsonObject) -> JsonObject:
        """A whole answer's body, with what it tells of a hold for programs."""
        if self.hold is None:
            return body
        return {**body, "offramp": notices.extension(self.hold, self.state)}

    def headers(self) -> RawHeaders:
        """The same for whoever reads headers."""
        if self.hold is None:
            return []
        return [(b"offramp-hold", f"{self.hold.id}; {self.state}".encode())]

    def flag_text(self, text: str) -> None:
        """A call written as text goes on, and is recorded as seen."""
        names = [tool for tool in self.tools.consequential if self.tools.facts_of(tool)]
        self.record.calls_in_text = tool_calls.calls_in_text(names, text)

    async def _judge(self, reply: turns.Reply, watched: Sequence[str]) -> turns.Reply:
        asked = asked_of_persons(
            self.snapshot, self.application, self.record, self.tools, watched, self.parts.clock
        )
        if asked.role is None:
            raise forbidden(asked, watched)
        presence = await self.parts.holds.presence()
        stop = presence.stop_of(self.application.id)
        if stop is not None:
            message = f"the calls of this application were stopped by {stop.by}: {stop.reason}"
            raise refuse(FailureKind.FORBIDDEN, "calls-stopped", message, asked.norms)
        if asked.role is HumanRole.NONE:
            return reply
        at = now()
        held = hold_for(
            self.snapshot, self.application, self.request, self.conversation, reply, self.record, asked, at
        )
        hold = held.hold
        present, filling = self._filling(hold, presence, at)
        matter = matter_of(self.application, hold.vendor, asked, watched, present)
        judged = [guard.judge(matter) for guard in guards.CALL_GUARDS]
        around = {**self._around(), "guards": [one.to_json() for one in judged]}
        if not human_role.is_wanting(judged):
            await self._append(holds.steps.note(hold, "flowed", {"persons": filling, **around}, at))
            if asked.role is HumanRole.SUPERVISES:
                tell(self.parts, self.snapshot, hold, held.shown, "call-flowed")
            return reply
        text = held_turn.kept_turn(reply, self.record, dict(held.shown))
        # INVARIANT: what a decision is about is kept before anybody can be asked to decide.
        await self.parts.kept.put(held_turn.KIND, hold.id, self.application.id, text)
        await self._append(holds.steps.request(hold, around))
        self.hold, self.record.hold = hold, hold.id
        self.told = notices.notice(hold, [f"`{norm.id}`" for norm in asked.norms])
        tell(self.parts, self.snapshot, hold, held.shown, "call-held")
        return held_turn.said_instead(reply, self.told)

    def _filling(
        self, hold: holds.Hold, presence: holds.Presence, at: Instant
    ) -> tuple[HumanRole, list[str]]:
        """The role that is filled without anybody deciding each call, and by whom."""
        holding, name = self.snapshot.workspace.holding, self.application.id
        watching = [
            person.id
            for person in holding.named(name, HumanRole.SUPERVISES)
            if presence.on_watch(person.id, at) and not holds.rules.is_requester(hold, person)
        ]
        if watching:
            return HumanRole.SUPERVISES, watching
        named = [person.id for person in holding.named(name, HumanRole.RESPONSIBLE)]
        return (HumanRole.RESPONSIBLE, named) if named else (HumanRole.NONE, [])

    async def _release(self, hold: holds.Hold, kept: held_turn.KeptTurn, reply: turns.Reply) -> None:
        """The calls may be given out, once, and that they are is recorded. Raises where they may not."""
        made = calls(reply)
        if holds.binding_digest(made, hold.application, self.conversation) != hold.binding:
            raise OfframpError(
                "binding-broken",
                f"what is kept of hold `{hold.id}` is not what was decided about",
                help="look for who can write `kept.db`; ask the model again once the hold has expired",
            )
        called = [call.tool for call in made]
        asked = asked_of_persons(self.snapshot, self.application, kept, self.tools, called, self.parts.clock)
        if asked.role is None:
            raise forbidden(asked, called)
        stop = (await self.parts.holds.presence()).stop_of(self.application.id)
        if stop is not None:
            message = f"the calls of this application were stopped by {stop.by}: {stop.reason}"
            raise refuse(FailureKind.FORBIDDEN, "calls-stopped", message, asked.norms)
        strictest = replace(hold, role=max(hold.role, asked.role, key=lambda role: role.rank))
        holds.rules.check_release(strictest, self.snapshot.workspace.holding, now())
        await self._append(holds.steps.release(hold, self.record.request_id, now()))
        self.state = holds.State.RELEASED

    async def _append(self, step: holds.steps.Step) -> None:
        # INVARIANT: durable before its effect.
        try:
            told = step.told_at(self.parts.clock())
            await self.parts.ledger.append(told.entry, told.changes)
        except OSError as error:
            raise OfframpError(
                "ledger-unavailable", "the ledger did not take the entry", help="look at the gateway's log"
            ) from error

    async def _give(self, reply: turns.Reply) -> None:
        """The application gets `reply` in its own API, streamed where it asked for that."""
        caller, record = self.caller, self.record
        reply = replace(reply, id=reply.id or caller.request_id)
        record.status = 200
        if not self.request.wants_stream:
            encoded = caller.dialect.encode_reply(reply)
            record.losses += encoded.losses
            data = orjson.dumps(self.marked(encoded.body))
            record.losses += await self.memory.keep_whole(data, record.upstream, is_native=False)
            await caller.write(Ending.ANSWERED, answer_digest=digest(data))
            await caller.whole(200, self.headers(), data)
            return
        encoder = caller.dialect.stream_encoder(wants_usage=self.request.wants_stream_usage)
        caller.await_stream()
        events = b"".join(encoder.encode(event) for event in held_turn.events_of(reply))
        data = caller.last_events(events)
        record.is_stream = True
        record.losses += await self.memory.keep_streamed(caller.dialect, record.upstream, is_native=False)
        await caller.write(Ending.ANSWERED, answer_digest=digest(data))
        await caller.begin_stream(200, self.headers())
        await caller.end(data)

    def _around(self) -> JsonObject:
        """What an entry says of the exchange."""
        return {
            "upstream": self.record.upstream,
            "model": self.record.model[:200],
            "dialect": self.record.dialect,
            "decided_at": format_instant(self.parts.clock()),
        }


def watch_for(
    parts: Parts,
    snapshot: Snapshot,
    application: Application,
    asked: Asked,
    caller: Caller,
    memory: Memory,
    operation: str,
    guarded: Guarded | None,
) -> Watch | None:
    """The watch over one exchange; None where nothing in it can be consequential or name persons that count.

    Raises `Refused` where the request cannot be read: what its answer does could not be judged.
    """
    tools = snapshot.watching.tools.get(application.id)
    if guarded is not None and not guarded.tools_that_name:
        guarded = None
    if tools is None and guarded is not None:
        tools = tool_calls.Tools()
    if tools is None or operation not in (Operation.CONVERSE, Operation.STREAM):
        return None
    request = asked.request()
    said, resumes = notices.without_notices(request.turns)
    named = {
        "model": asked.model,
        "system": request.system,
        "tools": [tool.name for tool in request.tools],
        "turns": said,
    }
    assert caller.record is not None
    return Watch(
        parts=parts,
        snapshot=snapshot,
        application=application,
        asked=asked,
        request=request,
        conversation=sha256_hex(msgspec.json.encode(named, order="sorted")),
        resumes=resumes,
        caller=caller,
        record=caller.record,
        memory=memory,
        tools=tools,
        guarded=guarded,
    )


def _current(found: Sequence[holds.Hold], resumes: str, at: Instant) -> holds.Hold | None:
    """The hold that answers now: one that can be released before one that waits, and the newest of those."""
    answering = [hold for hold in found if hold.answers(at) and resumes in ("", hold.id)]
    for state in (holds.State.APPROVED, holds.State.PENDING, holds.State.DENIED):
        mine = [hold for hold in answering if hold.state(at) is state]
        if mine:
            return mine[-1]
    return None


def _clauses(kept: held_turn.KeptTurn) -> list[str]:
    return [f"`{norm['id']}`" for norm in kept.shown.get("norms", [])]


def _refused(error: OfframpError) -> Refused:
    """Why an answer is not given, and in which kind of error."""
    if holds.steps.lost_race(error):
        message = "another request was given the held calls: an approval is used once"
        return refuse(FailureKind.FORBIDDEN, "hold-used", message)
    kind = FailureKind.FORBIDDEN if error.code in _THEIRS else FailureKind.INTERNAL
    return refuse(kind, error.code, f"{error.message}; {error.help}")


_THEIRS = (
    "arguments-not-canonical",
    "approval-lapsed",
    "binding-broken",
    "clock-behind",
    "held-turn-unkeepable",
)
