"""A worker's count of distinct persons: read from the database, durable before its effect, one for all.

INVARIANT: a request that adds a person is sent on only after its count is durable, and that was made from the
newest count there is. So no two workers can pass a line together.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from offramp.control import persons
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.instants import Clock, Instant, format_instant, now
from offramp.evidence import AsyncLedger, Change, Entry, EntryType
from offramp.gateway.refusals import Refused
from offramp.store import connect

DRIFT = timedelta(minutes=5)
"""So far may the clock go astray from the time that passed, before nothing is counted by it."""
LOOK_SECONDS = 0.01
"""A count read so short a time ago is the newest for requests that add nobody."""
ATTEMPTS = 200
MOST_AT_ONCE = 128
"""Requests that are counted in one entry."""
STALE = "change-stale"
VERSIONS = "SELECT owner, version FROM control_person_heads"

log = logging.getLogger("offramp.gateway")


class Unsure(Exception):
    """The count cannot be relied on now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Addition:
    """One request whose persons are to be counted before it is sent."""

    owner: str
    request_id: str
    asked: persons.Asked
    judge: Callable[[], None]
    """Raises where it may not be sent, as the count is now."""
    entry: Callable[[Sequence[str]], Entry]
    """What the ledger is told once it was judged; it names every request that was counted with it."""
    done: "asyncio.Future[None]"

    def is_like(self, other: "Addition") -> bool:
        """They can be counted together: one use, one day, and the same windows."""
        mine, theirs = self.asked, other.asked
        return (mine.cell, mine.today, mine.days) == (theirs.cell, theirs.today, theirs.days)


class Headcount:
    """One worker's. Opened at its first use."""

    def __init__(self, state: Path, ledger: AsyncLedger, clock: Clock) -> None:
        self._state = state
        self._ledger = ledger
        self._clock = clock
        self._engine: Engine | None = None
        self._keys = persons.Keys(state)
        self._turn = asyncio.Lock()
        self._queues: dict[str, list[Addition]] = {}
        """Owner to the requests that wait to be counted."""
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._watch: PoolProxiedConnection | None = None
        self._looked = -1.0
        """When it was found to be the newest count; before that, where it may be wrong."""
        self._begun: tuple[Instant, float] | None = None
        self._day = ""
        self.counter = persons.Counter(self._keys)

    def look(self, *, is_to_add: bool = False) -> None:
        """The count is as the database has it, or had it a moment ago. Raises `Unsure`."""
        if not is_to_add and time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            if self._engine is None:
                self._engine = connect(self._state / "state.db", read_only=True)
                self._watch = self._engine.raw_connection()
            assert self._watch is not None
            versions = dict(self._watch.cursor().execute(VERSIONS).fetchall())
            if not self.counter.is_of(versions):
                with self._engine.connect() as connection:
                    self.counter.refresh(connection)
            self._looked = time.monotonic()
        except (OfframpError, SQLAlchemyError, sqlite3.Error, OSError) as error:
            self.doubt()
            why = error.message if isinstance(error, OfframpError) else "the database cannot be read"
            raise Unsure(why) from error
        except (ValueError, TypeError, AttributeError) as error:
            # What is in a row is not what was written there, whatever it is.
            self.doubt()
            raise Unsure("the counts in the database are not as they were written") from error

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

    async def knows(self, asked: persons.Asked) -> bool:
        """Everybody in the request was counted before: it need not wait for anything. Raises `Unsure`."""
        if self._day != asked.today.isoformat():
            async with self._turn:
                await self._tidy()
        try:
            return not self.counter.is_new(asked)
        except OfframpError as error:
            raise Unsure(error.message) from error

    async def add(self, addition: Addition) -> None:
        """Everybody in the request is counted, durably.

        Requests that wait at the same time are counted together, each judged as if those before it had been
        counted, and again where somebody else was quicker. Raises `Unsure`, or what `judge` raises.
        """
        queue = self._queues.setdefault(addition.owner, [])
        queue.append(addition)
        self._go_on(addition.owner, queue)
        await addition.done

    def _go_on(self, owner: str, queue: list[Addition]) -> None:
        """Somebody counts for `owner` while anybody waits."""
        if not queue or owner in self._under_way:
            return
        task = asyncio.get_running_loop().create_task(self._count_all(owner, queue))
        self._under_way[owner] = task

        def ended(task: "asyncio.Task[None]") -> None:
            del self._under_way[owner]
            if not task.cancelled():
                error = task.exception()
                if error is not None:
                    log.error("persons could not be counted", exc_info=error)
                self._go_on(owner, queue)

        task.add_done_callback(ended)

    async def _count_all(self, owner: str, queue: list[Addition]) -> None:
        while queue:
            first = queue[0]
            group = [one for one in queue if one.is_like(first)][:MOST_AT_ONCE]
            queue[:] = [one for one in queue if one not in group]
            try:
                await self._count(owner, group)
            except Unsure as why:
                _end(group, why)
            except OfframpError as error:
                _end(group, Unsure(error.message))
            finally:
                if not all(one.done.done() for one in group):
                    # Cut off while it waited: the rows may be durable all the same.
                    self.doubt()
                    _end(group, Unsure("the count was interrupted"))

    async def _count(self, owner: str, group: list[Addition]) -> None:
        for _ in range(ATTEMPTS):
            self.look(is_to_add=True)
            counted = self._judged(group)
            if not counted:
                return
            asked = counted[0].asked.together([one.asked for one in counted[1:]])
            changed = self._changes(asked)
            if changed:
                entry = counted[-1].entry([one.request_id for one in counted])
                if not await self._append(owner, entry, changed):
                    continue
                self.counter.take(owner, asked, changed)
            _end(counted)
            return
        raise Unsure("too many requests were counted at once")

    def _judged(self, group: list[Addition]) -> list[Addition]:
        """Those of `group` that may be counted."""
        counted: list[Addition] = []
        try:
            for one in group:
                if one.done.done():
                    continue
                try:
                    one.judge()
                except (Refused, Unsure, OfframpError) as why:
                    _end([one], why)
                    continue
                counted.append(one)
                self.counter.ahead = self.counter.with_ahead(one.asked)
        finally:
            self.counter.ahead = {}
        return counted

    async def _append(self, owner: str, entry: Entry, changed: Mapping[persons.Pane, persons.Tally]) -> bool:
        """Whether it is durable; it is not where somebody counted first. Raises what else is the matter."""
        try:
            await self._ledger.append(entry, self.counter.rows(owner, changed))
        except OfframpError as error:
            if error.code == STALE:
                return False
            self.doubt()
            raise
        except (OSError, ValueError) as error:
            self.doubt()
            raise Unsure("the ledger cannot be reached") from error
        finally:
            self.counter.landed(owner)
        return True

    def _changes(self, asked: persons.Asked) -> Mapping[persons.Pane, persons.Tally]:
        try:
            return self.counter.changes(asked)
        except OfframpError as error:
            raise Unsure(error.message) from error

    def doubt(self) -> None:
        """What is in memory may be wrong."""
        self._looked = -1.0
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
                self.doubt()
                self.look()
        except (OfframpError, OSError) as error:
            raise Unsure(f"keys of past windows cannot be destroyed: {error}") from error
        self._day = today.isoformat()


def _passed() -> float:
    """Seconds that passed, those asleep among them where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()


def _end(group: Iterable[Addition], why: Exception | None = None) -> None:
    """Whoever still waits goes on, or hears why not."""
    for one in group:
        if one.done.done():
            continue
        if why is None:
            one.done.set_result(None)
        else:
            one.done.set_exception(why)
