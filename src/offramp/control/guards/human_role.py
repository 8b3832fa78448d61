"""Human role: a consequential call needs the person a clause asks for, and no other.

What a clause asks of a person is not written down anywhere else: it is found by asking the instruments the
same question once for each role, from none to decides. The least role under which they let the call go is
the role that is asked. So three wordings of one line become three gateways.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from offramp.control.guards.interface import Clause, Judgement, Matter, Stated, Verdict
from offramp.core.verdicts import CitedNorm, Decision, FactValue, HumanRole, Outcome

Judge = Callable[[HumanRole], tuple[Decision, Outcome]]
"""The decision for a call with this role of a person, and what the stance makes of it."""

LETS_GO = (Outcome.PERMIT, Outcome.CONTESTED)
"""As for requests: contested and not settled by a stance is recorded, not enforced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the instruments ask of a person for one call."""

    role: HumanRole | None
    """None: whatever a person does, they do not let the call go."""
    norms: tuple[CitedNorm, ...] = ()
    """Why a lesser role is not enough, or why none is."""
    instruments: tuple[str, ...] = ()
    outcome: Outcome = Outcome.PERMIT
    """Under the role that is asked, or under the highest where none is enough."""


class Role:
    """A consequential call waits while nobody fills the role its clause asks for."""

    slug = "human-role"
    facts = frozenset({"human"})

    def judge(self, matter: Matter) -> Judgement:
        """`hold` where what a person was seen to do is among the roles that a clause calls too little.

        Only calls are judged: what a request declares of a person is not seen, and the instruments are asked
        with it as declared.
        """
        seen = str(matter.stated.observed.get("human", HumanRole.NONE))
        asking = tuple(one for one in matter.clauses if seen in one.words.get("human", ()))
        if not matter.calls or not asking:
            return Judgement(guard=self.slug, verdict=Verdict.PASS)
        return Judgement(
            guard=self.slug,
            verdict=Verdict.HOLD,
            reason=f"the role of a person is `{seen}` here, and that is not enough",
            clauses=asking,
            stated=Stated(declared=_of_person(matter.stated.declared), observed={"human": seen}),
        )


HUMAN_ROLE = Role()


def clauses_of(asked: Asked) -> tuple[Clause, ...]:
    """The norms behind `asked` as guards read them: with the roles that are not enough."""
    rank = len(HumanRole) if asked.role is None else asked.role.rank
    too_little = tuple(str(role) for role in HumanRole if role.rank < rank)
    return tuple(
        Clause(
            norm=norm.id,
            instrument=norm.instrument,
            says=norm.quote,
            source=norm.source,
            facts=frozenset({"human"}),
            asks=Verdict.HOLD,
            if_unknown=Verdict.HOLD,
            words={"human": too_little},
        )
        for norm in asked.norms
    )


def _of_person(declared: Mapping[str, FactValue]) -> dict[str, FactValue]:
    return {name: value for name, value in declared.items() if name == "human"}


def role_asked(judge: Judge) -> Asked:
    """The least role under which the instruments let the call go."""
    in_the_way: tuple[CitedNorm, ...] = ()
    rests_on: dict[str, None] = {}
    outcome = Outcome.UNKNOWN
    for role in HumanRole:
        decision, outcome = judge(role)
        rests_on |= dict.fromkeys(decision.instruments)
        if outcome in LETS_GO:
            return Asked(role=role, norms=in_the_way, instruments=tuple(sorted(rests_on)), outcome=outcome)
        in_the_way = against(decision)
    return Asked(role=None, norms=in_the_way, instruments=tuple(sorted(rests_on)), outcome=outcome)


def against(decision: Decision) -> tuple[CitedNorm, ...]:
    """The norms that stand in the way under any reading, each once."""
    found = {
        norm.id: norm
        for reading in decision.readings
        if reading.outcome is not Outcome.PERMIT
        for norm in reading.norms
    }
    prohibiting = tuple(norm for norm in found.values() if norm.effect == "prohibit")
    return prohibiting or tuple(found.values())


def strictest(found: "list[Asked]") -> Asked:
    """What is asked for a set of calls that go together: the highest role, with the norms of all."""
    if not found:
        return Asked(role=HumanRole.NONE)
    worst = max(found, key=_rank)
    norms = {norm.id: norm for one in found if _rank(one) == _rank(worst) for norm in one.norms}
    rests_on = {id_ for one in found for id_ in one.instruments}
    return Asked(
        role=worst.role,
        norms=tuple(norms.values()),
        instruments=tuple(sorted(rests_on)),
        outcome=worst.outcome,
    )


def _rank(asked: Asked) -> int:
    return len(HumanRole) if asked.role is None else asked.role.rank
