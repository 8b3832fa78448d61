"""What a drill did to the requests of its time: who had no permitted target, what failed, what it cost.

Computed from the ledger's entries: values in, values out, but for `entries_of`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from offramp.core.digests import JsonObject
from offramp.core.instants import format_instant
from offramp.evidence import Entry, EntryType, Recorded, read_entries
from offramp.plan.drills.drill import Drill
from offramp.plan.moves import Act, Step
from offramp.plan.pacing.steps import step_of

ANSWERED = "answered"
REFUSED = "refused"
CANCELLED = "cancelled"
MOST_LOSSES = 20
FIRST_READ = 8000
BEFORE = 2000
"""Entries before the drill that its latency is compared with, at most."""


@dataclass(slots=True)
class Affected:
    """Requests of one application on one route whose targets the drill reached."""

    application: str
    route: str
    answered: int = 0
    """By another target."""
    refused: int = 0
    """No permitted target was left."""
    failed: int = 0
    """The target left failed or broke off."""
    cancelled: int = 0
    losses: Counter[str] = field(default_factory=Counter)
    took_ms: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All of them."""
        return self.answered + self.refused + self.failed + self.cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of the requests."""

    drill: Drill
    requests: int
    """All that named a caller while it went on."""
    affected: tuple[Affected, ...]
    """By application and route."""
    before_ms: tuple[int, ...]
    """Times of answers on the same routes before it."""

    def count(self, name: str) -> int:
        """Of all affected: `answered`, `refused`, `failed`, `cancelled` or `total`."""
        return sum(int(getattr(one, name)) for one in self.affected)

    @property
    def took_ms(self) -> tuple[int, ...]:
        """Times of the affected that were answered."""
        return tuple(took for one in self.affected for took in one.took_ms)


def entries_of(state: Path, drill: Drill) -> tuple[Recorded, ...]:
    """The entries from some time before the drill on, the oldest first."""
    limit = FIRST_READ
    while True:
        found = read_entries(state, limit=limit, newest_first=True)
        if len(found) < limit or any(_began(one, drill) for one in found[: limit - BEFORE]):
            return tuple(found[::-1])
        limit *= 4


def report(drill: Drill, entries: Sequence[Recorded]) -> Report:
    """The report over a ledger's entries; up to now where the drill goes on."""
    cause = str(drill.cause)
    kinds = (EntryType.CUT, EntryType.RESTORE, EntryType.CONFIG)
    moves = [one.index for one in entries if one.entry.cause == cause and one.entry.type in kinds]
    has_ended = drill.ended_at is not None
    first = moves[0] if moves else 0
    last = moves[-1] if moves and has_ended else (entries[-1].index if entries else 0)
    found: dict[tuple[str, str], Affected] = {}
    requests = 0
    for one in entries:
        if not first < one.index <= last or not _is_request(one.entry):
            continue
        requests += 1
        if one.entry.data.get("drill") == drill.name:
            _count(found, one.entry)
    routes = {route for _, route in found}
    earlier = [one.entry for one in entries if one.index < first][-BEFORE:]
    return Report(
        drill=drill,
        requests=requests,
        affected=tuple(found[key] for key in sorted(found)),
        before_ms=tuple(_took(entry) for entry in earlier if _is_answer_on(entry, routes)),
    )


def report_step(found: Report, act: Act) -> Step:
    """The report's numbers as an entry of the ledger."""
    data: JsonObject = {
        "drill": found.drill.name,
        "vendor": found.drill.vendor,
        "began_at": format_instant(found.drill.at),
        "requests": found.requests,
        "affected": [affected_body(one) for one in found.affected[:50]],
        "affected_left_out": max(0, len(found.affected) - 50),
    }
    return step_of(EntryType.STATEMENT, f"drill:{found.drill.name}", act, data, ())


def affected_body(one: Affected) -> JsonObject:
    """One line of the report, for programs."""
    return {
        "application": one.application,
        "route": one.route,
        "requests": one.total,
        "answered": one.answered,
        "refused": one.refused,
        "failed": one.failed,
        "cancelled": one.cancelled,
        "losses": dict(one.losses.most_common(MOST_LOSSES)),
        "median_ms": middle(one.took_ms),
        "slowest_ms": max(one.took_ms, default=None),
    }


def middle(values: Iterable[int]) -> int | None:
    """The median, rounded down; None of nothing."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def _count(found: dict[tuple[str, str], Affected], entry: Entry) -> None:
    data: Mapping[str, Any] = entry.data
    key = (str(data.get("application", "")), str(data.get("route", "")))
    one = found.setdefault(key, Affected(*key))
    outcome = data["outcome"]
    if outcome == ANSWERED:
        one.answered += 1
        one.took_ms.append(_took(entry))
        one.losses.update(str(loss["field"]) for loss in data.get("losses", ()))
    elif outcome == REFUSED:
        one.refused += 1
    elif outcome == CANCELLED:
        one.cancelled += 1
    else:
        one.failed += 1


def _began(one: Recorded, drill: Drill) -> bool:
    return one.entry.type is EntryType.CUT and one.entry.cause == str(drill.cause)


def _is_request(entry: Entry) -> bool:
    is_kind = entry.type in (EntryType.TRAFFIC, EntryType.DECISION)
    return is_kind and "outcome" in entry.data and "upstream" in entry.data


def _is_answer_on(entry: Entry, routes: set[str]) -> bool:
    is_answer = _is_request(entry) and entry.data["outcome"] == ANSWERED and "took_ms" in entry.data
    return is_answer and entry.data.get("route") in routes


def _took(entry: Entry) -> int:
    return int(entry.data.get("took_ms", 0))
