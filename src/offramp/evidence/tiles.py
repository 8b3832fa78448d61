"""The ledger as plain files that any server, disc or archive can hold (C2SP tlog-tiles).

A tile is 256 hashes side by side; a full one never changes. A bundle is 256 entries, each after its length.
`write_tiles` adds what is new to a folder and refuses one that another past was written to.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.evidence import keys
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.entry import MAX_ENTRY_BYTES
from offramp.evidence.notes import VerifierKey
from offramp.evidence.reading import Snapshot, snapshot
from offramp.evidence.tree import HASH_BYTES, grow, leaf_hash, root_of

WIDTH = 256
HEIGHT = 8
"""Levels of the tree between a tile's hashes and those of the tile above it."""
CHECKPOINT = "checkpoint"
_MAX_CHECKPOINT = 1 << 16
_LENGTH = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class Tile:
    """Hashes `index * 256` and up of tree level `8 * level`; `width` of them."""

    level: int
    index: int
    width: int

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        """Level and index in the tree of each of its hashes."""
        first = self.index * WIDTH
        return ((self.level * HEIGHT, index) for index in range(first, first + self.width))

    def path(self, kind: str = "") -> str:
        """Where it is kept, such as `tile/0/x001/234`, or with `kind` `entries` the bundle of that place."""
        *above, last = f"{self.index:,}".split(",")
        number = "/".join([*(f"x{group:0>3}" for group in above), f"{last:0>3}"])
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{kind or self.level}/{number}{partial}"


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_tiles` did."""

    checkpoint: Checkpoint
    files: int
    """New ones; those that were there already are not counted."""


def tiles(size: int) -> Iterator[Tile]:
    """Every tile of a tree of `size` leaves, full and partial, level by level."""
    level, count = 0, size
    while count:
        for index in range(-(-count // WIDTH)):
            yield Tile(level, index, min(WIDTH, count - index * WIDTH))
        level, count = level + 1, count // WIDTH


def write_tiles(state: Path, folder: Path) -> Written:
    """Bring `folder` up to the ledger as it is now; its checkpoint is written last."""
    key = keys.load(state)
    with snapshot(state) as ledger:
        made = Checkpoint.sign(ledger.tip, key)
        before = _earlier(folder, key.verifier, ledger)
        files = 0
        try:
            for tile in tiles(made.size):
                is_old = (tile.index + 1) * WIDTH ** (tile.level + 1) <= before
                if is_old and (folder / tile.path()).exists():
                    continue
                files += _put(folder / tile.path(), _hashes(ledger, tile))
                if tile.level == 0:
                    files += _put(folder / tile.path("entries"), _bundle(ledger, tile))
            _put(folder / CHECKPOINT, made.note.encode())
        except OSError as error:
            raise _unwritable(folder, error) from None
    return Written(made, files)


def verify_tiles(folder: Path, key: VerifierKey) -> tuple[Checkpoint | None, tuple[str, ...]]:
    """The checkpoint of a folder of tiles, and everything wrong with it. Every entry is hashed again."""
    try:
        made = Checkpoint.parse(_read(folder / CHECKPOINT, _MAX_CHECKPOINT).decode(), key)
    except (OSError, ValueError) as error:
        return None, (f"`{CHECKPOINT}` does not verify: {_reason(error)}",)
    problems: list[str] = []
    leaves: list[bytes] = []
    for tile in (one for one in tiles(made.size) if one.level == 0):
        try:
            bodies = _bodies(_read(folder / tile.path("entries"), WIDTH * (MAX_ENTRY_BYTES + 2)))
        except (OSError, ValueError) as error:
            return made, (*problems, f"`{tile.path('entries')}` cannot be read: {_reason(error)}")
        if len(bodies) != tile.width:
            problems.append(f"`{tile.path('entries')}` has {len(bodies)} entries instead of {tile.width}")
        leaves += map(leaf_hash, bodies)
    growth = grow(0, (), leaves)
    if len(leaves) != made.size or root_of(growth.peaks) != made.root:
        problems.append("the entries do not give the root of the checkpoint")
        return made, tuple(problems)
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    nodes |= {(node.level, node.index): node.hash for node in growth.nodes if node.level % HEIGHT == 0}
    for tile in tiles(made.size):
        try:
            found = _read(folder / tile.path(), WIDTH * HASH_BYTES)
        except OSError as error:
            problems.append(f"`{tile.path()}` cannot be read: {_reason(error)}")
        else:
            if found != b"".join(nodes[place] for place in tile.places):
                problems.append(f"`{tile.path()}` is not what lies below it")
    return made, tuple(problems)


def tile_bodies(folder: Path, size: int) -> list[bytes]:
    """The entries of a folder that `verify_tiles` found nothing wrong with."""
    bodies: list[bytes] = []
    for tile in tiles(size):
        if tile.level == 0:
            bodies += _bodies((folder / tile.path("entries")).read_bytes())
    return bodies


def _earlier(folder: Path, key: VerifierKey, ledger: Snapshot) -> int:
    """How many entries the folder was written for; raises unless this ledger begins with them."""
    path = folder / CHECKPOINT
    try:
        note = _read(path, _MAX_CHECKPOINT).decode()
    except FileNotFoundError:
        if folder.is_dir() and any(folder.iterdir()):
            raise OfframpError(
                "tiles-elsewhere",
                f"`{folder}` holds other files and no `{CHECKPOINT}`",
                help="name a folder that is new, empty, or was written by this command",
            ) from None
        return 0
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from None
    try:
        before = Checkpoint.parse(note, key)
    except ValueError as error:
        raise OfframpError(
            "tiles-of-another-ledger",
            f"what the folder holds is not of this ledger: {error}",
            where=Span(str(path)),
            help="name another folder",
        ) from None
    if before.size > ledger.tip.size or ledger.root_at(before.size) != before.root:
        raise OfframpError(
            "past-rewritten",
            f"the folder has {before.size} entries that are not those this ledger begins with",
            where=Span(str(path)),
            help="keep both as they are for inquiry: one of them was changed, or restored from a backup",
        )
    return before.size


def _hashes(ledger: Snapshot, tile: Tile) -> bytes:
    return b"".join(ledger.node(level, index) for level, index in tile.places)


def _bundle(ledger: Snapshot, tile: Tile) -> bytes:
    pieces = []
    for recorded in ledger.entries(tile.index * WIDTH):
        pieces += [_LENGTH.pack(len(recorded.body)), recorded.body]
        if len(pieces) == 2 * tile.width:
            break
    return b"".join(pieces)


def _bodies(bundle: bytes) -> list[bytes]:
    bodies = []
    at = 0
    while at < len(bundle):
        end = at + _LENGTH.size
        if end > len(bundle) or (stop := end + _LENGTH.unpack_from(bundle, at)[0]) > len(bundle):
            raise ValueError("it is cut off")
        bodies.append(bundle[end:stop])
        at = stop
    return bodies


def _put(path: Path, content: bytes) -> int:
    """Write a file whole or not at all; 0 when it is there already as it should be."""
    if path.is_file() and path.read_bytes() == content:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.new")
    partial.write_bytes(content)
    partial.replace(path)
    return 1


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError("it is longer than it can be")
    return content


def _reason(error: OSError | ValueError) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else str(error)


def _unwritable(folder: Path, error: OSError | ValueError) -> OfframpError:
    return OfframpError(
        "output-unwritable",
        f"cannot write tiles to `{folder}`: {_reason(error)}",
        help="choose another folder",
    )
