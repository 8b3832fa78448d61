"""An in-toto Statement (v1): what is stated of which things, in canonical JSON. Pure.

Every predicate has the same head (`Claim`): who states it for whom, when, with which scope, method, gaps and
instruments. What each adds stands in `predicates/`, one file for each.
"""

from typing import Any

import msgspec

from offramp.core.digests import canonical_json, sha256_hex
from offramp.evidence.reading import Recorded

STATEMENT = "https://in-toto.io/Statement/v1"
NOTICE = "Nothing here is legal advice."


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a thing is, to the byte."""

    sha256: str
    """Lower-case hex."""


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A thing the statement is about: a file by its name, or an entry of the ledger as `entry-N`."""

    name: str
    digest: Digest


class Instrument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An instrument the statement rests on."""

    id: str
    sha256: str
    """Of the file it was rendered in, lower-case hex; empty where that file was not at hand."""


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every predicate says before anything else."""

    organisation: str
    by: str
    """The person who states it."""
    at: str
    """When it is stated, RFC 3339."""
    scope: str
    method: str
    gaps: tuple[str, ...]
    """What was not looked at or cannot be known."""
    instruments: tuple[Instrument, ...]
    notice: str = NOTICE


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A predicate about subjects."""

    slug: str
    subjects: tuple[Subject, ...]
    claim: Claim

    def payload(self) -> bytes:
        """Canonical JSON of the in-toto Statement."""
        return canonical_json(
            {
                "_type": STATEMENT,
                "subject": msgspec.to_builtins(self.subjects),
                "predicateType": predicate_type(self.slug),
                "predicate": msgspec.to_builtins(self.claim),
            }
        )


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Statement as it is written."""

    type: str = msgspec.field(name="_type")
    subject: tuple[Subject, ...]
    predicate_type: str = msgspec.field(name="predicateType")
    predicate: dict[str, Any]


def predicate_type(slug: str) -> str:
    """The URI of a predicate."""
    return f"urn:offramp:predicate:{slug}:v1"


def file_subject(name: str, content: bytes) -> Subject:
    """A file by its name."""
    return Subject(name, Digest(sha256_hex(content)))


def entry_subject(recorded: Recorded) -> Subject:
    """An entry of the ledger: its number, and the digest of its canonical bytes."""
    return Subject(f"entry-{recorded.index}", Digest(sha256_hex(recorded.body)))
