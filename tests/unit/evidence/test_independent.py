"""Another implementation of RFC 6962 computes the same roots from the same entries."""

import pytest
from pymerkle import InmemoryTree

from offramp.evidence.proofs import inclusion_proof
from offramp.evidence.tree import grow, leaf_hash, root_over

SIZES = (1, 2, 3, 5, 8, 13, 64, 100)


@pytest.mark.parametrize("size", SIZES)
def test_roots_and_paths_are_those_of_pymerkle(size: int) -> None:
    bodies = [f"entry {number}".encode() for number in range(size)]
    other = InmemoryTree(algorithm="sha256")
    for body in bodies:
        other.append_entry(body)
    leaves = [leaf_hash(body) for body in bodies]
    assert other.get_root() == root_over(leaves)
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    nodes |= {(node.level, node.index): node.hash for node in grow(0, (), leaves).nodes}
    for index in range(size):
        path = inclusion_proof(index, size, lambda level, place: nodes[(level, place)])
        theirs = other.prove_inclusion(index + 1, size).path[1:]
        assert set(path) == set(theirs)
