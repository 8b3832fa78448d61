"""Destroying texts whose time is over, and the receipt for it.

The order goes into the ledger before anything is destroyed, the receipt after: a crash in between leaves an
order without a receipt, which the next run finishes. A hold placed meanwhile spares what it covers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from offramp.core.digests import canonical_json, sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.core.periods import Period
from offramp.evidence import Entry, EntryType, Ledger, read_entries
from offramp.recordings.holds import Hold, read_holds
from offramp.recordings.shelf import Held, Recordings
from offramp.recordings.windows import Window

ORDERED = "disposal-ordered"
DESTROYED = "texts-destroyed"
WINDOWS_IN_AN_ENTRY = 80
METHOD = "the key of each window was overwritten and deleted, then what it had sealed"
_Facts = Mapping[str, Any]
LIMIT = "older copies of a key, in a backup or on a disk that keeps them, are not reached"


@dataclass(frozen=True, slots=True)
class Due:
    """One window, and what is to happen to it."""

    held: Held
    period: Period | None
    """None where the schedule does not name its kind: it stays."""
    due_on: date | None
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class Disposal:
    """What a run would do on a day."""

    day: date
    windows: tuple[Due, ...]
    """Every window there is."""
    unfinished: tuple[int, ...]
    """Orders of a run that was cut short: entries without a receipt."""

    @property
    def due(self) -> tuple[Due, ...]:
        """Windows whose time is over and that nobody holds."""
        return tuple(one for one in self.windows if self._is_over(one) and not one.holds)

    @property
    def held(self) -> tuple[Due, ...]:
        """Windows whose time is over and that somebody holds."""
        return tuple(one for one in self.windows if self._is_over(one) and one.holds)

    def _is_over(self, one: Due) -> bool:
        return one.due_on is not None and one.due_on <= self.day


@dataclass(frozen=True, slots=True)
class Disposed:
    """What a run destroyed."""

    windows: tuple[str, ...]
    spared: tuple[str, ...]
    """Ordered by an earlier run, held meanwhile."""
    receipts: tuple[int, ...]
    """Entries of the ledger."""


def plan_disposal(state: Path, schedule: Mapping[str, Period], *, at: Instant) -> Disposal:
    """What is over, what is held, what stays, on the day of `at`. Nothing is changed."""
    holds = read_holds(state)
    windows = []
    for held in Recordings(state).windows():
        period = schedule.get(held.window.kind)
        windows.append(
            Due(
                held,
                period,
                period.after(held.window.day) if period else None,
                tuple(one for one in holds if one.covers(held.window)),
            )
        )
    return Disposal(at.date(), tuple(windows), tuple(_unfinished(state)))


def dispose(state: Path, schedule: Mapping[str, Period], *, by: str, reason: str, at: Instant) -> Disposed:
    """Destroy what is over and not held, and record it. Run again after a crash, it finishes the rest."""
    if not by.strip() or not reason.strip():
        raise OfframpError(
            "disposal-unsigned",
            "destroying texts needs a person and a reason",
            help='give --by "NAME" and --reason "WHY"',
        )
    plan = plan_disposal(state, schedule, at=at)
    orders = _unfinished(state)
    ordered = {str(line["window"]) for one in orders.values() for line in one["windows"]}
    with Ledger.open(state) as ledger:
        for part in _parts([one for one in plan.due if str(one.held.window) not in ordered]):
            data: dict[str, Any] = {
                "predicate": ORDERED,
                "windows": [_facts(one) for one in part],
                "reason": reason,
                "schedule": {kind: str(period) for kind, period in sorted(schedule.items())},
            }
            orders[ledger.append(_entry(by, at, "texts whose time is over", data)).index] = data
        done: list[str] = []
        spared: list[str] = []
        receipts = []
        for index, order in sorted(orders.items()):
            gone, kept = _carry_out(state, order["windows"])
            data = {
                "predicate": DESTROYED,
                "order": index,
                "windows": gone,
                "spared": kept,
                "method": METHOD,
                "limit": LIMIT,
            }
            digest = sha256_hex(canonical_json({"windows": gone}))
            receipts.append(ledger.append(_entry(by, at, f"order {index}", data, digest)).index)
            done += [str(one["window"]) for one in gone]
            spared += kept
    return Disposed(tuple(done), tuple(spared), tuple(receipts))


def _carry_out(state: Path, windows: Sequence[_Facts]) -> tuple[list[_Facts], list[str]]:
    shelf = Recordings(state)
    readable = {str(one.window) for one in shelf.windows() if one.has_key}
    holds = read_holds(state)
    gone, spared = [], []
    for facts in windows:
        window = Window.parse(str(facts["window"]))
        if str(window) in readable and any(one.covers(window) for one in holds):
            spared.append(str(window))
            continue
        shelf.destroy(window)
        gone.append(facts)
    return gone, spared


def _unfinished(state: Path) -> dict[int, dict[str, Any]]:
    """Orders without a receipt."""
    if not (state / "state.db").is_file():
        return {}
    orders: dict[int, dict[str, Any]] = {}
    for one in read_entries(state, types=(EntryType.STATEMENT,)):
        predicate = one.entry.data.get("predicate")
        if predicate == ORDERED:
            orders[one.index] = dict(one.entry.data)
        elif predicate == DESTROYED:
            orders.pop(int(one.entry.data["order"]), None)
    return orders


def _facts(one: Due) -> dict[str, Any]:
    return {
        "window": str(one.held.window),
        "texts": one.held.texts,
        "bytes": one.held.bytes,
        "digest": one.held.digest,
        "due_on": one.due_on.isoformat() if one.due_on else "",
    }


def _parts(windows: Sequence[Due]) -> list[Sequence[Due]]:
    return [windows[at : at + WINDOWS_IN_AN_ENTRY] for at in range(0, len(windows), WINDOWS_IN_AN_ENTRY)]


def _entry(by: str, at: Instant, subject: str, data: dict[str, Any], digest: str = "") -> Entry:
    return Entry(
        type=EntryType.STATEMENT,
        at=at,
        actor=by,
        cause=f"person:{by}",
        subject=subject,
        data=data,
        digests={"windows": digest} if digest else {},
    )
