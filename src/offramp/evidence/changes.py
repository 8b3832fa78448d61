"""State changes that go in with an entry: checked against the schema, then applied in its transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Integer, LargeBinary, String, Table, and_

from offramp.core.errors import OfframpError
from offramp.evidence.entry import Change
from offramp.store.schema import evidence_changes, metadata

_OWN_PREFIXES = ("evidence_", "store_")


class Stale(OfframpError):
    """A row is not what a change expects it to be."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is to be known of a table for every row: asking the table itself costs more than the row."""

    table: Table
    kinds: Mapping[str, tuple[type, ...]]
    """Column to what its values may be."""
    key: tuple[str, ...]
    upsert: str
    """For a row with every column; empty where there is none but the key."""

    def is_whole(self, change: Change) -> bool:
        """The change says every column, whatever stood there."""
        is_plain = change.expects is None and not change.is_removal
        return is_plain and bool(self.upsert) and len(change.row) == len(self.kinds)

    def place(self, change: Change) -> tuple[object, ...]:
        """Which row it is."""
        return (change.table, *(change.row[name] for name in self.key))


def check(changes: Iterable[Change]) -> None:
    """Raise unless every change names a table, its key and known columns, with values of their types."""
    for change in changes:
        shape = _shape(change.table)
        kinds = None if shape is None else shape.kinds
        row = change.row
        is_sound = kinds is not None and all(
            name in kinds and isinstance(value, kinds[name]) for name, value in row.items()
        )
        is_whole = shape is not None and is_sound and all(name in row for name in shape.key)
        if not is_whole or change.expects is not None:
            _check_one(change)


def apply(connection: Connection, changes: Sequence[Change]) -> None:
    """Write or remove each row, in order. The changes have been checked. Raises `Stale`."""
    is_sqlite = connection.dialect.name == "sqlite"
    for change in changes:
        shape = _shape(change.table)
        assert shape is not None
        if is_sqlite and shape.is_whole(change):
            values = tuple(change.row[name] for name in shape.kinds)
            connection.exec_driver_sql(shape.upsert, values)
            continue
        table = shape.table
        where = and_(*(table.c[name] == change.row[name] for name in shape.key))
        if change.expects is not None:
            _compare(connection, table, where, change.expects)
        if change.is_removal:
            connection.execute(table.delete().where(where))
            continue
        rest = {name: value for name, value in change.row.items() if name not in shape.key}
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
    """`changes` without those whose row a later one of them writes with every column again.

    What expects something of its row is always kept, and so is what it may expect.
    """
    kept: list[Change] = []
    written: set[tuple[object, ...]] = set()
    for change in reversed(changes):
        shape = _shape(change.table)
        assert shape is not None
        place = shape.place(change)
        if place in written and change.expects is None:
            continue
        if change.expects is not None:
            written.discard(place)
        elif shape.is_whole(change):
            written.add(place)
        kept.append(change)
    kept.reverse()
    return kept


@cache
def _shape(name: str) -> _Shape | None:
    """Of the table `name`; None where entries cannot change it."""
    table = metadata.tables.get(name)
    if table is None or name.startswith(_OWN_PREFIXES):
        return None
    kinds = {column.name: _kinds(column) for column in table.c}
    key = tuple(column.name for column in table.primary_key)
    changed = ", ".join(f"{one} = excluded.{one}" for one in kinds if one not in key)
    places = ", ".join("?" * len(kinds))
    upsert = (
        f"INSERT INTO {name} ({', '.join(kinds)}) VALUES ({places}) "  # noqa: S608 - names of our own tables
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
    )
    return _Shape(table, kinds, key, upsert if changed else "")


def _kinds(column: "Column[Any]") -> tuple[type, ...]:
    none = (type(None),) if column.nullable else ()
    if isinstance(column.type, Integer):
        return (int, *none)
    if isinstance(column.type, String):
        return (str, *none)
    if isinstance(column.type, LargeBinary):
        return (bytes, *none)
    return (str, int, float, bytes, *none)


def _check_one(change: Change) -> None:
    table = metadata.tables.get(change.table)
    if table is None or change.table.startswith(_OWN_PREFIXES):
        raise _invalid(
            change, "is not a table that entries can change", "name a table of offramp.store.schema"
        )
    for name, value in (*change.row.items(), *(change.expects or {}).items()):
        if name not in table.c:
            raise _invalid(change, f"has no column `{name}`", f"its columns are {', '.join(table.c.keys())}")
        if not isinstance(value, _kinds(table.c[name])):
            kind = str(table.c[name].type).lower()
            raise _invalid(
                change, f"has `{name}` of type {kind}, not {type(value).__name__}", "convert the value"
            )
    missing = [column.name for column in table.primary_key if column.name not in change.row]
    if missing:
        raise _invalid(change, f"needs its key column `{missing[0]}`", "give every key column a value")


def _invalid(change: Change, what: str, tip: str) -> OfframpError:
    return OfframpError("change-invalid", f"table `{change.table}` {what}", help=tip)
