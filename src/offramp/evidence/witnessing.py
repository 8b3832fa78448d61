"""The second party's side: it signs under a checkpoint only after seeing that the ledger merely grew."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from offramp.core.errors import Exit, OfframpError
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.cosignatures import WitnessSecret
from offramp.evidence.verification import parse_key, verify


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody other than the ledger's owner, with a key of their own."""

    secret: WitnessSecret

    @classmethod
    def generate(cls, name: str) -> Self:
        """A witness with a new key. Raises `ValueError` for a name that cannot stand in a signature line."""
        return cls(WitnessSecret.generate(name))

    @classmethod
    def read(cls, content: bytes) -> Self:
        """The witness whose secret key was kept in a file. What is wrong with it is said, not repeated."""
        try:
            return cls(WitnessSecret.parse(content.decode()))
        except ValueError as error:
            raise OfframpError(
                "witness-key-unreadable",
                f"that is not a witness's secret key: {error}",
                help="give the file `offramp evidence witness NAME -o FILE` wrote",
            ) from None

    def observe(self, note: bytes, evidence: Path, key: str, *, earlier: Path | None, seconds: int) -> str:
        """The note of the checkpoint with this witness's line, once `evidence` bears it out.

        `evidence` is a pack or a folder of tiles of the ledger at that checkpoint; `earlier` is what this
        witness signed last. Raises `not-observed` naming everything that speaks against signing.
        """
        checked = verify(evidence, key, earlier=earlier)
        try:
            made = Checkpoint.parse(note.decode(), checked.signed_by or parse_key(key))
        except ValueError as error:
            raise _not_observed((f"the checkpoint does not verify: {error}",)) from None
        problems = list(checked.problems)
        if checked.manifest is not None:
            seen = (checked.manifest.entries, checked.manifest.root)
        elif checked.checkpoint is not None:
            seen = (checked.checkpoint.size, checked.checkpoint.root.hex())
        else:
            seen = (-1, "")
        if not problems and seen != (made.size, made.root.hex()):
            problems.append(
                f"the checkpoint is of {made.size} entries, what came with it of {seen[0]} others"
            )
        if problems:
            raise _not_observed(tuple(problems))
        return self.secret.cosign(made, seconds)


def _not_observed(problems: tuple[str, ...]) -> OfframpError:
    return OfframpError(
        "not-observed",
        f"nothing was signed: {'; '.join(problems)}",
        help="ask the ledger's owner for the pack or tiles that belong to this checkpoint",
        exit_code=Exit.FOUND,
    )
