"""Whose applications are counted together, and how many persons each owner's uses have had."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from offramp.control.guards.clauses import counting
from offramp.control.guards.interface import Figure
from offramp.control.persons.counter import Asked, Cell, Counter
from offramp.control.persons.windows import days_of
from offramp.instruments import Instruments
from offramp.workspace import Application, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One count of the window that ends with a day."""

    owner: str
    application: str
    """Empty: all of the owner's together."""
    purpose: str
    vendor: str
    fact: str
    days: int
    figure: Figure


def owner_of(workspace: Workspace, application: Application) -> str:
    """Whose the application is: applications of one owner are counted together."""
    found = application.registration
    return (found.owner if found else "") or workspace.organisation.name


def totals(
    workspace: Workspace, instruments: Instruments, counter: Counter, today: date
) -> tuple[Total, ...]:
    """Every use's count, and each owner's over all purposes and applications for a vendor."""
    facts = instruments.vocabulary.facts
    days = {name: days_of(facts[name].window) for name in counting(instruments)}
    groups: dict[tuple[str, str, str, str], set[Cell]] = {}
    for cell in counter.cells:
        application = workspace.applications.get(cell.application)  # type: ignore[call-overload]
        owner = owner_of(workspace, application) if application else "(no longer registered)"
        groups.setdefault((owner, cell.application, cell.purpose, cell.vendor), set()).add(cell)
        groups.setdefault((owner, "", "", cell.vendor), set()).add(cell)
    return tuple(
        Total(
            owner=owner,
            application=name,
            purpose=purpose,
            vendor=vendor,
            fact=fact,
            days=days[fact],
            figure=figure,
        )
        for (owner, name, purpose, vendor), cells in sorted(groups.items())
        for fact in sorted(days)
        if (figure := _figure(counter, cells, fact, days, today)).high
    )


def _figure(counter: Counter, cells: Iterable[Cell], fact: str, days: dict[str, int], today: date) -> Figure:
    nobody = Asked(cell=Cell("", "", ""), today=today, by_fact={}, days=days)
    return counter.figure(nobody, fact, cells)
