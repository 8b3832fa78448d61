"""A proof that one entry is in the ledger, as a text that other tools read (C2SP tlog-proof). Pure."""

import base64
import binascii
from dataclasses import dataclass
from typing import Self

from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.notes import VerifierKey
from offramp.evidence.proofs import verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """An index, the hashes from the leaf's sibling up, and the checkpoint they lead to."""

    index: int
    path: tuple[bytes, ...]
    note: str
    """The signed checkpoint, word for word."""

    def serialise(self) -> str:
        """The text of the proof."""
        lines = [HEADER, f"index {self.index}", *(base64.b64encode(step).decode() for step in self.path)]
        return "\n".join(lines) + "\n\n" + self.note

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proof. Extra data is passed over: nothing vouches for it. Raises `ValueError`."""
        head, separator, note = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines.pop(0) != HEADER:
            raise ValueError(f"it does not begin with `{HEADER}`")
        if lines and lines[0].startswith("extra "):
            lines.pop(0)
        word, _, index = (lines.pop(0) if lines else "").partition(" ")
        if word != "index" or not index.isascii() or not index.isdigit() or str(int(index[:20])) != index:
            raise ValueError("it does not say which entry it is about")
        if len(lines) > MAX_HASHES:
            raise ValueError("it has more hashes than any tree has levels")
        return cls(int(index), tuple(_hash(line) for line in lines), note)

    def verify(self, leaf: bytes, key: VerifierKey) -> Checkpoint:
        """The checkpoint that the entry with this leaf hash is under. Raises `ValueError` if it is not."""
        checkpoint = Checkpoint.parse(self.note, key)
        if not verify_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root):
            raise ValueError(f"the hashes do not lead from this entry, as number {self.index}, to the root")
        return checkpoint


def _hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != 32:
        raise ValueError(f"`{line[:60]}` is not a SHA-256 in base64")
    return found
