"""What is kept between two requests of one application: answers to go on from, seals its vendor wants back.

One SQLite file beside the ledger, written by every worker; nothing in it is evidence. Each hour has a key of
its own that encrypts what was kept in it. When the hour is over for longer than the retention, key and
values are deleted: what was kept then cannot be read again, wherever a copy of the values is.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from offramp.core.digests import sha256_hex
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Clock, now
from offramp.store import connect

T = TypeVar("T")

RETENTION: Final = timedelta(hours=24)
WINDOW_SECONDS: Final = 3600
VALUE_LIMIT_BYTES: Final = 16 * 1024 * 1024
NONCE_BYTES: Final = 12

_metadata = MetaData()
_keys = Table(
    "kept_keys",
    _metadata,
    Column("window", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)
_values = Table(
    "kept_values",
    _metadata,
    Column("name", LargeBinary, primary_key=True),
    Column("window", Integer, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)


class Kept:
    """Values by kind, id and application, for as long as the retention lasts. Safe in several processes."""

    def __init__(self, state: Path, *, retention: timedelta = RETENTION, clock: Clock = now) -> None:
        self._engine = connect(state / "kept.db")
        self._retention = retention
        self._clock = clock
        self._cleared = -1
        with self._engine.begin() as connection:
            _metadata.create_all(connection)

    async def put(self, kind: str, id_: str, application: str, value: bytes) -> None:
        """`value` can be read back under the same three names. It replaces what was there."""
        if len(value) > VALUE_LIMIT_BYTES:
            raise OfframpError(
                "kept-too-large",
                f"{len(value)} bytes are more than the {VALUE_LIMIT_BYTES} that are kept for one answer",
                help="send the whole conversation with each request instead of going on from an answer",
            )
        await self._do(lambda connection: self._put(connection, _name(kind, id_, application), value))
        await self.clear()

    async def put_all(self, kind: str, ids: Sequence[str], application: str, value: bytes) -> None:
        """`value`, which is small, can be read back under each of `ids`."""
        names = [_name(kind, id_, application) for id_ in ids]

        def work(connection: Connection) -> None:
            for name in names:
                self._put(connection, name, value)

        await self._do(work)
        await self.clear()

    async def get(self, kind: str, id_: str, application: str) -> bytes | None:
        """What was kept, or None where nothing was, its time is over or its key is gone."""
        return (await self.get_all(kind, (id_,), application))[0]

    async def get_all(self, kind: str, ids: Sequence[str], application: str) -> Sequence[bytes | None]:
        """The same for each of `ids`, in one look."""
        names = [_name(kind, id_, application) for id_ in ids]
        return await self._do(lambda connection: [self._get(connection, name) for name in names])

    async def drop(self, kind: str, id_: str, application: str) -> bool:
        """Nothing is kept under these names now; whether anything was."""
        name = _name(kind, id_, application)
        gone = await self._do(lambda c: c.execute(delete(_values).where(_values.c.name == name)).rowcount)
        return gone > 0

    async def clear(self) -> None:
        """What is older than the retention cannot be read any more, whether anything new is kept or not."""
        await asyncio.to_thread(self._clear)

    def close(self) -> None:
        """The file is closed."""
        self._engine.dispose()

    async def _do(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise OfframpError(
                "kept-unavailable",
                f"the file of kept answers could not be used: {type(error).__name__}",
                help="look at disk space and at the rights on `kept.db` in the state directory",
                exit_code=Exit.INTERNAL,
            ) from error

    def _put(self, connection: Connection, name: bytes, value: bytes) -> None:
        window = self._window()
        fresh = AESGCM.generate_key(bit_length=256)
        connection.execute(insert(_keys).values(window=window, key=fresh).on_conflict_do_nothing())
        key = connection.execute(select(_keys.c.key).where(_keys.c.window == window)).scalar_one()
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, value, name)
        statement = insert(_values).values(name=name, window=window, sealed=sealed)
        changed = {"window": window, "sealed": sealed}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))

    def _get(self, connection: Connection, name: bytes) -> bytes | None:
        oldest = self._oldest(self._window())
        found = connection.execute(
            select(_keys.c.key, _values.c.sealed)
            .join(_keys, _keys.c.window == _values.c.window)
            .where(_values.c.name == name, _values.c.window >= oldest)
        ).first()
        if found is None:
            return None
        key, sealed = found
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name)
        except InvalidTag:
            return None

    def _clear(self) -> None:
        """Once a window: what is older than the retention is overwritten, in the file and in its log."""
        window = self._window()
        if self._cleared == window:
            return
        oldest = self._oldest(window)

        def _delete(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.execute(delete(_keys).where(_keys.c.window < oldest))
            connection.execute(delete(_values).where(_values.c.window < oldest))

        self._in_transaction(_delete)
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self._cleared = window

    def _window(self) -> int:
        return int(self._clock().timestamp()) // WINDOW_SECONDS

    def _oldest(self, window: int) -> int:
        return window - int(self._retention.total_seconds()) // WINDOW_SECONDS


def _name(kind: str, id_: str, application: str) -> bytes:
    """The row's name: a digest, so that the file tells no id and one application cannot name another's."""
    return bytes.fromhex(sha256_hex("\0".join((kind, application, id_)).encode("utf-8", "surrogateescape")))
