"""A worker's view of holds: read from the database when a request needs it, never remembered."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from offramp.control import holds
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant
from offramp.store import connect

T = TypeVar("T")


class HoldState:
    """Reads holds. A decision made elsewhere counts for the next request."""

    def __init__(self, state: Path) -> None:
        self._engine = connect(state / holds.stored.DATABASE, read_only=True)

    async def all(self) -> tuple[holds.Hold, ...]:
        """Every hold there is."""
        return await self._read(holds.stored.read_holds)

    async def open(self, at: Instant) -> tuple[holds.Hold, ...]:
        """Those that may still be waiting at `at`, oldest first."""
        return await self._read(lambda connection: holds.stored.open_holds(connection, at))

    async def one(self, id_: str) -> holds.Hold:
        """The hold `id_`. Raises `hold-unknown`."""
        return await self._read(lambda connection: holds.stored.read_hold(connection, id_))

    async def of(self, application: str, conversation: str) -> tuple[holds.Hold, ...]:
        """The holds of one conversation, oldest first."""
        return await self._read(lambda c: holds.stored.holds_of(c, application, conversation))

    async def presence(self) -> holds.Presence:
        """Who is on watch, and what is stopped."""
        return await self._read(holds.stored.read_presence)

    def close(self) -> None:
        """The database is closed."""
        self._engine.dispose()

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._in_connection, work)

    def _in_connection(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except OfframpError as error:
            if error.code == "hold-unknown":
                raise
            raise _unreadable(error) from error
        except (SQLAlchemyError, ValueError, TypeError, KeyError, AttributeError) as error:
            # Rows that are not as they were written are no decision, whatever they say.
            raise _unreadable(error) from error


def _unreadable(error: Exception) -> OfframpError:
    return OfframpError(
        "holds-unreadable",
        f"held calls could not be read: {type(error).__name__}",
        help="look at disk space and at who can write `state.db` in the state directory",
        exit_code=Exit.INTERNAL,
    )
