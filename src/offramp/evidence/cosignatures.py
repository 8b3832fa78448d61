"""What a second party signs under a checkpoint (C2SP tlog-cosignature, Ed25519). Pure.

A cosignature says: at this time, this is the longest ledger of that name I have seen, and it begins with
every shorter one I cosigned. It is the witness's, so the ledger's owner cannot make it.
"""

import base64
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.notes import DASH, PRIVATE, is_key_name, signatures, split_key

ALGORITHM = 0x04
_TIME = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's public key with its name."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """First four bytes of SHA-256 over the name, a newline, 0x04 and the key."""
        content = self.name.encode() + b"\n" + bytes([ALGORITHM]) + self.public
        return hashlib.sha256(content).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<name>+<id>+<base64>`. Raises `ValueError`; a secret key is refused, and not repeated."""
        if text.strip().startswith(PRIVATE):
            raise ValueError("it is a secret key, which nobody but the witness may hold")
        name, key_id, public = split_key(text, ALGORITHM)
        key = cls(name, public)
        if key.id.hex() != key_id:
            raise ValueError("its id does not fit its name and key")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([ALGORITHM]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class WitnessSecret:
    """A witness's secret key. Its seed shows in `serialise` alone."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key. Raises `ValueError` for a name that cannot stand in a signature line."""
        if not is_key_name(name):
            raise ValueError("a witness's name has no space and no plus sign")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `serialise` wrote. Raises `ValueError`."""
        if not text.strip().startswith(PRIVATE):
            raise ValueError("it is not a secret key")
        name, key_id, seed = split_key(text.strip().removeprefix(PRIVATE), ALGORITHM)
        key = cls(name, seed)
        if key.public.id.hex() != key_id:
            raise ValueError("its id does not fit its name and key")
        return key

    def serialise(self) -> str:
        """The secret key as text, for its file."""
        encoded = base64.b64encode(bytes([ALGORITHM]) + self.seed).decode()
        return f"{PRIVATE}{self.name}+{self.public.id.hex()}+{encoded}"

    @property
    def public(self) -> WitnessKey:
        """The public half."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return WitnessKey(self.name, private.public_key().public_bytes_raw())

    def cosign(self, checkpoint: Checkpoint, seconds: int) -> str:
        """The checkpoint's note with this witness's line added; `seconds` since 1970."""
        message = _message(checkpoint.text, seconds)
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        encoded = base64.b64encode(self.public.id + _TIME.pack(seconds) + signature).decode()
        return f"{checkpoint.note}{DASH}{self.name} {encoded}\n"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's line that verified."""

    name: str
    seconds: int
    """When, in seconds since 1970, by the witness's clock."""


def cosignatures(checkpoint: Checkpoint, witnesses: Sequence[WitnessKey]) -> tuple[Cosignature, ...]:
    """The lines of these witnesses. Raises `ValueError` for one that is wrong; others are passed over."""
    known = {(one.name, one.id): one for one in witnesses}
    found = []
    for name, raw in signatures(checkpoint.note):
        key = known.get((name, raw[:4]))
        if key is None:
            continue
        if len(raw) != 4 + _TIME.size + 64:
            raise ValueError(f"the cosignature of `{name}` has a wrong length")
        (seconds,) = _TIME.unpack_from(raw, 4)
        try:
            message = _message(checkpoint.text, seconds)
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4 + _TIME.size :], message)
        except (InvalidSignature, ValueError):
            raise ValueError(f"the cosignature of `{name}` is wrong") from None
        found.append(Cosignature(name, seconds))
    return tuple(found)


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
