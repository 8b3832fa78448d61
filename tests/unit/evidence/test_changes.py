"""State changes: checked against the tables, applied with their entry or not at all."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from offramp.core.errors import OfframpError
from offramp.evidence import Change, Entry, Ledger, read_entries
from offramp.store import connect
from offramp.store.schema import plan_ramps

RAMP = {"route": "example", "share": 5, "at": "2026-03-05T12:00:00Z", "by": "A. Person", "cause": "person:A"}
MakeEntry = Callable[..., Entry]


def ramps(state: Path) -> list[tuple[str, int]]:
    engine = connect(state / "state.db", read_only=True)
    with engine.connect() as connection:
        rows = connection.execute(select(plan_ramps.c.route, plan_ramps.c.share)).all()
    engine.dispose()
    return [(row.route, row.share) for row in rows]


def test_a_row_is_written_changed_in_part_and_removed(state: Path, make_entry: MakeEntry) -> None:
    with Ledger.open(state) as ledger:
        ledger.append(make_entry(), [Change("plan_ramps", RAMP)])
        ledger.append(make_entry(), [Change("plan_ramps", {"route": "example", "share": 50})])
        assert ramps(state) == [("example", 50)]
        ledger.append(make_entry(), [Change("plan_ramps", {"route": "example"})])
        assert ramps(state) == [("example", 50)]
        ledger.append(make_entry(), [Change("plan_ramps", {"route": "example"}, is_removal=True)])
        assert ramps(state) == []


def test_changes_of_one_entry_are_applied_in_order(state: Path, make_entry: MakeEntry) -> None:
    with Ledger.open(state) as ledger:
        ledger.append(
            make_entry(),
            [
                Change("plan_ramps", RAMP),
                Change("plan_ramps", {"route": "example"}, is_removal=True),
                Change("plan_ramps", RAMP | {"share": 7}),
            ],
        )
    assert ramps(state) == [("example", 7)]


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("nonsense", {}, "not a table"),
        ("evidence_entries", {"idx": 0, "leaf_hash": b"", "body": b""}, "not a table"),
        ("store_version", {"id": 1, "version": 7}, "not a table"),
        ("plan_ramps", RAMP | {"speed": 1}, "no column `speed`"),
        ("plan_ramps", {"share": 5}, "key column `route`"),
        ("plan_ramps", RAMP | {"share": "5"}, "of type integer, not str"),
        ("plan_ramps", RAMP | {"by": None}, "of type varchar, not NoneType"),
        ("plan_ramps", {"route": "new", "share": 5}, "does not fit"),
    ],
)
def test_a_change_that_does_not_fit_keeps_its_entry_out(
    state: Path, make_entry: MakeEntry, table: str, row: Mapping[str, Any], said: str
) -> None:
    with Ledger.open(state) as ledger:
        with pytest.raises(OfframpError) as caught:
            ledger.append(make_entry(), [Change("plan_ramps", RAMP), Change(table, row)])
        assert caught.value.code == "change-invalid"
        assert said in caught.value.message
        assert read_entries(state) == ()
        assert ramps(state) == []


def test_one_bad_change_does_not_take_its_neighbours_with_it(state: Path, make_entry: MakeEntry) -> None:
    with Ledger.open(state) as ledger:
        with pytest.raises(OfframpError, match="does not fit"):
            ledger.append_all(
                [
                    (make_entry("first"), [Change("plan_ramps", RAMP)]),
                    (make_entry("bad"), [Change("plan_exits", {"vendor": "example-a"})]),
                    (make_entry("last"), ()),
                ]
            )
        assert [recorded.entry.subject for recorded in read_entries(state)] == ["first", "last"]
        assert ramps(state) == [("example", 5)]
