"""Setting aside, counting and letting go; what is left behind by a worker that is gone."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offramp.control.quotas import Exceeded, Passing, Payer, Quotas, account_name, begin_run, spent
from offramp.control.quotas.spent import Row
from offramp.core.instants import Instant
from offramp.evidence import Entry, EntryType, Ledger, read_entries
from offramp.workspace.allowances import Allowance, Allowances, Measure, Span

NOON = datetime(2030, 6, 15, 12, tzinfo=UTC)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> Instant:
        return self.at


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory in which a run has begun."""
    with Ledger.open(tmp_path):
        pass
    begin_run(tmp_path)
    return tmp_path


@pytest.fixture
def clock() -> Clock:
    """The clock of `quotas`."""
    return Clock()


@pytest.fixture
def quotas(state: Path, clock: Clock) -> Iterator[Quotas]:
    """One worker's."""
    made = Quotas(state, clock=clock)
    yield made
    made.close()


def payer(*of: Allowance, concurrency: int = 0, key: str = "") -> Payer:
    return Payer("desk", key, Allowances(of=of, concurrency=concurrency))


def allowed(measure: Measure, span: Span, amount: int) -> Allowance:
    return Allowance(measure, span, amount)


TOKENS = allowed(Measure.TOKENS, Span.DAY, 100)


def entered(quotas: Quotas, *payers: Payer) -> Passing:
    passing = quotas.enter(payers)
    assert isinstance(passing, Passing), passing
    return passing


def write(state: Path, rows: tuple[Row, ...]) -> None:
    entry = Entry(type=EntryType.TRAFFIC, at=NOON, actor="desk", cause="request", subject="r")
    with Ledger.open(state) as ledger:
        ledger.append(entry, tuple(row.change for row in rows))


def done(quotas: Quotas, state: Path, passing: Passing, tokens: int) -> None:
    write(state, quotas.settle(passing, {Measure.REQUESTS: 1, Measure.TOKENS: tokens}, tokens))
    quotas.leave(passing)


def test_what_is_set_aside_is_not_there_for_others_and_the_rest_comes_back(
    quotas: Quotas, state: Path
) -> None:
    own = payer(TOKENS)
    first = entered(quotas, own)
    assert quotas.hold(first, {Measure.TOKENS: 70}, 0) is None
    second = entered(quotas, own)
    refused = quotas.hold(second, {Measure.TOKENS: 40}, 0)
    assert isinstance(refused, Exceeded)
    assert (refused.name, refused.amount, refused.total, refused.wanted) == ("tokens_per_day", 100, 70, 40)
    done(quotas, state, first, 10)
    assert quotas.hold(second, {Measure.TOKENS: 90}, 0) is None
    assert isinstance(quotas.hold(second, {Measure.TOKENS: 91}, 0), Exceeded)
    quotas.leave(second)
    account = account_name("desk", "", "tokens_per_day", "2030-06-15")
    assert spent(state, [account]) == {account: 10}
    assert [(name, used, held) for name, used, held in quotas.counted()] == [(account, 10, 0)]


def test_another_target_replaces_what_was_set_aside(quotas: Quotas) -> None:
    passing = entered(quotas, payer(TOKENS))
    for amount in (90, 20, 100):
        assert quotas.hold(passing, {Measure.TOKENS: amount}, 0) is None
    assert [held for _, _, held in quotas.counted()] == [100]


def test_a_request_that_never_fits_is_told_no_time(quotas: Quotas, clock: Clock) -> None:
    passing = entered(quotas, payer(TOKENS))
    refused = quotas.hold(passing, {Measure.TOKENS: 101}, 0)
    assert isinstance(refused, Exceeded)
    assert refused.wait_seconds is None
    quotas.hold(passing, {Measure.TOKENS: 60}, 0)
    refused = quotas.hold(entered(quotas, payer(TOKENS)), {Measure.TOKENS: 60}, 0)
    assert isinstance(refused, Exceeded)
    assert refused.wait_seconds == 12 * 3600


def test_places_are_given_back(quotas: Quotas) -> None:
    own = payer(concurrency=2)
    first, _ = entered(quotas, own), entered(quotas, own)
    assert isinstance(quotas.enter([own]), Exceeded)
    quotas.leave(first)
    quotas.leave(first)
    entered(quotas, own)
    assert isinstance(quotas.enter([own]), Exceeded)


def test_a_minute_takes_no_more_than_its_limit(quotas: Quotas) -> None:
    own = payer(allowed(Measure.REQUESTS, Span.MINUTE, 3), allowed(Measure.TOKENS, Span.MINUTE, 50))
    for _ in range(3):
        passing = entered(quotas, own)
    assert quotas.hold(passing, {}, 50) is None
    refused = quotas.enter([own])
    assert isinstance(refused, Exceeded)
    assert refused.wait_seconds is not None
    assert 0 < refused.wait_seconds <= 65
    quotas.settle(passing, {Measure.TOKENS: 5}, 5)
    quotas.leave(passing)


def test_a_key_counts_for_its_application_too(quotas: Quotas, state: Path) -> None:
    both = (
        payer(allowed(Measure.REQUESTS, Span.DAY, 5), key="k1"),
        payer(allowed(Measure.REQUESTS, Span.DAY, 3)),
    )
    for _ in range(3):
        done(quotas, state, entered(quotas, *both), 0)
    refused = quotas.enter(both)
    assert isinstance(refused, Exceeded)
    assert refused.payer.key == ""


