"""Keys and their end, what is kept, several nodes, and identifiers by their pattern."""

import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from offramp.control import persons
from offramp.control.persons.identifiers import normalised
from offramp.control.persons.sketch import Tally
from offramp.control.persons.windows import KeyId, days_of, live
from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Ledger
from offramp.store import connect
from offramp.store.schema import control_person_heads

SCHEMA = persons.nodes.SCHEMA
TODAY = date(2030, 6, 15)
CELL = persons.Cell("desk", "records", "example-a")
DAYS = {"persons": 30}
MOMENT = parse_instant("2030-06-15T12:00:00Z")


def asked(*names: str, day: date = TODAY) -> persons.Asked:
    by_fact = {"persons": frozenset(normalised(name) for name in names)}
    return persons.Asked(cell=CELL, today=day, by_fact=by_fact, days=DAYS)


def counter_in(state: Path) -> persons.Counter:
    counter = persons.Counter(persons.Keys(state))
    Ledger.open(state).close()
    engine = connect(state / "state.db", read_only=True)
    with engine.connect() as connection:
        counter.refresh(connection)
    engine.dispose()
    return counter


def count(state: Path, one: persons.Asked) -> int:
    counter = counter_in(state)
    changed = counter.changes(one)
    if changed:
        entry = Entry(type=EntryType.COUNT, at=MOMENT, actor="desk", cause="request", subject="req", data={})
        with Ledger.open(state) as ledger:
            ledger.append(entry, counter.rows("board", changed))
    return counter_in(state).figure(asked(day=one.today), "persons", [CELL]).high


def versions_in(state: Path) -> dict[str, int]:
    engine = connect(state / "state.db", read_only=True)
    with engine.connect() as connection:
        found = {row.owner: row.version for row in connection.execute(select(control_person_heads))}
    engine.dispose()
    return found


def test_a_window_slides_and_forgets(tmp_path: Path) -> None:
    assert count(tmp_path, asked("a", "b")) == 2
    assert count(tmp_path, asked("b", "c", day=TODAY + timedelta(days=29))) == 3
    assert count(tmp_path, asked("c", day=TODAY + timedelta(days=30))) == 2
    assert count(tmp_path, asked("c", day=TODAY + timedelta(days=59))) == 1


def test_without_its_key_nobody_finds_out_who_was_counted(tmp_path: Path) -> None:
    keys = persons.Keys(tmp_path)
    assert count(tmp_path, asked("ana@example.org")) == 1
    older, newer = live(30, TODAY)
    assert keys.ids() == (older, newer)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ana@example.org" not in kept
    assert keys.destroy(older.last_day) == ()
    assert keys.destroy(older.last_day + timedelta(days=1)) == (older,)
    assert not (tmp_path / "persons" / f"{older}.key").exists()
    # A key made anew gives other hashes: a guess at who was counted finds nobody.
    tally = counter_in(tmp_path).tallies
    guess = persons.Counter(persons.Keys(tmp_path))
    (before,) = (found.hashes for pane, found in tally.items() if pane.key_id == str(older))
    (after,) = (
        found.hashes
        for pane, found in guess.changes(asked("ana@example.org")).items()
        if pane.key_id == str(older)
    )
    assert before.isdisjoint(after)


@pytest.mark.parametrize(("is_shared", "together"), [(True, 3), (False, 4)])
def test_nodes_are_counted_together(tmp_path: Path, is_shared: bool, together: int) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    assert count(here, asked("a", "b")) == 2
    if is_shared:
        (there / "persons").mkdir(parents=True)
        for key in (here / "persons").glob("*.key"):
            (there / "persons" / key.name).write_bytes(key.read_bytes())
    assert count(there, asked("b")) == 1
    entry = Entry(type=EntryType.COUNT, at=MOMENT, actor="x", cause="command", subject="east")
    first = persons.nodes.written(counter_in(there).tallies, persons.Keys(there), "east", MOMENT)
    assert count(there, asked("b", "c")) == 2
    second = persons.nodes.written(counter_in(there).tallies, persons.Keys(there), "east", MOMENT)
    # The first once more, after the second: what is old takes nothing back.
    for text in (first, second, first):
        took = persons.nodes.taken(text, persons.Keys(here), counter_in(here).tallies)
        assert took.is_comparable is is_shared
        with Ledger.open(here) as ledger:
            ledger.append(entry, persons.nodes.rows(took, versions_in(here)))
    figure = counter_in(here).figure(asked(), "persons", [CELL])
    assert figure.high == together
    assert figure.low <= 3 <= figure.high


