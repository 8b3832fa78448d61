"""Making an evidence pack: ledger, checkpoint and documents in one signed file that verifies offline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from offramp.core.digests import sha256_hex
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.evidence import manifest
from offramp.evidence.archive import NAME, Member, pack
from offramp.evidence.assembling import standalone_verifier
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.entry import EntryType
from offramp.evidence.history import Coverage, check_handed, is_own, roots_at, sizes_named
from offramp.evidence.manifest import ListedMember as Listed
from offramp.evidence.manifest import Manifest, Selection
from offramp.evidence.notes import SignerKey
from offramp.evidence.reading import Recorded, Snapshot
from offramp.evidence.signing import signing
from offramp.evidence.suppliers import Supplier, origin_of, supplier_lines
from offramp.evidence.tiles import hash_tiles
from offramp.evidence.tlog_proof import TlogProof
from offramp.evidence.tree import leaf_hash, root_over

__all__ = ["Contents", "Listed", "Pack", "Supplier", "build_pack", "origin_of"]

METHOD = (
    "every entry was copied from the ledger in one read; its Merkle root (RFC 6962) was computed again and "
    "compared with the stored tree; checkpoint and manifest were signed with the ledger's Ed25519 key"
)
GAPS = (
    "the ledger is kept by the party it is about: without an earlier checkpoint held by someone else, "
    "a ledger rewritten as a whole cannot be told from the original",
    "what was never recorded is not in it: requests that did not pass the gateway, sources not scanned",
    "times are those of the machine that recorded them",
    "entries hold digests, not the text of requests and answers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into a pack beside the ledger, and what the pack says of itself."""

    made_at: Instant
    scope: str = ""
    """What it is about; when empty, the whole ledger."""
    gaps: Sequence[str] = ()
    """What it does not show, beyond what no pack shows."""
    documents: Mapping[str, bytes] = field(default_factory=dict)
    """File name to content, for people."""
    statements: Mapping[str, bytes] = field(default_factory=dict)
    """File name to a signed statement."""
    suppliers: Sequence[Supplier] = ()
    """Packs of others, which this one vouches for and carries along."""
    types: Collection[EntryType] = ()
    """Only entries of these types and what the ledger says of itself, each with its proof; all when empty."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What was written."""

    path: Path
    checkpoint: Checkpoint
    manifest: Manifest
    bytes: int
    sha256: str
    coverage: Coverage
    """How much of the ledger was handed over before."""


@dataclass(slots=True)
class _Copy:
    """The ledger as it is copied: every leaf hash, and the entries that are wanted."""

    leaves: list[bytes] = field(default_factory=list)
    wanted: list[Recorded] = field(default_factory=list)


def build_pack(state: Path, output: Path, contents: Contents, *, is_dry_run: bool = False) -> Pack:
    """Write the pack of the ledger in `state` to `output`, with `contents`.

    The same ledger and contents give the same bytes. The file appears whole or not at all; on a dry run, not
    at all.
    """
    lines = supplier_lines(contents.suppliers)
    with signing(state) as (ledger, key):
        checkpoint = Checkpoint.sign(ledger.tip, key)
        copy = _copy(ledger, contents.types, has_statements=bool(contents.statements))
        proofs = _proofs(ledger, copy, checkpoint) if contents.types else []
    if len(copy.leaves) != checkpoint.size or root_over(copy.leaves) != checkpoint.root:
        raise OfframpError(
            "ledger-damaged",
            "the entries of the ledger do not give the root of its stored tree",
            help="keep `.offramp` as it is for inquiry, and restore it from a backup",
            exit_code=Exit.INTERNAL,
        )
    members = [
        Member(manifest.CHECKPOINT, checkpoint.note.encode()),
        *_named(manifest.DOCUMENTS, contents.documents),
        Member(manifest.ENTRIES, b"".join(one.body + b"\n" for one in copy.wanted)),
        Member(manifest.PUBLIC_KEY, f"{key.verifier}\n".encode()),
        *proofs,
        *_named(manifest.STATEMENTS, contents.statements),
        *(Member(line.path, one.content) for line, one in lines),
        Member(f"{manifest.TILES}checkpoint", checkpoint.note.encode()),
        *(Member(f"{manifest.TILES}{path}", tile) for path, tile in hash_tiles(copy.leaves)),
        Member(manifest.VERIFIER, standalone_verifier().encode()),
    ]
    made = Manifest(
        made_at=format_instant(contents.made_at),
        scope=contents.scope or _scope(checkpoint, copy, contents),
        method=METHOD,
        gaps=(*GAPS, *_own_gaps(checkpoint, copy), *contents.gaps),
        instruments=tuple(sorted({name for one in copy.wanted for name in one.entry.instruments})),
        origin=checkpoint.origin,
        entries=checkpoint.size,
        root=checkpoint.root.hex(),
        members=tuple(manifest.listed(member) for member in members),
        selection=_selection(copy, contents),
        suppliers=tuple(line for line, _ in lines),
    )
    archive = _archive(made, key, members)
    if not is_dry_run:
        _write(output, archive)
    return Pack(output, checkpoint, made, len(archive), sha256_hex(archive), _coverage(copy))