def test_each_day_has_its_own_count_whatever_the_clock_does(
    quotas: Quotas, state: Path, clock: Clock
) -> None:
    own = payer(TOKENS)

    def used() -> int:
        passing = entered(quotas, own)
        room = next(
            room for room in range(100, -1, -1) if quotas.hold(passing, {Measure.TOKENS: room}, 0) is None
        )
        quotas.leave(passing)
        return 100 - room

    for days, before, tokens in ((0, 0, 30), (1, 0, 20), (0, 30, 10), (-1, 0, 5), (1, 20, 1), (0, 40, 0)):
        clock.at = NOON + timedelta(days=days)
        assert used() == before
        done(quotas, state, entered_with(quotas, own, tokens), tokens)


def entered_with(quotas: Quotas, own: Payer, tokens: int) -> Passing:
    passing = entered(quotas, own)
    assert quotas.hold(passing, {Measure.TOKENS: tokens}, 0) is None
    return passing


def test_a_restart_gives_nothing_back_and_loses_nothing(state: Path, clock: Clock) -> None:
    for expected in (0, 25, 50, 75):
        quotas = Quotas(state, clock=clock)
        passing = entered(quotas, payer(TOKENS))
        assert isinstance(quotas.hold(passing, {Measure.TOKENS: 101 - expected}, 0), Exceeded)
        assert quotas.hold(passing, {Measure.TOKENS: 100 - expected}, 0) is None
        done(quotas, state, passing, 25)
        quotas.close()
        begin_run(state)


def test_nodes_keep_to_their_part(state: Path, clock: Clock) -> None:
    quotas = Quotas(state, nodes=3, clock=clock)
    passing = entered(quotas, payer(TOKENS))
    assert isinstance(quotas.hold(passing, {Measure.TOKENS: 34}, 0), Exceeded)
    assert quotas.hold(passing, {Measure.TOKENS: 33}, 0) is None
    quotas.leave(passing)
    quotas.close()


def die_with(state: Path, ends: str) -> None:
    """A worker that is killed: while a request is under way, on its way to the database, or just after."""
    quotas = Quotas(state, clock=Clock())
    passing = entered_with(quotas, payer(TOKENS), 60)
    if ends != "held":
        rows = quotas.settle(passing, {Measure.TOKENS: 7}, 7)
        if ends == "written":
            write(state, rows)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("ends", "counted"), [("held", 60), ("settling", 7), ("written", 7)])
def test_what_a_killed_run_left_behind_is_counted_once(state: Path, ends: str, counted: int) -> None:
    kill(state, ends)
    for _ in range(2):
        begin_run(state)
        account = account_name("desk", "", "tokens_per_day", "2030-06-15")
        assert spent(state, [account]) == {account: counted}
    lost = [one.entry for one in read_entries(state) if one.entry.cause == "worker-lost"]
    assert len(lost) == (ends != "written")


@pytest.mark.parametrize(("ends", "counted"), [("held", 60), ("settling", 7), ("written", 7)])
def test_another_worker_counts_what_a_killed_one_left_behind(
    quotas: Quotas, state: Path, ends: str, counted: int
) -> None:
    import asyncio

    kill(state, ends)
    (word,) = quotas.leftovers()
    asyncio.run(quotas.recover(word, Appending(state)))  # type: ignore[arg-type]
    assert quotas.leftovers() == ()
    asyncio.run(quotas.recover(word, Appending(state)))  # type: ignore[arg-type]
    assert [(used, held) for _, used, held in quotas.counted()] == [(counted, 0)]
    account = account_name("desk", "", "tokens_per_day", "2030-06-15")
    assert spent(state, [account]) == {account: counted}
    passing = entered(quotas, payer(TOKENS))
    assert isinstance(quotas.hold(passing, {Measure.TOKENS: 101 - counted}, 0), Exceeded)
    assert quotas.hold(passing, {Measure.TOKENS: 100 - counted}, 0) is None
    quotas.leave(passing)


class Appending:
    """The ledger, as a worker appends to it."""

    def __init__(self, state: Path) -> None:
        self._state = state

    async def append(self, entry: Entry, changes: tuple[object, ...]) -> None:
        with Ledger.open(self._state) as ledger:
            ledger.append(entry, changes)  # type: ignore[arg-type]


def kill(state: Path, ends: str) -> None:
    process = multiprocessing.get_context("spawn").Process(target=die_with, args=(state, ends))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_a_full_book_makes_room_for_new_accounts_and_forgets_nothing(state: Path, clock: Clock) -> None:
    quotas = Quotas(state, clock=clock, accounts=8)
    month = allowed(Measure.TOKENS, Span.MONTH, 1000)
    for day in range(20):
        clock.at = NOON.replace(day=1) + timedelta(days=day)
        done(quotas, state, entered_with(quotas, payer(TOKENS, month), 3), 3)
    account = account_name("desk", "", "tokens_per_month", "2030-06")
    assert spent(state, [account]) == {account: 60}
    passing = entered(quotas, payer(month))
    assert isinstance(quotas.hold(passing, {Measure.TOKENS: 941}, 0), Exceeded)
    assert quotas.hold(passing, {Measure.TOKENS: 940}, 0) is None
    quotas.leave(passing)
    quotas.close()
