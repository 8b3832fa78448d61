"""What is made of guards' judgements: the facts that are relied on, and what the instruments then say."""

import logging
from collections.abc import Mapping, Sequence

from offramp.control import guards
from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.core.verdicts import Decision, FactValue, Outcome
from offramp.gateway.admission import Admission
from offramp.gateway.snapshot import Snapshot
from offramp.instruments import Question, enforce
from offramp.workspace import Application

log = logging.getLogger("offramp.gateway")


def judge(guard: guards.Guard, matter: guards.Matter) -> guards.Judgement:
    """What `guard` makes of `matter`; where it fails, that it cannot tell."""
    try:
        return guard.judge(matter)
    except Exception:
        # A guard that fails must not open the gate it guards.
        log.exception("guard `%s` failed", guard.slug)
        return failed(guard, matter.clauses, "the guard failed; the gateway's log has the cause")


def failed(guard: guards.Guard, clauses: tuple[guards.Clause, ...], why: str) -> guards.Judgement:
    """The judgement of a guard that could not make one."""
    return guards.Judgement(
        guard=guard.slug,
        verdict=guards.Verdict.HOLD,
        reason=f"guard `{guard.slug}` cannot tell: {why}",
        clauses=clauses,
        is_failed=True,
    )


def relied_on(stated: guards.Stated, judged: Sequence[guards.Judgement]) -> dict[str, FactValue]:
    """The facts the instruments are asked with."""
    facts = {**stated.declared, **stated.observed}
    for one in judged:
        facts |= one.settled
    for one in judged:
        for name in one.unknown:
            facts.pop(name, None)
    return facts


def ask(
    snapshot: Snapshot, application: Application, vendor: str, facts: Mapping[str, FactValue], at: Instant
) -> Decision:
    """What the instruments say of a use with these facts."""
    kinds = snapshot.workspace.organisation.kinds
    question = Question(user=kinds, via=application.via, vendor=vendor, action="use", facts=facts)
    return snapshot.enforcer.decide(question, at)


def decided(
    snapshot: Snapshot,
    application: Application,
    vendor: VendorId,
    facts: Mapping[str, FactValue],
    judged: Sequence[guards.Judgement],
    at: Instant,
) -> Admission:
    """The same as an admission, after the stance; held where a guard could not tell."""
    decision = ask(snapshot, application, vendor, facts, at)
    outcome = decision.outcome
    if outcome is Outcome.CONTESTED and snapshot.stance is not None:
        stance = snapshot.stance
        outcome = enforce(decision, is_strictest=stance.is_strictest, readings=stance.readings)
    admission = Admission(vendor, decision, outcome, tuple(judged), facts)
    return admission.held(tuple(judged)) if any(one.is_failed for one in judged) else admission
