"""The hash algebra of an RFC 6962 Merkle tree: growing it, and its root. Pure: nodes are kept elsewhere.

The hash of a tree over `n` leaves is determined by its *peaks*: the roots of the complete subtrees that the
binary digits of `n` stand for, largest first. Growing needs only the peaks, so it costs O(1) hashes per leaf.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Node:
    """The root of a complete subtree: it covers leaves `index * 2**level` up to the next multiple."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """What appending leaves made."""

    size: int
    peaks: tuple[bytes, ...]
    nodes: tuple[Node, ...]
    """The complete subtrees of level 1 and up that the new leaves completed, in order."""


def leaf_hash(body: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(size: int, peaks: Sequence[bytes], leaves: Iterable[bytes]) -> Growth:
    """Append leaf hashes to a tree of `size` leaves with these `peaks`."""
    stack = list(peaks)
    nodes: list[Node] = []
    for leaf in leaves:
        level, index, top = 0, size, leaf
        while index & 1:
            level, index, top = level + 1, index >> 1, node_hash(stack.pop(), top)
            nodes.append(Node(level, index, top))
        stack.append(top)
        size += 1
    return Growth(size, tuple(stack), tuple(nodes))


def root_of(peaks: Sequence[bytes]) -> bytes:
    """The tree's root from its peaks; of no leaves, the hash of nothing."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_over(leaves: Iterable[bytes]) -> bytes:
    """The root over all leaf hashes, computed afresh."""
    return root_of(grow(0, (), leaves).peaks)


def cover(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The complete subtrees, as (level, index), that make up leaves `start` to `end`, largest first.

    `start` is a multiple of the smallest power of two that reaches `end - start`, as in every range the
    recursion of RFC 6962 visits.
    """
    places = []
    for level in range((end - start).bit_length() - 1, -1, -1):
        if (end - start) & (1 << level):
            places.append((level, start >> level))
            start += 1 << level
    return tuple(places)
