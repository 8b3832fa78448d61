"""The manifest of an evidence pack: what is in it, what it rests on, and what it does not show. Pure."""

import re

import msgspec

from offramp.core.digests import JsonObject, canonical_json, sha256_hex
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
PROOFS = "proofs/"
STATEMENTS = "statements/"
SUPPLIERS = "suppliers/"
TILES = "tiles/"
PLACES = re.compile(
    r"checkpoint\.txt|entries\.jsonl|ledger\.pub|verify\.py|(documents|statements)/[^/]+|"
    r"proofs/entry-[0-9]+\.tlog-proof|suppliers/[^/]+\.zip|tiles/checkpoint|tiles/tile/[0-9]+/.+",
    re.ASCII,
)
"""Every path a member of a pack can have, but the manifest's and its signature's."""
NOTICE = "Nothing here is legal advice."


class ListedMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member and its content's digest."""

    path: str
    bytes: int
    sha256: str


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entries of the ledger are in the pack, where not all of them are."""

    types: tuple[str, ...]
    indices: tuple[int, ...]


class SupplierLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pack in the pack, as whoever put it there found it."""

    path: str
    key: str
    """The verifier key it was checked with."""
    entries: int
    root: str
    """Hex."""


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
    selection: Selection | None = None
    """None where every entry is in the pack; not written then."""
    suppliers: tuple[SupplierLine, ...] = ()
    """Not written where there are none."""

    def serialise(self) -> bytes:
        """Canonical JSON."""
        value: JsonObject = msgspec.to_builtins(self)
        for name in ("selection", "suppliers"):
            if not value[name]:
                del value[name]
        return canonical_json(value)


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


def proof_path(index: int) -> str:
    """Where the proof of an entry is."""
    return f"{PROOFS}entry-{index}.tlog-proof"


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
