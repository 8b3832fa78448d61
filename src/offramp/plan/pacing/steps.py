"""A step of its own kind: an entry by a person or by the gateway, and the rows that change with it."""

from offramp.core.digests import JsonObject
from offramp.core.instants import format_instant
from offramp.evidence import Change, Entry, EntryType
from offramp.plan.moves import Act, Step


def step_of(
    type: EntryType,  # noqa: A002
    subject: str,
    act: Act,
    data: JsonObject,
    changes: tuple[Change, ...],
    cause: str = "",
) -> Step:
    """The step; its cause is the act's where none is given, else the act's stands beside it."""
    if cause:
        data = {**data, "for": str(act.cause)}
    entry = Entry(
        type=type,
        at=act.recorded_at,
        actor=act.by,
        cause=cause or str(act.cause),
        subject=subject,
        data={**data, "decided_at": format_instant(act.at), "reason": act.reason},
    )
    return Step(entry, changes)
