"""Checking offline what a ledger's owner handed over, against a public key that came by another way.

An evidence pack, a folder of tiles, or the proof of one entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.evidence import body, manifest
from offramp.evidence.archive import MAX_ARCHIVE_BYTES, Member, unpack
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
from offramp.evidence.notes import VerifierKey
from offramp.evidence.statements.checking import Shelved, Signers, Stated, check
from offramp.evidence.tiles import tile_bodies, verify_tiles
from offramp.evidence.tlog_proof import HEADER, TlogProof
from offramp.evidence.tree import leaf_hash, root_over

MAX_PROBLEMS = 20
MAX_FILE_BYTES = MAX_ARCHIVE_BYTES + (16 << 20)
_REQUIRED = (CHECKPOINT, ENTRIES, PUBLIC_KEY)
_FOLDERS = (DOCUMENTS, STATEMENTS)


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking found. Without problems, the pack is what the holder of the key signed, to the byte."""

    problems: tuple[str, ...]
    manifest: Manifest | None = None
    """What the pack says of itself; None when its signature did not verify, and where it is no pack."""
    checkpoint: Checkpoint | None = None
    """What tiles and a proof lead to; None when its signature did not verify, and for a pack."""
    kind: str = "evidence pack"
    """What was looked at: `evidence pack`, `folder of tiles`, `proof` or `statement`."""
    statements: tuple[Stated, ...] = ()
    """Those that verified, in the order of their names."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(
    path: Path,
    public_key: str,
    *,
    earlier: Path | None = None,
    entry: Path | None = None,
    signers: Sequence[str] = (),
    threshold: int = 1,
) -> Verification:
    """Check a pack, tiles, a statement, or a proof of the entry in `entry`, against a key from outside it.

    With `earlier`, a pack or checkpoint kept from before, also check that the ledger still begins with it.
    Of `signers` (public keys) and the ledger's own, `threshold` must have signed each statement.
    Any bytes give a verdict. Raises only for a key that is none, and a file that cannot be read.
    """
    key = parse_key(public_key)
    before = None if earlier is None else _read(earlier)
    if path.is_dir():
        made, problems = verify_tiles(path, key)
        if made is not None and before is not None and not problems:
            problems = tuple(_check_beginning(before, tile_bodies(path, made.size), key))
        return Verification(problems, checkpoint=made, kind="folder of tiles")
    content = _read(path)
    if content.startswith(HEADER.encode()):
        return _verify_proof(content, key, entry)
    if threshold < 1:
        return Verification(("at least one key must have signed a statement",))
    by = Signers(keys=(key, *map(parse_key, signers)), threshold=threshold)
    if content.startswith(b"{"):
        return _verify_statement(content, by)
    return verify_bytes(content, key, before, by)


def _verify_statement(content: bytes, signers: Signers) -> Verification:
    try:
        return Verification((), kind="statement", statements=(check(content, signers),))
    except ValueError as error:
        return Verification((f"the statement does not verify: {error}",), kind="statement")


def _verify_proof(content: bytes, key: VerifierKey, entry: Path | None) -> Verification:
    if entry is None:
        raise OfframpError(
            "entry-not-given",
            "a proof says where an entry is, not what it says; no --entry was given",
            help="give the file of the entry that came with the proof",
        )
    body = _read(entry)
    try:
        made = TlogProof.parse(content.decode()).verify(leaf_hash(body.removesuffix(b"\n")), key)
    except ValueError as error:
        return Verification((f"the proof does not hold: {error}",), kind="proof")
    return Verification((), checkpoint=made, kind="proof")


def parse_key(text: str) -> VerifierKey:
    """Read a verifier key; raises `key-unreadable`.

    What was given is not repeated: it can be the signing key, taken by mistake.
    """
    try:
        return VerifierKey.parse(text)
    except ValueError as error:
        raise OfframpError(
            "key-unreadable",
            f"what was given is not a verifier key: {error}",
            help="give the line that `offramp evidence key` printed where the pack was made",
        ) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise OfframpError(
            "pack-unreadable",
            f"cannot read the file: {error.strerror}",
            where=Span(str(path)),
            help="name a file that `offramp evidence pack` wrote",
        ) from None


def verify_bytes(
    archive: bytes, key: VerifierKey, before: bytes | None = None, signers: Signers | None = None
) -> Verification:
    """Check a pack held in memory, against an earlier pack or checkpoint if there is one."""
    if len(archive) > MAX_FILE_BYTES:
        return Verification(("the file is larger than any pack",))
    try:
        members = unpack(archive)
    except ValueError as error:
        return Verification((f"the file is not an intact pack: {error}",))
    contents = {member.name: member.content for member in members}
    missing = [name for name in (MANIFEST, SIGNATURE, *_REQUIRED) if name not in contents]
    if missing:
        return Verification(tuple(f"`{name}` is missing" for name in missing))
    try:
        manifest.verify(contents[MANIFEST], contents[SIGNATURE], key)
    except ValueError as error:
        return Verification((f"`{SIGNATURE}` does not verify: {error}",))
    try:
        signed = manifest.parse(contents[MANIFEST])
    except ValueError as error:
        return Verification((f"`{MANIFEST}` cannot be read: {error}",))
    problems = [
        *_check_members(signed, members),
        *_check_checkpoint(signed, contents[CHECKPOINT], key),
        *_check_entries(signed, contents[ENTRIES]),
    ]
    if contents[PUBLIC_KEY] != f"{key}\n".encode():
        problems.append(f"`{PUBLIC_KEY}` is not the key given")
    if before is not None:
        problems += _check_beginning(before, contents[ENTRIES].split(b"\n")[:-1], key)
    stated, wrong = _check_statements(members, contents[ENTRIES], signers or Signers(keys=(key,)))
    problems += wrong
    if len(problems) > MAX_PROBLEMS:
        problems[MAX_PROBLEMS:] = [f"and {len(problems) - MAX_PROBLEMS} more problems"]
    return Verification(tuple(problems), signed, statements=tuple(stated))


def _check_statements(
    members: Sequence[Member], entries: bytes, signers: Signers
) -> tuple[list[Stated], list[str]]:
    held = [one for one in members if one.name.startswith(STATEMENTS)]
    if not held:
        return [], []
    shelved = Shelved.of(entries.split(b"\n")[:-1])
    stated, problems = [], []
    for one in held:
        try:
            stated.append(check(one.content, signers, shelved))
        except ValueError as error:
            problems.append(f"`{one.name}` does not verify: {error}")
    return stated, problems


def _check_members(signed: Manifest, members: Sequence[Member]) -> list[str]:
    if [member.name for member in members[:2]] != [MANIFEST, SIGNATURE]:
        return ["the manifest and its signature do not come first"]
    rest = members[2:]
    listed = {line.path: line for line in signed.members}
    problems = []
    for member in rest:
        line = listed.get(member.name)
        if line is None:
            problems.append(f"`{member.name}` is not in the manifest")
        elif line != manifest.listed(member):
            problems.append(f"`{member.name}` is not what the manifest says")
        if member.name not in (*_REQUIRED, VERIFIER) and not member.name.startswith(_FOLDERS):
            problems.append(f"`{member.name}` has no place in a pack")
    present = {member.name for member in rest}
    problems += [f"`{path}` is missing" for path in listed if path not in present]
    if not problems and [member.name for member in rest] != [line.path for line in signed.members]:
        problems.append("the members are not in the order of the manifest")
    return problems


def _check_checkpoint(signed: Manifest, content: bytes, key: VerifierKey) -> list[str]:
    try:
        checkpoint = Checkpoint.parse(content.decode(), key)
    except ValueError as error:
        return [f"`{CHECKPOINT}` does not verify: {error}"]
    said = (signed.origin, signed.entries, signed.root)
    if said != (checkpoint.origin, checkpoint.size, checkpoint.root.hex()):
        return [f"`{CHECKPOINT}` and the manifest speak of different ledgers"]
    return []


def _check_entries(signed: Manifest, content: bytes) -> list[str]:
    lines = content.split(b"\n")
    if lines.pop():
        return [f"`{ENTRIES}` does not end in a newline"]
    problems = []
    if len(lines) != signed.entries:
        problems.append(f"`{ENTRIES}` has {len(lines)} entries; the checkpoint is of {signed.entries}")
    elif root_over(map(leaf_hash, lines)).hex() != signed.root:
        problems.append(f"the entries in `{ENTRIES}` do not give the root of the checkpoint")
    instruments: set[str] = set()
    for index, line in enumerate(lines):
        try:
            entry = body.decode(line)
            if body.encode(entry) != line:
                raise ValueError("it is not canonical")
        except (ValueError, OfframpError) as error:
            problems.append(f"entry {index} cannot be read: {error}")
        else:
            instruments.update(entry.instruments)
    if not problems and tuple(sorted(instruments)) != signed.instruments:
        problems.append("the manifest names other instruments than the entries do")
    return problems


def _check_beginning(before: bytes, bodies: Sequence[bytes], key: VerifierKey) -> list[str]:
    try:
        if before.startswith(b"PK"):
            before = {member.name: member.content for member in unpack(before)}.get(CHECKPOINT, b"")
        checkpoint = Checkpoint.parse(before.decode(), key)
    except ValueError as error:
        return [f"the earlier checkpoint does not verify: {error}"]
    leaves = [leaf_hash(line) for line in bodies]
    if checkpoint.size > len(leaves):
        return [f"the ledger has shrunk: it had {checkpoint.size} entries and now has {len(leaves)}"]
    if root_over(leaves[: checkpoint.size]) != checkpoint.root:
        return [f"the past was rewritten: the first {checkpoint.size} entries are not those of before"]
    return []
