"""A worker's count of distinct persons: read from the database, durable before its effect, one for all.

INVARIANT: a request that adds a person is sent on only after its count is durable, and that was made from the
newest count there is. So no two workers can pass a line together.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from offramp.control import persons
from offramp.control.guards import Figure
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.instants import Clock, Instant, format_instant, now
from offramp.evidence import AsyncLedger, Change, Entry, EntryType
from offramp.store import connect

DRIFT = timedelta(minutes=5)
"""So far may the clock go astray from the time that passed, before nothing is counted by it."""
ATTEMPTS = 200
STALE = "change-stale"
VERSIONS = "SELECT owner, version FROM control_person_heads"


class Unsure(Exception):
    """The count cannot be relied on now; the message says why."""


class Headcount:
    """One worker's. Opened at its first use."""

    def __init__(self, state: Path, ledger: AsyncLedger, clock: Clock) -> None:
        self._state = state
        self._ledger = ledger
        self._clock = clock
        self._engine: Engine | None = None
        self._keys = persons.Keys(state)
        self._turn = asyncio.Lock()
        self._watch: PoolProxiedConnection | None = None
        self._begun: tuple[Instant, float] | None = None
        self._day = ""
        self.counter = persons.Counter(self._keys)

    def look(self) -> None:
        """The count is as the database has it. Raises `Unsure`."""
        try:
            if self._engine is None:
                self._engine = connect(self._state / "state.db", read_only=True)
                self._watch = self._engine.raw_connection()
            assert self._watch is not None
            versions = dict(self._watch.cursor().execute(VERSIONS).fetchall())
            if not self.counter.is_of(versions):
                with self._engine.connect() as connection:
                    self.counter.refresh(connection)
        except (OfframpError, SQLAlchemyError, sqlite3.Error, OSError) as error:
            self.doubt()
            why = error.message if isinstance(error, OfframpError) else "the database cannot be read"
            raise Unsure(why) from error

    def time(self) -> Instant:
        """The instant to count by. Raises `Unsure` where the clock went astray."""
        at, passed = self._clock(), _passed()
        if self._begun is None:
            self._begun = (at, passed)
        begun, since = self._begun
        if abs(at - begun - timedelta(seconds=passed - since)) > DRIFT:
            raise Unsure(
                f"the clock says {format_instant(at)}, which is not the time that passed since this worker "
                "began to count: put it right and start the gateway again"
            )
        if persons.day_of(at).isoformat() < self.counter.newest_day:
            raise Unsure(
                f"the clock says {format_instant(at)}, and persons were counted on {self.counter.newest_day}"
            )
        return at

    async def add(
        self,
        owner: str,
        asked: persons.Asked,
        judge: Callable[[], dict[str, Figure]],
        about: Callable[[dict[str, Figure]], Entry],
    ) -> None:
        """Everybody in the request is counted, durably. `judge` raises where that must not be.

        It is asked again whenever somebody else counted first. Raises `Unsure`.
        """
        async with self._turn:
            await self._tidy()
            for _ in range(ATTEMPTS):
                figures = judge()
                try:
                    changed = self.counter.changes(asked)
                    if not changed:
                        return
                    rows = self.counter.rows(owner, changed)
                    await self._ledger.append(about(figures), rows)
                except OfframpError as error:
                    if error.code != STALE:
                        self.doubt()
                        raise Unsure(error.message) from error
                    self.look()
                except OSError as error:
                    self.doubt()
                    raise Unsure("the ledger cannot be reached") from error
                except BaseException:
                    # Cancelled while it waited: the rows may be durable all the same.
                    self.doubt()
                    raise
                else:
                    self.counter.take(owner, changed)
                    return
        raise Unsure("too many requests were counted at once")

    def doubt(self) -> None:
        """What is in memory may be wrong."""
        self.counter.doubt()

    def close(self) -> None:
        """The database is closed."""
        if self._watch is not None:
            self._watch.close()
        if self._engine is not None:
            self._engine.dispose()

    async def _tidy(self) -> None:
        """Once a day: keys whose last window is over are destroyed, and what was counted under them."""
        today = persons.day_of(self._clock())
        if self._day == today.isoformat():
            return
        try:
            gone = self._keys.destroy(today)
            over = [pane for pane in self.counter.panes if pane.key_id in {str(id_) for id_ in gone}]
            if over:
                rows = [Change("control_person_panes", pane.row, is_removal=True) for pane in over]
                data: JsonObject = {"keys_destroyed": [str(id_) for id_ in gone], "panes": len(over)}
                entry = Entry(
                    type=EntryType.COUNT,
                    at=now(),
                    actor="gateway",
                    cause="window-over",
                    subject="keys",
                    data=data,
                )
                await self._ledger.append(entry, rows)
                self.counter.doubt()
                self.look()
        except (OfframpError, OSError) as error:
            raise Unsure(f"keys of past windows cannot be destroyed: {error}") from error
        self._day = today.isoformat()


def _passed() -> float:
    """Seconds that passed, those asleep among them where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()
