"""Kept texts: what is over or held (disposal/v1), what was destroyed (disposed/v1), holds (holds/v1)."""

from collections.abc import Mapping, Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.core.periods import Period
from offramp.recordings import Disposal, Disposed, Hold
from offramp.report.document import Document, Table

_GAPS = (
    "copies of a text or a key elsewhere, in a backup or on a disk that keeps old blocks, are not seen",
    "what was never kept here is not in it",
)


def planned(plan: Disposal, schedule: Mapping[str, Period], at: Instant) -> Document:
    """What would be destroyed on that day, what is held, and what stays."""
    due, held = plan.due, plan.held
    notes = [
        f"{len(due)} of {len(plan.windows)} windows are over and would be destroyed; {len(held)} are held."
    ]
    if plan.unfinished:
        notes.append("An earlier run was cut short: the next one with --destroy finishes it.")
    unnamed = sorted({one.held.window.kind for one in plan.windows if one.period is None})
    if unnamed:
        notes.append(f"The schedule does not name {', '.join(unnamed)}: these texts stay.")
    rows = []
    windows: list[JsonObject] = []
    for one in plan.windows:
        fate = "held" if one in held else "over" if one in due else "stays"
        words = ", ".join(hold.id for hold in one.holds)
        until = one.due_on.isoformat() if one.due_on else "no schedule"
        name = str(one.held.window)
        rows.append((name, str(one.held.texts), until, fate, words))
        windows.append(
            {
                "window": name,
                "texts": one.held.texts,
                "bytes": one.held.bytes,
                "due_on": one.due_on.isoformat() if one.due_on else None,
                "fate": fate,
                "holds": [hold.id for hold in one.holds],
            }
        )
    return Document(
        schema="offramp/disposal/v1",
        title=f"Kept texts: {len(due)} of {len(plan.windows)} windows are over",
        at=at,
        body={
            "windows": windows,
            "schedule": {kind: str(period) for kind, period in sorted(schedule.items())},
            "unfinished": list(plan.unfinished),
        },
        tables=(
            Table(title="Windows", columns=("window", "texts", "until", "fate", "holds"), rows=tuple(rows)),
        ),
        notes=tuple(notes),
        scope="every window of kept texts beside this ledger",
        method="the day of each window and the period of its kind; holds as the ledger records them",
        gaps=_GAPS,
        next_steps=('offramp evidence dispose --destroy --by "NAME"',) if due or plan.unfinished else (),
        is_legal_matter=True,
    )


def carried_out(done: Disposed, at: Instant) -> Document:
    """What was destroyed, and the receipts."""
    notes = [f"{one} was ordered destroyed and held meanwhile: it stays." for one in done.spared]
    return Document(
        schema="offramp/disposed/v1",
        title=f"Destroyed: {len(done.windows)} {'window' if len(done.windows) == 1 else 'windows'} of texts",
        at=at,
        body={
            "windows": list(done.windows),
            "spared": list(done.spared),
            "receipts": list(done.receipts),
        },
        tables=(Table(title="Windows", columns=("window",), rows=tuple((one,) for one in done.windows)),)
        if done.windows
        else (),
        notes=(*notes, *(f"Entry {index} of the ledger is the receipt." for index in done.receipts)),
        scope="texts whose time was over and that nobody held",
        method="the key of each window was overwritten and deleted, then what it had sealed",
        gaps=_GAPS,
        is_legal_matter=True,
    )


def holds(found: Sequence[Hold], at: Instant) -> Document:
    """Every hold, oldest first."""
    live = [one for one in found if one.is_live]
    return Document(
        schema="offramp/holds/v1",
        title=f"Legal holds: {len(live)} in force",
        at=at,
        body={
            "holds": [
                {
                    "id": one.id,
                    "by": one.by,
                    "reason": one.reason,
                    "at": one.at,
                    "scope": one.scope,
                    "kind": one.kind or None,
                    "application": one.application or None,
                    "first_day": one.first_day.isoformat() if one.first_day else None,
                    "last_day": one.last_day.isoformat() if one.last_day else None,
                    "lifted_at": one.lifted_at or None,
                    "lifted_by": one.lifted_by or None,
                    "lifted_reason": one.lifted_reason or None,
                }
                for one in found
            ]
        },
        tables=(
            Table(
                title="Holds",
                columns=("id", "scope", "by", "reason", "lifted"),
                rows=tuple(
                    (
                        one.id,
                        one.scope,
                        f"{one.by}, {one.at}",
                        one.reason,
                        f"{one.lifted_by}, {one.lifted_at}: {one.lifted_reason}"
                        if one.lifted_at
                        else "in force",
                    )
                    for one in found
                ),
                below=2,
                names_below=True,
            ),
        ),
        scope="holds on texts kept beside this ledger",
        method="as the ledger's database has them; each is an entry too",
        gaps=("a hold here does not reach what is kept elsewhere",),
        is_legal_matter=True,
    )
