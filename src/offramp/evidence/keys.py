"""The ledger's signing key on disk: made on first use, for its owner only, never replaced silently.

`signing` says which key is in force, and `rotation` changes it.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.evidence.notes import SignerKey

KEY = Path("keys") / "ledger"
NEXT = Path("keys") / "ledger.next"
"""A key that is about to take the place of the other; it is in force once the ledger says so."""


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
    _keep(path, SignerKey.generate(f"offramp/ledger-{secrets.token_hex(8)}"))


def prepare_next(state: Path, name: str) -> SignerKey:
    """The key that will follow, on disk: a new one, or the one an interrupted change left behind."""
    path = state / NEXT
    if not path.exists():
        _keep(path, SignerKey.generate(name))
    return load(state, NEXT)


def load_next(state: Path) -> SignerKey | None:
    """The key that waits to follow, if there is one."""
    try:
        return load(state, NEXT)
    except OfframpError as error:
        if error.code == "ledger-key-missing":
            return None
        raise


def promote_next(state: Path) -> None:
    """Put the next key in the place of the present one, which is gone then. Run twice, it changes nothing."""
    with suppress(FileNotFoundError):
        (state / NEXT).replace(state / KEY)
    _flush(state / KEY)


@contextmanager
def held(state: Path, *, alone: bool = False) -> Iterator[None]:
    """Keep the key from being replaced meanwhile; `alone`, keep everybody else from signing too."""
    path = state / KEY
    try:
        directory = os.open(path.parent, os.O_RDONLY)
    except OSError:
        raise _missing(path) from None
    try:
        fcntl.flock(directory, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(directory)


def load(state: Path, which: Path = KEY) -> SignerKey:
    """The signing key on disk; raises when it is missing or unreadable."""
    path = state / which
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


def _keep(path: Path, key: SignerKey) -> None:
    partial = path.with_name(f"{path.name}.new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.serialise() + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OfframpError(
            "ledger-key-unwritable",
            f"cannot keep the ledger's signing key: {error.strerror}",
            where=Span(str(path)),
            help="free space on the disk that holds `.offramp`, check that it is writable, and try again",
        ) from None
    _flush(path)


def _flush(path: Path) -> None:
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        # INVARIANT: from here on the key survives a crash, so nothing is ever signed by a key that was lost.
        os.fsync(directory)
    finally:
        os.close(directory)


def _missing(path: Path) -> OfframpError:
    return OfframpError(
        "ledger-key-missing",
        "the ledger's signing key is not there",
        where=Span(str(path)),
        help="restore the file from a backup, or move the state directory aside to begin a new ledger",
    )
