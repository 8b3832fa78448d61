"""Envelopes: what an independent implementation makes of them, and what is refused."""

import base64
import json
from copy import deepcopy
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope as Independent
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from offramp.core.digests import canonical_json, sha256_hex
from offramp.evidence import dsse
from offramp.evidence.notes import SignerKey, VerifierKey
from offramp.evidence.statements.checking import Signers, check

FIRST = SignerKey("first.example", bytes(range(32)))
SECOND = SignerKey("second.example", bytes(range(1, 33)))
PAYLOAD = canonical_json({"_type": "https://in-toto.io/Statement/v1", "predicate": {"ü": 1}})


def independent_key(key: SignerKey) -> SSlibKey:
    raw = Ed25519PrivateKey.from_private_bytes(key.seed).public_key()
    return SSlibKey.from_crypto(raw, keyid=dsse.key_id(key.verifier))


def test_pae_is_the_one_of_the_specification() -> None:
    assert dsse.pae(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"


def test_another_implementation_verifies_two_of_two() -> None:
    content = dsse.Envelope(PAYLOAD).signed(FIRST).signed(SECOND).serialise()
    theirs = Independent.from_dict(json.loads(content))
    accepted = theirs.verify([independent_key(FIRST), independent_key(SECOND)], 2)
    assert set(accepted) == {dsse.key_id(FIRST.verifier), dsse.key_id(SECOND.verifier)}


def test_another_implementation_refuses_what_is_refused_here() -> None:
    wire = json.loads(dsse.Envelope(PAYLOAD).signed(FIRST).serialise())
    wire["payload"] = base64.b64encode(PAYLOAD.replace(b"1}", b"2}")).decode()
    with pytest.raises(VerificationError):
        Independent.from_dict(deepcopy(wire)).verify([independent_key(FIRST)], 1)
    with pytest.raises(ValueError, match="is wrong"):
        dsse.parse(canonical_json(wire) + b"\n").signers([FIRST.verifier])
    lone = Independent.from_dict(json.loads(dsse.Envelope(PAYLOAD).signed(FIRST).serialise()))
    with pytest.raises(VerificationError):
        lone.verify([independent_key(FIRST), independent_key(SECOND)], 2)


def test_what_another_implementation_signed_verifies_here() -> None:
    signer = CryptoSigner(Ed25519PrivateKey.from_private_bytes(FIRST.seed), independent_key(FIRST))
    theirs = Independent(PAYLOAD, dsse.IN_TOTO, {})
    theirs.sign(signer)
    envelope = dsse.parse(canonical_json(theirs.to_dict()) + b"\n")
    assert envelope.signers([FIRST.verifier]) == (FIRST.verifier,)


def test_signing_twice_is_signing_once() -> None:
    once = dsse.Envelope(PAYLOAD).signed(SECOND).signed(FIRST)
    assert once.signed(FIRST) == once
    assert dsse.parse(once.serialise()) == once
    assert [name for name, _ in once.signatures] == sorted(name for name, _ in once.signatures)


def test_one_key_under_two_names_counts_once() -> None:
    alias = SignerKey("alias.example", FIRST.seed)
    envelope = dsse.Envelope(PAYLOAD).signed(FIRST).signed(alias)
    assert len(envelope.signers([FIRST.verifier, alias.verifier])) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"application/vnd.in-toto+json", b"text/plain"),
        (b'"payload":', b'"payload": '),
        (b'"signatures":[', b'"signatures":[{"keyid":"a","sig":"!"},'),
        (b"}\n", b"}"),
        (b'{"payload"', b'{"more":1,"payload"'),
    ],
)
def test_anything_else_is_refused(old: bytes, new: bytes) -> None:
    content = dsse.Envelope(PAYLOAD).signed(FIRST).serialise()
    assert old in content
    with pytest.raises(ValueError):
        dsse.parse(content.replace(old, new, 1))


def test_the_published_vector_verifies() -> None:
    folder = Path(__file__).parents[3] / "spec" / "vectors"
    wanted = json.loads((folder / "statement.json").read_text())
    content = (folder / "statement.dsse.json").read_bytes()
    keys = tuple(VerifierKey.parse(key) for key in wanted["keys"])
    stated = check(content, Signers(own=keys[:1], others=keys[1:], threshold=wanted["threshold"]))
    assert stated.digest == wanted["payload_sha256"]
    assert sha256_hex(dsse.pae(dsse.parse(content).payload)) == wanted["pae_sha256"]
    assert stated.slug == "deletion-receipt"
    with pytest.raises(ValueError, match="3 must have"):
        check(content, Signers(own=keys[:1], others=keys[1:], threshold=3))
