"""What was under way in a worker that is gone: found in the book, counted once, written to the database.

A request whose end was on its way to the database is counted as what it came to, unless its row got there;
one that nobody had an answer for yet is counted as all that was set aside for it: what it came to is not
known, and its upstream may have answered.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from offramp.control.quotas import layout
from offramp.control.quotas.book import Book, is_alive, lanes_of, make_book, open_book, process_start
from offramp.control.quotas.spent import LEFT, Row, rows_of
from offramp.core.instants import now
from offramp.evidence import Change, Entry, EntryType, Ledger
from offramp.store import connect


@dataclass(slots=True)
class Leftover:
    """One lane whose worker is gone."""

    lane: int
    word: str
    written: Mapping[str, Row]
    """What it has in the database."""
    owed: dict[str, int] = field(default_factory=dict)
    """What its requests under way are counted as, by account."""
    unknown: int = 0
    """Requests nobody knows the end of."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The rows of it. Written twice, they change nothing."""
        rows = (Row(account, LEFT + self.word, amount, 0) for account, amount in self.owed.items())
        return tuple(row.change for row in rows)

    @property
    def entry(self) -> Entry:
        """What the ledger says of it."""
        return Entry(
            type=EntryType.TRAFFIC,
            at=now(),
            actor="gateway",
            cause="worker-lost",
            subject=self.word,
            data={
                "requests_without_an_end": self.unknown,
                "counted": dict(sorted(self.owed.items())[:200]),
            },
        )


def dead_lanes(book: Book) -> tuple[str, ...]:
    """The words of lanes whose process is gone."""
    return tuple(word for pid, started, word in lanes_of(book) if word and not is_alive(pid, started))


def claim(book: Book, engine: Engine, word: str) -> Leftover | None:
    """What the lane `word` left behind, for this process to count; None where another one does. Locked."""
    for lane, (pid, started, found) in enumerate(lanes_of(book)):
        if found == word and not is_alive(pid, started):
            mine = layout.LANE.pack(os.getpid(), process_start(os.getpid()), word.encode())
            at = layout.lane_at(lane)
            book.memory[at : at + layout.LANE.size] = mine
            return _examine(book, engine, lane, word)
    return None


def finish(book: Book, leftover: Leftover) -> None:
    """It is in the database: the lane is free, and what it counted is counted. Locked."""
    lane = leftover.lane
    for index, account in book.accounts():
        row = leftover.written.get(account)
        total = (row.amount if row else 0) + leftover.owed.get(account, 0)
        if total:
            book.add(layout.account_at(index) + 8, total)
        book.put(layout.used_at(index, lane), 0)
        book.put(layout.held_at(index, lane), 0)
    for slot in range(layout.SLOTS):
        book.put(layout.slot_at(lane, slot), layout.FREE)
    at = layout.lane_at(lane)
    book.memory[at : at + layout.LANE.size] = bytes(layout.LANE.size)


def begin_run(state: Path) -> None:
    """What an earlier run left behind is counted, and there is an empty book for this one."""
    book = open_book(state)
    if book is not None:
        engine = connect(state / "state.db", read_only=True)
        try:
            left = [
                _examine(book, engine, lane, word) for lane, (_, _, word) in enumerate(lanes_of(book)) if word
            ]
        finally:
            engine.dispose()
            book.close()
        owing = [one for one in left if one.owed]
        if owing:
            with Ledger.open(state) as ledger:
                ledger.append_all([(one.entry, one.changes) for one in owing])
    make_book(state)


def _examine(book: Book, engine: Engine, lane: int, word: str) -> Leftover:
    with engine.connect() as connection:
        leftover = Leftover(lane, word, rows_of(connection, word))
    names = dict(book.accounts())
    for slot in range(layout.SLOTS):
        at = layout.slot_at(lane, slot)
        state, number, count = layout.SLOT.unpack_from(book.memory, at)
        if state == layout.FREE:
            continue
        leftover.unknown += state == layout.HELD
        for item in range(min(count, layout.ITEMS)):
            where = at + layout.SLOT.size + item * layout.ITEM.size
            index, held, actual = layout.ITEM.unpack_from(book.memory, where)
            account = names.get(index, "")
            row = leftover.written.get(account)
            is_written = state == layout.SETTLING and row is not None and row.settled >= number
            amount = actual if state == layout.SETTLING else held
            if account and amount and not is_written:
                leftover.owed[account] = leftover.owed.get(account, 0) + amount
    return leftover
