"""The entry of a text that was kept, and the way from an entry back to its text."""

from pathlib import Path

from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant
from offramp.evidence import Entry, EntryType, Ledger, read_entries
from offramp.recordings.shelf import Kept, Recordings
from offramp.recordings.windows import Window

PREDICATE = "text-kept"
DIGEST = "text"


def reference(kept: Kept) -> dict[str, str | int]:
    """What an entry's `data.text` says; the digest belongs under `digests.text`."""
    return {"id": kept.id, "window": str(kept.window), "bytes": kept.bytes}


def record_kept(state: Path, kept: Kept, *, by: str, subject: str, at: Instant) -> int:
    """Record that a text is kept. Returns the entry's number."""
    entry = Entry(
        type=EntryType.STATEMENT,
        at=at,
        actor=by,
        cause=f"person:{by}",
        subject=subject,
        data={"predicate": PREDICATE, "text": reference(kept)},
        digests={DIGEST: kept.digest},
    )
    with Ledger.open(state) as ledger:
        return ledger.append(entry).index


def read_recorded(state: Path, index: int) -> bytes:
    """The text that entry `index` names, once its digest is the one recorded."""
    found = read_entries(state, index, 1)
    said = found[0].entry.data.get("text") if found and found[0].index == index else None
    if not isinstance(said, dict):
        raise OfframpError(
            "text-unnamed",
            f"entry {index} names no text",
            help="list the entries with `offramp evidence entries --limit 0`",
            exit_code=Exit.NOTHING,
        )
    window = Window.parse(str(said.get("window")))
    text, digest = Recordings(state).read(str(said.get("id")), window)
    if digest != found[0].entry.digests.get(DIGEST):
        raise OfframpError(
            "text-damaged",
            f"the text kept is not the one that entry {index} records",
            help="keep both as they are for inquiry: one of them was changed",
            exit_code=Exit.FOUND,
        )
    return text
