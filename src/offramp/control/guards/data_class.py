"""Data class: what a request says of its data must be among what its application is registered for."""

from offramp.control.guards.interface import Judgement, Matter, Stated, Verdict

FACT = "data_class"


class DataClass:
    """A class that is not registered, or none where several are, is not relied on."""

    slug = "data-class"
    facts = frozenset({FACT})

    def judge(self, matter: Matter) -> Judgement:
        """The class the instruments are asked with, or that none can be relied on."""
        caller = matter.caller
        said = matter.stated.declared.get(FACT)
        classes = ", ".join(caller.data_classes) or "none"
        reason = ""
        if said is None and len(caller.data_classes) > 1:
            reason = f"the request does not say which of the registered data classes it sends ({classes})"
        elif said is not None and caller.is_registered and said not in caller.data_classes:
            reason = (
                f"data class `{said}` is not registered for application `{caller.application}` ({classes})"
            )
        return Judgement(
            guard=self.slug,
            verdict=Verdict.WARN if reason else Verdict.PASS,
            reason=reason,
            clauses=matter.clauses,
            stated=Stated(declared={FACT: said} if said is not None else {}),
            unknown=frozenset({FACT}) if reason else frozenset(),
        )


DATA_CLASS = DataClass()
