"""Connections: what is promised of the database, and what is said of a file that is none."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from offramp.core.errors import OfframpError
from offramp.store import connect, migrate


def test_commits_are_on_disk_and_readers_do_not_block_the_writer(tmp_path: Path) -> None:
    engine = connect(tmp_path / "state.db")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()


def test_a_path_with_odd_characters_is_the_path_that_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a?b #c%20d" / "state.db"
    path.parent.mkdir()
    migrate(engine := connect(path))
    engine.dispose()
    assert path.is_file()


def test_a_read_only_connection_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    migrate(engine := connect(path))
    engine.dispose()
    reader = connect(path, read_only=True)
    with reader.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("DELETE FROM store_version"))
    reader.dispose()


def test_one_transaction_sees_one_state(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    migrate(writer := connect(path))
    reader = connect(path, read_only=True)
    count = text("SELECT count(*) FROM plan_exits")
    with reader.connect() as reading:
        with reading.begin():
            assert reading.execute(count).scalar_one() == 0
            with writer.begin() as writing:
                writing.execute(text("INSERT INTO plan_exits VALUES ('example-a', 'example-b', '', '', '')"))
            assert reading.execute(count).scalar_one() == 0
        assert reading.execute(count).scalar_one() == 1
    reader.dispose()
    writer.dispose()


def test_reading_what_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        connect(tmp_path / "state.db", read_only=True)
    assert caught.value.code == "state-missing"
    assert not (tmp_path / "state.db").exists()


def test_a_file_that_is_no_database_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"this is not a database, and it is longer than a header" * 50)
    with pytest.raises(OfframpError) as caught:
        connect(path)
    assert caught.value.code == "state-unreadable"
    assert str(path) in caught.value.render()
