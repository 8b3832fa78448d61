"""Checking offline what a ledger's owner handed over, against a public key that came by another way.

An evidence pack, a folder of tiles, or the proof of one entry.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.evidence.archive import MAX_ARCHIVE_BYTES
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.given import Given
from offramp.evidence.keychain import follow
from offramp.evidence.ledger_checks import check_ledger, read_bodies
from offramp.evidence.notes import VerifierKey
from offramp.evidence.pack_checks import check_pack
from offramp.evidence.stamps import Authorities
from offramp.evidence.statements.checking import Signers, check
from offramp.evidence.tiles import CHECKPOINT, check_hashes, read_tiles
from offramp.evidence.tlog_proof import HEADER, TlogProof
from offramp.evidence.tree import leaf_hash, root_over
from offramp.evidence.verdict import Verification

MAX_PROBLEMS = 20
MAX_FILE_BYTES = MAX_ARCHIVE_BYTES + (16 << 20)


def verify(
    path: Path,
    public_key: str,
    *,
    earlier: Path | None = None,
    entry: Path | None = None,
    suppliers: Sequence[str] = (),
    authorities: Sequence[bytes] = (),
    signers: Sequence[str] = (),
    threshold: int = 1,
) -> Verification:
    """Check a pack, tiles, a statement, or a proof of the entry in `entry`, against a key from outside it.

    With `earlier`, a pack or checkpoint kept from before, also check that the ledger still begins with it.
    `suppliers` are keys of those whose packs are in the pack, `authorities` certificates of time-stamp
    authorities, `signers` keys that count for statements beside the ledger's own, of which `threshold` must
    have signed each. Any bytes give a verdict. Raises only for a key or certificate that is none, and a file
    that cannot be read.
    """
    given = Given(
        parse_key(public_key),
        None if earlier is None else _read(earlier),
        tuple(map(parse_key, suppliers)),
        Authorities.read(authorities),
        tuple(map(parse_key, signers)),
        threshold,
    )
    if threshold < 1:
        return Verification(("at least one key must have signed a statement",))
    if path.is_dir():
        return _few(_verify_tiles(path, given))
    content = _read(path)
    if content.startswith(HEADER.encode()):
        return _verify_proof(content, given.key, entry)
    if content.startswith(b"{"):
        return _verify_statement(content, given)
    return verify_bytes(content, given)


def verify_bytes(archive: bytes, given: Given) -> Verification:
    """Check a pack held in memory."""
    if len(archive) > MAX_FILE_BYTES:
        return Verification(("the file is larger than any pack",))
    return _few(check_pack(archive, given))


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


def _verify_tiles(folder: Path, given: Given) -> Verification:
    kind = "folder of tiles"
    try:
        read = read_tiles(folder)
    except ValueError as error:
        return Verification((str(error),), kind=kind)
    entries, problems = read_bodies(dict(enumerate(read.bodies)))
    chain = follow(sorted(entries.items()), given.key)
    try:
        made = Checkpoint.parse(read.note, chain.in_force)
    except ValueError as error:
        said = (*chain.problems, f"`{CHECKPOINT}` does not verify: {error}")
        return Verification(said, kind=kind)
    leaves = [leaf_hash(one) for one in read.bodies]
    if len(leaves) != made.size or root_over(leaves) != made.root:
        problems.append("the entries do not give the root of the checkpoint")
    else:
        problems += check_hashes(folder, leaves)
    checked = check_ledger(entries, leaves, chain, given)
    return replace(checked, problems=(*problems, *checked.problems), checkpoint=made, kind=kind)


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
    return Verification((), checkpoint=made, kind="proof", signed_by=key)


def _verify_statement(content: bytes, given: Given) -> Verification:
    by = Signers(own=(given.key,), others=given.signers, threshold=given.threshold)
    try:
        stated = check(content, by)
    except ValueError as error:
        return Verification((f"the statement does not verify: {error}",), kind="statement")
    return Verification((), kind="statement", statements=(stated,))


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


def _few(checked: Verification) -> Verification:
    """The first problems: a reader is told how many more there are."""
    if len(checked.problems) <= MAX_PROBLEMS:
        return checked
    more = f"and {len(checked.problems) - MAX_PROBLEMS} more problems"
    return replace(checked, problems=(*checked.problems[:MAX_PROBLEMS], more))
