"""Cosignatures: a second party's line under a checkpoint, in the format witnesses use."""

import base64

import pytest

from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.cosignatures import Cosignature, WitnessKey, WitnessSecret, cosignatures
from offramp.evidence.notes import SignerKey
from offramp.evidence.tree import grow, leaf_hash

LOG = SignerKey("example/log", bytes(range(32)))
WITNESS = WitnessSecret("auditor.example", bytes(range(1, 33)))
OTHER = WitnessSecret("other.example", bytes(range(2, 34)))
MADE = Checkpoint.sign(grow(0, (), [leaf_hash(b"a"), leaf_hash(b"b")]), LOG)


def parsed(note: str) -> Checkpoint:
    return Checkpoint.parse(note, LOG.verifier)


def test_a_cosignature_verifies_and_says_when() -> None:
    note = WITNESS.cosign(MADE, 1_700_000_000)
    assert note.startswith(MADE.note)
    assert cosignatures(parsed(note), [WITNESS.public]) == (Cosignature("auditor.example", 1_700_000_000),)
    twice = OTHER.cosign(parsed(note), 1_700_000_001)
    assert len(cosignatures(parsed(twice), [WITNESS.public, OTHER.public])) == 2
    assert cosignatures(parsed(twice), []) == ()


def test_what_is_signed_is_what_the_specification_says() -> None:
    line = WITNESS.cosign(MADE, 5).rpartition(" ")[2]
    raw = base64.b64decode(line)
    assert raw[:4] == WITNESS.public.id
    assert raw[4:12] == bytes([0, 0, 0, 0, 0, 0, 0, 5])
    message = b"cosignature/v1\ntime 5\n" + MADE.text.encode()
    key = SignerKey("x", WITNESS.seed).verifier
    assert key.verifies(message.decode(), raw[12:])


def test_a_cosignature_of_another_time_or_tree_is_caught() -> None:
    note = WITNESS.cosign(MADE, 1_700_000_000)
    raw = bytearray(base64.b64decode(note.rpartition(" ")[2]))
    raw[11] ^= 1
    forged = note.rpartition(" ")[0] + " " + base64.b64encode(raw).decode() + "\n"
    with pytest.raises(ValueError, match="is wrong"):
        cosignatures(parsed(forged), [WITNESS.public])
    longer = Checkpoint.sign(grow(0, (), [leaf_hash(b"c")]), LOG)
    moved = longer.note + note.rpartition("\n— ")[2].join(["— ", ""])
    with pytest.raises(ValueError, match="is wrong"):
        cosignatures(parsed(moved), [WITNESS.public])


def test_keys_come_back_and_a_secret_is_not_repeated() -> None:
    assert WitnessKey.parse(str(WITNESS.public)) == WITNESS.public
    assert WitnessSecret.parse(WITNESS.serialise()) == WITNESS
    with pytest.raises(ValueError, match="secret key") as caught:
        WitnessKey.parse(WITNESS.serialise())
    assert WITNESS.serialise()[-20:] not in str(caught.value)
    assert "seed" not in repr(WITNESS)
    with pytest.raises(ValueError, match="not an Ed25519 key of the kind"):
        WitnessKey.parse(str(LOG.verifier))
    with pytest.raises(ValueError, match="no space"):
        WitnessSecret.generate("two words")
