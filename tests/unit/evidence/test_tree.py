"""The hash algebra against published vectors of RFC 6962 trees, and against the recursive definition."""

import hashlib

import pytest

from offramp.evidence.tree import EMPTY_ROOT, Node, cover, grow, leaf_hash, node_hash, root_of, root_over

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + definition(leaves[:split]) + definition(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert root_over(map(leaf_hash, LEAVES[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [*range(70), 127, 128, 129])
def test_roots_are_those_of_the_definition(size: int) -> None:
    leaves = [str(number).encode() for number in range(size)]
    assert root_over(map(leaf_hash, leaves)) == definition(leaves)


@pytest.mark.parametrize("steps", [(1, 1, 1, 5), (3, 5), (8,), (0, 8), (7, 1)])
def test_growing_in_any_steps_gives_the_same_tree(steps: tuple[int, ...]) -> None:
    leaves = list(map(leaf_hash, LEAVES))
    size = 0
    peaks: tuple[bytes, ...] = ()
    nodes: list[Node] = []
    for step in steps:
        growth = grow(size, peaks, leaves[size : size + step])
        size, peaks = growth.size, growth.peaks
        nodes += growth.nodes
    whole = grow(0, (), leaves)
    assert (size, peaks, tuple(nodes)) == (8, whole.peaks, whole.nodes)
    assert len(nodes) == 7


def test_nodes_are_the_complete_subtrees() -> None:
    leaves = list(map(leaf_hash, LEAVES))
    nodes = {(node.level, node.index): node.hash for node in grow(0, (), leaves).nodes}
    assert nodes[1, 2] == node_hash(leaves[4], leaves[5])
    assert nodes[2, 0].hex() == ROOTS[4]
    assert nodes[3, 0].hex() == ROOTS[8]


def test_covers_are_the_binary_digits_of_the_size() -> None:
    assert cover(0, 0) == ()
    assert cover(0, 7) == ((2, 0), (1, 2), (0, 6))
    assert cover(4, 7) == ((1, 2), (0, 6))


def test_a_tree_of_nothing_has_the_hash_of_nothing() -> None:
    assert root_of(()) == EMPTY_ROOT
