"""State changes that go in with an entry: checked against the schema, then applied in its transaction."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, LargeBinary, String, Table, and_

from offramp.core.errors import OfframpError
from offramp.evidence.entry import Change
from offramp.store.schema import evidence_changes, metadata

_OWN_PREFIXES = ("evidence_", "store_")


def check(changes: Iterable[Change]) -> None:
    """Raise unless every change names a table, its key and known columns, with values of their types."""
    for change in changes:
        _check_one(change)


class Stale(OfframpError):
    """A row is not what a change expects it to be."""


def apply(connection: Connection, changes: Sequence[Change]) -> None:
    """Write or remove each row, in order. The changes have been checked. Raises `Stale`."""
    for change in changes:
        table = metadata.tables[change.table]
        if change.expects is None and _write_whole(connection, table, change):
            continue
        key = {column.name for column in table.primary_key}
        where = and_(*(column == change.row[column.name] for column in table.primary_key))
        if change.expects is not None:
            _compare(connection, table, where, change.expects)
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


def _compare(
    connection: Connection, table: Table, where: ColumnElement[bool], expects: Mapping[str, Any]
) -> None:
    found = connection.execute(table.select().where(where)).first()
    if found is None if expects else found is not None:
        is_same = False
    else:
        is_same = all(found._mapping[name] == value for name, value in expects.items()) if found else True
    if not is_same:
        raise Stale(
            "change-stale",
            f"a row of `{table.name}` was changed by somebody else meanwhile",
            help="read it again and decide again",
        )


def without_overwritten(changes: Sequence[Change]) -> Sequence[Change]:
    """`changes` without those whose row the next change of the same row writes with every column again.

    What expects something of its row is always kept, and so is what it may expect.
    """
    kept: list[Change] = []
    written: set[tuple[object, ...]] = set()
    for change in reversed(changes):
        table = metadata.tables[change.table]
        place = (change.table, *(change.row[column.name] for column in table.primary_key))
        if place in written and change.expects is None:
            continue
        if change.expects is not None:
            written.discard(place)
        elif len(change.row) == len(table.c) and not change.is_removal:
            written.add(place)
        kept.append(change)
    kept.reverse()
    return kept


def _write_whole(connection: Connection, table: Table, change: Change) -> bool:
    """A row with every column, written at once: per row, a tenth of what the statement objects cost."""
    is_whole = len(change.row) == len(table.c) and len(table.c) > len(table.primary_key)
    if change.is_removal or not is_whole or connection.dialect.name != "sqlite":
        return False
    names = table.c.keys()
    connection.exec_driver_sql(_upsert(table), tuple(change.row[name] for name in names))
    return True


@cache
def _upsert(table: Table) -> str:
    names, key = table.c.keys(), [column.name for column in table.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    places = ", ".join("?" * len(names))
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places}) "  # noqa: S608 - names of our own tables
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )


def _check_one(change: Change) -> None:
    table = metadata.tables.get(change.table)
    if table is None or change.table.startswith(_OWN_PREFIXES):
        raise _invalid(
            change, "is not a table that entries can change", "name a table of offramp.store.schema"
        )
    for name, value in (*change.row.items(), *(change.expects or {}).items()):
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
