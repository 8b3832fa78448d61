"""Held tool calls as documents: the list (holds/v1), one (hold/v1), and how persons decide (decisions/v1)."""

import json
from collections.abc import Sequence

from offramp.control import holds
from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.report.document import Document, Table

METHOD = "the state as stored in the workspace; times by the system clock"
SEEN = (
    "only calls that pass the gateway are held, and only those of tools registered as consequential or not "
    "registered at all"
)


def holds_document(
    found: Sequence[holds.Hold], presence: holds.Presence, asked: str, at: Instant
) -> Document:
    """`holds/v1`: each hold with where it stands, newest last."""
    present = holds.telling.presence_json(presence, at)
    tables = [
        Table(
            title="",
            columns=("hold", "state", "application", "calls of", "approved", "until", "asked for by"),
            rows=tuple(_row(hold, at) for hold in found),
            below=1,
            names_below=True,
        )
    ]
    if present["watches"]:
        rows = tuple((one["person"], one["until_at"]) for one in present["watches"])
        tables.append(Table(title="on watch", columns=("person", "until"), rows=rows))
    if present["stops"]:
        stopped = tuple((one["application"], one["by"], one["at"], one["reason"]) for one in present["stops"])
        tables.append(Table(title="stopped", columns=("application", "by", "since", "reason"), rows=stopped))
    waiting = [hold for hold in found if hold.state(at) is holds.State.PENDING]
    return Document(
        schema="offramp/holds/v1",
        title=f"{len(found)} held, {len(waiting)} waiting for a decision",
        at=at,
        body={"holds": [holds.telling.summary(hold, at) for hold in found], **present},
        tables=tuple(tables),
        scope=asked,
        method=METHOD,
        gaps=(SEEN,),
        next_steps=tuple(f"offramp holds show {hold.id} --by NAME" for hold in waiting[:3]),
    )


def hold_document(hold: holds.Hold, what: JsonObject, shown_to: str, at: Instant) -> Document:
    """`hold/v1`: what a person is asked to decide about."""
    rows = [
        (call["tool"], json.dumps(call["arguments"], ensure_ascii=False, sort_keys=True), _remark(call))
        for call in what["calls"]
    ]
    around = [
        ("application", hold.application),
        ("model", f"{what['asked']} ({what['model']})"),
        ("asked by", ", ".join(hold.requesters) or "nobody is named"),
        ("the user said", what["said"]),
        ("the model said", what["text"]),
        ("approved", f"{len(hold.approved_by)} of {hold.approvals}"),
        ("waits until", format_instant(hold.expires_at)),
        ("bound to", hold.binding),
    ]
    clauses = tuple((one["id"], one["quote"], one["source"]) for one in what["norms"])
    next_steps = [
        f"offramp decide {hold.id} --approve --by NAME --reason TEXT",
        f"offramp decide {hold.id} --deny --by NAME --reason TEXT",
    ]
    return Document(
        schema="offramp/hold/v1",
        title=f"hold {hold.id}: {hold.state(at)}",
        at=at,
        body={**holds.telling.summary(hold, at), "what": what, "shown_to": shown_to},
        tables=(
            Table(title="held calls", columns=("tool", "arguments", "remark"), rows=tuple(rows)),
            Table(title="around them", columns=("", ""), rows=tuple(around)),
            Table(title="the clause", columns=("norm", "says", "source"), rows=clauses),
            *_decisions(hold),
        ),
        scope=f"hold {hold.id} of application {hold.application}",
        method="the calls as they are kept, checked against the digest that was recorded when they were held",
        gaps=(
            "what the application would do with the calls cannot be seen",
            "names of tools are compared sign by sign; letters of other alphabets can look the same",
        ),
        next_steps=tuple(next_steps) if hold.state(at) is holds.State.PENDING else (),
        is_legal_matter=True,
    )


def decided_document(hold: holds.Hold, name: str, entry: int | None, at: Instant) -> Document:
    """`hold/v1` after a decision."""
    state = hold.state(at)
    missing = hold.approvals - len(hold.approved_by)
    notes = {
        holds.State.APPROVED: "the application gets the calls when it sends the same conversation again",
        holds.State.PENDING: f"{missing} more approval{'s' if missing > 1 else ''} needed",
        holds.State.DENIED: "the application is told so when it sends the same conversation again",
    }
    return Document(
        schema="offramp/hold/v1",
        title=f"hold {hold.id}: {state}",
        at=at,
        body={**holds.telling.summary(hold, at), "entry": entry, "decided_by": name},
        tables=_decisions(hold),
        notes=(notes[state],) if state in notes else (),
        scope=f"hold {hold.id} of application {hold.application}",
        method=METHOD,
        gaps=("what the application does with the calls afterwards cannot be seen",),
    )


def habits_document(found: Sequence[holds.Hold], since: Instant | None, at: Instant) -> Document:
    """`decisions/v1`: how persons decide, for whoever looks for rubber stamps."""
    habits = holds.habits.habits(found, since)
    tally = holds.habits.tally(found, at, since)
    body = {
        "held": tally.held,
        "pending": tally.pending,
        "approved": tally.approved,
        "released": tally.released,
        "denied": tally.denied,
        "expired": tally.expired,
        "persons": [
            {
                "person": one.person,
                "decisions": one.decisions,
                "approvals": one.approvals,
                "approval_share": round(one.approval_share, 4),
                "median_seconds": round(one.median_seconds, 3),
                "shortest_seconds": round(one.shortest_seconds, 3),
            }
            for one in habits
        ],
    }
    rows = tuple(
        (
            one.person,
            str(one.decisions),
            f"{one.approval_share:.0%}",
            f"{one.median_seconds:.0f} s",
            f"{one.shortest_seconds:.0f} s",
        )
        for one in habits
    )
    return Document(
        schema="offramp/decisions/v1",
        title=f"{tally.held} held: {tally.released} released, {tally.denied} denied, {tally.expired} expired",
        at=at,
        body=body,
        tables=(
            Table(
                title="how persons decide",
                columns=("person", "decisions", "approved", "median time", "shortest"),
                rows=rows,
            ),
        ),
        scope=f"holds since {format_instant(since)}" if since else "every hold there is",
        method="seconds from the first showing to a person until the decision; shares of all decisions",
        gaps=(
            "that something was shown does not mean that it was read",
            "no figure here says by itself that a person decided badly",
        ),
    )


def _row(hold: holds.Hold, at: Instant) -> tuple[str, ...]:
    usable = hold.usable_until()
    return (
        hold.id,
        str(hold.state(at)),
        hold.application,
        ", ".join(hold.tools),
        f"{len(hold.approved_by)} of {hold.approvals}",
        format_instant((hold.expires_at if usable is None else usable).replace(microsecond=0)),
        ", ".join(hold.norms),
    )


def _remark(call: JsonObject) -> str:
    if "resembles" in call:
        return f"not registered; resembles `{call['resembles']}`"
    return "not registered" if call.get("unregistered") else ""


def _decisions(hold: holds.Hold) -> tuple[Table, ...]:
    if not hold.decisions:
        return ()
    rows = tuple(
        (one.person, str(one.verdict), f"{one.seconds:.0f} s", str(one.way), one.reason)
        for one in hold.decisions
    )
    columns = ("person", "verdict", "after", "by way of", "reason")
    return (Table(title="decisions", columns=columns, rows=rows),)
