"""Checkpoints that were given to others (handed/v1), and how much of the ledger nobody else holds to."""

from collections.abc import Sequence

from offramp.core.instants import Instant, format_instant
from offramp.evidence import handover
from offramp.report.document import Document, Table


def held_line(coverage: handover.Coverage) -> str:
    """One sentence: how much of the ledger somebody else can hold its owner to."""
    if not coverage.covered:
        return "no checkpoint of this ledger was handed over yet: only its owner vouches for it"
    witnessed = f", {coverage.cosigned} under one that a witness cosigned" if coverage.cosigned else ""
    rest = coverage.entries - coverage.covered
    after = f"; for the {rest} after them, the owner alone says so" if rest else ""
    held = f"{coverage.covered} of {coverage.entries} entries are under a checkpoint handed over"
    return f"{held}{witnessed}{after}"


def handed_document(found: Sequence[handover.Handed], size: int, at: Instant) -> Document:
    """What was handed over, oldest first; `size` is how many entries the ledger has now."""
    kept = [one for one in found if one.is_kept]
    covered = max((one.size for one in kept), default=0)
    vouched = max((one.size for one in kept if one.cosigned_by), default=0)
    broken = len(found) - len(kept)
    title = f"{covered} of {size} entries are under a checkpoint that was handed over"
    notes = [f"{vouched} of them under one that a witness cosigned; for the rest, the owner alone says so."]
    if broken:
        notes.insert(0, f"The ledger does NOT begin with {broken} of the checkpoints handed over.")
    return Document(
        schema="offramp/handed/v1",
        title=title,
        at=at,
        body={
            "size": size,
            "covered": covered,
            "cosigned": vouched,
            "handed": [
                {
                    "entry": one.index,
                    "at": format_instant(one.at),
                    "to": one.to,
                    "by": one.by,
                    "size": one.size,
                    "root": one.root,
                    "cosigned_by": one.cosigned_by or None,
                    "is_kept": one.is_kept,
                }
                for one in found
            ],
        },
        tables=(
            Table(
                title="Handed over",
                columns=("at", "to", "by", "entries", "cosigned by", "ledger begins with it"),
                rows=tuple(
                    (
                        format_instant(one.at),
                        one.to,
                        one.by,
                        str(one.size),
                        one.cosigned_by or "nobody",
                        "yes" if one.is_kept else "NO",
                    )
                    for one in found
                ),
            ),
        ),
        notes=tuple(notes),
        scope=f"checkpoints the ledger says were handed over; it has {size} entries now",
        method="each root was computed again from the tree as it is stored now",
        gaps=(
            "that somebody holds a checkpoint, only they can say; a cosignature shows that a witness saw it",
            "what came after the last of them can still be changed unnoticed by whoever owns the ledger",
        ),
        next_steps=("offramp evidence checkpoint > checkpoint.txt",) if covered < size else (),
    )
