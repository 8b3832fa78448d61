"""The version of the tables, and the steps from each version to the next."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, inspect, select

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.store.schema import metadata, store_version


def _create_tables(connection: Connection) -> None:
    """Every table that is not there yet."""
    metadata.create_all(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (
    _create_tables,
    _create_tables,
    _create_tables,
    _create_tables,
)
"""Step n brings a database from version n to n + 1. Published steps are never edited; new ones go last.

Creating tables leaves those that are there as they are: each later step adds those that are
newer.
"""


def migrate(engine: Engine) -> None:
    """Bring the tables up to the newest version this code knows. Run twice, it changes nothing."""
    with engine.begin() as connection:
        version = _version(connection)
        for step in STEPS[version:]:
            step(connection)
        if version == 0:
            connection.execute(store_version.insert().values(id=1, version=len(STEPS)))
        elif version < len(STEPS):
            connection.execute(store_version.update().values(version=len(STEPS)))


def has_tables(connection: Connection, *tables: Table) -> bool:
    """Whether anything was ever stored, and these are there: a crash while the file was made leaves it empty.

    What only reads never migrates, so the tables of a newer version can be missing.
    """
    there = inspect(connection)
    return _version(connection) > 0 and all(there.has_table(table.name) for table in tables)


def refuse_newer(engine: Engine, path: Path) -> None:
    """Raise when the database was made by a newer version of this program."""
    with engine.connect() as connection:
        version = _version(connection)
    if version > len(STEPS):
        raise OfframpError(
            "state-newer",
            f"the database has schema version {version}; this program knows versions up to {len(STEPS)}",
            where=Span(str(path)),
            help="use the newer offramp that wrote it, or one of its successors",
        )


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(store_version.name):
        return 0
    return connection.execute(select(store_version.c.version)).scalar_one_or_none() or 0
