"""When a use has to be gone: the exit's own date, or the first instant the instruments forbid it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from offramp.core.ids import SystemId, VendorId
from offramp.core.instants import Instant
from offramp.core.verdicts import CitedNorm, Decision, Outcome
from offramp.instruments import Instruments, Question, change_points, decide, enforce
from offramp.workspace import Application, Workspace, question_for

SETTLED = (Outcome.PERMIT, Outcome.FORBID)


class Basis(StrEnum):
    """What a deadline rests on."""

    EXIT = "exit"
    """The date the organisation set for itself."""
    INSTRUMENT = "instrument"
    """Forbidden from then under every reading."""
    STANCE = "stance"
    """Contested, and forbidden from then under the stance a named person chose."""
    READING = "reading"
    """Contested, forbidden from then under one reading at least; nobody chose a stance that settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """An instant by which a use has to be gone, and why."""

    at: Instant
    basis: Basis
    why: str
    """One sentence, naming the application and the norm."""
    instruments: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    """What each norm says, with its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Everything that sets a date for one system's uses of one vendor, earliest first."""

    all: tuple[Deadline, ...]
    undecided: tuple[str, ...] = ()
    """Applications whose answer hangs on a fact nobody declared, and which."""

    @property
    def first(self) -> Deadline | None:
        """The one that counts."""
        return self.all[0] if self.all else None


def deadlines_for(
    workspace: Workspace,
    instruments: Instruments,
    vendor: VendorId,
    system: str,
    exit_by: Instant | None,
    at: Instant,
) -> Deadlines:
    """What sets a date for `system`'s uses of `vendor`, judged with what was known at `at`.

    Each application of the system is asked about; a system without one is asked about with the
    organisation's kinds alone.
    """
    found: list[Deadline] = []
    undecided: list[str] = []
    if exit_by is not None:
        found.append(Deadline(at=exit_by, basis=Basis.EXIT, why=f"the exit from {vendor} ends then"))
    callers: list[Application | None] = [
        application
        for application in workspace.applications.values()
        if application.system == SystemId(system)
    ]
    for caller in callers or [None]:
        who = caller.id if caller is not None else workspace.organisation.name
        question = question_for(workspace, caller, vendor)
        deadline, now = _first_forbidden(workspace, instruments, question, str(who), at)
        if deadline is not None:
            found.append(deadline)
        if now.missing_facts:
            undecided.append(f"{who}: not declared: {', '.join(now.missing_facts)}")
    return Deadlines(all=tuple(sorted(found, key=lambda one: one.at)), undecided=tuple(undecided))


def _first_forbidden(
    workspace: Workspace, instruments: Instruments, question: Question, who: str, at: Instant
) -> tuple[Deadline | None, Decision]:
    """When the present or next forbidden time begins, and the decision at `at`."""
    notice = workspace.stance.notice.value if workspace.stance else "announced"

    def ask(moment: Instant) -> Decision:
        return decide(instruments, question, at=moment, known=at, notice=notice)

    now = ask(at)
    points = change_points(instruments)
    start = _begin(ask, workspace, now, points, at)
    if start is None:
        return None, now
    # What forbids today can be another norm than the one that began it: today's is what has to be answered.
    is_now = start <= at
    decision = now if is_now else ask(start)
    return _deadline(workspace, decision, who, start, is_now=is_now), now


def _deadline(
    workspace: Workspace, decision: Decision, who: str, start: Instant, *, is_now: bool
) -> Deadline:
    norms = _prohibitions(decision)
    basis = _basis(workspace, decision)
    names = ", ".join(dict.fromkeys(norm.id for norm in norms))
    how = {
        Basis.EXIT: "",
        Basis.INSTRUMENT: "under every reading",
        Basis.STANCE: f"under the stance {workspace.stance.by} chose" if workspace.stance else "",
        Basis.READING: f"under a reading ({_choices(decision)}), contested",
    }[basis]
    when = f"has been forbidden since then {how}, today by" if is_now else f"is forbidden from then {how} by"
    return Deadline(
        at=start,
        basis=basis,
        why=f"{who} {when} {names}",
        instruments=tuple(sorted({norm.instrument for norm in norms})),
        clauses=clauses_against(decision),
    )


def _begin(
    ask: Callable[[Instant], Decision],
    workspace: Workspace,
    now: Decision,
    points: tuple[Instant, ...],
    at: Instant,
) -> Instant | None:
    if _forbids(workspace, now):
        start = None
        for point in reversed([point for point in points if point <= at]):
            if not _forbids(workspace, ask(point)):
                break
            start = point
        return at if start is None else start
    return next((point for point in points if point > at and _forbids(workspace, ask(point))), None)


def _forbids(workspace: Workspace, decision: Decision) -> bool:
    """Forbidden under every reading, under the stance, or, where no stance settles it, under any reading."""
    if decision.outcome is not Outcome.CONTESTED:
        return decision.outcome is Outcome.FORBID
    settled = stance_outcome(workspace, decision)
    if settled in SETTLED:
        return settled is Outcome.FORBID
    return any(reading.outcome is Outcome.FORBID for reading in decision.readings)


def _basis(workspace: Workspace, decision: Decision) -> Basis:
    if decision.outcome is Outcome.FORBID:
        return Basis.INSTRUMENT
    return Basis.STANCE if stance_outcome(workspace, decision) is Outcome.FORBID else Basis.READING


def stance_outcome(workspace: Workspace, decision: Decision) -> Outcome:
    """What the workspace's stance makes of `decision`; the decision's own outcome where there is none."""
    if workspace.stance is None:
        return decision.outcome
    return enforce(decision, is_strictest=workspace.stance.is_strictest, readings=workspace.stance.readings)


def clauses_against(decision: Decision) -> tuple[str, ...]:
    """What each norm that forbids says, with its source."""
    cited = (f"{norm.id}: {norm.quote} [{norm.source}]" for norm in _prohibitions(decision))
    return tuple(dict.fromkeys(cited))


def _prohibitions(decision: Decision) -> tuple[CitedNorm, ...]:
    return tuple(
        norm
        for reading in decision.readings
        if reading.outcome is Outcome.FORBID
        for norm in reading.norms
        if norm.effect.startswith("prohibit")
    )


def _choices(decision: Decision) -> str:
    choices = [
        " and ".join(f"{question}={option}" for question, option in reading.choice.items())
        for reading in decision.readings
        if reading.outcome is Outcome.FORBID
    ]
    return " or ".join(choice for choice in choices if choice) or "one of them"
