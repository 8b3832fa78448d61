"""One worker's side of counting: its lane in the book, and the tolls of its requests."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from offramp.control.quotas import layout, recovery
from offramp.control.quotas.book import Book, Sums, lanes_of, make_book, open_book, process_start
from offramp.control.quotas.spent import Row, account_name, sums
from offramp.core.errors import Exit, OfframpError
from offramp.core.ids import new_id
from offramp.core.instants import Clock, Instant, now
from offramp.evidence import AsyncLedger
from offramp.store import connect
from offramp.workspace.allowances import Allowance, Allowances, Measure, Span

IN_FLIGHT: Final = "in-flight"


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose allowances count: an application, or one of its keys."""

    application: str
    key: str
    allowances: Allowances


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that this request does not fit into now."""

    payer: Payer
    name: str
    measure: Measure
    span: Span | None
    """None for requests under way at once."""
    amount: int
    total: int
    """Counted and set aside, without this request."""
    wanted: int
    wait_seconds: float | None
    """Until there is room; None where it never fits."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one limit, without what is set aside."""

    allowance: Allowance
    amount: int
    remaining: int
    reset_seconds: float
    """Until all of it is free again."""


@dataclass(slots=True)
class Line:
    """One account a request counts for."""

    index: int
    account: str
    held: int
    payer: Payer
    allowance: Allowance | None = None
    actual: int = 0


@dataclass(slots=True)
class Passing:
    """What one request has set aside. Belongs to one worker."""

    payers: Sequence[Payer]
    slot: int
    lines: list[Line] = field(default_factory=list)
    windows: list[tuple[int, int, int, Payer]] = field(default_factory=list)
    """Window, the span it was counted in, how much, for whom."""
    number: int = 0
    counted: int | None = None
    """Tokens it came to, for limits over a minute; None where those set aside stay."""
    is_over: bool = False


