"""What has been counted so far, as one process sees it; what a request would make of it; its rows.

Read from the database, written only through the ledger. A count says which version of its owner's head it was
made from, so of two processes that count at once one is told to look again: what was counted together is
judged together.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import Connection, select

from offramp.control.guards.interface import Figure
from offramp.control.persons.identifiers import keyed
from offramp.control.persons.keys import Keys
from offramp.control.persons.sketch import Tally, figure_with, merged, plus, union
from offramp.control.persons.windows import KeyId, first_day, live
from offramp.evidence import Change
from offramp.store.schema import control_person_heads as heads
from offramp.store.schema import control_person_panes as panes

FOREIGN = "!"
"""The end of the name of a node that counts under another key."""
EVERYBODY = ""
"""The head whose version changes when more than the counts of these days did."""
REMEMBERED = 256
NOBODY = Tally()


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
    hashed: dict[tuple[str, KeyId], frozenset[int]] = field(default_factory=dict, compare=False)
    """What the identifiers of a fact come to under a key, once that was worked out."""

    def together(self, others: Sequence["Asked"]) -> "Asked":
        """This request and others of the same use and day as one, for `changes`."""
        every = (self, *others)
        hashed = {
            key: known.union(*(one.hashed[key] for one in others))
            for key, known in self.hashed.items()
            if all(key in one.hashed for one in others)
        }
        by_fact = {
            fact: frozenset[str]().union(*(one.by_fact.get(fact, ()) for one in every))
            for fact in dict.fromkeys(fact for one in every for fact in one.by_fact)
        }
        return replace(self, by_fact=by_fact, hashed=hashed)


@dataclass(frozen=True, slots=True)
class _Window:
    """What some uses have in the days of a window, today among them."""

    whole: Tally
    """All that can be compared."""
    others: tuple[Figure, ...]
    """What other nodes counted under other keys: it may all be different persons."""


class Counter:
    """The counts of every owner. Not for threads."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._panes: dict[Pane, Tally] = {}
        self._versions: dict[str, int] | None = None
        self._flying: dict[str, int] = {}
        """Owner to the version its count will have once what was sent to the ledger is durable."""
        self._cells: dict[tuple[str, str], dict[str, list[Pane]]] = {}
        """Fact and key to application to its panes."""
        self._windows: dict[tuple[str, KeyId, frozenset[Cell], str], _Window] = {}
        self.cells: frozenset[Cell] = frozenset()
        """Every use anybody was counted for; the same object until there is another."""
        self.newest_day = ""
        """The last day anything was counted on; empty: nothing was."""
        self.ahead: Mapping[str, frozenset[int]] = {}
        """Fact to the hashes of requests that are counted together with the one that is judged, before it."""

    def is_of(self, versions: Mapping[str, int]) -> bool:
        """Whether what is in memory is what the database says with these versions of owners."""
        known = self._versions
        if known is None or known == versions:
            return known is not None
        return known.keys() <= versions.keys() and all(
            version in (known.get(owner), self._flying.get(owner)) for owner, version in versions.items()
        )

    def refresh(self, connection: Connection) -> None:
        """What the database says now. Raises `sketch-corrupt`; then nothing of it may be relied on."""
        versions = {row.owner: row.version for row in connection.execute(select(heads))}
        since = self._changed_since(versions)
        self.doubt()
        self._keys.forget()
        known = {pane for pane in self._panes if pane.day >= since}
        found = _read(connection, since)
        if since and found.keys() == known:
            self._grow(found)
        elif since and found.keys() > known:
            self._panes.update(found)
            self._index()
        else:
            # Counts do not go away: what became of them is nowhere but in all that there is.
            self._panes = _read(connection, "") if since else found
            self._index()
        self._versions = versions

    def _changed_since(self, versions: Mapping[str, int]) -> str:
        """The first day whose counts may be others than are known; empty: any.

        Only requests counted since, and each was counted on its own day, which is the newest there was or,
        where the day just ended, the one before.
        """
        known = self._versions
        if known is None or not self.newest_day or versions.get(EVERYBODY) != known.get(EVERYBODY):
            return ""
        if any(versions.get(owner, 0) < version for owner, version in known.items()):
            return ""
        return (date.fromisoformat(self.newest_day) - timedelta(days=1)).isoformat()

    def _grow(self, found: Mapping[Pane, Tally]) -> None:
        """The panes are as they were found; the windows they are in have what was added to them."""
        changed = {pane: tally for pane, tally in found.items() if tally != self._panes[pane]}
        for key, window in tuple(self._windows.items()):
            fact, key_id, cells, today = key
            mine = {
                pane: tally
                for pane, tally in changed.items()
                if (pane.fact, pane.key_id) == (fact, str(key_id)) and pane.cell in cells
            }
            if any(
                pane.day != today or not pane.is_comparable or not self._panes[pane].is_in(tally)
                for pane, tally in mine.items()
            ):
                del self._windows[key]
            elif mine:
                whole = merged((window.whole, *mine.values()))
                self._windows[key] = _Window(whole, window.others)
        self._panes.update(changed)

    def figure(self, asked: Asked, fact: str, cells: Iterable[Cell]) -> Figure:
        """How many persons `cells` would have had in the window of `fact`, today's request among them."""
        older, _ = live(asked.days[fact], asked.today)
        window = self._window(fact, older, frozenset(cells), asked)
        named = self._hashed(asked, older, fact) | self.ahead.get(fact, frozenset())
        figure = figure_with(window.whole, named)
        return plus((figure, *window.others)) if window.others else figure

    def is_new(self, asked: Asked) -> bool:
        """Whether this request changes any pane."""
        return any(True for _ in self._changes(asked))

    def changes(self, asked: Asked) -> dict[Pane, Tally]:
        """The panes this request changes, as they are with it; none where everybody in it is known."""
        return dict(self._changes(asked))

    def _changes(self, asked: Asked) -> Iterator[tuple[Pane, Tally]]:
        day = asked.today.isoformat()
        for fact, named in asked.by_fact.items():
            for key_id in live(asked.days[fact], asked.today) if named else ():
                pane = Pane(str(key_id), asked.cell, fact, day)
                before = self._panes.get(pane, NOBODY)
                after = before.adding(self._hashed(asked, key_id, fact))
                if after is not before:
                    yield pane, after

    def with_ahead(self, asked: Asked) -> Mapping[str, frozenset[int]]:
        """What `ahead` is once this request is among them."""
        added = dict(self.ahead)
        for fact in asked.by_fact:
            older, _ = live(asked.days[fact], asked.today)
            added[fact] = added.get(fact, frozenset()) | self._hashed(asked, older, fact)
        return added

    def rows(self, owner: str, changed: Mapping[Pane, Tally]) -> tuple[Change, ...]:
        """The same as changes of the database, made from the version of `owner` seen here."""
        version = (self._versions or {}).get(owner)
        self._flying[owner] = (version or 0) + 1
        head = Change(
            "control_person_heads",
            {"owner": owner, "version": self._flying[owner]},
            expects={} if version is None else {"version": version},
        )
        return (
            head,
            *(
                Change("control_person_panes", {**pane.row, "tally": tally.to_bytes(str(pane))})
                for pane, tally in changed.items()
            ),
        )

    def landed(self, owner: str) -> None:
        """What was sent to the ledger for `owner` has an answer, whatever it is."""
        self._flying.pop(owner, None)

    def take(self, owner: str, asked: Asked, changed: Mapping[Pane, Tally]) -> None:
        """The changes `asked` made are durable: they are what there is now."""
        if self._versions is None:
            return
        self._versions[owner] = self._versions.get(owner, 0) + 1
        is_new = not self._panes.keys() >= changed.keys()
        grew = {pane for pane, tally in changed.items() if _is_coarser(self._panes.get(pane), tally)}
        self._panes.update(changed)
        if is_new:
            self._index()
        else:
            self._widen(asked, grew)

    def doubt(self) -> None:
        """What is in memory may be wrong: the next look reads everything again."""
        self._versions = None

    @property
    def panes(self) -> tuple[Pane, ...]:
        """Everything that is kept, in no order."""
        return tuple(self._panes)

    @property
    def tallies(self) -> Mapping[Pane, Tally]:
        """The same with what was counted."""
        return self._panes

    def _index(self) -> None:
        self._cells, self._windows = {}, {}
        for pane in self._panes:
            by_application = self._cells.setdefault((pane.fact, pane.key_id), {})
            by_application.setdefault(pane.cell.application, []).append(pane)
        cells = frozenset(pane.cell for pane in self._panes)
        if cells != self.cells:
            self.cells = cells
        self.newest_day = max((pane.day for pane in self._panes), default="")

    def _widen(self, asked: Asked, grew: Collection[Pane]) -> None:
        """The windows today's count is in have it, too; those that cannot be exact any more are dropped."""
        today = asked.today.isoformat()
        dropped = {(pane.fact, pane.key_id) for pane in grew}
        for key, window in tuple(self._windows.items()):
            fact, key_id, cells, day = key
            if asked.cell not in cells or not asked.by_fact.get(fact):
                continue
            if day != today or (fact, str(key_id)) in dropped:
                del self._windows[key]
                continue
            added = self._hashed(asked, key_id, fact)
            whole = window.whole.adding(added) if window.whole.sketch else merged((window.whole,), added)
            self._windows[key] = _Window(whole, window.others)

    def _window(self, fact: str, key_id: KeyId, wanted: frozenset[Cell], asked: Asked) -> _Window:
        today = asked.today.isoformat()
        key = (fact, key_id, wanted, today)
        found = self._windows.get(key)
        if found is None:
            since = first_day(asked.days[fact], asked.today).isoformat()
            listed = [pane for pane in self._listed(fact, str(key_id), wanted) if since <= pane.day <= today]
            others: dict[str, list[Tally]] = {}
            for pane in listed:
                if not pane.is_comparable:
                    others.setdefault(pane.node, []).append(self._panes[pane])
            found = _Window(
                merged(self._panes[pane] for pane in listed if pane.is_comparable),
                tuple(union(each) for each in others.values()),
            )
            if len(self._windows) >= REMEMBERED:
                self._windows.clear()
            self._windows[key] = found
        return found

    def _listed(self, fact: str, key_id: str, wanted: frozenset[Cell]) -> list[Pane]:
        by_application = self._cells.get((fact, key_id), {})
        applications = {cell.application for cell in wanted}
        return [pane for name in applications for pane in by_application.get(name, ()) if pane.cell in wanted]

    def _hashed(self, asked: Asked, key_id: KeyId, fact: str) -> frozenset[int]:
        found = asked.hashed.get((fact, key_id))
        if found is None:
            key = self._keys.key(key_id)
            found = keyed(key, asked.by_fact.get(fact, ()))
            asked.hashed[fact, key_id] = found
        return found


def _read(connection: Connection, since: str) -> dict[Pane, Tally]:
    found = {}
    for row in connection.execute(select(panes).where(panes.c.day >= since)):
        pane = Pane(row.key_id, Cell(row.application, row.purpose, row.vendor), row.fact, row.day, row.node)
        found[pane] = Tally.from_bytes(row.tally, str(pane))
    return found


def _is_coarser(before: Tally | None, after: Tally) -> bool:
    """It was exact, and is a sketch now."""
    return after.sketch is not None and (before is None or before.sketch is None)
