"""Signed notes and their Ed25519 keys, as C2SP signed-note writes them. Pure: keys are kept elsewhere.

A note is text that ends in a newline, a blank line, and one line for each signature:
`— <key name> base64(<4-byte key id><signature>)`. A verifier key is
`<name>+<id in hex>+base64(0x01<public key>)`, a signer key
`PRIVATE+KEY+<name>+<id in hex>+base64(0x01<seed>)`.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "\N{EM DASH} "
PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with a name; its id binds both."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """First four bytes of SHA-256 over the name, a newline, the algorithm and the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key. Raises `ValueError` saying what is wrong with it."""
        if text.strip().startswith(PRIVATE):
            raise ValueError("it is a signing key, which nobody but the ledger's owner may hold")
        name, key_id, public = split_key(text, ED25519[0])
        key = cls(name, public)
        if key.id.hex() != key_id:
            raise ValueError("its id does not fit its name and key")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (without the key id) is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A private key with a name. Its seed never shows in a text form but `serialise`."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `serialise` wrote. Raises `ValueError`."""
        if not text.strip().startswith(PRIVATE):
            raise ValueError("it is not a signer key")
        name, key_id, seed = split_key(text.strip().removeprefix(PRIVATE), ED25519[0])
        key = cls(name, seed)
        if key.verifier.id.hex() != key_id:
            raise ValueError("its id does not fit its name and key")
        return key

    def serialise(self) -> str:
        """The private key as text, for its file."""
        encoded = base64.b64encode(ED25519 + self.seed).decode()
        return f"{PRIVATE}{self.name}+{self.verifier.id.hex()}+{encoded}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return VerifierKey(self.name, private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: `text` with this key's signature line. `text` ends in a newline."""
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        """This key's signature line for a note with `text`."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        encoded = base64.b64encode(self.verifier.id + signature).decode()
        return f"{DASH}{self.name} {encoded}\n"


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note that `key` signed. Signatures of other keys are passed over. Raises `ValueError`."""
    text = note.rpartition("\n\n")[0] + "\n"
    for name, raw in signatures(note):
        if name == key.name and raw[:4] == key.id:
            if key.verifies(text, raw[4:]):
                return text
            raise ValueError(f"the signature of `{key.name}` is wrong")
    raise ValueError(f"it has no signature by `{key.name}` with key id {key.id.hex()}")


def signatures(note: str) -> list[tuple[str, bytes]]:
    """Name, and key id with signature, of each signature line. Raises `ValueError`; verifies nothing."""
    _, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or not lines.strip():
        raise ValueError("it is not a signed note")
    found = []
    for line in lines[:-1].split("\n"):
        name, space, encoded = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH) or not space or not is_key_name(name):
            raise ValueError("it has a malformed signature line")
        raw = _unbase64(encoded)
        if len(raw) < 5:
            raise ValueError("it has a signature that is too short")
        found.append((name, raw))
    return found


def split_key(text: str, algorithm: int) -> tuple[str, str, bytes]:
    """Name, id and 32 bytes of a key in its text form. Raises `ValueError` saying what is wrong with it."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise ValueError("it is not of the form name+id+key")
    name, key_id, encoded = parts
    if not is_key_name(name):
        raise ValueError("its name is empty or has a space or a plus sign")
    raw = _unbase64(encoded)
    if raw[:1] != bytes([algorithm]) or len(raw) != 33:
        raise ValueError("it is not an Ed25519 key of the kind asked for")
    return name, key_id, raw[1:]


def is_key_name(name: str) -> bool:
    """Whether C2SP allows it: not empty, no space, no plus sign."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it has broken base64") from None
