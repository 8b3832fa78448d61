"""Checking a signed statement: the envelope, who signed, the shape, and that the ledger recorded it.

What a predicate adds to its head is not checked here: it may grow, and an older verifier must not fail then.
`spec/statements.md` lists the rules; `standalone.py` has the same ones in its own words.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from offramp.core.digests import canonical_json, sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant
from offramp.evidence import body, dsse
from offramp.evidence.entry import EntryType
from offramp.evidence.notes import VerifierKey
from offramp.evidence.signing import chain, signing
from offramp.evidence.statements.statement import NOTICE, STATEMENT, Instrument, Wire

PREDICATE = re.compile(r"urn:offramp:predicate:([a-z]+(?:-[a-z]+)*):v([1-9][0-9]?)", re.ASCII)
HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
ENTRY_NAME = re.compile(r"entry-(0|[1-9][0-9]{0,17})", re.ASCII)
HEAD = ("organisation", "by", "at", "scope", "method", "gaps", "instruments", "notice")


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    organisation: str
    by: str
    at: str
    scope: str
    method: str
    gaps: tuple[str, ...]
    instruments: tuple[Instrument, ...]
    notice: str
    unscanned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement that was read, and who signed it."""

    slug: str
    digest: str
    """Hex SHA-256 of its payload."""
    subjects: tuple[tuple[str, str], ...]
    """Names and digests."""
    predicate: Mapping[str, Any]
    signers: tuple[str, ...]
    """Names of the keys given that signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """Whose signatures count, and how many there must be: said from outside of what is checked."""

    own: tuple[VerifierKey, ...]
    """The ledger's keys, one after another: together they are one signer."""
    others: tuple[VerifierKey, ...] = ()
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class Shelved:
    """What a ledger says of statements: which it recorded, and what its entries are."""

    recorded: frozenset[str]
    """Digests of payloads."""
    entries: Mapping[int, str]
    """Hex SHA-256 of the canonical bytes of each entry that is at hand."""

    @classmethod
    def of(cls, bodies: Mapping[int, bytes]) -> "Shelved":
        """What these entries say, by their numbers."""
        recorded = set()
        for one in bodies.values():
            try:
                entry = body.decode(one)
            except (ValueError, OfframpError):
                continue
            if entry.type is EntryType.STATEMENT and "payload" in entry.digests:
                recorded.add(entry.digests["payload"])
        return cls(frozenset(recorded), {index: sha256_hex(one) for index, one in bodies.items()})


def own_signers(state: Path) -> Signers:
    """The ledger's own key, as the only one that counts: for reading what was stated here."""
    with signing(state) as (ledger, key):
        return Signers(own=chain(ledger, key.verifier).trusted)


def check(content: bytes, signers: Signers, shelved: Shelved | None = None) -> Stated:
    """The statement in an envelope, once all about it is right. Raises `ValueError` saying what is not.

    With `shelved`, the ledger must have recorded it, and every `entry-N` it is about must be that entry.
    """
    envelope = dsse.parse(content)
    own = envelope.signers(signers.own)
    known = {one.public for one in signers.own}
    others = [one for one in envelope.signers(signers.others) if one.public not in known]
    count = bool(own) + len(others)
    if count < signers.threshold:
        raise ValueError(f"{count} of the keys given signed it; {signers.threshold} must have")
    stated = _read(envelope.payload, tuple(sorted({one.name for one in (*own, *others)})))
    if shelved is not None:
        if stated.digest not in shelved.recorded:
            raise ValueError("the ledger did not record it")
        _check_entries(stated.subjects, shelved.entries)
    return stated


def read(payload: bytes) -> Stated:
    """A statement without a word about who signed it. Raises `ValueError`."""
    return _read(payload, ())


def _read(payload: bytes, signers: tuple[str, ...]) -> Stated:
    try:
        value = msgspec.json.decode(payload)
        if not isinstance(value, dict) or canonical_json(value) != payload:
            raise ValueError("its payload is not canonical JSON")
        wire = msgspec.convert(value, Wire)
        head = msgspec.convert(wire.predicate, _Head)
    except RecursionError:
        raise ValueError("its payload is nested too deeply") from None
    match = PREDICATE.fullmatch(wire.predicate_type)
    if wire.type != STATEMENT or match is None:
        raise ValueError("its payload is no statement known here")
    names = [one.name for one in wire.subject]
    if not names or len(set(names)) != len(names) or not all(names):
        raise ValueError("what it is about is not named, or named twice")
    if not all(HEX.fullmatch(one.digest.sha256) for one in wire.subject):
        raise ValueError("a digest of what it is about is none")
    _check_head(head)
    return Stated(
        slug=match[1],
        digest=sha256_hex(payload),
        subjects=tuple((one.name, one.digest.sha256) for one in wire.subject),
        predicate=wire.predicate,
        signers=signers,
    )


def _check_head(head: _Head) -> None:
    try:
        parse_instant(head.at)
    except OfframpError:
        raise ValueError("its time is none") from None
    if not TIME.fullmatch(head.at):
        raise ValueError("its time is none")
    if head.notice != NOTICE:
        raise ValueError("it does not say that it is not legal advice")
    if not head.by or not head.scope or not head.method:
        raise ValueError("it does not say who states it, of what, or how it was found out")
    if not all(one.sha256 == "" or HEX.fullmatch(one.sha256) for one in head.instruments):
        raise ValueError("a digest of an instrument is none")
    if not set(head.unscanned) <= set(head.gaps):
        raise ValueError("a source that was not looked at is not among its gaps")


def _check_entries(subjects: Collection[tuple[str, str]], entries: Mapping[int, str]) -> None:
    for name, digest in subjects:
        match = ENTRY_NAME.fullmatch(name)
        if match is None:
            continue
        if entries.get(int(match[1])) != digest:
            raise ValueError(f"`{name}` is another one in this ledger")
