"""A change that expects what it replaces: of two that were made from the same row, one is recorded."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.evidence import Change, Entry, EntryType, Ledger, read_entries

AT = datetime(2030, 1, 1, tzinfo=UTC)


def entry(subject: str) -> Entry:
    return Entry(type=EntryType.COUNT, at=AT, actor="desk", cause="request", subject=subject)


def head(version: int, expects: int | None) -> Change:
    return Change(
        "control_person_heads",
        {"owner": "board", "version": version},
        expects={} if expects is None else {"version": expects},
    )


def test_only_the_first_of_two_is_recorded(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.append(entry("first"), (head(1, None),))
        for late in (head(1, None), head(2, 7)):
            with pytest.raises(OfframpError) as caught:
                ledger.append(entry("late"), (late,))
            assert caught.value.code == "change-stale"
        ledger.append(entry("second"), (head(2, 1),))
    assert [one.entry.subject for one in read_entries(tmp_path)] == ["first", "second"]


def test_one_that_is_too_late_takes_no_other_with_it(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        with pytest.raises(OfframpError) as caught:
            ledger.append_all(
                [(entry("a"), (head(1, None),)), (entry("b"), (head(1, None),)), (entry("c"), (head(2, 1),))]
            )
        assert caught.value.code == "change-stale"
    assert [one.entry.subject for one in read_entries(tmp_path)] == ["a", "c"]
