"""Reading the ledger beside its writer: entries and proofs."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from offramp.core.errors import Exit, OfframpError
from offramp.evidence import body, proofs
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.log import DATABASE, read_node, read_tip
from offramp.evidence.tree import Growth, cover, root_of
from offramp.store import connect, has_tables
from offramp.store.schema import evidence_entries

_BLOCK = 1000


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it stands in the ledger."""

    index: int
    leaf_hash: str
    """Hex."""
    body: bytes
    """The canonical bytes the leaf hash is over."""
    entry: Entry


class Snapshot:
    """The ledger at one moment: what is appended later is not seen. Use inside `snapshot`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.tip: Growth = read_tip(connection)

    def entries(self, first: int = 0, *, newest_first: bool = False, naming: str = "") -> Iterator[Recorded]:
        """Entries from index `first` on, oldest first or newest first.

        With `naming`, only those that have that word as a text of its own: the others are not even read.
        """
        word = f'"{naming}"'.encode() if naming else b""
        table = evidence_entries
        blocks = range(max(first, 0), self.tip.size, _BLOCK)
        order = table.c.idx.desc() if newest_first else table.c.idx
        for start in reversed(blocks) if newest_first else blocks:
            rows = self._connection.execute(
                select(table).where(table.c.idx >= start, table.c.idx < start + _BLOCK).order_by(order)
            ).all()
            for index, leaf, content in rows:
                if not word or not isinstance(content, bytes) or word in content:
                    yield _recorded(index, leaf, content)

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The proof that entry `index` is in this ledger."""
        return proofs.inclusion_proof(index, self.tip.size, self.node)

    def consistency(self, first: int) -> tuple[bytes, ...]:
        """The proof that this ledger begins with the one of `first` entries."""
        return proofs.consistency_proof(first, self.tip.size, self.node)

    def root_at(self, size: int) -> bytes:
        """The root this ledger had when it held `size` entries."""
        return root_of([self.node(level, index) for level, index in cover(0, size)])

    def node(self, level: int, index: int) -> bytes:
        """The hash of one complete subtree."""
        return read_node(self._connection, level, index)


@contextmanager
def snapshot(state: Path) -> Iterator[Snapshot]:
    """The ledger in `state` as it is now. Raises `ledger-missing` when nothing was ever recorded."""
    engine = connect(database(state), read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            if not has_tables(connection):
                raise _missing(state)
            yield Snapshot(connection)
    finally:
        engine.dispose()


def read_entries(
    state: Path,
    first: int = 0,
    limit: int | None = None,
    *,
    types: Collection[EntryType] = (),
    newest_first: bool = False,
) -> Sequence[Recorded]:
    """Entries from index `first` on, of the given `types` (all when none), `limit` of them at most."""
    found: list[Recorded] = []
    with snapshot(state) as ledger:
        for recorded in ledger.entries(first, newest_first=newest_first):
            if limit is not None and len(found) >= limit:
                break
            if not types or recorded.entry.type in types:
                found.append(recorded)
    return tuple(found)


def database(state: Path) -> Path:
    """The file the ledger is in. Raises `ledger-missing`."""
    path = state / DATABASE
    if not path.is_file():
        raise _missing(state)
    return path


def _missing(state: Path) -> OfframpError:
    return OfframpError(
        "ledger-missing",
        f"there is no ledger in `{state}`",
        help="run a command that records something first, or name the state directory with --state",
        exit_code=Exit.NOTHING,
    )


def _recorded(index: int, leaf: object, content: object) -> Recorded:
    try:
        if not isinstance(leaf, bytes) or not isinstance(content, bytes):
            raise ValueError("it is not stored as bytes")
        return Recorded(index, leaf.hex(), content, body.decode(content))
    except ValueError as error:
        raise OfframpError(
            "ledger-damaged",
            f"entry {index} of the ledger cannot be read: {error}",
            help="if a newer offramp wrote it, use that; otherwise restore `.offramp` from a backup",
            exit_code=Exit.INTERNAL,
        ) from None
