"""What `offramp persons` works on: the counts as they are stored, and the ledger they are changed through."""

from datetime import date

from sqlalchemy import select

from offramp.control import persons
from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import now
from offramp.evidence import Change, Entry, EntryType, Handover, Ledger
from offramp.store import connect
from offramp.store.schema import control_person_heads
from offramp.workspace import Workspace

STALE = "change-stale"
ATTEMPTS = 20


def read(place: Workspace) -> tuple[persons.Counter, persons.Keys, dict[str, int]]:
    """Everything counted, the keys, and each owner's version."""
    keys = persons.Keys(place.state)
    counter = persons.Counter(keys)
    engine = connect(place.state / "state.db", read_only=True)
    try:
        with engine.connect() as connection:
            versions = {row.owner: row.version for row in connection.execute(select(control_person_heads))}
            counter.refresh(connection)
    finally:
        engine.dispose()
    return counter, keys, versions


def export(place: Workspace, node: str) -> str:
    """What this machine counted, as a note its ledger's key signed."""
    counter, keys, _ = read(place)
    return Handover(place.state).signed(persons.nodes.written(counter.tallies, keys, node, now()))


def take(place: Workspace, note: str, key: str, by: str) -> persons.nodes.Taken:
    """What another node counted and its ledger's `key` signed is kept here, with its entry."""
    text = Handover.opened(note, key)
    for _ in range(ATTEMPTS):
        counter, keys, versions = read(place)
        took = persons.nodes.taken(text, keys, counter.tallies)
        owners = {persons.owner_of(place, one) for one in place.applications.values()}
        changes = [*persons.nodes.rows(took, versions)]
        changes += [
            Change("control_person_heads", {"owner": owner, "version": 1}, expects={})
            for owner in sorted(owners - versions.keys())
        ]
        entry = Entry(
            type=EntryType.COUNT,
            at=now(),
            actor=by,
            cause="command",
            subject=took.node,
            data={"panes": len(took.panes), "is_comparable": took.is_comparable, "signed_by": key.strip()},
            digests={"export": sha256_hex(note.encode())},
        )
        try:
            with Ledger.open(place.state) as ledger:
                ledger.append(entry, changes)
        except OfframpError as error:
            if error.code != STALE:
                raise
        else:
            return took
    raise OfframpError("persons-busy", "persons are counted without a pause", help="try again")


def destroy(place: Workspace, today: date, by: str, reason: str) -> tuple[str, ...]:
    """Every key that is not needed any more is gone, or with a reason all of them, and what was counted."""
    counter, keys, versions = read(place)
    gone = {id_ for each in (keys.ids() if reason else ()) for id_ in keys.destroy(today, only=each)}
    gone |= set(keys.destroy(today))
    names = {str(id_) for id_ in gone}
    if names:
        over = [pane for pane in counter.panes if pane.key_id in names]
        entry = Entry(
            type=EntryType.COUNT,
            at=now(),
            actor=by,
            cause="window-over",
            subject="keys",
            data={"keys_destroyed": sorted(names), "panes": len(over), "reason": reason},
        )
        with Ledger.open(place.state) as ledger:
            changes = [Change("control_person_panes", pane.row, is_removal=True) for pane in over]
            ledger.append(entry, [*persons.nodes.heads(versions), *changes])
    return tuple(sorted(names))
