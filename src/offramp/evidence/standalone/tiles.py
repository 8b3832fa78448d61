"""Tiles and proofs of single entries (C2SP tlog-tiles, tlog-proof)."""

import re
from collections.abc import Iterator
from pathlib import Path

from offramp.evidence.standalone.hashes import leaf_of, root_from_path, root_of
from offramp.evidence.standalone.history import follow_keys
from offramp.evidence.standalone.ledger import Given, Verdict, check_history, read_bodies
from offramp.evidence.standalone.notes import Key, Wrong, read_checkpoint, read_key, unbase64

MOST_IN_A_BUNDLE = 256 * (32768 + 2)


def check_tiles(folder: Path, given: Given) -> Verdict:
    """Every problem of a folder of tiles."""
    note = read_file(folder, "checkpoint", 1 << 16)
    size = size_said(note)
    bodies: list[bytes] = []
    for path, _ in tile_paths(size, "entries"):
        bundle = read_file(folder, path, MOST_IN_A_BUNDLE)
        at = 0
        while at < len(bundle):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if end > len(bundle):
                raise Wrong(f"`{path}` is cut off")
            bodies.append(bundle[at + 2 : end])
            at = end
    entries, problems = read_bodies(enumerate(bodies))
    keys = follow_keys(entries, given.key)
    _, root = read_checkpoint(note, read_key(keys.in_force), "`checkpoint`")
    leaves = [leaf_of(body) for body in bodies]
    if len(bodies) != size or root_of(leaves) != root:
        raise Wrong("the entries do not give the root of the checkpoint")
    for path, hashes in expected_tiles(leaves):
        if read_file(folder, path, 256 * 32) != hashes:
            problems.append(f"`{path}` is not what lies below it")
    verdict = check_history(entries, leaves, keys, given)
    return verdict._replace(problems=problems + verdict.problems)


def size_said(note: bytes) -> int:
    """How many entries a checkpoint speaks of; whether it is signed is another question."""
    lines = note.split(b"\n")
    if len(lines) < 3 or not re.fullmatch(rb"0|[1-9][0-9]{0,18}", lines[1]):
        raise Wrong("`checkpoint` is not a checkpoint")
    return int(lines[1])


def read_file(folder: Path, path: str, most: int) -> bytes:
    """A file that is no longer than it can be."""
    with (folder / path).open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Wrong(f"`{path}` is longer than it can be")
    return content


def expected_tiles(leaves: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Where each tile of these leaves is, and what it holds."""
    row, level = leaves, 0
    while row:
        for path, start in tile_paths(len(row), str(level)):
            yield path, b"".join(row[start : start + 256])
        row = [root_of(row[at : at + 256]) for at in range(0, len(row) - 255, 256)]
        level += 1


def tile_paths(count: int, kind: str) -> Iterator[tuple[str, int]]:
    """Where the tiles of so many hashes are, and the number of the first hash in each."""
    for index in range(-(-count // 256)):
        *above, last = f"{index:,}".split(",")
        width = min(256, count - index * 256)
        place = "/".join([*(f"x{group:0>3}" for group in above), f"{last:0>3}"])
        yield f"tile/{kind}/{place}" + ("" if width == 256 else f".p/{width}"), index * 256


def check_proof(content: bytes, key: Key, body: bytes) -> int:
    """The number of the entry that a proof shows to be in the ledger."""
    head, separator, note = content.decode("utf-8", "replace").partition("\n\n")
    lines = head.split("\n")
    if not separator or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Wrong("it is not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)
    index = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines.pop(0) if lines else "", re.ASCII)
    path = [unbase64(line, "a hash of the proof") for line in lines]
    if index is None or len(path) > 63 or any(len(step) != 32 for step in path):
        raise Wrong("the proof is malformed")
    size, root = read_checkpoint(note.encode(), key, "the checkpoint of the proof")
    if root_from_path(leaf_of(body.removesuffix(b"\n")), int(index[1]), size, path) != root:
        raise Wrong("the proof does not lead from this entry to the root")
    return int(index[1])
