"""Deployment and network: where an application says models run, against where its upstream is known to."""

from offramp.control.guards.interface import Judgement, Matter, Stated, Verdict
from offramp.core.verdicts import FactValue

FACTS = ("deployment", "network")


class DeploymentAndNetwork:
    """What is known of the upstream wins over what an application says; where they differ, neither counts."""

    slug = "deployment-and-network"
    facts = frozenset(FACTS)

    def judge(self, matter: Matter) -> Judgement:
        """The facts the instruments are asked with, and those nobody can rely on."""
        declared = {name: matter.stated.declared[name] for name in FACTS if name in matter.stated.declared}
        observed = {name: matter.stated.observed[name] for name in FACTS if name in matter.stated.observed}
        differing = [
            name
            for name in FACTS
            if name in observed and declared.get(name, observed[name]) != observed[name]
        ]
        settled: dict[str, FactValue] = {
            name: value for name, value in observed.items() if name not in differing
        }
        told = "; ".join(
            f"`{name}` is declared as `{declared[name]}`, and the upstream is `{observed[name]}`"
            for name in differing
        )
        return Judgement(
            guard=self.slug,
            verdict=Verdict.WARN if differing else Verdict.PASS,
            reason=told,
            clauses=matter.clauses,
            stated=Stated(declared=declared, observed=observed),
            settled=settled,
            unknown=frozenset(differing),
        )


DEPLOYMENT_AND_NETWORK = DeploymentAndNetwork()
