"""What is kept between requests: who can read it back, and for how long."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, parse_instant
from offramp.gateway.kept import VALUE_LIMIT_BYTES, Kept

START = parse_instant("2026-03-05T10:30Z")


class Hand:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.at: Instant = START

    def __call__(self) -> Instant:
        return self.at


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def kept(tmp_path: Path, hand: Hand) -> Iterator[Kept]:
    opened = Kept(tmp_path, retention=timedelta(hours=2), clock=hand)
    yield opened
    opened.close()


def test_what_was_put_is_read_back_also_by_another_worker(kept: Kept, tmp_path: Path, hand: Hand) -> None:
    asyncio.run(kept.put("answer", "resp_1", "desk", b"one"))
    asyncio.run(kept.put("answer", "resp_1", "desk", b"two"))
    other = Kept(tmp_path, retention=timedelta(hours=2), clock=hand)
    assert asyncio.run(other.get("answer", "resp_1", "desk")) == b"two"
    other.close()


def test_no_other_application_kind_or_id_reads_it(kept: Kept) -> None:
    asyncio.run(kept.put("answer", "resp_1", "desk", b"one"))
    assert asyncio.run(kept.get("answer", "resp_1", "lab")) is None
    assert asyncio.run(kept.get("seal", "resp_1", "desk")) is None
    assert asyncio.run(kept.get("answer", "resp_2", "desk")) is None


def test_dropping_says_whether_there_was_anything(kept: Kept) -> None:
    asyncio.run(kept.put("answer", "resp_1", "desk", b"one"))
    assert not asyncio.run(kept.drop("answer", "resp_1", "lab"))
    assert asyncio.run(kept.drop("answer", "resp_1", "desk"))
    assert asyncio.run(kept.get("answer", "resp_1", "desk")) is None


def test_after_the_retention_it_is_gone(kept: Kept, hand: Hand) -> None:
    asyncio.run(kept.put("answer", "resp_1", "desk", b"one"))
    hand.at = START + timedelta(hours=2)
    assert asyncio.run(kept.get("answer", "resp_1", "desk")) == b"one"
    hand.at = START + timedelta(hours=3)
    assert asyncio.run(kept.get("answer", "resp_1", "desk")) is None


def test_no_file_holds_the_text_and_none_the_old_key(kept: Kept, hand: Hand, tmp_path: Path) -> None:
    asyncio.run(kept.put("answer", "resp_1", "desk", b"a secret sentence"))
    with kept._engine.connect() as connection:
        key = connection.exec_driver_sql("SELECT key FROM kept_keys").scalar_one()
        sealed = connection.exec_driver_sql("SELECT sealed FROM kept_values").scalar_one()
    files = b"".join(file.read_bytes() for file in tmp_path.glob("kept.db*"))
    assert b"a secret sentence" not in files
    assert key in files
    hand.at = START + timedelta(hours=5)
    asyncio.run(kept.put("answer", "resp_2", "desk", b"two"))
    files = b"".join(file.read_bytes() for file in tmp_path.glob("kept.db*"))
    assert key not in files
    assert sealed not in files


def test_it_is_gone_also_where_nothing_new_is_kept(kept: Kept, hand: Hand, tmp_path: Path) -> None:
    asyncio.run(kept.put("answer", "resp_1", "desk", b"a secret sentence"))
    with kept._engine.connect() as connection:
        key = connection.exec_driver_sql("SELECT key FROM kept_keys").scalar_one()
    hand.at = START + timedelta(hours=5)
    asyncio.run(kept.clear())
    assert key not in b"".join(file.read_bytes() for file in tmp_path.glob("kept.db*"))


def test_a_value_moved_to_another_row_does_not_open(kept: Kept) -> None:
    asyncio.run(kept.put("answer", "resp_1", "desk", b"one"))
    asyncio.run(kept.put("answer", "resp_2", "desk", b"two"))
    with kept._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kept_values SET sealed = (SELECT max(sealed) FROM kept_values)")
    read = [asyncio.run(kept.get("answer", id_, "desk")) for id_ in ("resp_1", "resp_2")]
    assert read.count(None) == 1


def test_too_much_is_refused_with_what_to_do(kept: Kept) -> None:
    with pytest.raises(OfframpError) as caught:
        asyncio.run(kept.put("answer", "resp_1", "desk", bytes(VALUE_LIMIT_BYTES + 1)))
    assert caught.value.code == "kept-too-large"
    assert "whole conversation" in caught.value.help


def test_many_workers_at_once_lose_nothing(kept: Kept) -> None:
    async def all_of_them() -> list[bytes | None]:
        await asyncio.gather(*(kept.put("a", str(n), "desk", str(n).encode()) for n in range(40)))
        return await asyncio.gather(*(kept.get("a", str(n), "desk") for n in range(40)))

    assert asyncio.run(all_of_them()) == [str(n).encode() for n in range(40)]
