"""DSSE envelopes with Ed25519 signatures: one payload, and whoever signed it. Pure.

What is signed is the pre-authentication encoding (PAE) of DSSE v1.0.2, so that a signature says of which type
the payload is. An envelope is canonical JSON and a newline; its signatures are ordered by key. Which keys
count, and how many must have signed, is said from outside.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from offramp.core.digests import canonical_json, sha256_hex
from offramp.evidence.notes import SignerKey, VerifierKey

IN_TOTO = "application/vnd.in-toto+json"
MAX_ENVELOPE_BYTES = 8 << 20
MAX_SIGNATURES = 64


class _Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keyid: str
    sig: str


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payload: str
    payloadType: str  # noqa: N815 - DSSE's own name
    signatures: tuple[_Signature, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload of type `application/vnd.in-toto+json`, and the signatures under it."""

    payload: bytes
    signatures: tuple[tuple[str, bytes], ...] = ()
    """Key id and signature, ordered; a key signs once."""

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the payload: the same, however many have signed."""
        return sha256_hex(self.payload)

    def signed(self, key: SignerKey) -> "Envelope":
        """The same with `key`'s signature; signing twice is signing once."""
        made = Ed25519PrivateKey.from_private_bytes(key.seed).sign(pae(self.payload))
        others = [one for one in self.signatures if one[0] != key_id(key.verifier)]
        return Envelope(self.payload, tuple(sorted((*others, (key_id(key.verifier), made)))))

    def signers(self, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Those of `keys` that signed. Raises `ValueError` where a signature in the name of one is wrong.

        Keys are told apart by what they are, not by their names: one key under two names counts once.
        """
        found: dict[bytes, VerifierKey] = {}
        made = dict(self.signatures)
        for key in keys:
            signature = made.get(key_id(key))
            if signature is None:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature, pae(self.payload))
            except (InvalidSignature, ValueError):
                raise ValueError(f"the signature of `{key.name}` is wrong") from None
            found.setdefault(key.public, key)
        return tuple(found.values())

    def serialise(self) -> bytes:
        """Canonical JSON and a newline."""
        wire = {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": IN_TOTO,
            "signatures": [
                {"keyid": name, "sig": base64.b64encode(made).decode()} for name, made in self.signatures
            ],
        }
        return canonical_json(wire) + b"\n"


def parse(content: bytes) -> Envelope:
    """Read what `serialise` wrote, and nothing else. Raises `ValueError`."""
    if len(content) > MAX_ENVELOPE_BYTES:
        raise ValueError("it is larger than any statement")
    wire = msgspec.json.decode(content, type=_Wire)
    if wire.payloadType != IN_TOTO:
        raise ValueError(f"its payload is `{wire.payloadType}`, not an in-toto statement")
    if len(wire.signatures) > MAX_SIGNATURES:
        raise ValueError("it has more signatures than any statement")
    try:
        payload = base64.b64decode(wire.payload, validate=True)
        signatures = tuple((one.keyid, base64.b64decode(one.sig, validate=True)) for one in wire.signatures)
    except (binascii.Error, ValueError):
        raise ValueError("it has broken base64") from None
    envelope = Envelope(payload, signatures)
    names = [name for name, _ in signatures]
    if len(set(names)) != len(names) or names != sorted(names) or envelope.serialise() != content:
        raise ValueError("it is not written as an envelope is written here")
    return envelope


def key_id(key: VerifierKey) -> str:
    """How an envelope names a key: its name and its id."""
    return f"{key.name}+{key.id.hex()}"


def pae(payload: bytes) -> bytes:
    """What is signed: the type and the payload, each after its length."""
    return b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload), payload)
