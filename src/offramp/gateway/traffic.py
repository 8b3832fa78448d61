"""A worker's view of ramps and causes: polled, and swapped whole when the database changed."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from offramp.core.errors import OfframpError
from offramp.gateway.issued import IssuedKeys
from offramp.gateway.settings import POLL_SECONDS, STALE_SECONDS
from offramp.plan import following, traffic
from offramp.store import connect
from offramp.store.schema import gateway_config


class Traffic:
    """The present `traffic.TrafficState`, at most a poll old. `taken`: the configuration it began with."""

    def __init__(self, state: Path, taken: int) -> None:
        self._engine = connect(state / "state.db", read_only=True)
        # INVARIANT: the version is only comparable on one and the same connection, so it is kept.
        self._watch = self._engine.raw_connection()
        self._version = -1
        self._changes: Sequence[tuple[str, int]] | None = None
        self._read_at = 0.0
        self._follower = following.Follower(state)
        self.now = traffic.TrafficState()
        self.generation = 0
        """Number of the configuration that is in force."""
        self._taken = taken
        self.issued = IssuedKeys()
        self.poll()

    @property
    def is_stale(self) -> bool:
        """Ramps and causes could not be read for a while: a cut may have been missed."""
        return time.monotonic() - self._read_at > STALE_SECONDS

    def poll(self) -> None:
        """`now` is what the database says, if it could be read."""
        cursor = self._watch.cursor()
        try:
            version = cursor.execute("PRAGMA data_version").fetchone()[0]
            # Every entry is a new version; few change a table that is read here.
            changes = (
                cursor.execute(following.CHANGES).fetchall() if version != self._version else self._changes
            )
        finally:
            cursor.close()
        if changes != self._changes:
            with self._engine.connect() as connection:
                self.now = traffic.read_traffic(connection)
                config = gateway_config.c.generation
                self.generation = connection.execute(select(config)).scalar_one_or_none() or 0
                self.issued.poll(connection)
            self._changes = changes
            self._tell()
        self._version = version
        self._read_at = time.monotonic()

    def read_config(self) -> tuple[int, str]:
        """The configuration in force: its number, and its texts as JSON (empty for the first)."""
        with self._engine.connect() as connection:
            row = connection.execute(select(gateway_config.c.generation, gateway_config.c.texts)).one()
        return int(row.generation), str(row.texts)

    def took(self, generation: int) -> None:
        """The worker goes by this configuration now."""
        self._taken = generation
        self._tell()

    def _tell(self) -> None:
        self._follower.tell(dict(self._changes or ()), self._taken)

    async def follow(self, parent: int) -> None:
        """Poll until cancelled. Ends this process when the process `parent` is gone."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if parent and os.getppid() != parent:
                os._exit(1)
            try:
                self.poll()
            except (SQLAlchemyError, OSError, OfframpError):
                continue

    def close(self) -> None:
        """The database is closed; the worker follows nothing any more."""
        self._follower.leave()
        self._watch.close()
        self._engine.dispose()
