"""The manifest of an evidence pack: what is in it, what it rests on, and what it does not show. Pure."""

import msgspec

from offramp.core.digests import canonical_json, sha256_hex
from offramp.evidence.archive import Member
from offramp.evidence.notes import SignerKey, VerifierKey, open_note

SCHEMA = "offramp/evidence-pack/v1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
CHECKPOINT = "checkpoint.txt"
ENTRIES = "entries.jsonl"
PUBLIC_KEY = "ledger.pub"
VERIFIER = "verify.py"
DOCUMENTS = "documents/"
STATEMENTS = "statements/"
NOTICE = "Nothing here is legal advice."


class ListedMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member and its content's digest."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The signed table of contents. Lists every member but itself and its signature, in order."""

    schema: str = SCHEMA
    made_at: str
    scope: str
    method: str
    gaps: tuple[str, ...]
    instruments: tuple[str, ...]
    """Every instrument that an entry names, sorted."""
    origin: str
    entries: int
    root: str
    """Hex."""
    members: tuple[ListedMember, ...]
    notice: str = NOTICE

    def serialise(self) -> bytes:
        """Canonical JSON."""
        return canonical_json(msgspec.to_builtins(self))


def parse(content: bytes) -> Manifest:
    """Read a manifest. Raises `ValueError`."""
    manifest = msgspec.json.decode(content, type=Manifest)
    if manifest.schema != SCHEMA:
        raise ValueError(f"its schema is `{manifest.schema}`, not `{SCHEMA}`")
    if manifest.serialise() != content:
        raise ValueError("it is not canonical JSON")
    return manifest


def listed(member: Member) -> ListedMember:
    """The line of a member in the manifest."""
    return ListedMember(member.name, len(member.content), sha256_hex(member.content))


def sign(manifest: bytes, key: SignerKey) -> bytes:
    """A signed note over the manifest's digest."""
    return key.sign(_signed_text(manifest)).encode()


def verify(manifest: bytes, signature: bytes, key: VerifierKey) -> None:
    """Raise `ValueError` unless `signature` is `key`'s over this manifest."""
    try:
        note = signature.decode()
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None
    if open_note(note, key) != _signed_text(manifest):
        raise ValueError("it was made for another manifest")


def _signed_text(manifest: bytes) -> str:
    # The first line keeps it apart from a checkpoint, whose first line is the name of the key.
    return f"{SCHEMA}\n{sha256_hex(manifest)}\n"
