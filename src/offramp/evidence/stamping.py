"""Having a checkpoint of the ledger stamped by an authority, and recording the stamp.

The authority sees a digest, nothing else. It is asked only when somebody names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.history import STAMPED
from offramp.evidence.ledger import Ledger
from offramp.evidence.signing import signing
from offramp.evidence.stamps import Authorities, Question, Stamp

QUERY = "application/timestamp-query"
MAX_ANSWER_BYTES = 16 * 1024
"""An entry holds the answer in base64, and at most 32 KiB in all."""
Ask = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Stamped:
    """A stamp that is in the ledger."""

    index: int
    """Of the entry that holds it."""
    size: int
    """How many entries it is over."""
    at: Instant
    is_checked: bool
    """Whether it was held to the certificate of an authority."""


def stamp_ledger(
    state: Path, ask: Ask, *, authority: str, by: str, at: Instant, authorities: Authorities
) -> Stamped:
    """Have the ledger as it is now stamped. Raises `stamp-unsound` for an answer that does not hold."""
    with signing(state) as (ledger, key):
        made = Checkpoint.sign(ledger.tip, key)
    question = Question(made.text.encode())
    answer = ask(question.wire)
    try:
        if len(answer) > MAX_ANSWER_BYTES:
            raise ValueError(f"it has {len(answer)} bytes, more than an entry can hold")
        stamp = question.answered(answer, authorities)
    except ValueError as error:
        raise OfframpError(
            "stamp-unsound",
            f"what `{authority}` answered is no stamp of this checkpoint: {error}",
            help="check the authority's address and certificate; nothing was recorded",
        ) from None
    with Ledger.open(state) as ledger_to_write:
        receipt = ledger_to_write.append(_entry(made, stamp, authority=authority, by=by, at=at))
    return Stamped(receipt.index, made.size, stamp.at, bool(authorities))


def _entry(made: Checkpoint, stamp: Stamp, *, authority: str, by: str, at: Instant) -> Entry:
    return Entry(
        type=EntryType.STATEMENT,
        at=at,
        actor=by,
        cause="command",
        subject=f"checkpoint {made.size}",
        data={
            "predicate": STAMPED,
            "size": made.size,
            "root": made.root.hex(),
            "authority": authority,
            "stamped_at": format_instant(stamp.at),
            "stamp": stamp.serialise(),
        },
        digests={"stamp": sha256_hex(stamp.answer)},
    )
