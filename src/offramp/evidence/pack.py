"""Making an evidence pack: ledger, checkpoint and documents in one signed file that verifies offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from offramp.core.digests import sha256_hex
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.evidence import keys, manifest
from offramp.evidence.archive import NAME, Member, pack
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.manifest import (
    CHECKPOINT,
    DOCUMENTS,
    ENTRIES,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    STATEMENTS,
    VERIFIER,
    Manifest,
)
from offramp.evidence.one_file import one_file
from offramp.evidence.reading import snapshot
from offramp.evidence.tree import leaf_hash, root_over

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


@dataclass(frozen=True, slots=True)
class Pack:
    """What was written."""

    path: Path
    checkpoint: Checkpoint
    manifest: Manifest
    bytes: int
    sha256: str


def build_pack(state: Path, output: Path, contents: Contents, *, is_dry_run: bool = False) -> Pack:
    """Write the pack of the whole ledger in `state` to `output`, with `contents`.

    The same ledger and contents give the same bytes. The file appears whole or not at all; on a dry run, not
    at all.
    """
    leaves: list[bytes] = []
    bodies: list[bytes] = []
    instruments: set[str] = set()
    with snapshot(state) as ledger:
        key = keys.load(state)
        checkpoint = Checkpoint.sign(ledger.tip, key)
        for recorded in ledger.entries():
            leaves.append(leaf_hash(recorded.body))
            bodies.append(recorded.body + b"\n")
            instruments.update(recorded.entry.instruments)
    if len(leaves) != checkpoint.size or root_over(leaves) != checkpoint.root:
        raise OfframpError(
            "ledger-damaged",
            "the entries of the ledger do not give the root of its stored tree",
            help="keep `.offramp` as it is for inquiry, and restore it from a backup",
            exit_code=Exit.INTERNAL,
        )
    members = [
        Member(CHECKPOINT, checkpoint.note.encode()),
        *_named(DOCUMENTS, contents.documents),
        Member(ENTRIES, b"".join(bodies)),
        Member(PUBLIC_KEY, f"{key.verifier}\n".encode()),
        *_named(STATEMENTS, contents.statements),
        Member(VERIFIER, standalone_verifier().encode()),
    ]
    made = Manifest(
        made_at=format_instant(contents.made_at),
        scope=contents.scope or f"all {checkpoint.size} entries of the ledger {checkpoint.origin}",
        method=METHOD,
        gaps=(*GAPS, *contents.gaps),
        instruments=tuple(sorted(instruments)),
        origin=checkpoint.origin,
        entries=checkpoint.size,
        root=checkpoint.root.hex(),
        members=tuple(manifest.listed(member) for member in members),
    )
    head = made.serialise()
    signed = [Member(MANIFEST, head), Member(SIGNATURE, manifest.sign(head, key)), *members]
    archive = _archive(signed)
    if not is_dry_run:
        _write(output, archive)
    return Pack(output, checkpoint, made, len(archive), sha256_hex(archive))


def standalone_verifier() -> str:
    """The program, one file, that checks what is handed over where offramp is not installed."""
    return one_file()


def _named(folder: str, files: Mapping[str, bytes]) -> list[Member]:
    for name in files:
        if "/" in name or not NAME.fullmatch(name):
            raise OfframpError(
                "pack-document-name",
                f"`{name}` cannot be the name of a file in a pack",
                help="use lower-case letters, digits, dots, hyphens and underscores",
            )
    return [Member(folder + name, files[name]) for name in sorted(files)]


def _archive(members: Sequence[Member]) -> bytes:
    try:
        return pack(members)
    except ValueError as error:
        raise OfframpError(
            "pack-impossible",
            f"the pack cannot be made: {error}",
            help="hand over fewer or smaller documents",
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
