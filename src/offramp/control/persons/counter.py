"""What has been counted so far, as one process sees it; what a request would make of it; its rows.

Read from the database, written only through the ledger. A count says which version of its owner's head it was
made from, so of two processes that count at once one is told to look again: what was counted together is
judged together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from offramp.control.guards.interface import Figure
from offramp.control.persons.identifiers import keyed
from offramp.control.persons.keys import Keys
from offramp.control.persons.sketch import Tally, merged, plus, union
from offramp.control.persons.windows import KeyId, first_day, live
from offramp.evidence import Change
from offramp.store.schema import control_person_heads as heads
from offramp.store.schema import control_person_panes as panes

FOREIGN = "!"
"""The end of the name of a node that counts under another key."""
REMEMBERED = 256


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What is counted apart: one use, as clauses can tell uses apart."""

    application: str
    purpose: str
    """One it is registered for; empty: none that can be relied on."""
    vendor: str


@dataclass(frozen=True, slots=True, order=True)
class Pane:
    """One day of one cell, for one fact, under one key, counted by one node."""

    key_id: str
    cell: Cell
    fact: str
    day: str
    node: str = ""

    @property
    def row(self) -> dict[str, str]:
        """Its key columns."""
        cell = self.cell
        return {
            "key_id": self.key_id,
            "application": cell.application,
            "purpose": cell.purpose,
            "vendor": cell.vendor,
            "fact": self.fact,
            "day": self.day,
            "node": self.node,
        }

    @property
    def is_comparable(self) -> bool:
        """It was counted under our key: the same person has the same hash in it."""
        return not self.node.endswith(FOREIGN)

    def __str__(self) -> str:
        return "/".join(self.row.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom one request is about: identifiers by fact, and the days each fact's window has."""

    cell: Cell
    today: date
    by_fact: Mapping[str, frozenset[str]]
    days: Mapping[str, int]


class Counter:
    """The counts of every owner. Not for threads."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._panes: dict[Pane, Tally] = {}
        self._versions: dict[str, int] = {"": -1}
        self._cells: dict[tuple[str, str], dict[str, list[Pane]]] = {}
        """Fact and key to application to its panes."""
        self._merged: dict[tuple[str, KeyId, frozenset[Cell], str], Tally] = {}

    def is_of(self, versions: Mapping[str, int]) -> bool:
        """Whether what is in memory is what the database says with these versions of owners."""
        return versions == self._versions

    def refresh(self, connection: Connection) -> None:
        """What the database says now. Raises `sketch-corrupt`; then nothing of it may be relied on."""
        versions = {row.owner: row.version for row in connection.execute(select(heads))}
        self.doubt()
        found = {}
        for row in connection.execute(select(panes)):
            cell = Cell(row.application, row.purpose, row.vendor)
            pane = Pane(row.key_id, cell, row.fact, row.day, row.node)
            found[pane] = Tally.from_bytes(row.tally, str(pane))
        self._panes = found
        self._merged = {}
        self._index()
        self._versions = versions

    @property
    def newest_day(self) -> str:
        """The last day anything was counted on; empty: nothing was."""
        return max((pane.day for pane in self._panes), default="")

    def figure(self, asked: Asked, fact: str, cells: Iterable[Cell]) -> Figure:
        """How many persons `cells` would have had in the window of `fact`, today's request among them."""
        days = asked.days[fact]
        older, _ = live(days, asked.today)
        named = asked.by_fact.get(fact, frozenset())
        today = asked.today.isoformat()
        wanted = frozenset(cells)
        listed = self._listed(fact, str(older), wanted)
        now = [self._panes[pane] for pane in listed if pane.day == today and pane.is_comparable]
        past = self._past(fact, older, wanted, first_day(days, asked.today).isoformat(), today)
        figure = union((past, *now), self._hashed(older, named))
        # What another node counted under another key cannot be compared: it may all be different persons.
        others: dict[str, list[Tally]] = {}
        for pane in listed:
            if not pane.is_comparable and first_day(days, asked.today).isoformat() <= pane.day <= today:
                others.setdefault(pane.node, []).append(self._panes[pane])
        return plus((figure, *(union(each) for each in others.values()))) if others else figure

    def changes(self, asked: Asked) -> dict[Pane, Tally]:
        """The panes this request changes, as they are with it; none where everybody in it is known."""
        changed = {}
        for fact, named in asked.by_fact.items():
            for key_id in live(asked.days[fact], asked.today) if named else ():
                pane = Pane(str(key_id), asked.cell, fact, asked.today.isoformat())
                before = self._panes.get(pane, Tally())
                after = before.adding(self._hashed(key_id, named))
                if after is not before:
                    changed[pane] = after
        return changed

    def rows(self, owner: str, changed: Mapping[Pane, Tally]) -> tuple[Change, ...]:
        """The same as changes of the database, made from the version of `owner` seen here."""
        version = self._versions.get(owner)
        head = Change(
            "control_person_heads",
            {"owner": owner, "version": (version or 0) + 1},
            expects={} if version is None else {"version": version},
        )
        return (
            head,
            *(
                Change("control_person_panes", {**pane.row, "tally": tally.to_bytes(str(pane))})
                for pane, tally in changed.items()
            ),
        )

    def take(self, owner: str, changed: Mapping[Pane, Tally]) -> None:
        """The changes are durable: they are what there is now."""
        self._versions[owner] = self._versions.get(owner, 0) + 1
        is_new = not self._panes.keys() >= changed.keys()
        self._panes.update(changed)
        if is_new:
            self._index()

    def doubt(self) -> None:
        """What is in memory may be wrong: the next look reads everything again."""
        self._versions = {"": -1}

    @property
    def panes(self) -> tuple[Pane, ...]:
        """Everything that is kept, in no order."""
        return tuple(self._panes)

    @property
    def cells(self) -> frozenset[Cell]:
        """Every use anybody was counted for."""
        return frozenset(pane.cell for pane in self._panes)

    def _index(self) -> None:
        self._cells = {}
        for pane in self._panes:
            by_application = self._cells.setdefault((pane.fact, pane.key_id), {})
            by_application.setdefault(pane.cell.application, []).append(pane)

    def _listed(self, fact: str, key_id: str, wanted: frozenset[Cell]) -> list[Pane]:
        by_application = self._cells.get((fact, key_id), {})
        applications = {cell.application for cell in wanted}
        return [pane for name in applications for pane in by_application.get(name, ()) if pane.cell in wanted]

    def _past(self, fact: str, key_id: KeyId, wanted: frozenset[Cell], since: str, today: str) -> Tally:
        """The days of the window before today, as one: they only change when everything is read again."""
        key = (fact, key_id, wanted, since)
        found = self._merged.get(key)
        if found is None:
            listed = self._listed(fact, str(key_id), wanted)
            days = [pane for pane in listed if since <= pane.day < today and pane.is_comparable]
            found = merged(self._panes[pane] for pane in days)
            if len(self._merged) >= REMEMBERED:
                self._merged.clear()
            self._merged[key] = found
        return found

    def _hashed(self, key_id: KeyId, named: frozenset[str]) -> frozenset[int]:
        key = self._keys.key(key_id)
        return frozenset(keyed(key, one) for one in named)
