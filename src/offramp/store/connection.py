"""Opening the database file: durable writes, waiting readers, and plain errors for a file we cannot read."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.store.migrations import refuse_newer

BUSY_TIMEOUT_MS = 5_000


def connect(path: Path, *, read_only: bool = False) -> Engine:
    """An engine on the SQLite file at `path`, made if it is missing unless `read_only`.

    Every commit is on disk when it returns (WAL, `synchronous=FULL`). A transaction begins with its first
    statement, so that reads inside one see one state. Refuses a file made by a newer version, and one that
    is not a database.
    """
    if read_only and not path.is_file():
        raise OfframpError(
            "state-missing",
            f"there is no database at `{path}`",
            help="run a command that records something first, for example `offramp scan`",
        )
    mode = "ro" if read_only else "rwc"
    url = URL.create(
        "sqlite", database=f"file:{quote(str(path.absolute()))}", query={"mode": mode, "uri": "true"}
    )
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _prepare(raw: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin only at the first write; ours are begun explicitly below.
        raw.isolation_level = None
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if not read_only:
            raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    try:
        refuse_newer(engine, path)
    except DatabaseError as error:
        engine.dispose()
        raise OfframpError(
            "state-unreadable",
            f"cannot use the database: {error.orig}",
            where=Span(str(path)),
            help="restore it from a backup, or move it aside to begin anew",
        ) from None
    except OfframpError:
        engine.dispose()
        raise
    return engine
