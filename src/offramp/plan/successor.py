"""May the uses move there? The successor is asked about like the vendor that is left."""

from dataclasses import dataclass

from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.core.verdicts import Outcome
from offramp.instruments import Instruments, change_points, decide
from offramp.plan.deadlines import clauses_against, stance_outcome
from offramp.workspace import Application, Workspace, question_for


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessorCheck:
    """One application's answer about the successor, at the first instant where it is worst."""

    who: str
    at: Instant
    outcome: Outcome
    """What the instruments say."""
    enforced: Outcome
    """What the stance makes of it; the same where there is none."""
    clauses: tuple[str, ...]
    missing_facts: tuple[str, ...]

    @property
    def is_forbidden(self) -> bool:
        """Forbidden under every reading, or under the stance."""
        return Outcome.FORBID in (self.outcome, self.enforced)

    @property
    def how(self) -> str:
        """Under which readings it is forbidden."""
        return "under every reading" if self.outcome is Outcome.FORBID else "under the stance chosen"


WORST_FIRST = (Outcome.FORBID, Outcome.CONTESTED, Outcome.UNKNOWN, Outcome.HOLD, Outcome.PERMIT)


def check_successor(
    workspace: Workspace, instruments: Instruments, successor: VendorId, at: Instant, by_at: Instant
) -> tuple[SuccessorCheck, ...]:
    """One check for each application, or one for the organisation where there are none.

    Judged from `at` to `by_at` with what was known at `at`; the worst answer on the way is kept.
    """
    points = (at, *(point for point in change_points(instruments) if at < point <= by_at))
    callers: list[Application | None] = [*workspace.applications.values()]
    return tuple(
        min(
            (_check(workspace, instruments, caller, successor, point, at) for point in points),
            key=lambda check: (WORST_FIRST.index(check.enforced), WORST_FIRST.index(check.outcome), check.at),
        )
        for caller in callers or [None]
    )


def _check(
    workspace: Workspace,
    instruments: Instruments,
    caller: Application | None,
    successor: VendorId,
    point: Instant,
    known: Instant,
) -> SuccessorCheck:
    question = question_for(workspace, caller, successor)
    notice = workspace.stance.notice.value if workspace.stance else "announced"
    decision = decide(instruments, question, at=point, known=known, notice=notice)
    return SuccessorCheck(
        who=str(caller.id) if caller is not None else workspace.organisation.name,
        at=point,
        outcome=decision.outcome,
        enforced=stance_outcome(workspace, decision),
        clauses=clauses_against(decision),
        missing_facts=decision.missing_facts,
    )
