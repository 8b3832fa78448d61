"""Which key signs now, and the ledger it signs for, both held still.

A change of keys writes the new key, then the entry that introduces it, then puts it in place. It is in force
from the entry on: whoever signs after a crash in between puts the key in place first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offramp.evidence import keychain, keys
from offramp.evidence.entry import EntryType
from offramp.evidence.notes import SignerKey, VerifierKey
from offramp.evidence.reading import Snapshot, database, snapshot


@contextmanager
def signing(state: Path) -> Iterator[tuple[Snapshot, SignerKey]]:
    """The ledger as it is now and the key that signs for it, which is not replaced before the block ends."""
    database(state)
    with keys.held(state), snapshot(state) as ledger:
        yield ledger, current(state)


def current(state: Path) -> SignerKey:
    """The key in force. The caller keeps it from being replaced."""
    waiting = keys.load_next(state)
    if waiting is not None and _introduces(state, waiting.verifier):
        keys.promote_next(state)
    return keys.load(state)


def chain(ledger: Snapshot, key: VerifierKey) -> keychain.KeyChain:
    """Every key the ledger had, seen from one of them."""
    return keychain.follow(((one.index, one.entry) for one in ledger.entries(naming=keychain.PREDICATE)), key)


def _introduces(state: Path, key: VerifierKey) -> bool:
    with snapshot(state) as ledger:
        return any(
            one.entry.type is EntryType.STATEMENT
            and one.entry.data.get("predicate") == keychain.PREDICATE
            and one.entry.data.get("new") == str(key)
            for one in ledger.entries(newest_first=True, naming=keychain.PREDICATE)
        )
