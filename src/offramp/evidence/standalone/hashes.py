"""The tree (RFC 6962)."""

import hashlib

from offramp.evidence.standalone.notes import Wrong


def leaf_of(body: bytes) -> bytes:
    """The leaf hash of an entry."""
    return hashlib.sha256(b"\x00" + body).digest()


def over(left: bytes, right: bytes) -> bytes:
    """The hash over two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """The root, level by level: an odd one out moves up as it is."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    row = leaves
    while len(row) > 1:
        pairs = [over(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = pairs + row[len(row) - len(row) % 2 :]
    return row[0]


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that the proof leads to, as RFC 9162, section 2.1.3.2, walks it."""
    node, last, top = index, size - 1, leaf
    if index >= size:
        raise Wrong(f"the checkpoint has {size} entries; the proof is about number {index}")
    for step in path:
        if last == 0:
            raise Wrong("the proof is too long")
        if node % 2 or node == last:
            top = over(step, top)
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            top = over(top, step)
        node, last = node // 2, last // 2
    if last:
        raise Wrong("the proof is too short")
    return top


def roots_at(leaves: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    """The root of the first so many leaves, for each of these sizes, in one pass."""
    found = {0: root_of([])}
    peaks: list[bytes] = []
    for number, leaf in enumerate(leaves, 1):
        top, rest = leaf, number - 1
        while rest & 1:
            top, rest = over(peaks.pop(), top), rest >> 1
        peaks.append(top)
        if number in sizes:
            root = peaks[-1]
            for peak in reversed(peaks[:-1]):
                root = over(peak, root)
            found[number] = root
    return found