def _copy(ledger: Snapshot, types: Collection[EntryType], *, has_statements: bool) -> _Copy:
    copy = _Copy()
    for recorded in ledger.entries():
        copy.leaves.append(leaf_hash(recorded.body))
        # A statement is nothing in a pack that does not show that the ledger recorded it.
        is_stated = has_statements and recorded.entry.type is EntryType.STATEMENT
        if not types or recorded.entry.type in types or is_stated or is_own(recorded.entry):
            copy.wanted.append(recorded)
    return copy


def _coverage(copy: _Copy) -> Coverage:
    entries = {one.index: one.entry for one in copy.wanted}
    size = len(copy.leaves)
    return check_handed(entries, roots_at(copy.leaves, sizes_named(entries, size)), size)[1]


def _proofs(ledger: Snapshot, copy: _Copy, checkpoint: Checkpoint) -> list[Member]:
    return [
        Member(
            manifest.proof_path(one.index),
            TlogProof(one.index, ledger.inclusion(one.index), checkpoint.note).serialise().encode(),
        )
        for one in copy.wanted
    ]


def _selection(copy: _Copy, contents: Contents) -> Selection | None:
    if not contents.types:
        return None
    return Selection(
        types=tuple(sorted(map(str, contents.types))), indices=tuple(one.index for one in copy.wanted)
    )


def _scope(checkpoint: Checkpoint, copy: _Copy, contents: Contents) -> str:
    which = f"all {checkpoint.size}"
    if contents.types:
        which = f"{len(copy.wanted)} of {checkpoint.size}"
    return f"{which} entries of the ledger {checkpoint.origin}"


def _own_gaps(checkpoint: Checkpoint, copy: _Copy) -> tuple[str, ...]:
    left_out = checkpoint.size - len(copy.wanted)
    if not left_out:
        return ()
    return (
        f"{left_out} entries of other types are left out: that they are there is shown, not what they say",
    )


def _named(folder: str, files: Mapping[str, bytes]) -> list[Member]:
    for name in files:
        if "/" in name or not NAME.fullmatch(name):
            raise OfframpError(
                "pack-document-name",
                f"`{name}` cannot be the name of a file in a pack",
                help="use lower-case letters, digits, dots, hyphens and underscores",
            )
    return [Member(folder + name, files[name]) for name in sorted(files)]


def _archive(made: Manifest, key: SignerKey, members: Sequence[Member]) -> bytes:
    head = made.serialise()
    signature = Member(manifest.SIGNATURE, manifest.sign(head, key))
    try:
        return pack([Member(manifest.MANIFEST, head), signature, *members])
    except ValueError as error:
        raise OfframpError(
            "pack-impossible",
            f"the pack cannot be made: {error}",
            help="hand over fewer or smaller documents, or fewer types of entries",
        ) from None


def _write(output: Path, archive: bytes) -> None:
    partial = output.with_name(f"{output.name}.partial")
    try:
        partial.write_bytes(archive)
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OfframpError(
            "output-unwritable",
            f"cannot write `{output}`: {error.strerror}",
            help="choose another file with -o",
        ) from None
