"""Proofs against published vectors; the laws for any tree are in tests/property."""

import pytest

from offramp.evidence.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from offramp.evidence.tree import grow, leaf_hash, root_over

LEAVES = [
    leaf_hash(bytes.fromhex(leaf))
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
NODES = {(node.level, node.index): node.hash for node in grow(0, (), LEAVES).nodes}
A = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
B = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
C = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
D = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
E = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
F = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
G = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"


def read(level: int, index: int) -> bytes:
    return NODES[level, index] if level else LEAVES[index]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [E, F, G]),
        (5, 8, [A, B, C]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)
def test_inclusion_paths_are_those_of_the_published_vectors(index: int, size: int, path: list[str]) -> None:
    made = inclusion_proof(index, size, read)
    assert [step.hex() for step in made] == path
    assert verify_inclusion(LEAVES[index], index, size, made, root_over(LEAVES[:size]))


@pytest.mark.parametrize(
    ("first", "second", "path"), [(1, 1, []), (1, 8, [E, F, G]), (6, 8, [D, B, C]), (2, 5, [F, A])]
)
def test_consistency_paths_are_those_of_the_published_vectors(
    first: int, second: int, path: list[str]
) -> None:
    made = consistency_proof(first, second, read)
    assert [step.hex() for step in made] == path
    assert verify_consistency(first, second, root_over(LEAVES[:first]), root_over(LEAVES[:second]), made)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, read)
    assert not verify_inclusion(LEAVES[0], index, size, (), LEAVES[0])


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_there_is_no_proof_between_sizes_the_wrong_way_round(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="no proof"):
        consistency_proof(first, second, read)
    assert not verify_consistency(first, second, LEAVES[0], LEAVES[0], ())
