"""Counts of persons on a request's way: what is counted together, and what clauses say of the count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from offramp.control import guards, persons
from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.core.verdicts import FactValue, Outcome
from offramp.gateway import judging
from offramp.gateway.admission import Admission
from offramp.gateway.lines import Lines
from offramp.workspace import Application

LARGEST = 2**62
"""As many persons as nobody has: what a clause would say of it shows whether the clause counts them."""
_SEVERITY = (Outcome.PERMIT, Outcome.CONTESTED, Outcome.UNKNOWN, Outcome.HOLD, Outcome.FORBID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """One request whose persons are counted; weighed again whenever the count is another."""

    lines: Lines
    counter: persons.Counter
    application: Application
    vendor: VendorId
    matter: guards.Matter
    facts: Mapping[str, FactValue]
    judged: Sequence[guards.Judgement]
    """What the other guards say."""
    asked: persons.Asked

    @property
    def owner(self) -> str:
        """Whose uses are counted together with this one."""
        return persons.owner_of(self.lines.snapshot.workspace, self.application)

    def admission(self, at: Instant) -> Admission:
        """The strictest answer any clause gives to its own count; clauses may count different uses.

        Raises `OfframpError` where there is no count.
        """
        scopes: dict[frozenset[persons.Cell], list[guards.Clause]] = {}
        for clause in self.matter.clauses:
            scopes.setdefault(self._counted_with(clause, at), []).append(clause)
        found: list[Admission] = []
        for cells, clauses in scopes.items():
            found.append(self._of(cells, tuple(clauses), at))
        if len(found) == 1:
            return found[0]
        own = [one for one, mine in zip(found, scopes.values(), strict=True) if self._counts(one, mine)]
        found = own or found
        worst = max(found, key=lambda one: _SEVERITY.index(one.outcome))
        return worst.with_judgements(_united(found))

    def _counts(self, admission: Admission, own: Sequence[guards.Clause]) -> bool:
        """Whether it says more than what a clause makes of a count that is not its own."""
        foreign = {one.norm for one in self.matter.clauses} - {one.norm for one in own}
        return admission.is_admitted or not {norm.id for norm in admission.norms} <= foreign

    def _of(
        self, cells: frozenset[persons.Cell], clauses: tuple[guards.Clause, ...], at: Instant
    ) -> Admission:
        counts = {
            name: self.counter.figure(self.asked, name, cells)
            for name in sorted(self.lines.days)
            if any(name in one.counts for one in clauses)
        }
        matter = replace(self.matter, clauses=clauses, counts=counts, seen={})
        judged = [*self.judged, judging.judge(guards.DISTINCT_PERSONS, matter)]
        answers = [
            judging.decided(
                self.lines.snapshot,
                self.application,
                self.vendor,
                {**self.facts, **self._classes(counts, side)},
                judged,
                at,
            )
            for side in ("high", "low")
            if side == "high" or not all(figure.is_exact for figure in counts.values())
        ]
        return max(answers, key=lambda one: _SEVERITY.index(one.outcome))

    def _classes(self, counts: Mapping[str, guards.Figure], side: str) -> dict[str, FactValue]:
        clauses = self.matter.clauses
        return {
            name: persons.class_of(getattr(figure, side), guards.thresholds(clauses, name))
            for name, figure in counts.items()
        }

    def _counted_with(self, clause: guards.Clause, at: Instant) -> frozenset[persons.Cell]:
        """The uses of the same owner the clause speaks of: they are counted together, this one among them."""
        lines, cells = self.lines, self.counter.cells
        if lines.cells is not cells:
            lines.cells, lines.together = cells, {}
        key = (self.asked.cell, str(clause.norm))
        found = lines.together.get(key)
        if found is None:
            found = lines.together[key] = self._together(clause, cells, at)
        return found

    def _together(
        self, clause: guards.Clause, cells: frozenset[persons.Cell], at: Instant
    ) -> frozenset[persons.Cell]:
        workspace = self.lines.snapshot.workspace
        owner = self.owner
        together = {self.asked.cell}
        for other in cells:
            application = workspace.applications.get(other.application)  # type: ignore[call-overload]
            # An application that is gone was somebody's: its persons stay counted, whoever it was.
            if application is None or (
                persons.owner_of(workspace, application) == owner
                and clause.norm in self._reach_of(other, application, at)
            ):
                together.add(other)
        return frozenset(together)

    def _reach_of(self, cell: persons.Cell, application: Application, at: Instant) -> frozenset[str]:
        found = self.lines.reaches.get(cell)
        if found is None:
            facts = {**application.facts, "purpose": cell.purpose}
            if not cell.purpose:
                del facts["purpose"]
            found = reach(self.lines, application, cell.vendor, facts, at)
            self.lines.reaches[cell] = found
        return found


def reach(
    lines: Lines, application: Application, vendor: str, facts: Mapping[str, FactValue], at: Instant
) -> frozenset[str]:
    """The norms that stand in the way of a use once there are more persons than anybody counts."""
    everybody: dict[str, FactValue] = {**facts, **dict.fromkeys(lines.days, LARGEST)}
    decision = judging.ask(lines.snapshot, application, vendor, everybody, at)
    return frozenset(
        norm.id for one in decision.readings if one.outcome is not Outcome.PERMIT for norm in one.norms
    )


def _united(found: Sequence[Admission]) -> tuple[guards.Judgement, ...]:
    seen: dict[object, guards.Judgement] = {}
    for admission in found:
        for one in admission.judgements:
            seen.setdefault((one.guard, tuple(clause.norm for clause in one.clauses)), one)
    return tuple(seen.values())
