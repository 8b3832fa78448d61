"""The log on disk: an open database that entries are appended to. Its owner holds the writer's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from offramp.core.errors import Exit, OfframpError
from offramp.evidence import changes as state_changes
from offramp.evidence import keys
from offramp.evidence.entry import MAX_ENTRY_BYTES, Change, Receipt
from offramp.evidence.tree import HASH_BYTES, Growth, cover, grow, leaf_hash
from offramp.store import connect, migrate
from offramp.store.schema import evidence_entries, evidence_nodes

DATABASE = "state.db"


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry that waits to be made durable, with its changes."""

    body: bytes
    changes: tuple[Change, ...] = ()


Result = Receipt | OfframpError


class Log:
    """Appends batches: one transaction and one flush to disk for all of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        migrate(engine)
        self._tip: Growth | None = None
        # Kept open: taking one from the pool costs as much as a small commit.
        self._connection = self._engine.connect()
        # Compiled once and run by the driver: per row, half of what the statement objects cost.
        self._insert_entries = _compiled(engine, evidence_entries)
        self._insert_nodes = _compiled(engine, evidence_nodes)

    def append(self, batch: Sequence[Pending]) -> list[Result]:
        """Make the batch durable. Each result is a receipt, or why that entry is not in the ledger."""
        results: list[Result | None] = [_refusal(pending) for pending in batch]
        sound = [index for index, result in enumerate(results) if result is None]
        try:
            receipts = self._commit([batch[index] for index in sound])
            for index, receipt in zip(sound, receipts, strict=True):
                results[index] = receipt
        except (IntegrityError, state_changes.Stale):
            # One change broke a constraint or came too late, and took the batch with it: each is tried alone.
            for index in sound:
                results[index] = self._append_alone(batch[index])
        except SQLAlchemyError as error:
            for index in sound:
                results[index] = _write_failed(error)
        except OfframpError as error:
            for index in sound:
                results[index] = error
        return [result for result in results if result is not None]

    def is_empty(self) -> bool:
        """Whether nothing was ever recorded."""
        with self._engine.connect() as connection:
            return read_tip(connection).size == 0

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
        self._engine.dispose()

    def _append_alone(self, pending: Pending) -> Result:
        try:
            return self._commit([pending])[0]
        except state_changes.Stale as stale:
            return stale
        except IntegrityError as error:
            return OfframpError(
                "change-invalid",
                f"a state change does not fit the database: {error.orig}",
                help="give every column that must have a value one",
            )
        except SQLAlchemyError as error:
            return _write_failed(error)

    def _commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        if not batch:
            return []
        tip, self._tip = self._tip, None
        connection = self._connection
        with connection.begin():
            # INVARIANT: `_tip` is only set after a commit; after a failure the tree is read from disk again.
            tip = tip or read_tip(connection)
            hashes = [leaf_hash(pending.body) for pending in batch]
            growth = grow(tip.size, tip.peaks, hashes)
            connection.exec_driver_sql(
                self._insert_entries,
                [
                    (tip.size + offset, leaf, pending.body)
                    for offset, (leaf, pending) in enumerate(zip(hashes, batch, strict=True))
                ],
            )
            if growth.nodes:
                connection.exec_driver_sql(
                    self._insert_nodes, [(node.level, node.index, node.hash) for node in growth.nodes]
                )
            changes = newest_of(batch)
            state_changes.apply(connection, changes)
            state_changes.note(connection, changes)
        self._tip = growth
        return [Receipt(tip.size + offset, leaf.hex()) for offset, leaf in enumerate(hashes)]


def _compiled(engine: Engine, table: Table) -> str:
    """The insertion of a row, with places by position in the way the driver writes them."""
    named = insert(table).compile(engine)
    if named.positional:
        return str(named)
    places = ", ".join(["%s"] * len(table.c))
    return f"INSERT INTO {table.name} ({', '.join(table.c.keys())}) VALUES ({places})"  # noqa: S608 - names of our own tables


def newest_of(batch: Sequence[Pending]) -> Sequence[Change]:
    """The changes of a batch, in order, without rows that a later change of it writes whole again."""
    changes = [change for pending in batch for change in pending.changes]
    if len(changes) < 2:
        return changes
    return state_changes.without_overwritten(changes)


def open_log(state: Path) -> Log:
    """The log, with its signing key in place. The caller holds the writer's lock."""
    log = Log(connect(state / DATABASE))
    try:
        keys.ensure(state, is_new_ledger=log.is_empty())
    except BaseException:
        log.close()
        raise
    return log


def read_tip(connection: Connection) -> Growth:
    """Size and peaks of the tree as it is on disk."""
    newest = connection.execute(select(func.max(evidence_entries.c.idx))).scalar_one()
    size = 0 if newest is None else newest + 1
    return Growth(size, tuple(read_node(connection, *place) for place in cover(0, size)), ())


def read_node(connection: Connection, level: int, index: int) -> bytes:
    """The hash of one complete subtree, from disk."""
    table = evidence_nodes if level else evidence_entries
    query = (
        select(evidence_nodes.c.hash).where(evidence_nodes.c.level == level, evidence_nodes.c.idx == index)
        if level
        else select(evidence_entries.c.leaf_hash).where(evidence_entries.c.idx == index)
    )
    found: object = connection.execute(query).scalar_one_or_none()
    if not isinstance(found, bytes) or len(found) != HASH_BYTES:
        raise OfframpError(
            "ledger-damaged",
            f"the ledger has no sound node {index} of level {level} in `{table.name}`",
            help="restore `.offramp` from a backup; entries made after it are lost",
            exit_code=Exit.INTERNAL,
        )
    return found


def _refusal(pending: Pending) -> OfframpError | None:
    if len(pending.body) > MAX_ENTRY_BYTES:
        return OfframpError(
            "entry-too-large",
            f"an entry has {len(pending.body)} bytes; the ledger takes {MAX_ENTRY_BYTES}",
            help="put a digest of the content into `digests` and keep the content itself elsewhere",
        )
    try:
        state_changes.check(pending.changes)
    except OfframpError as error:
        return error
    return None


def _write_failed(error: SQLAlchemyError) -> OfframpError:
    reason = getattr(error, "orig", None) or error
    return OfframpError(
        "ledger-write-failed",
        f"the entry was not recorded: {reason}",
        help="free space on the disk that holds `.offramp`, check that it is writable, and try again",
        exit_code=Exit.INTERNAL,
    )
