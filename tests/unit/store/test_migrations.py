"""Migrations: run once, run again, and refused backwards."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from offramp.core.errors import OfframpError
from offramp.store import connect, migrate
from offramp.store.migrations import STEPS
from offramp.store.schema import metadata


def test_a_new_database_gets_every_table_and_the_version(tmp_path: Path) -> None:
    engine = connect(tmp_path / "state.db")
    migrate(engine)
    assert set(inspect(engine).get_table_names()) == set(metadata.tables)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM store_version")).scalar_one() == len(STEPS)
    engine.dispose()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = connect(tmp_path / "state.db")
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO plan_exits VALUES ('example-a', 'example-b', '', '', '')"))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM plan_exits")).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM store_version")).scalar_one() == 1
    engine.dispose()


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "state.db"
    migrate(engine := connect(path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE store_version SET version = 99"))
    engine.dispose()
    with pytest.raises(OfframpError) as caught:
        connect(path, read_only=read_only)
    assert caught.value.code == "state-newer"
    assert "99" in caught.value.message
