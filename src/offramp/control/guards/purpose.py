"""Purpose: what a request says it is for must be what its application is registered for."""

from offramp.control.guards.interface import Judgement, Matter, Stated, Verdict


class Purpose:
    """A purpose that is not registered is not relied on."""

    slug = "purpose"
    facts = frozenset({"purpose"})

    def judge(self, matter: Matter) -> Judgement:
        """The purpose the instruments are asked with, or that none can be relied on."""
        caller = matter.caller
        said = matter.stated.declared.get("purpose")
        stated = Stated(declared={"purpose": said} if said is not None else {})
        if not caller.is_registered:
            reason = f"application `{caller.application}` is not registered, so no purpose of it is relied on"
        elif said is None or said in caller.purposes:
            return Judgement(guard=self.slug, verdict=Verdict.PASS, clauses=matter.clauses, stated=stated)
        else:
            registered = ", ".join(caller.purposes) or "none"
            reason = (
                f"purpose `{said}` is not registered for application `{caller.application}` ({registered})"
            )
        return Judgement(
            guard=self.slug,
            verdict=Verdict.WARN,
            reason=reason,
            clauses=matter.clauses,
            stated=stated,
            unknown=frozenset({"purpose"}),
        )


PURPOSE = Purpose()
