"""Tiles and the proof of one entry (C2SP tlog-tiles, tlog-proof)."""

import re
from pathlib import Path

from offramp.evidence.standalone.entries import check_entries
from offramp.evidence.standalone.primitives import (
    Wrong,
    leaf_of,
    read_checkpoint,
    root_from_path,
    root_of,
    unbase64,
)


def check_tiles(folder: Path, key: tuple[str, bytes, bytes], earlier: bytes | None) -> list[str]:
    """Every problem of a folder of tiles."""
    size, root = read_checkpoint((folder / "checkpoint").read_bytes(), key, "`checkpoint`")
    bodies: list[bytes] = []
    for path in tile_paths(size, "entries"):
        bundle = (folder / path).read_bytes()
        at = 0
        while at < len(bundle):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if end > len(bundle):
                raise Wrong(f"`{path}` is cut off")
            bodies.append(bundle[at + 2 : end])
            at = end
    problems = check_entries(bodies, size, root, None, key, earlier)
    row, level = [leaf_of(body) for body in bodies], 0
    while row and not problems:
        for number, path in enumerate(tile_paths(len(row), str(level))):
            if (folder / path).read_bytes() != b"".join(row[number * 256 : number * 256 + 256]):
                problems.append(f"`{path}` is not what lies below it")
        row = [root_of(row[at : at + 256]) for at in range(0, len(row) - 255, 256)]
        level += 1
    return problems


def tile_paths(count: int, kind: str) -> list[str]:
    """Where the tiles of so many hashes are."""
    paths = []
    for index in range(-(-count // 256)):
        *above, last = f"{index:,}".split(",")
        width = min(256, count - index * 256)
        place = "/".join([*(f"x{group:0>3}" for group in above), f"{last:0>3}"])
        paths.append(f"tile/{kind}/{place}" + ("" if width == 256 else f".p/{width}"))
    return paths


def check_proof(content: bytes, key: tuple[str, bytes, bytes], body: bytes) -> list[str]:
    """Problems of the proof that an entry is in the ledger."""
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
        return ["the proof does not lead from this entry to the root"]
    return []