@pytest.mark.parametrize(
    "broken",
    ["", "{}", "x\n{}", f"{SCHEMA}\n", f"{SCHEMA}\n[]", f"{SCHEMA}\nnull", f'{SCHEMA}\n{{"schema": "x"}}'],
)
def test_anything_else_is_no_export(tmp_path: Path, broken: str) -> None:
    with pytest.raises(OfframpError) as caught:
        persons.nodes.taken(broken, persons.Keys(tmp_path), {})
    assert caught.value.code == "persons-export"


@pytest.mark.parametrize(
    ("window", "days"),
    [("P30D", 30), ("P1W", 7), ("P1M", 31), ("P1Y", 366), ("PT24H", 2), ("P9Y", 366), ("", 366), ("?", 366)],
)
def test_windows_take_in_whole_days(window: str, days: int) -> None:
    assert days_of(window) == days


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to ana@example.org or ANA@example.org", {"mail addresses": 1}),
        ("call +49 30 1234567 or +49301234567", {"telephone numbers": 1}),
        ("078-05-1120", {"national numbers": 1}),
        ("529.982.247-25 and 529.982.247-24", {"national numbers": 1}),
        ("12345678Z and 12345678A", {"national numbers": 1}),
        ("1 85 05 78 006 084 91", {"national numbers": 1}),
        ("131052-308T and 131052-308A", {"national numbers": 1}),
        ("44051401359 and 44051401358", {"national numbers": 1}),
        ("version 1.2.3 of 2030-06-15, order 12345678901", {}),
    ],
)
def test_identifiers_by_their_pattern(text: str, found: Mapping[str, int]) -> None:
    assert persons.identifiers_in([text]) == found


def test_a_broken_key_is_said(tmp_path: Path) -> None:
    keys = persons.Keys(tmp_path)
    keys.key(KeyId(30, 700))
    (tmp_path / "persons" / "30d-700.key").write_bytes(b"short")
    with pytest.raises(OfframpError, match="another length"):
        persons.Keys(tmp_path).key(KeyId(30, 700))
    assert Tally().adding(frozenset({1})) == Tally(frozenset({1}))


def follow(state: Path, counter: persons.Counter) -> None:
    """`counter` is what the database says, as a worker looks again and again."""
    engine = connect(state / "state.db", read_only=True)
    with engine.connect() as connection:
        counter.refresh(connection)
    engine.dispose()


def test_who_follows_others_counts_knows_what_who_reads_all_knows(tmp_path: Path) -> None:
    follower = counter_in(tmp_path)
    for turn in range(60):
        day = TODAY + timedelta(days=turn // 20)
        names = [f"{turn % 7}-{number}" for number in range(20 * turn, 20 * turn + 90)]
        count(tmp_path, asked(*names, day=day))
        follow(tmp_path, follower)
        fresh, everybody = counter_in(tmp_path), asked(day=day)
        mine, theirs = (one.figure(everybody, "persons", [CELL]) for one in (follower, fresh))
        if theirs.is_exact:
            assert mine == theirs
        else:
            assert not mine.is_exact
            assert mine.low <= theirs.estimate <= mine.high
        assert follower.tallies == fresh.tallies
        assert not follower.is_new(asked(*names, day=day))


def test_past_days_are_read_again_only_where_more_than_counts_changed(tmp_path: Path) -> None:
    count(tmp_path, asked("a"))
    count(tmp_path, asked("b", day=TODAY + timedelta(days=9)))
    follower = counter_in(tmp_path)
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute("UPDATE control_person_panes SET tally = x'00' WHERE day = ?", (TODAY.isoformat(),))
    database.close()
    with Ledger.open(tmp_path) as ledger:
        entry = Entry(type=EntryType.COUNT, at=MOMENT, actor="desk", cause="request", subject="req", data={})
        third = asked("c", day=TODAY + timedelta(days=9))
        ledger.append(entry, follower.rows("board", follower.changes(third)))
        follow(tmp_path, follower)
        assert follower.figure(third, "persons", [CELL]).high == 3
        ledger.append(entry, tuple(persons.nodes.heads(versions_in(tmp_path))))
    with pytest.raises(OfframpError) as caught:
        follow(tmp_path, follower)
    assert caught.value.code == "sketch-corrupt"


@pytest.mark.parametrize(
    ("body", "may"),
    [
        (b'{"a": "nobody at all, only 12345"}', False),
        (b'{"a": "ana@example.org"}', True),
        (b'{"a": "ana\\u0040example.org"}', True),
        (b'{"a": "+47 22 22 22 22"}', True),
        (b'{"a": "078-05-1120"}', True),
        (b'{"data": "YW5hQGV4YW1wbGUub3Jn"}', True),
    ],
)
def test_a_body_that_can_hold_no_identifier_is_not_read_for_them(body: bytes, may: bool) -> None:
    assert persons.may_hold_identifiers(body) is may
