"""What the instruments in force ask of a person for calls of an answer, whoever made them."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from offramp.control import consequential_tool_calls as tool_calls
from offramp.control import guards, human_role
from offramp.core.ids import UpstreamId
from offramp.core.instants import Clock
from offramp.core.verdicts import Decision, FactValue, HumanRole, Outcome
from offramp.dialects import FailureKind
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.snapshot import Snapshot
from offramp.instruments import Question, enforce
from offramp.workspace import Application


class Origin(Protocol):
    """Where an answer came from, and what the instruments were asked with for its request."""

    @property
    def upstream(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, FactValue]: ...


def asked_of_persons(
    snapshot: Snapshot,
    application: Application,
    origin: Origin,
    tools: tool_calls.Tools,
    called: Iterable[str],
    clock: Clock,
) -> human_role.Asked:
    """The strictest role for calls of the tools `called`, which go together."""
    return human_role.strictest(
        [
            human_role.role_asked(_judge(snapshot, application, origin, facts, clock))
            for tool in dict.fromkeys(called)
            for facts in tools.facts_of(tool)
        ]
    )


def _judge(
    snapshot: Snapshot,
    application: Application,
    origin: Origin,
    facts: Mapping[str, FactValue],
    clock: Clock,
) -> human_role.Judge:
    endpoint = snapshot.endpoints.get(UpstreamId(origin.upstream))
    vendor = endpoint.vendor if endpoint is not None else ""
    kinds = snapshot.workspace.organisation.kinds

    def judge(role: HumanRole) -> tuple[Decision, Outcome]:
        # The role is observed here, so what an application declares of it does not count.
        asked = {**origin.facts, **facts, "human": str(role)}
        question = Question(user=kinds, via=application.via, vendor=vendor, action="use", facts=asked)
        decision = snapshot.enforcer.decide(question, clock())
        outcome = decision.outcome
        stance = snapshot.stance
        if outcome is Outcome.CONTESTED and stance is not None:
            outcome = enforce(decision, is_strictest=stance.is_strictest, readings=stance.readings)
        return decision, outcome

    return judge


def matter_of(
    application: Application, vendor: str, asked: human_role.Asked, called: Iterable[str], present: HumanRole
) -> guards.Matter:
    """Calls as guards judge them."""
    found = application.registration
    return guards.Matter(
        caller=guards.Registered(
            application=application.id,
            is_registered=found is not None,
            owner=found.owner if found else "",
            autonomy=str(found.autonomy) if found else "",
            tools=found.tools if found else (),
            consequential=found.consequential if found else (),
        ),
        vendor=vendor,
        stated=guards.Stated(declared=application.facts, observed={"human": str(present)}),
        clauses=human_role.clauses_of(asked),
        calls=tool_calls.named(called),
    )


def forbidden(asked: human_role.Asked, called: Iterable[str]) -> Refused:
    """The answer to calls that no person's role lets go."""
    tools = ", ".join(f"`{tool[:80]}`" for tool in dict.fromkeys(called))
    cited = "; ".join(f"norm `{one.id}` of `{one.instrument}`: {one.quote}" for one in asked.norms[:3])
    if asked.outcome is Outcome.FORBID:
        message = f"calls of {tools} are forbidden here, whatever a person does: {cited}"
        return refuse(FailureKind.FORBIDDEN, "norm-forbids", message, asked.norms)
    message = f"whether calls of {tools} may go is not known, and undecided is refused: {cited}"
    return refuse(FailureKind.FORBIDDEN, "norm-unknown", message, asked.norms)
