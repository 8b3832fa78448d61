"""Checkpoints: the size and root of the ledger at one moment, signed (C2SP tlog-checkpoint)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Self

from offramp.evidence.notes import SignerKey, VerifierKey, open_note
from offramp.evidence.tree import Growth, root_of


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement that the ledger `origin` had `size` entries with this root."""

    origin: str
    size: int
    root: bytes
    note: str
    """The signed note itself: what is handed to others."""

    @property
    def text(self) -> str:
        """What was signed: the note without its signature lines."""
        return self.note.rpartition("\n\n")[0] + "\n"

    @classmethod
    def sign(cls, tip: Growth, key: SignerKey) -> Self:
        """The checkpoint of a tree. The origin is the key's name; the same tree gives the same bytes."""
        root = root_of(tip.peaks)
        text = f"{key.name}\n{tip.size}\n{base64.b64encode(root).decode()}\n"
        return cls(key.name, tip.size, root, key.sign(text))

    @classmethod
    def parse(cls, note: str, key: VerifierKey) -> Self:
        """Read a note that `key` signed as the checkpoint of its own ledger. Raises `ValueError`."""
        lines = open_note(note, key).split("\n")
        if len(lines) != 4:
            raise ValueError("it does not have the three lines of a checkpoint")
        origin, size, encoded, _ = lines
        if origin != key.name:
            raise ValueError(f"it is of the log `{origin}`, not of `{key.name}`")
        if not size.isascii() or not size.isdigit() or str(int(size[:20])) != size:
            raise ValueError(f"`{size}` is not a size")
        try:
            root = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            root = b""
        if len(root) != 32:
            raise ValueError("its root is not 32 bytes of base64")
        return cls(origin, int(size), root, note)
