"""What happens to holds, as steps that are ready to be recorded: an entry and the rows that change with it.

Nothing here records. INVARIANT: rows of decisions and ends are only ever added, each with an id of its own,
and the database takes one end for each hold: of two persons or requests that race, the later gets an error.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from offramp.control.holds.hold import Hold, Presence, Stop, Verdict, Way
from offramp.control.holds.rules import check_decision
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.ids import new_id
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Change, Entry, EntryType
from offramp.workspace.holding import Holding, Person

LOST_RACE: Final = ("change-invalid", "change-stale")
"""Codes of the errors for a row that another was quicker to add."""
MAX_REASON: Final = 2000
MAX_CALLS: Final = 40


@dataclass(frozen=True, slots=True)
class Step:
    """A ledger entry and the rows that change with it."""

    entry: Entry
    changes: tuple[Change, ...] = ()

    def told_at(self, decided_at: Instant) -> "Step":
        """The same with the instant that instruments were asked for, which may be a simulated one."""
        data = {"decided_at": format_instant(decided_at), **self.entry.data}
        return replace(self, entry=replace(self.entry, data=data))


def request(hold: Hold, data: Mapping[str, object]) -> Step:
    """`hold` begins to wait. `data` is what else the gateway knows of it."""
    row = {
        "id": hold.id,
        "application": hold.application,
        "conversation": hold.conversation,
        "binding": hold.binding,
        "shown": hold.shown,
        "calls": json.dumps([{"id": one.id, "tool": one.tool, "digest": one.digest} for one in hold.calls]),
        "role": str(hold.role),
        "norms": json.dumps(hold.norms),
        "instruments": json.dumps(hold.instruments),
        "requesters": json.dumps(hold.requesters),
        "approvals": hold.approvals,
        "approval_seconds": hold.approval_seconds,
        "request_id": hold.request_id,
        "asked": hold.asked,
        "vendor": hold.vendor,
        "requested_at": format_instant(hold.requested_at),
        "expires_at": format_instant(hold.expires_at),
    }
    entry = _entry(hold, hold.requested_at, hold.application, "held", data)
    return Step(entry, (Change("control_holds", row),))


def show(hold: Hold, person: Person, way: Way, at: Instant, account: str = "") -> Step | None:
    """`person` is shown what is held; None where that was so before."""
    if hold.shown_to(person.id) is not None:
        return None
    row = {
        "id": new_id("shown"),
        "hold": hold.id,
        "person": person.id,
        "shown": hold.shown,
        "way": str(way),
        "at": format_instant(at),
    }
    data = {"person": person.id, "name": person.name, "way": str(way), "account": account}
    return Step(
        _entry(hold, at, person.name, "shown", data, EntryType.HOLD),
        (Change("control_hold_showings", row),),
    )


def decide(
    hold: Hold, person: Person, verdict: Verdict, reason: str, way: Way, at: Instant, account: str = ""
) -> Step:
    """`person` says `verdict`. One denial ends the hold. Raises where the rules refuse it."""
    check_decision(hold, person, verdict, reason, at)
    showing = hold.shown_to(person.id)
    shown_at = showing.at if showing else at
    said = reason.strip()[:MAX_REASON]
    row = {
        "id": new_id("decided"),
        "hold": hold.id,
        "person": person.id,
        "role": str(person.role),
        "verdict": str(verdict),
        "reason": said,
        "way": str(way),
        "shown_at": format_instant(shown_at),
        "at": format_instant(at),
    }
    changes = [Change("control_hold_decisions", row)]
    if verdict is Verdict.DENY:
        changes.append(_end(hold, "denied", person.name, at))
    data: JsonObject = {
        "verdict": str(verdict),
        "reason": said,
        "person": person.id,
        "name": person.name,
        "role": str(person.role),
        "asked_role": str(hold.role),
        "way": str(way),
        "account": account,
        "was_shown": showing is not None,
        "shown_at": format_instant(shown_at),
        "shown_seconds": round((at - shown_at).total_seconds(), 3),
        "approvals": f"{len(hold.approved_by) + (verdict is Verdict.APPROVE)} of {hold.approvals}",
    }
    entry = _entry(hold, at, person.name, "decided", data, EntryType.DECISION, f"person:{person.name}")
    return Step(entry, tuple(changes))


def release(hold: Hold, request_id: str, at: Instant) -> Step:
    """The calls are about to be given to the application, for `request_id`. Recorded at most once."""
    data = {
        "release": request_id,
        "approved_by": [one.person for one in hold.approved_by],
    }
    return Step(
        _entry(hold, at, hold.application, "released", data), (_end(hold, "released", request_id, at),)
    )


def watch(person: Person, holding: Holding, at: Instant, *, leaves: bool, account: str = "") -> Step:
    """`person` is on watch from `at` on for as long as the workspace says, or leaves."""
    until = at if leaves else at + timedelta(minutes=holding.watch_minutes)
    row = {"person": person.id, "since_at": format_instant(at), "until_at": format_instant(until)}
    data = {
        "event": "watch-left" if leaves else "watch",
        "person": person.id,
        "until_at": row["until_at"],
        "account": account,
    }
    return Step(_bare(person.name, at, person.id, data), (Change("control_watches", row),))


def stop(person: Person, application: str, reason: str, at: Instant) -> Step:
    """No consequential call of `application` flows from now on. Raises where no reason is given."""
    stopped = Stop(application=application, by=person.name, reason=_reason(reason), at=at)
    row = {
        "application": application,
        "by": stopped.by,
        "reason": stopped.reason,
        "at": format_instant(at),
    }
    data = {"event": "stopped", "person": person.id, "application": application, "reason": stopped.reason}
    return Step(_bare(person.name, at, application, data), (Change("control_stops", row),))


def resume(person: Person, presence: Presence, application: str, reason: str, at: Instant) -> Step:
    """Consequential calls of `application` flow again where they did before."""
    if presence.stop_of(application) is None:
        raise OfframpError(
            "not-stopped",
            f"the calls of application `{application[:80]}` are not stopped",
            help="see what is with `offramp holds`",
        )
    data = {"event": "resumed", "person": person.id, "application": application, "reason": _reason(reason)}
    row = {"application": application}
    return Step(_bare(person.name, at, application, data), (Change("control_stops", row, is_removal=True),))


def note(hold: Hold, event: str, data: Mapping[str, object], at: Instant) -> Step:
    """Something else happened to `hold`, such as that somebody was told of it."""
    return Step(_entry(hold, at, "gateway", event, data))


def lost_race(error: OfframpError) -> bool:
    """Whether `error` says that somebody else was quicker."""
    return error.code in LOST_RACE


def _reason(reason: str) -> str:
    if not reason.strip():
        raise OfframpError("reason-missing", "no reason is given", help="say why, in words, for the ledger")
    return reason.strip()[:MAX_REASON]


def _end(hold: Hold, end: str, by: str, at: Instant) -> Change:
    row = {"id": new_id("end"), "hold": hold.id, "end": end, "by": by, "at": format_instant(at)}
    return Change("control_hold_ends", row)


def _entry(
    hold: Hold,
    at: Instant,
    actor: str,
    event: str,
    more: Mapping[str, object],
    type_: EntryType = EntryType.HOLD,
    cause: str = "",
) -> Entry:
    data: JsonObject = {
        "event": event,
        "application": hold.application,
        "role": str(hold.role),
        "norms": list(hold.norms),
        "request_id": hold.request_id,
        "calls": [{"tool": one.tool[:200], "digest": one.digest} for one in hold.calls[:MAX_CALLS]],
        **more,
    }
    return Entry(
        type=type_,
        at=at,
        actor=actor,
        cause=cause or (f"norm:{hold.norms[0]}" if hold.norms else "request"),
        subject=hold.id,
        instruments=hold.instruments,
        data=data,
        digests={"binding": hold.binding, "conversation": hold.conversation, "shown": hold.shown},
    )


def _bare(actor: str, at: Instant, subject: str, data: Mapping[str, object]) -> Entry:
    return Entry(
        type=EntryType.HOLD, at=at, actor=actor, cause=f"person:{actor}", subject=subject, data=dict(data)
    )
