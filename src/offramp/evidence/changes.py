"""State changes that go in with an entry: checked against the schema, then applied in its transaction."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Integer, LargeBinary, String, Table, and_

from offramp.core.errors import OfframpError
from offramp.evidence.entry import Change
from offramp.store.schema import evidence_changes, metadata

_OWN_PREFIXES = ("evidence_", "store_")


def check(changes: Iterable[Change]) -> None:
    """Raise unless every change names a table, its key and known columns, with values of their types."""
    for change in changes:
        _check_one(change)


def apply(connection: Connection, changes: Sequence[Change]) -> None:
    """Write or remove each row, in order. The changes have been checked."""
    for change in changes:
        table = metadata.tables[change.table]
        key = {column.name for column in table.primary_key}
        where = and_(*(column == change.row[column.name] for column in table.primary_key))
        if change.is_removal:
            connection.execute(table.delete().where(where))
            continue
        rest = {name: value for name, value in change.row.items() if name not in key}
        # Updating first lets a change name only some columns: SQLite tests NOT NULL before ON CONFLICT.
        if rest and connection.execute(table.update().where(where).values(rest)).rowcount:
            continue
        if not rest and connection.execute(table.select().where(where)).first():
            continue
        connection.execute(table.insert().values(dict(change.row)))


def note(connection: Connection, changes: Iterable[Change]) -> None:
    """Count a change of each table they name."""
    for name in sorted({change.table for change in changes}):
        made = evidence_changes.c.made
        counted = evidence_changes.update().where(evidence_changes.c.name == name).values(made=made + 1)
        if not connection.execute(counted).rowcount:
            connection.execute(evidence_changes.insert().values(name=name, made=1))


def _check_one(change: Change) -> None:
    table = metadata.tables.get(change.table)
    if table is None or change.table.startswith(_OWN_PREFIXES):
        raise _invalid(
            change, "is not a table that entries can change", "name a table of offramp.store.schema"
        )
    for name, value in change.row.items():
        if name not in table.c:
            raise _invalid(change, f"has no column `{name}`", f"its columns are {', '.join(table.c.keys())}")
        if not _fits(table, name, value):
            kind = str(table.c[name].type).lower()
            raise _invalid(
                change, f"has `{name}` of type {kind}, not {type(value).__name__}", "convert the value"
            )
    missing = [column.name for column in table.primary_key if column.name not in change.row]
    if missing:
        raise _invalid(change, f"needs its key column `{missing[0]}`", "give every key column a value")


def _fits(table: Table, name: str, value: object) -> bool:
    column = table.c[name]
    if value is None:
        return bool(column.nullable)
    if isinstance(column.type, Integer):
        return isinstance(value, int)
    if isinstance(column.type, String):
        return isinstance(value, str)
    if isinstance(column.type, LargeBinary):
        return isinstance(value, bytes)
    return isinstance(value, str | int | float | bytes)


def _invalid(change: Change, what: str, tip: str) -> OfframpError:
    return OfframpError("change-invalid", f"table `{change.table}` {what}", help=tip)
