"""Which of the statements kept in a state folder count: signed by the ledger's key, and recorded in it."""

from dataclasses import dataclass
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.evidence.reading import read_entries
from offramp.evidence.statements import shelf
from offramp.evidence.statements.checking import Shelved, Stated, check, own_signers


@dataclass(frozen=True, slots=True)
class Counted:
    """Those that count, and why the others do not."""

    files: dict[str, bytes]
    """File name to envelope."""
    stated: tuple[Stated, ...]
    """The same, read, in the order of their names."""
    left_out: tuple[str, ...]
    """One line for each that does not count."""


def count(state: Path) -> Counted:
    """What is kept in `state`, held to the ledger there. Nothing counts where there is no ledger."""
    kept = shelf.kept(state)
    if not kept:
        return Counted({}, (), ())
    try:
        shelved = Shelved.of({one.index: one.body for one in read_entries(state)})
    except OfframpError as error:
        if error.code == "ledger-missing":
            return Counted({}, (), tuple(f"{name}: there is no ledger" for name in kept))
        raise
    signers = own_signers(state)
    files: dict[str, bytes] = {}
    stated: list[Stated] = []
    left_out: list[str] = []
    for name, content in kept.items():
        try:
            stated.append(check(content, signers, shelved))
        except ValueError as error:
            left_out.append(f"{name}: {error}")
        else:
            files[name] = content
    return Counted(files, tuple(stated), tuple(left_out))
