"""Any proof of any tree verifies, and none does after any change to it."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from offramp.evidence.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from offramp.evidence.tree import grow, leaf_hash, root_over

MAX_SIZE = 200


@dataclasses.dataclass(frozen=True)
class Tree:
    """Leaves and every complete subtree over them."""

    leaves: tuple[bytes, ...]

    def read(self, level: int, index: int) -> bytes:
        nodes = {(node.level, node.index): node.hash for node in grow(0, (), self.leaves).nodes}
        return nodes[level, index] if level else self.leaves[index]

    def root(self, size: int) -> bytes:
        return root_over(self.leaves[:size])


def tree(size: int, salt: bytes) -> Tree:
    return Tree(tuple(leaf_hash(salt + number.to_bytes(4, "big")) for number in range(size)))


def flip(content: bytes, position: int) -> bytes:
    changed = bytearray(content)
    changed[position % len(content)] ^= 1 << position % 8
    return bytes(changed)


@given(st.data(), st.integers(1, MAX_SIZE), st.binary(max_size=4))
def test_inclusion_holds_for_its_leaf_place_size_and_root_alone(
    data: st.DataObject, size: int, salt: bytes
) -> None:
    grown = tree(size, salt)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, grown.read)
    leaf, root = grown.leaves[index], grown.root(size)
    assert verify_inclusion(leaf, index, size, path, root)
    assert len(path) <= (size - 1).bit_length()

    position = data.draw(st.integers(0, 31))
    assert not verify_inclusion(flip(leaf, position), index, size, path, root)
    assert not verify_inclusion(leaf, index, size, path, flip(root, position))
    for step in range(len(path)):
        mutated = (*path[:step], flip(path[step], position), *path[step + 1 :])
        assert not verify_inclusion(leaf, index, size, mutated, root)
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(leaf, other, size, path, root) == (other == index)
    assert not verify_inclusion(leaf, index, size, (*path, leaf), root)
    if path:
        assert not verify_inclusion(leaf, index, size, path[:-1], root)
        assert not verify_inclusion(leaf, index, size, path[1:], root)


@given(st.data(), st.integers(1, MAX_SIZE), st.binary(max_size=4))
def test_consistency_holds_for_its_sizes_and_roots_alone(
    data: st.DataObject, second: int, salt: bytes
) -> None:
    grown = tree(second, salt)
    first = data.draw(st.integers(1, second))
    path = consistency_proof(first, second, grown.read)
    old, new = grown.root(first), grown.root(second)
    assert verify_consistency(first, second, old, new, path)

    position = data.draw(st.integers(0, 31))
    assert not verify_consistency(first, second, flip(old, position), new, path)
    assert not verify_consistency(first, second, old, flip(new, position), path)
    for step in range(len(path)):
        mutated = (*path[:step], flip(path[step], position), *path[step + 1 :])
        assert not verify_consistency(first, second, old, new, mutated)
    assert not verify_consistency(first, second, old, new, (*path, old))
    if path:
        assert not verify_consistency(first, second, old, new, path[:-1])
    rewritten = tree(first, salt + b"x").root(first)
    assert not verify_consistency(first, second, rewritten, new, path)
