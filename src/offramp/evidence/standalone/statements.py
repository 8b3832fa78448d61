"""Signed statements: in-toto Statements in DSSE envelopes, and whether the ledger recorded them."""

import base64
import hashlib
import re
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from offramp.evidence.standalone.canonical import read_canonical
from offramp.evidence.standalone.entries import Entry, check_shape, read_time
from offramp.evidence.standalone.notes import Key, Wrong, read_key, unbase64

IN_TOTO = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = re.compile(r"urn:offramp:predicate:[a-z]+(-[a-z]+)*:v[1-9][0-9]?", re.ASCII)
ENTRY_NAME = re.compile(r"entry-(0|[1-9][0-9]{0,17})", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
PREDICATE_HEAD: dict[str, type] = {
    "organisation": str,
    "by": str,
    "at": str,
    "scope": str,
    "method": str,
    "gaps": list,
    "instruments": list,
    "notice": str,
}


class Signers(NamedTuple):
    """Keys that count for a statement: the ledger's, which are one signer, and others."""

    own: list[str]
    others: tuple[str, ...]
    threshold: int


def check_statement(content: bytes, signers: Signers) -> dict[str, Any]:
    """The statement, once enough of the keys signed it and it is written as one is; its digest is added."""
    payload, signatures = read_envelope(content)
    own = signed_by(payload, signatures, [read_key(one) for one in signers.own])
    others = signed_by(payload, signatures, [read_key(one) for one in signers.others])
    count = bool(own) + len(others - {read_key(one)[2] for one in signers.own})
    if count < signers.threshold:
        raise Wrong(f"{count} of the keys given signed it; {signers.threshold} must have")
    statement = read_canonical(payload)
    check_shape(statement, {"_type": str, "subject": list, "predicateType": str, "predicate": dict})
    if statement["_type"] != STATEMENT or not PREDICATE.fullmatch(statement["predicateType"]):
        raise Wrong("its payload is no statement known here")
    check_subjects(statement["subject"])
    check_predicate(statement["predicate"])
    return statement | {"digest": hashlib.sha256(payload).hexdigest()}


def signed_by(payload: bytes, signatures: dict[str, bytes], keys: list[Key]) -> set[bytes]:
    """The public keys that signed; `Wrong` where a signature in the name of one is not its."""
    signed: set[bytes] = set()
    for name, key_id, public in keys:
        made = signatures.get(f"{name}+{key_id.hex()}")
        if made is None:
            continue
        try:
            encoded = b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload), payload)
            Ed25519PublicKey.from_public_bytes(public).verify(made, encoded)
        except (InvalidSignature, ValueError):
            raise Wrong(f"the signature of {name} is wrong") from None
        signed.add(public)
    return signed


def read_envelope(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Payload and signatures by key, of an envelope that is canonical JSON and a newline."""
    if len(content) > 8 << 20 or not content.endswith(b"\n"):
        raise Wrong("it is not an envelope")
    envelope = read_canonical(content[:-1])
    check_shape(envelope, {"payload": str, "payloadType": str, "signatures": list})
    if envelope["payloadType"] != IN_TOTO or len(envelope["signatures"]) > 64:
        raise Wrong("it is not an envelope of a statement")
    names = []
    signatures = {}
    for one in envelope["signatures"]:
        if not isinstance(one, dict):
            raise Wrong("a signature is none")
        check_shape(one, {"keyid": str, "sig": str})
        names.append(one["keyid"])
        signatures[one["keyid"]] = exactly(one["sig"])
    if names != sorted(set(names)):
        raise Wrong("its signatures are not in order")
    return exactly(envelope["payload"]), signatures


def exactly(text: str) -> bytes:
    """Bytes whose only base64 this is."""
    raw = unbase64(text, "the envelope")
    if base64.b64encode(raw).decode() != text:
        raise Wrong("the envelope is broken base64")
    return raw


def check_subjects(subjects: list[Any]) -> None:
    """What a statement is about: named once each, with a digest."""
    names = []
    for one in subjects:
        if not isinstance(one, dict):
            raise Wrong("what it is about is no object")
        check_shape(one, {"name": str, "digest": dict})
        check_shape(one["digest"], {"sha256": str})
        if not one["name"] or not SHA256.fullmatch(one["digest"]["sha256"]):
            raise Wrong("what it is about has no name or digest")
        names.append(one["name"])
    if not names or len(set(names)) != len(names):
        raise Wrong("what it is about is not named, or named twice")


def check_predicate(predicate: dict[str, Any]) -> None:
    """The head that every predicate has, and that what was not looked at is among its gaps."""
    check_shape({name: predicate[name] for name in PREDICATE_HEAD if name in predicate}, PREDICATE_HEAD)
    unscanned = predicate.get("unscanned", [])
    if not isinstance(unscanned, list) or not is_texts(predicate["gaps"]) or not is_texts(unscanned):
        raise Wrong("a gap is not text")
    for one in predicate["instruments"]:
        if not isinstance(one, dict):
            raise Wrong("an instrument is no object")
        check_shape(one, {"id": str, "sha256": str})
        if one["sha256"] and not SHA256.fullmatch(one["sha256"]):
            raise Wrong("a digest of an instrument is none")
    read_time(predicate["at"])
    if predicate["notice"] != "Nothing here is legal advice.":
        raise Wrong("it does not say that it is not legal advice")
    if not predicate["by"] or not predicate["scope"] or not predicate["method"]:
        raise Wrong("it does not say who states it, of what, or how it was found out")
    if not set(unscanned) <= set(predicate["gaps"]):
        raise Wrong("a source that was not looked at is not among its gaps")


def is_texts(values: list[Any]) -> bool:
    """Whether all are text."""
    return all(isinstance(one, str) for one in values)


def check_recorded(statement: dict[str, Any], entries: dict[int, Entry], bodies: dict[int, bytes]) -> None:
    """`Wrong` unless the ledger has an entry about it, and every entry it is about is that one."""
    recorded = {one["digests"].get("payload") for one in entries.values() if one["type"] == "statement"}
    if statement["digest"] not in recorded:
        raise Wrong("the ledger did not record it")
    for one in statement["subject"]:
        match = ENTRY_NAME.fullmatch(one["name"])
        if match is None:
            continue
        body = bodies.get(int(match[1]))
        if body is None or hashlib.sha256(body).hexdigest() != one["digest"]["sha256"]:
            raise Wrong(f"`{one['name']}` is another one in this ledger")


def check_statements(
    held: dict[str, bytes], entries: dict[int, Entry], bodies: dict[int, bytes], signers: Signers
) -> list[str]:
    """Problems of the statements in a pack."""
    problems = []
    for name, content in sorted(held.items()):
        if not name.startswith("statements/"):
            continue
        try:
            check_recorded(check_statement(content, signers), entries, bodies)
        except Wrong as wrong:
            problems.append(f"`{name}` does not verify: {wrong}")
    return problems
