"""What leaves the machine so that others can hold the ledger to its past."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offramp.core.digests import sha256_hex
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant, format_instant, from_seconds, parse_instant
from offramp.evidence import keys
from offramp.evidence.asking import ask
from offramp.evidence.assembling import standalone_verifier
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.cosignatures import WitnessKey, cosignatures
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.history import HANDED, Coverage
from offramp.evidence.notes import open_note
from offramp.evidence.pack import Contents, Pack, build_pack
from offramp.evidence.reading import Recorded, Snapshot, database, snapshot
from offramp.evidence.rotation import Rotated, rotate
from offramp.evidence.signing import chain, current, signing
from offramp.evidence.stamping import MAX_ANSWER_BYTES, QUERY, Stamped, stamp_ledger
from offramp.evidence.stamps import Authorities
from offramp.evidence.tiles import Written, write_tiles
from offramp.evidence.tlog_proof import TlogProof
from offramp.evidence.verification import parse_key

__all__ = ["Coverage", "Handed", "Handover"]


@dataclass(frozen=True, slots=True)
class Handed:
    """A checkpoint that was given away, as the ledger records it."""

    index: int
    """Of the entry that records it."""
    at: Instant
    to: str
    by: str
    size: int
    root: str
    """Hex."""
    cosigned_by: str
    """The witness whose line verified; empty where only the owner says it was handed over."""
    is_kept: bool
    """Whether the ledger still begins with what was handed over."""


class Handover:
    """The owner's side: what can be given to a second party from the ledger in `state`."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def public_key(self) -> str:
        """The verifier key to hand to whoever will check: `<name>+<id>+<base64>`."""
        database(self._state)
        with keys.held(self._state):
            return str(current(self._state).verifier)

    def signed(self, text: str) -> str:
        """`text`, which ends in a newline, as a note that the ledger's key signed."""
        database(self._state)
        with keys.held(self._state):
            return current(self._state).sign(text)

    @staticmethod
    def opened(note: str, public_key: str) -> str:
        """The text of a note that the ledger with this key signed. Raises `note-unsigned`."""
        try:
            return open_note(note, parse_key(public_key))
        except ValueError as error:
            raise OfframpError(
                "note-unsigned",
                f"it is not as that ledger signed it: {error}",
                help="have it made again, and take the key from `offramp evidence key` where it was made",
            ) from None

    def rotate(self, *, by: str, reason: str, at: Instant, is_compromised: bool = False) -> Rotated:
        """Put a new signing key in force: see `rotation`."""
        database(self._state)
        return rotate(self._state, by=by, reason=reason, at=at, is_compromised=is_compromised)

    @staticmethod
    def verifier() -> str:
        """The program that checks what is handed over where offramp is not installed."""
        return standalone_verifier()

    def checkpoint(self) -> Checkpoint:
        """A signed checkpoint of the ledger as it is now."""
        with signing(self._state) as (ledger, key):
            return Checkpoint.sign(ledger.tip, key)

    def proof(self, index: int) -> tuple[Recorded, TlogProof]:
        """Entry `index` and what shows that it is in the ledger."""
        with signing(self._state) as (ledger, key):
            if not 0 <= index < ledger.tip.size:
                raise OfframpError(
                    "entry-missing",
                    f"there is no entry {index}: the ledger has {ledger.tip.size}",
                    help="list them with `offramp evidence entries --limit 0`",
                    exit_code=Exit.NOTHING,
                )
            note = Checkpoint.sign(ledger.tip, key).note
            return next(ledger.entries(index)), TlogProof(index, ledger.inclusion(index), note)

    def pack(self, output: Path, contents: Contents, *, is_dry_run: bool = False) -> Pack:
        """Write the whole ledger and `contents` to one file that verifies offline: see `build_pack`."""
        return build_pack(self._state, output, contents, is_dry_run=is_dry_run)

    def stamp(self, url: str, *, by: str, at: Instant, certificates: Sequence[bytes] = ()) -> Stamped:
        """Have the ledger stamped by the authority at `url`: see `stamping`."""
        return stamp_ledger(
            self._state,
            lambda body: ask(url, body, QUERY, most=MAX_ANSWER_BYTES + 1),
            authority=url,
            by=by,
            at=at,
            authorities=Authorities.read(certificates),
        )

    def tiles(self, folder: Path) -> Written:
        """Bring a folder of plain files up to the ledger as it is now."""
        return write_tiles(self._state, folder)

    def entry_of(
        self,
        note: str,
        *,
        to: str,
        by: str,
        at: Instant,
        handed_at: Instant | None = None,
        witnesses: Sequence[str] = (),
    ) -> Entry:
        """The entry, recorded `at`, that the checkpoint `note` was handed `to` somebody, then or before.

        Raises unless it is this ledger's and the ledger begins with it, and, where `witnesses` (their public
        keys as text) are given, unless one of them cosigned it.
        """
        made = self._own(note)
        line = None
        try:
            found = cosignatures(made, [WitnessKey.parse(one) for one in witnesses])
            line = found[-1] if found else None
        except ValueError as error:
            raise _not_cosigned(str(error)) from None
        if witnesses and line is None:
            raise _not_cosigned("none of the witnesses given has signed under it")
        return Entry(
            type=EntryType.STATEMENT,
            at=at,
            actor=by,
            cause="command",
            subject=f"checkpoint {made.size}",
            data={
                "predicate": HANDED,
                "size": made.size,
                "root": made.root.hex(),
                "to": to,
                "handed_at": format_instant(handed_at or at),
                "cosigned_by": line.name if line else "",
                "cosigned_at": format_instant(from_seconds(line.seconds)) if line else "",
            },
            digests={"checkpoint": sha256_hex(note.encode())},
        )

    def handed(self) -> tuple[tuple[Handed, ...], int]:
        """Every checkpoint given away, oldest first, and how many entries there are now."""
        with snapshot(self._state) as ledger:
            recorded = [
                one
                for one in ledger.entries(naming=HANDED)
                if one.entry.type is EntryType.STATEMENT and one.entry.data.get("predicate") == HANDED
            ]
            return tuple(_handed(one, ledger) for one in recorded), ledger.tip.size

    def coverage(self) -> Coverage:
        """How much of the ledger somebody else can hold its owner to, as the ledger itself says."""
        found, size = self.handed()
        kept = [one for one in found if one.is_kept]
        return Coverage(
            size,
            max((one.size for one in kept), default=0),
            max((one.size for one in kept if one.cosigned_by), default=0),
        )

    def _own(self, note: str) -> Checkpoint:
        with signing(self._state) as (ledger, key):
            try:
                made = chain(ledger, key.verifier).read_kept(note)
            except ValueError as error:
                raise OfframpError(
                    "checkpoint-unknown",
                    f"that is no checkpoint of this ledger: {error}",
                    help="give what `offramp evidence checkpoint` printed here, or a cosigned copy of it",
                ) from None
            if made.size > ledger.tip.size or ledger.root_at(made.size) != made.root:
                raise OfframpError(
                    "past-rewritten",
                    f"this ledger does not begin with the {made.size} entries of that checkpoint",
                    help="keep `.offramp` as it is for inquiry: it was changed, or restored from a backup",
                )
        return made


def _handed(recorded: Recorded, ledger: Snapshot) -> Handed:
    data = recorded.entry.data
    size = int(data["size"])
    return Handed(
        index=recorded.index,
        at=parse_instant(str(data.get("handed_at") or format_instant(recorded.entry.at))),
        to=str(data["to"]),
        by=recorded.entry.actor,
        size=size,
        root=str(data["root"]),
        cosigned_by=str(data["cosigned_by"]),
        is_kept=size <= ledger.tip.size and ledger.root_at(size).hex() == data["root"],
    )


def _not_cosigned(reason: str) -> OfframpError:
    return OfframpError(
        "not-cosigned",
        f"the checkpoint is not cosigned as said: {reason}",
        help="ask the witness for its line under this checkpoint, and for its public key by another way",
    )
