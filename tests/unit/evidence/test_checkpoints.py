"""Checkpoints: three lines, signed, read back strictly."""

import base64

import pytest

from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.notes import SignerKey
from offramp.evidence.tree import grow, leaf_hash

KEY = SignerKey("example/log", bytes(range(32)))
TIP = grow(0, (), [leaf_hash(b"a"), leaf_hash(b"b")])
ROOT = base64.b64encode(Checkpoint.sign(TIP, KEY).root).decode()


def test_a_checkpoint_says_origin_size_and_root() -> None:
    made = Checkpoint.sign(TIP, KEY)
    assert made.note.startswith(f"example/log\n2\n{ROOT}\n\n— example/log ")
    assert Checkpoint.parse(made.note, KEY.verifier) == made


def test_the_same_tree_gives_the_same_bytes() -> None:
    assert Checkpoint.sign(TIP, KEY).note == Checkpoint.sign(TIP, KEY).note


@pytest.mark.parametrize(
    "text",
    [
        f"example/other\n2\n{ROOT}\n",
        f"example/log\n02\n{ROOT}\n",
        f"example/log\n-2\n{ROOT}\n",
        f"example/log\n²\n{ROOT}\n",
        f"example/log\n\n{ROOT}\n",
        f"example/log\n{'9' * 5000}\n{ROOT}\n",
        "example/log\n2\nAAAA\n",
        "example/log\n2\n!\n",
        "example/log\n2\n",
        f"example/log\n2\n{ROOT}\nmore\n",
    ],
)
def test_what_is_signed_but_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it|size"):
        Checkpoint.parse(KEY.sign(text), KEY.verifier)
