"""The ledger's signing key on disk: made on first use, for its owner only, never replaced silently."""

import os
import secrets
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.evidence.notes import SignerKey

KEY = Path("keys") / "ledger"


def ensure(state: Path, *, is_new_ledger: bool) -> None:
    """Make the key of a new ledger. The caller holds the writer's lock.

    Raises when a ledger that has entries lost its key: a new one would hide that.
    """
    path = state / KEY
    if path.exists():
        return
    if not is_new_ledger:
        raise _missing(path)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    key = SignerKey.generate(f"offramp/ledger-{secrets.token_hex(8)}")
    partial = path.with_name("ledger.new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.serialise() + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        # INVARIANT: from here on the key survives a crash, so nothing is ever signed by a key that was lost.
        os.fsync(directory)
    finally:
        os.close(directory)


def load(state: Path) -> SignerKey:
    """The signing key; raises when it is missing or unreadable."""
    path = state / KEY
    try:
        return SignerKey.parse(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise OfframpError(
            "ledger-key-unreadable",
            f"cannot use the ledger's signing key: {reason}",
            where=Span(str(path)),
            help="restore the file from a backup, and let only its owner read it",
        ) from None


def _missing(path: Path) -> OfframpError:
    return OfframpError(
        "ledger-key-missing",
        "the ledger's signing key is not there",
        where=Span(str(path)),
        help="restore the file from a backup, or move the state directory aside to begin a new ledger",
    )
