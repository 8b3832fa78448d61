"""What an earlier run left behind does not outlive its time."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.gateway.conftest import eventually

from offramp.core.instants import now
from offramp.gateway.kept import Kept


def test_answers_whose_time_is_over_are_deleted_though_nobody_asks_anything(
    started: Any, workspace: Any, tmp_path: Path
) -> None:
    root = workspace(tmp_path / "place")
    state = root / ".offramp"
    state.mkdir(mode=0o700)
    kept = Kept(state, clock=lambda: now() - timedelta(days=3))
    asyncio.run(kept.put("answer", "resp_1", "desk", b"a secret sentence"))
    with kept._engine.connect() as connection:
        key = connection.exec_driver_sql("SELECT key FROM kept_keys").scalar_one()
    kept.close()
    started(root, "--workers", "1")
    eventually(lambda: key not in b"".join(file.read_bytes() for file in state.glob("kept.db*")))
