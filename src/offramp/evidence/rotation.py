"""Changing the ledger's signing key: the old one introduces the new one in an entry, and is gone then."""

from dataclasses import dataclass
from pathlib import Path

from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.evidence import keychain, keys, signing
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.ledger import Ledger
from offramp.evidence.notes import VerifierKey


@dataclass(frozen=True, slots=True)
class Rotated:
    """A change of keys that is in force."""

    index: int
    """Of the entry that records it."""
    old: VerifierKey
    new: VerifierKey


def rotate(state: Path, *, by: str, reason: str, at: Instant, is_compromised: bool = False) -> Rotated:
    """Put a new signing key in force. On return the old private key is no longer on disk.

    Interrupted, it leaves the old key in force, or the new one, never neither; run again, it goes on with the
    key it had made.
    """
    if not by.strip() or not reason.strip():
        raise OfframpError(
            "rotation-unsigned",
            "a change of keys needs a person and a reason",
            help='give --by "NAME" and --reason "WHY"',
        )
    with Ledger.open(state) as ledger, keys.held(state, alone=True):
        old = signing.current(state)
        new = keys.prepare_next(state, old.name)
        note = keychain.introduce(old, new)
        entry = Entry(
            type=EntryType.STATEMENT,
            at=at,
            actor=by,
            cause="command",
            subject=f"key {new.verifier.id.hex()}",
            data={
                "predicate": keychain.PREDICATE,
                "old": str(old.verifier),
                "new": str(new.verifier),
                "introduction": note,
                "reason": reason,
                "compromised": is_compromised,
            },
            digests={"introduction": sha256_hex(note.encode())},
        )
        receipt = ledger.append(entry)
        keys.promote_next(state)
    return Rotated(receipt.index, old.verifier, new.verifier)
