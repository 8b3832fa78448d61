"""Requests as the ledger has them: how many, what came of them, and which moves of traffic lay between."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import msgspec

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.reading import Recorded

MOVES = (EntryType.RAMP, EntryType.CUT, EntryType.RESTORE)


class Requests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Requests that passed the gateway."""

    answered: int
    refused: int
    """By the gateway, or because nothing was left to send them to."""
    failed: int
    """An upstream failed, broke off, or the caller went away."""
    last_at: str
    """When the last of them was, RFC 3339; empty where there was none."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.answered + self.refused + self.failed


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of where traffic goes, as the ledger has it."""

    entry: int
    type: str
    """`ramp`, `cut` or `restore`."""
    at: str
    """From when it counts."""
    recorded_at: str
    subject: str
    """A route for a ramp, else an upstream."""
    by: str
    cause: str
    reason: str
    share: int | None
    """For a ramp, per cent of conversations that go to the route's second target."""
    route: str
    """For a cut or restoration of one route; empty: all."""
    still_held_by: tuple[str, ...]


def counted_at(entry: Entry) -> Instant:
    """The instant an entry counts from: the one it was decided for, or the one it was written at."""
    try:
        return parse_instant(str(entry.data["decided_at"]))
    except (KeyError, OfframpError):
        return entry.at


def requests(entries: Iterable[Recorded], upstreams: Collection[str] = ()) -> Requests:
    """Count the requests among `entries`; with `upstreams`, only those that were sent to one of them."""
    counts: Counter[str] = Counter()
    last: Instant | None = None
    for one in entries:
        data = one.entry.data
        if one.entry.cause.startswith("command") or "outcome" not in data or "upstream" not in data:
            continue
        if one.entry.type not in (EntryType.TRAFFIC, EntryType.DECISION):
            continue
        if upstreams and (data["upstream"] not in upstreams or data["outcome"] == "refused"):
            continue
        counts[str(data["outcome"])] += 1
        at = counted_at(one.entry)
        last = at if last is None else max(last, at)
    refused, answered = counts["refused"], counts["answered"]
    return Requests(
        answered=answered,
        refused=refused,
        failed=counts.total() - refused - answered,
        last_at="" if last is None else format_instant(last),
    )


def moves(entries: Iterable[Recorded], subjects: Collection[str]) -> tuple[Recorded, ...]:
    """The ramps, cuts and restorations of these routes and upstreams, in order."""
    return tuple(one for one in entries if one.entry.type in MOVES and one.entry.subject in subjects)


def told(found: Sequence[Recorded]) -> tuple[Move, ...]:
    """The moves as statements tell them."""
    return tuple(
        Move(
            entry=one.index,
            type=str(one.entry.type),
            at=format_instant(counted_at(one.entry)),
            recorded_at=format_instant(one.entry.at),
            subject=one.entry.subject,
            by=one.entry.actor,
            cause=one.entry.cause,
            reason=str(one.entry.data.get("reason", "")),
            share=one.entry.data.get("share"),
            route=str(one.entry.data.get("route", "")),
            still_held_by=tuple(one.entry.data.get("still_held_by", ())),
        )
        for one in found
    )


def moves_in_words(entries: Iterable[Recorded], subjects: Collection[str]) -> tuple[str, ...]:
    """The moves of these routes and upstreams, one line each, for reports that list what was done."""
    lines = []
    for one in told(moves(entries, subjects)):
        what = f"{one.share} % moved off" if one.share is not None else one.type
        place = f"{one.subject}, route {one.route}" if one.route else one.subject
        why = f", because: {one.reason}" if one.reason else ""
        lines.append(
            f"{one.at[:10]}: {place}: {what}, by {one.by}, cause {one.cause}{why} (entry {one.entry})"
        )
    return tuple(lines)


def rests_on(found: Iterable[Recorded]) -> tuple[str, ...]:
    """Every instrument the entries name."""
    return tuple(sorted({name for one in found for name in one.entry.instruments}))
