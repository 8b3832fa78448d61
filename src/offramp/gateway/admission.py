"""What the instruments say about one target for one caller, and what the stance makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from offramp.control.guards import Clause, Figure, Judgement
from offramp.core.errors import OfframpError
from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.core.verdicts import CitedNorm, Decision, FactValue, Outcome
from offramp.dialects import FailureKind
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.snapshot import Snapshot
from offramp.instruments import Instruments, Question, checked, enforce, norm
from offramp.workspace import Application, question_for

PROHIBIT = "prohibit"
"""The effect of a norm that stands in the way; a permission that does not reach far enough is not one."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A decision and what follows from it."""

    vendor: VendorId
    decision: Decision
    outcome: Outcome
    """After the stance. `CONTESTED` here means: not enforced, and said so."""
    judgements: tuple[Judgement, ...] = ()
    """What the guards say, where any are on."""
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    """What the instruments were asked with."""

    @property
    def is_admitted(self) -> bool:
        """The request may go there. A hold or an unknown may not: undecided fails closed."""
        return self.outcome in (Outcome.PERMIT, Outcome.CONTESTED)

    @property
    def is_contested(self) -> bool:
        """Some reading forbids it, and nobody chose a reading that settles it."""
        return self.outcome is Outcome.CONTESTED

    @property
    def figures(self) -> Mapping[str, Figure]:
        """How many persons there would be, by the fact that counts them; the largest bound of each."""
        found: dict[str, Figure] = {}
        for one in self.judgements:
            for name, figure in one.figures.items():
                if name not in found or figure.high > found[name].high:
                    found[name] = figure
        return found

    @property
    def reasons(self) -> str:
        """What guards say against it, or on the way to a line."""
        return "; ".join(one.reason for one in self.judgements if one.reason)

    @property
    def failed(self) -> tuple[Judgement, ...]:
        """The guards that could not tell."""
        return tuple(one for one in self.judgements if one.is_failed)

    def held(self, judgements: tuple[Judgement, ...]) -> "Admission":
        """The same, held at least: what a guard cannot tell is not let through."""
        outcome = self.outcome if self.outcome is Outcome.FORBID else Outcome.HOLD
        return replace(self, outcome=outcome, judgements=judgements)

    def with_judgements(self, judgements: tuple[Judgement, ...]) -> "Admission":
        """The same answer with these judgements."""
        return replace(self, judgements=judgements)

    @property
    def norms(self) -> tuple[CitedNorm, ...]:
        """The norms that stand in the way under any reading, each once."""
        seen: dict[str, CitedNorm] = {}
        for reading in self.decision.readings:
            if reading.outcome is not Outcome.PERMIT:
                for cited in reading.norms:
                    seen.setdefault(cited.id, cited)
        for clause in (clause for one in self.failed for clause in one.clauses):
            seen.setdefault(clause.norm, _cited(clause))
        prohibiting = tuple(cited for cited in seen.values() if cited.effect == PROHIBIT)
        return prohibiting or tuple(seen.values())


def admit(
    snapshot: Snapshot, application: Application, vendor: VendorId, model: str, purpose: str, at: Instant
) -> Admission:
    """Decide whether `application` may use `vendor` for `model` at `at`.

    `model` is the name the upstream is asked for: observed here, so it wins over what anybody declares. A
    declared `purpose` replaces the application's usual one.
    """
    observed = {"model": model, "purpose": purpose} if purpose else {"model": model}
    question = question_for(snapshot.workspace, application, vendor, facts=observed)
    if purpose:
        _check_purpose(snapshot, question, purpose)
    decision = snapshot.enforcer.decide(question, at)
    outcome = decision.outcome
    stance = snapshot.stance
    if outcome is Outcome.CONTESTED and stance is not None:
        outcome = enforce(decision, is_strictest=stance.is_strictest, readings=stance.readings)
    return Admission(vendor, decision, outcome, facts=question.facts)


def cite(instruments: Instruments, norm_id: str) -> CitedNorm | None:
    """A norm as it is cited where it holds an upstream down; None where its instrument is not loaded."""
    found = norm(instruments, norm_id)
    if found is None:
        return None
    return CitedNorm(
        id=found.id,
        instrument=found.instrument,
        effect=str(found.effect),
        quote=found.citation,
        source=str(instruments.instruments[found.instrument].source),
        note="holds the upstream down",
    )


def _cited(clause: Clause) -> CitedNorm:
    return CitedNorm(
        id=clause.norm,
        instrument=clause.instrument,
        effect=PROHIBIT,
        quote=clause.says,
        source=clause.source,
        note="its guard could not tell",
    )


def _check_purpose(snapshot: Snapshot, question: Question, purpose: str) -> None:
    try:
        checked(snapshot.instruments, question)
    except OfframpError as error:
        message = f"`offramp-purpose: {purpose[:100]}` is not a purpose the instruments know: {error.message}"
        raise refuse(FailureKind.INVALID_REQUEST, "purpose-unknown", message) from error


def refusal(admission: Admission) -> Refused:
    """The answer to a request its admission does not let through."""
    norms = admission.norms
    told = f"; {admission.reasons}" if admission.reasons else ""
    if admission.failed:
        message = f"a red line cannot be judged, and what cannot be judged is held: {admission.reasons}"
        return refuse(FailureKind.FORBIDDEN, "guard-failed", message, norms)
    if admission.outcome is Outcome.FORBID:
        message = f"use of vendor `{admission.vendor}` is forbidden here: {_cite(norms)}{told}"
        return refuse(FailureKind.FORBIDDEN, "norm-forbids", message, norms)
    missing = admission.decision.missing_facts
    if admission.outcome is Outcome.HOLD:
        message = f"use of vendor `{admission.vendor}` waits for a person's decision: {_cite(norms)}{told}"
        return refuse(FailureKind.FORBIDDEN, "norm-holds", message, norms)
    why = f"facts missing: {', '.join(missing)}" if missing else "the instruments do not settle it"
    message = (
        f"whether vendor `{admission.vendor}` may be used is not known ({why}), and undecided is refused; "
        f"declare the facts under this application in offramp.yaml{told}"
    )
    return refuse(FailureKind.FORBIDDEN, "norm-unknown", message, norms)


def _cite(norms: tuple[CitedNorm, ...]) -> str:
    cited = [f"norm `{one.id}` of `{one.instrument}`: {one.quote} ({one.source})" for one in norms[:3]]
    more = f" and {len(norms) - 3} more" if len(norms) > 3 else ""
    return "; ".join(cited) + more
