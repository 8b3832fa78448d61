"""The published vectors of spec/ledger.md: what is written there stays true, and old packs stay readable."""

import json
from pathlib import Path
from typing import Any

import pytest

from offramp.evidence import verify
from offramp.evidence.body import decode, encode
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.keychain import introduce
from offramp.evidence.notes import SignerKey, VerifierKey, open_note
from offramp.evidence.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from offramp.evidence.tiles import tiles
from offramp.evidence.tlog_proof import TlogProof
from offramp.evidence.tree import grow, leaf_hash, root_over

FOLDER = Path(__file__).parents[3] / "spec" / "vectors"


@pytest.fixture(scope="module")
def vectors() -> Any:
    return json.loads((FOLDER / "ledger.json").read_text(encoding="utf-8"))


def test_roots(vectors: Any) -> None:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["tree"]["leaves"]]
    assert [root_over(leaves[:size]).hex() for size in range(9)] == vectors["tree"]["roots"]


def test_proofs(vectors: Any) -> None:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["tree"]["leaves"]]
    roots = [bytes.fromhex(root) for root in vectors["tree"]["roots"]]
    nodes = {(node.level, node.index): node.hash for node in grow(0, (), leaves).nodes}

    def read(level: int, index: int) -> bytes:
        return nodes[level, index] if level else leaves[index]

    for case in vectors["inclusion"]:
        path = [bytes.fromhex(step) for step in case["path"]]
        assert list(inclusion_proof(case["index"], case["size"], read)) == path
        assert verify_inclusion(leaves[case["index"]], case["index"], case["size"], path, roots[case["size"]])
    for case in vectors["consistency"]:
        first, second = case["first"], case["second"]
        path = [bytes.fromhex(step) for step in case["path"]]
        assert list(consistency_proof(first, second, read)) == path
        assert verify_consistency(first, second, roots[first], roots[second], path)


def test_entry(vectors: Any) -> None:
    body = vectors["entry"]["body"].encode()
    assert json.loads(body) == vectors["entry"]["value"]
    assert encode(decode(body)) == body
    assert leaf_hash(body).hex() == vectors["entry"]["leaf_hash"]


def test_key_and_checkpoint(vectors: Any) -> None:
    signer = SignerKey.parse(vectors["key"]["signer"])
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["tree"]["leaves"]]
    assert str(signer.verifier) == vectors["key"]["verifier"]
    assert Checkpoint.sign(grow(0, (), leaves), signer).note == vectors["checkpoint"]["note"]
    read = Checkpoint.parse(vectors["checkpoint"]["note"], VerifierKey.parse(vectors["key"]["verifier"]))
    assert (read.size, read.root.hex()) == (vectors["checkpoint"]["size"], vectors["checkpoint"]["root"])


def test_a_pack_of_the_first_version_still_verifies(vectors: Any) -> None:
    checked = verify(FOLDER / vectors["pack"]["path"], vectors["pack"]["verifier"])
    assert checked.problems == ()
    assert checked.manifest is not None
    assert checked.manifest.entries == vectors["pack"]["entries"]


def test_a_change_of_keys(vectors: Any) -> None:
    old, new = (SignerKey.parse(vectors["rotation"][name]) for name in ("old", "new"))
    assert introduce(old, new) == vectors["rotation"]["introduction"]
    text = f"offramp/key-rotation/v1\n{old.verifier}\n{new.verifier}\n"
    assert open_note(vectors["rotation"]["introduction"], old.verifier) == text
    assert open_note(vectors["rotation"]["introduction"], new.verifier) == text


def test_tile_paths(vectors: Any) -> None:
    *whole, large = vectors["tile_paths"]
    for case in whole:
        assert [tile.path() for tile in tiles(case["size"])] == case["paths"]
    found = list(tiles(large["size"]))
    assert len(found) == large["count"]
    assert [tile.path() for tile in found if tile.level == 0][-1] == large["last_of_level_0"]


def test_a_tlog_proof(vectors: Any) -> None:
    case = vectors["tlog_proof"]
    proof = TlogProof.parse(case["text"])
    key = VerifierKey.parse(vectors["key"]["verifier"])
    leaf = leaf_hash(bytes.fromhex(vectors["tree"]["leaves"][case["index"]]))
    assert proof.serialise() == case["text"]
    assert proof.verify(leaf, key).size == 8
    with pytest.raises(ValueError, match="do not lead"):
        proof.verify(leaf_hash(b"another"), key)


def test_a_merged_pack_verifies_from_the_first_key_of_each(vectors: Any, both: Any) -> None:
    case = vectors["merged_pack"]
    for key in (case["supplier_first"], case["supplier_now"]):
        assert both(FOLDER / case["path"], case["verifier"], suppliers=(key,)) == ((), ())
    seen = verify(FOLDER / case["path"], case["verifier"], suppliers=[case["supplier_first"]]).suppliers
    assert [(one.origin, one.entries) for one in seen] == [("example.com/supplier", case["supplier_entries"])]
    ours, theirs = both(FOLDER / case["path"], case["supplier_first"])
    assert ours
    assert theirs
