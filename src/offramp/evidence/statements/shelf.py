"""Making a statement: sign it, record it in the ledger, keep it in the state folder for packs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.core.spans import Span
from offramp.evidence import dsse
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.ledger import Ledger
from offramp.evidence.notes import SignerKey, is_key_name
from offramp.evidence.signing import signing
from offramp.evidence.statements.checking import read
from offramp.evidence.statements.statement import Statement

FOLDER = "statements"
ENDING = ".dsse.json"
NAME_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Made:
    """A signed statement and where it is."""

    path: Path
    envelope: dsse.Envelope
    entry: int | None
    """Of the ledger; None on a dry run, and where it was recorded before."""


def make(
    state: Path, statement: Statement, *, secrets: Sequence[str] = (), recorded_at: Instant, is_dry_run: bool
) -> Made:
    """Sign `statement` with the ledger's key and with `secrets`, record it and keep it.

    The entry is durable before the file is written: a file without an entry would be a statement the ledger
    knows nothing of, an entry without a file can be made again.
    """
    envelope = dsse.Envelope(statement.payload())
    path = state / FOLDER / f"{statement.slug}-{envelope.digest[:NAME_DIGITS]}{ENDING}"
    others = [parse_secret(one) for one in secrets]
    if is_dry_run:
        return Made(path, envelope, None)
    with Ledger.open(state) as ledger:
        with signing(state) as (_, own):
            for key in (own, *others):
                envelope = envelope.signed(key)
        entry = Entry(
            type=EntryType.STATEMENT,
            at=recorded_at,
            actor=statement.claim.by,
            cause="command",
            subject=path.name.removesuffix(ENDING),
            instruments=tuple(one.id for one in statement.claim.instruments),
            data={
                "predicate": statement.slug,
                "stated_at": statement.claim.at,
                "gaps": len(statement.claim.gaps),
                "signers": [name for name, _ in envelope.signatures],
            },
            digests={"payload": envelope.digest},
        )
        receipt = ledger.append(entry)
    _write(path, envelope.serialise())
    return Made(path, envelope, receipt.index)


def countersign(path: Path, secret: str, *, is_dry_run: bool = False) -> dsse.Envelope:
    """Put another signature under the statement in `path`. Raises `statement-unreadable`.

    On a dry run nothing is signed or written: the statement is given as it is.
    """
    try:
        before = dsse.parse(path.read_bytes())
        read(before.payload)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise OfframpError(
            "statement-unreadable",
            f"that is no signed statement: {reason}",
            where=Span(str(path)),
            help="give a file that `offramp evidence state` wrote",
        ) from None
    if is_dry_run:
        return before
    envelope = before.signed(parse_secret(secret))
    _write(path, envelope.serialise())
    return envelope


def kept(state: Path) -> dict[str, bytes]:
    """Every statement in the state folder, by file name."""
    folder = state / FOLDER
    return {path.name: path.read_bytes() for path in sorted(folder.glob(f"*{ENDING}"))}


def new_secret(name: str) -> tuple[str, str]:
    """A new key for a person: the secret half, and the public one. Raises `signer-name`."""
    if not is_key_name(name):
        raise OfframpError(
            "signer-name", f"`{name}` cannot name a key", help="use a name without spaces and plus signs"
        )
    key = SignerKey.generate(name)
    return key.serialise(), str(key.verifier)


def parse_secret(text: str) -> SignerKey:
    """A signing key. Raises `key-unreadable`, and never repeats what was given."""
    try:
        return SignerKey.parse(text)
    except ValueError:
        raise OfframpError(
            "key-unreadable",
            "what was given is no signing key",
            help="make one with `offramp evidence signer NAME -o FILE`, and give that file",
        ) from None


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OfframpError(
            "output-unwritable", f"cannot write `{path}`: {error.strerror}", help="make room, then try again"
        ) from None
