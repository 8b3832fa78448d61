"""Who counts as a worker that follows: whoever holds its lock, whatever numbers processes have."""

import os
from pathlib import Path

import pytest

from offramp.plan.following import Follower, in_force, prepare_following
from offramp.store import connect, migrate


@pytest.fixture
def state(tmp_path: Path) -> Path:
    engine = connect(tmp_path / "state.db")
    migrate(engine)
    engine.dispose()
    prepare_following(tmp_path)
    return tmp_path


def test_a_worker_counts_until_it_leaves(state: Path) -> None:
    worker = Follower(state)
    assert (in_force(state, 0).workers, in_force(state, 0).following) == (0, 0)
    worker.tell({}, 0)
    assert (in_force(state, 0).workers, in_force(state, 0).following) == (1, 1)
    worker.leave()
    assert in_force(state, 0).is_everywhere
    assert list((state / "following").iterdir()) == []


def test_what_a_lost_worker_left_is_nobodys_though_its_number_is_in_use(state: Path) -> None:
    """As after a power cut: the files are there, and another program has the process's number."""
    worker = Follower(state)
    worker.tell({"plan_shares": -1}, -1)
    left = {file.name: file.read_bytes() for file in (state / "following").iterdir()}
    worker.leave()
    for name, said in left.items():
        (state / "following" / name).write_bytes(said)
    assert f"{os.getpid()}.json" in left
    assert in_force(state, 0).workers == 0
    again = Follower(state)
    again.tell({}, 0)
    assert in_force(state, 0).workers == 1
    again.leave()