class Quotas:
    """Sets aside, counts and lets go, for the requests of one worker."""

    def __init__(
        self, state: Path, *, nodes: int = 1, clock: Clock = now, accounts: int = layout.ACCOUNTS
    ) -> None:
        make_book(state, replaces=False)
        book = open_book(state, accounts)
        if book is None:
            raise OfframpError(
                "quotas-unreadable",
                f"the book under `{state}` cannot be read",
                help="stop the gateway and start it again",
                exit_code=Exit.INTERNAL,
            )
        self._book: Book = book
        self._nodes = nodes
        self._clock = clock
        self._engine = connect(state / "state.db", read_only=True)
        self.word = new_id("lane")
        self._lane = self._take_lane()
        self._lanes: Sequence[str] = ()
        self._free = list(range(layout.SLOTS - 1, -1, -1))
        self._sums: dict[str, int] = {}
        """What this lane has counted, by account; what is written next."""
        self._settled = 0
        self._day = 0
        self._names: dict[tuple[str, str, Allowance], str] = {}
        """Accounts of this day."""

    def enter(self, payers: Sequence[Payer]) -> Passing | Exceeded:
        """One request more is under way, for each of `payers`; or the first limit it does not fit into."""
        passing = Passing(payers, self._free.pop())
        with self._book:
            refused = self._enter(passing)
            if refused is None:
                self._write_slot(passing, layout.HELD)
        if refused is not None:
            self._free.append(passing.slot)
            return refused
        return passing

    def hold(self, passing: Passing, amounts: Mapping[Measure, int], likely: int) -> Exceeded | None:
        """Set aside what the request can come to at most, in the place of what was set aside before.

        `likely` tokens count over minutes. The first limit it does not fit into, or None where all is set
        aside; where one is given, what was set aside before stays.
        """
        with self._book:
            return self._hold(passing, amounts, likely)

    def settle(self, passing: Passing, actual: Mapping[Measure, int], likely: int | None) -> tuple[Row, ...]:
        """The rows to write with the request's entry, now that it is known what it came to.

        `likely` is the tokens to count over minutes; None for those that were set aside.
        """
        self._settled += 1
        passing.number = self._settled
        rows = []
        for line in passing.lines:
            if line.allowance is None:
                continue
            line.actual = actual.get(line.allowance.measure, line.held)
            total = self._sums.get(line.account, 0) + line.actual
            self._sums[line.account] = total
            rows.append(Row(line.account, self.word, total, passing.number))
        # Nobody else reads the slot while this process lives.
        self._write_slot(passing, layout.SETTLING)
        passing.counted = likely
        return tuple(rows)

    def leave(self, passing: Passing) -> None:
        """The request is over: what it came to counts, the rest of what was set aside is free."""
        if passing.is_over:
            return
        passing.is_over = True
        book, lane = self._book, self._lane
        with book:
            for line in passing.lines:
                if line.actual:
                    book.add(layout.used_at(line.index, lane), line.actual)
                if line.held:
                    book.add(layout.held_at(line.index, lane), -line.held)
            if passing.counted is not None:
                for index, span, amount, _ in passing.windows:
                    self._count_in(index, span, passing.counted - amount)
            # What is free is free only after it counts: one that is killed in between is found.
            book.put(layout.slot_at(lane, passing.slot), layout.FREE)
        self._free.append(passing.slot)

    def left(self, payers: Sequence[Payer], measure: Measure) -> Left | None:
        """The limit of `measure` that has least left; None where there is none."""
        with self._book:
            found = [
                self._left(payer, one)
                for payer in payers
                for one in payer.allowances.of
                if one.measure is measure
            ]
        return min(found, key=lambda one: one.remaining, default=None)

    def leftovers(self) -> tuple[str, ...]:
        """Lanes whose worker is gone, by their words."""
        return recovery.dead_lanes(self._book)

    async def recover(self, word: str, ledger: AsyncLedger) -> None:
        """What the lane `word` left behind is counted, durably, by one of the workers."""
        with self._book:
            left = recovery.claim(self._book, self._engine, word)
        if left is None:
            return
        if left.owed or left.unknown:
            await ledger.append(left.entry, left.changes)
        with self._book:
            recovery.finish(self._book, left)

    def counted(self) -> Iterator[tuple[str, int, int]]:
        """Each account, what is counted of it, and what is set aside."""
        for index, account in self._book.accounts():
            used, held = self._book.parts(index)
            yield account, used, held

    def amount(self, allowance: Allowance) -> int:
        """This node's part of an allowance."""
        return allowance.amount // self._nodes

    def close(self) -> None:
        """The lane is given back. Requests that were broken off stay, for whoever comes next to count."""
        book, lane = self._book, self._lane
        if len(self._free) == layout.SLOTS:
            self._give_back(book, lane)
        book.close()
        self._engine.dispose()

    def _give_back(self, book: Book, lane: int) -> None:
        with book:
            for index, _ in book.accounts():
                at = layout.used_at(index, lane)
                (used,) = layout.NUMBER.unpack_from(book.memory, at)
                book.add(layout.account_at(index) + 8, used)
                book.put(at, 0)
            begin = layout.lane_at(lane)
            book.memory[begin : begin + layout.LANE.size] = bytes(layout.LANE.size)

    def _enter(self, passing: Passing) -> Exceeded | None:
        for payer in passing.payers:
            if payer.allowances.concurrency:
                refused = self._take_place(passing, payer)
                if refused is not None:
                    return refused
        found = self._prepared(passing, {Measure.REQUESTS: 1}, passing.payers)
        if isinstance(found, Exceeded):
            return found
        windows = self._windows_for(passing.payers, Measure.REQUESTS, 1)
        if isinstance(windows, Exceeded):
            return windows
        places = [line for line in passing.lines if line.allowance is None]
        for line in (*places, *found):
            self._book.add(layout.held_at(line.index, self._lane), line.held)
        passing.lines += found
        for index, span, amount, _ in windows:
            self._count_in(index, span, amount)
        return None

    def _take_place(self, passing: Passing, payer: Payer) -> Exceeded | None:
        most = payer.allowances.concurrency // self._nodes
        name = account_name(payer.application, payer.key, "concurrency", IN_FLIGHT)
        index = self._book.account(name, self._today(), _nothing)
        total = self._book.total(index)
        if total + 1 > most:
            return Exceeded(payer, "concurrency", Measure.REQUESTS, None, most, total, 1, 1.0)
        passing.lines.append(Line(index, name, 1, payer))
        return None

    def _hold(self, passing: Passing, amounts: Mapping[Measure, int], likely: int) -> Exceeded | None:
        before = {line.account: line for line in passing.lines}
        found = self._prepared(passing, amounts, passing.payers, before)
        if isinstance(found, Exceeded):
            return found
        if not passing.windows:
            windows = self._windows_for(passing.payers, Measure.TOKENS, likely)
            if isinstance(windows, Exceeded):
                return windows
            for index, span, amount, _ in windows:
                self._count_in(index, span, amount)
            passing.windows = windows
        for line in found:
            old = before.get(line.account)
            self._book.add(layout.held_at(line.index, self._lane), line.held - (old.held if old else 0))
            if old is None:
                passing.lines.append(line)
            else:
                old.held = line.held
        self._write_slot(passing, layout.HELD)
        return None

    def _prepared(
        self,
        passing: Passing,
        amounts: Mapping[Measure, int],
        payers: Sequence[Payer],
        before: Mapping[str, Line] | None = None,
    ) -> list[Line] | Exceeded:
        """The accounts of days and months that `amounts` count for, with room for them."""
        at = self._clock()
        found = []
        for payer in payers:
            for allowance in payer.allowances.of:
                if allowance.span is Span.MINUTE or allowance.measure not in amounts:
                    continue
                old = _line_of(passing, payer, allowance) if before else None
                account = old.account if old else self._account(payer, allowance, at)
                held = amounts[allowance.measure]
                index = self._book.account(account, at.toordinal(), self._load)
                total = self._book.total(index) - (old.held if old else 0)
                most = self.amount(allowance)
                if total + held > most:
                    wait = None if held > most else seconds_left(allowance.span, at)
                    return Exceeded(
                        payer, allowance.name, allowance.measure, allowance.span, most, total, held, wait
                    )
                found.append(Line(index, account, held, payer, allowance))
        return found

    def _left(self, payer: Payer, allowance: Allowance) -> Left:
        most = self.amount(allowance)
        if allowance.span is Span.MINUTE:
            span = int(time.monotonic()) // layout.CELL_SECONDS
            _, live = self._window(payer, allowance, span)
            total = sum(counted for _, counted in live)
            reset = _wait(live, span, total) if total else 0.0
        else:
            at = self._clock()
            account = self._account(payer, allowance, at)
            total = self._book.total(self._book.account(account, at.toordinal(), self._load))
            reset = seconds_left(allowance.span, at)
        return Left(allowance, most, max(0, most - total), reset)

    def _window(self, payer: Payer, allowance: Allowance, span: int) -> tuple[int, list[tuple[int, int]]]:
        """Where a limit over a minute is counted, and what of it counts still, by when it was."""
        index = self._book.window(account_name(payer.application, payer.key, allowance.name, "minute"))
        cells = layout.CELLS_OF.unpack_from(self._book.memory, layout.window_at(index))
        pairs = [(cells[at], cells[at + 1]) for at in range(0, len(cells), 2)]
        return index, [(began, counted) for began, counted in pairs if 0 <= span - began < layout.CELLS]

    def _windows_for(
        self, payers: Sequence[Payer], measure: Measure, amount: int
    ) -> list[tuple[int, int, int, Payer]] | Exceeded:
        span = int(time.monotonic()) // layout.CELL_SECONDS
        found = []
        for payer in payers:
            for allowance in payer.allowances.of:
                if allowance.span is not Span.MINUTE or allowance.measure is not measure:
                    continue
                most = self.amount(allowance)
                index, live = self._window(payer, allowance, span)
                total = sum(counted for _, counted in live)
                if total + amount > most:
                    wait = None if amount > most else _wait(live, span, total + amount - most)
                    return Exceeded(payer, allowance.name, measure, Span.MINUTE, most, total, amount, wait)
                found.append((index, span, amount, payer))
        return found

    def _count_in(self, index: int, span: int, amount: int) -> None:
        at = layout.window_at(index) + 16 * (span % layout.CELLS)
        (stamp,) = layout.NUMBER.unpack_from(self._book.memory, at)
        if stamp > span:
            # It was counted so long ago that its cell has another span by now.
            return
        if stamp != span:
            self._book.put(at, span)
            self._book.put(at + 8, 0)
        self._book.add(at + 8, amount)

    def _account(self, payer: Payer, allowance: Allowance, at: Instant) -> str:
        day = at.toordinal()
        if day != self._day:
            self._names.clear()
            self._day = day
        whose = (payer.application, payer.key, allowance)
        name = self._names.get(whose)
        if name is None:
            period = period_of(allowance.span, at)
            name = account_name(payer.application, payer.key, allowance.name, period)
            self._names[whose] = name
        return name

    def _write_slot(self, passing: Passing, state: int) -> None:
        at = layout.slot_at(self._lane, passing.slot)
        lines = [line for line in passing.lines if line.allowance is not None][: layout.ITEMS]
        for number, line in enumerate(lines):
            layout.ITEM.pack_into(
                self._book.memory,
                at + layout.SLOT.size + number * layout.ITEM.size,
                line.index,
                line.held,
                line.actual,
            )
        layout.SLOT.pack_into(self._book.memory, at, state, passing.number, len(lines))

    def _load(self, account: str) -> Sums:
        """What the database says of an account that is new in the book."""
        words = tuple(word for _, _, word in lanes_of(self._book))
        with self._engine.connect() as connection:
            return sums(connection, account, words)

    def _take_lane(self) -> int:
        book, pid = self._book, os.getpid()
        with book:
            for lane, (_, _, word) in enumerate(lanes_of(book)):
                if not word:
                    packed = layout.LANE.pack(pid, process_start(pid), self.word.encode())
                    at = layout.lane_at(lane)
                    book.memory[at : at + layout.LANE.size] = packed
                    return lane
        raise OfframpError(
            "workers-too-many",
            f"more than {layout.LANES} workers cannot count together",
            help=f"start with --workers {layout.LANES} or fewer",
        )

    def _today(self) -> int:
        return self._clock().toordinal()


def period_of(span: Span, at: Instant) -> str:
    """The day or month of the calendar, in UTC, that `at` is in."""
    return at.strftime("%Y-%m-%d" if span is Span.DAY else "%Y-%m")


def seconds_left(span: Span, at: Instant) -> float:
    """Until the day or month that `at` is in is over."""
    midnight = datetime(at.year, at.month, at.day, tzinfo=at.tzinfo)
    if span is Span.DAY:
        end = midnight + timedelta(days=1)
    else:
        end = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (end - at).total_seconds()


def _wait(live: Sequence[tuple[int, int]], span: int, too_much: int) -> float:
    """Seconds until so much of what is counted has left the window."""
    freed = 0
    for began, counted in sorted(live):
        freed += counted
        if freed >= too_much:
            return float((began + layout.CELLS - span) * layout.CELL_SECONDS)
    return float(layout.CELLS * layout.CELL_SECONDS)


def _line_of(passing: Passing, payer: Payer, allowance: Allowance) -> Line | None:
    for line in passing.lines:
        if line.allowance is allowance and line.payer is payer:
            return line
    return None


def _nothing(_account: str) -> Sums:
    return 0, {}
