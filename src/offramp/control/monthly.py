"""A month under red lines, read from the ledger's entries and nothing else. Pure.

A day is the one an entry counts for, in UTC: `decided_at` where it has one, else when it was recorded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from offramp.control.guards.interface import Figure
from offramp.core.instants import Instant, parse_instant
from offramp.evidence import Entry, EntryType

HELD, DECIDED = "held", "decided"
REFUSED, ANSWERED = "refused", "answered"


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One application, one purpose as it was declared with requests, one vendor."""

    application: str
    purpose: str
    vendor: str
    """Empty: none was asked, as where a hold answers."""


@dataclass(frozen=True, slots=True, order=True)
class Counted:
    """What is counted together."""

    owner: str
    purpose: str
    vendor: str
    fact: str


@dataclass(slots=True)
class Count:
    """The largest count of a month, and when it was made."""

    figure: Figure
    at: Instant
    norms: tuple[str, ...]
    additions: int = 0
    """How many requests added persons."""


@dataclass(slots=True)
class Decisions:
    """What one person decided about held calls."""

    approved: int = 0
    denied: int = 0
    seconds: list[float] = field(default_factory=list)
    """How long what was held had been shown."""

    @property
    def median_seconds(self) -> float | None:
        """Of how long it was shown; None where that is not known."""
        return median(self.seconds) if self.seconds else None


@dataclass(slots=True)
class Month:
    """What happened in a month, as far as the ledger says."""

    requests: Counter[Use] = field(default_factory=Counter)
    answered: Counter[Use] = field(default_factory=Counter)
    refused: Counter[Use] = field(default_factory=Counter)
    refusals: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Cause, code and application."""
    warnings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Guard, verdict and application."""
    counts: dict[Counted, Count] = field(default_factory=dict)
    holds: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Application and what became of a hold, as the entries call it."""
    decisions: dict[str, Decisions] = field(default_factory=dict)
    keys_destroyed: list[str] = field(default_factory=list)
    exceptions: Counter[str] = field(default_factory=Counter)
    """Instruments that decided requests and are waivers, by how many."""
    is_unsure: int = 0
    """Requests a guard could not judge, and that were held."""


def month_of(entries: Iterable[Entry], month: str, waivers: Iterable[str]) -> Month:
    """What the entries say of `month`, such as `2026-08`. `waivers` are instruments that are exceptions."""
    found = Month()
    exceptions = frozenset(waivers)
    for entry in entries:
        if _day(entry)[:7] == month:
            _add(found, entry, exceptions)
    return found


def _add(month: Month, entry: Entry, waivers: frozenset[str]) -> None:
    data = entry.data
    event = data.get("event")
    match entry.type:
        case EntryType.COUNT if entry.cause == "window-over":
            month.keys_destroyed += [str(one) for one in data.get("keys_destroyed", ())]
        case EntryType.COUNT:
            _count(month, entry)
        case EntryType.HOLD:
            if isinstance(event, str):
                month.holds[str(data.get("application", entry.actor)), event] += 1
        case EntryType.DECISION if event == DECIDED:
            _decide(month, data, entry.actor)
        case EntryType.TRAFFIC | EntryType.DECISION if "asked" in data and "outcome" in data:
            _request(month, entry, waivers)
        case _:
            pass


def _count(month: Month, entry: Entry) -> None:
    data = entry.data
    for fact, bounds in data.get("counts", {}).items():
        key = Counted(str(data["owner"]), str(data["purpose"]), str(data["vendor"]), str(fact))
        figure = Figure(low=bounds["low"], estimate=bounds["estimate"], high=bounds["high"])
        known = month.counts.get(key)
        additions = (known.additions if known else 0) + len(data.get("requests", ("",)))
        if known is None or figure.high >= known.figure.high:
            norms = tuple(str(one) for one in data.get("norms", ()))
            known = month.counts[key] = Count(figure, parse_instant(str(data["decided_at"])), norms)
        known.additions = additions


def _decide(month: Month, data: Mapping[str, Any], actor: str) -> None:
    one = month.decisions.setdefault(str(data.get("name", actor)), Decisions())
    if data.get("verdict") == "approve":
        one.approved += 1
    else:
        one.denied += 1
    seconds = data.get("shown_seconds")
    if isinstance(seconds, int | float):
        one.seconds.append(float(seconds))


def _request(month: Month, entry: Entry, waivers: frozenset[str]) -> None:
    data = entry.data
    decision = data.get("decision", {})
    use = Use(
        str(data.get("application", entry.actor)),
        str(data.get("purpose", "")),
        str(decision.get("vendor", "")),
    )
    month.requests[use] += 1
    if data["outcome"] == ANSWERED:
        month.answered[use] += 1
    if data["outcome"] == REFUSED:
        month.refused[use] += 1
        month.refusals[entry.cause, str(data.get("code", "")), use.application] += 1
    for one in data.get("guards", ()):
        if one["verdict"] != "pass":
            month.warnings[str(one["guard"]), str(one["verdict"]), use.application] += 1
    month.is_unsure += data.get("code") == "guard-failed"
    month.exceptions.update(name for name in entry.instruments if name in waivers)


def _day(entry: Entry) -> str:
    decided = entry.data.get("decided_at")
    return str(decided) if isinstance(decided, str) else entry.at.isoformat()
