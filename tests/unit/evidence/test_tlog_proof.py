"""A proof of one entry as text: read back strictly, and no other entry passes with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.evidence import Entry, Handover, Ledger, keys
from offramp.evidence.tlog_proof import TlogProof
from offramp.evidence.tree import leaf_hash

MakeEntry = Callable[..., Entry]


@pytest.fixture
def filled(state: Path, make_entry: MakeEntry) -> Path:
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(13)])
    return state


def test_every_entry_is_shown_and_no_other_passes(filled: Path) -> None:
    key = keys.load(filled).verifier
    proved = [Handover(filled).proof(index) for index in range(13)]
    for index, (recorded, proof) in enumerate(proved):
        again = TlogProof.parse(proof.serialise())
        assert again == proof
        assert again.index == index
        assert again.verify(leaf_hash(recorded.body), key).size == 13
        other = proved[(index + 1) % 13][0]
        with pytest.raises(ValueError, match="do not lead"):
            again.verify(leaf_hash(other.body), key)


def test_extra_data_is_passed_over(filled: Path) -> None:
    recorded, proof = Handover(filled).proof(4)
    text = proof.serialise().replace("\nindex", "\nextra AAAA\nindex")
    assert TlogProof.parse(text).verify(leaf_hash(recorded.body), keys.load(filled).verifier).size == 13


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("@v1", "@v2", "does not begin"),
        ("index 4", "index 04", "which entry"),
        ("index 4", "index ²", "which entry"),
        ("index 4", "4", "which entry"),
        ("\n\n", "\n", "not a SHA-256"),
        ("\n\n", "\nAAAA\n\n", "not a SHA-256"),
        ("\n\n", "\n" + "A" * 43 + "=\n\n", "do not lead"),
        ("index 4", "index 5", "do not lead"),
        ("\n13\n", "\n12\n", "signature"),
    ],
)
def test_any_other_text_is_refused(filled: Path, old: str, new: str, says: str) -> None:
    recorded, proof = Handover(filled).proof(4)
    changed = proof.serialise().replace(old, new, 1)
    with pytest.raises(ValueError, match=says):
        TlogProof.parse(changed).verify(leaf_hash(recorded.body), keys.load(filled).verifier)
