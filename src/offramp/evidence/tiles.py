"""The ledger as plain files that any server, disc or archive can hold (C2SP tlog-tiles).

A tile is 256 hashes side by side; a full one never changes. A bundle is 256 entries, each after its length.
`write_tiles` adds what is new to a folder and refuses one that another past was written to.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.entry import MAX_ENTRY_BYTES
from offramp.evidence.notes import VerifierKey
from offramp.evidence.reading import Snapshot
from offramp.evidence.signing import chain, signing
from offramp.evidence.tree import HASH_BYTES, grow

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
    with signing(state) as (ledger, key):
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


@dataclass(frozen=True, slots=True)
class ReadTiles:
    """What a folder of tiles holds, before anything in it is believed."""

    note: str
    bodies: tuple[bytes, ...]


def read_tiles(folder: Path) -> ReadTiles:
    """The checkpoint of a folder and the entries under it. Raises `ValueError` naming what is not there."""
    try:
        note = _read(folder / CHECKPOINT, _MAX_CHECKPOINT).decode()
        lines = note.split("\n")
        if len(lines) < 3 or not lines[1].isascii() or not lines[1].isdigit() or len(lines[1]) > 19:
            raise ValueError("it says no size")
    except (OSError, ValueError) as error:
        raise ValueError(f"`{CHECKPOINT}` does not verify: {_reason(error)}") from None
    bodies: list[bytes] = []
    for tile in tiles(int(lines[1])):
        if tile.level:
            break
        path = tile.path("entries")
        try:
            held = _bodies(_read(folder / path, WIDTH * (MAX_ENTRY_BYTES + 2)))
        except (OSError, ValueError) as error:
            raise ValueError(f"`{path}` cannot be read: {_reason(error)}") from None
        if len(held) != tile.width:
            raise ValueError(f"`{path}` has {len(held)} entries instead of {tile.width}")
        bodies += held
    return ReadTiles(note, tuple(bodies))


def check_hashes(folder: Path, leaves: Sequence[bytes]) -> list[str]:
    """What is wrong with the tiles of a folder, whose entries have these leaf hashes."""
    problems = []
    for path, wanted in hash_tiles(leaves):
        try:
            found = _read(folder / path, WIDTH * HASH_BYTES)
        except (OSError, ValueError) as error:
            problems.append(f"`{path}` cannot be read: {_reason(error)}")
        else:
            if found != wanted:
                problems.append(f"`{path}` is not what lies below it")
    return problems


def hash_tiles(leaves: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Path and content of every tile of hashes over these leaves, level by level."""
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    grown = grow(0, (), leaves).nodes
    nodes |= {(node.level, node.index): node.hash for node in grown if node.level % HEIGHT == 0}
    for tile in tiles(len(leaves)):
        yield tile.path(), b"".join(nodes[place] for place in tile.places)


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
        before = chain(ledger, key).read_kept(note)
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
