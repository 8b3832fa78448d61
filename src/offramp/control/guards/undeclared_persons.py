"""Undeclared persons: identifiers seen in the text by their pattern, more than the request names.

An audit signal, never the counter: a pattern misses names, and takes for a person what is none.
"""

from offramp.control.guards.interface import PERSONS, Judgement, Matter, Stated, Verdict


class UndeclaredPersons:
    """On where a clause reads a count of persons."""

    slug = "undeclared-persons"
    facts = frozenset({PERSONS})

    def judge(self, matter: Matter) -> Judgement:
        """A warning where the text holds more identifiers than the request names persons."""
        total = sum(matter.seen.values())
        is_more = total > matter.named
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(matter.seen.items()))
        return Judgement(
            guard=self.slug,
            verdict=Verdict.WARN if is_more else Verdict.PASS,
            reason=f"the text holds {kinds}, and the request names {matter.named}" if is_more else "",
            clauses=matter.clauses,
            stated=Stated(observed={f"seen: {kind}": count for kind, count in sorted(matter.seen.items())}),
        )


UNDECLARED_PERSONS = UndeclaredPersons()
