"""Distinct persons: how many there would be with this request, against the number a clause draws its line at.

The instruments are asked with the upper bound. The guard holds or refuses as the clause asks when that bound
reaches the line, and warns on the way there.
"""

from offramp.control.guards.interface import (
    PERSONS,
    Clause,
    Figure,
    Judgement,
    Matter,
    Stated,
    Verdict,
    strictest,
)

WARN_PERCENT = 80


class DistinctPersons:
    """On where a clause reads a count of persons."""

    slug = "distinct-persons"
    facts = frozenset({PERSONS})

    def judge(self, matter: Matter) -> Judgement:
        """The counts the instruments are asked with, or that none can be relied on."""
        asked = {name for one in matter.clauses for name in one.counts}
        declared = {name: value for name, value in matter.stated.declared.items() if name in asked}
        if matter.unreadable:
            return Judgement(
                guard=self.slug,
                verdict=Verdict.WARN,
                reason=f"whom the request is about cannot be read: {matter.unreadable}",
                clauses=matter.clauses,
                stated=Stated(declared=declared),
                unknown=frozenset(asked),
            )
        counts = {name: figure for name, figure in matter.counts.items() if name in asked}
        found = [
            (verdict, reason)
            for name, figure in sorted(counts.items())
            for clause in matter.clauses
            for verdict, reason in [_line(clause, name, figure)]
            if verdict is not Verdict.PASS
        ]
        verdict = strictest(each for each, _ in found)
        return Judgement(
            guard=self.slug,
            verdict=verdict,
            reason="; ".join(dict.fromkeys(reason for each, reason in found if each is verdict)),
            clauses=matter.clauses,
            stated=Stated(declared=declared, observed={name: figure.high for name, figure in counts.items()}),
            settled={name: figure.high for name, figure in counts.items()},
            figures=counts,
        )


def _line(clause: Clause, name: str, figure: Figure) -> tuple[Verdict, str]:
    line = next((number for number in clause.numbers.get(name, ()) if number > 0), None)
    if line is None:
        return Verdict.PASS, ""
    told = f"`{name}` would be {figure} of {line} in norm `{clause.norm}`"
    if figure.high >= line:
        return clause.asks, f"{told}: the line is reached"
    if figure.high * 100 >= line * WARN_PERCENT:
        return Verdict.WARN, f"{told}: the line is near"
    return Verdict.PASS, ""


DISTINCT_PERSONS = DistinctPersons()
