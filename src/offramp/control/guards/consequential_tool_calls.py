"""Consequential tool calls: which calls of an answer have consequences in the world, by name and exactly.

A tool that is not registered word for word counts as consequential, whatever it looks like: names that only
resemble a registered one are how a call would slip by. A call written as text cannot be carried out as a
call, so it is let through; that it was there is recorded.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from offramp.control.guards.interface import Call, Judgement, Matter, Verdict
from offramp.core.verdicts import FactValue

NEAR = 60
"""Signs between a tool's name and the bracket of its arguments in a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What an application registered about its tools."""

    consequential: Mapping[str, Mapping[str, FactValue]] = field(default_factory=dict)
    """Tool to the facts that a call of it makes true."""
    others: frozenset[str] = frozenset()
    """Registered tools without consequences."""

    def facts_of(self, tool: str) -> tuple[Mapping[str, FactValue], ...]:
        """What has to be asked about a call of `tool`: nothing for a tool without consequences.

        An unregistered tool is asked about as if it were each of the consequential ones.
        """
        if tool in self.consequential:
            return (self.consequential[tool],)
        if tool in self.others:
            return ()
        return tuple(self.consequential.values())

    def is_registered(self, tool: str) -> bool:
        """Whether `tool` is registered, word for word."""
        return tool in self.consequential or tool in self.others


class ConsequentialToolCalls:
    """Calls with consequences do not go on by themselves."""

    slug = "consequential-tool-calls"
    facts = frozenset({"human"})

    def judge(self, matter: Matter) -> Judgement:
        """`hold` where a call is consequential or of a tool nobody registered; who may let it go is another
        guard's."""
        caller = matter.caller
        named = [call.tool for call in matter.calls]
        unknown = [tool for tool in named if caller.consequential and tool not in caller.tools]
        held = [tool for tool in named if tool in caller.consequential]
        reasons = []
        if held:
            reasons.append(f"calls of {_listed(held)} have consequences")
        if unknown:
            reasons.append(f"{_listed(unknown)} is not registered, and counts as having consequences")
        return Judgement(
            guard=self.slug,
            verdict=Verdict.HOLD if reasons else Verdict.PASS,
            reason="; ".join(reasons),
            clauses=matter.clauses if reasons else (),
        )


CONSEQUENTIAL_TOOL_CALLS = ConsequentialToolCalls()


def resembled(tools: Tools, tool: str) -> str:
    """The registered tool that `tool` resembles without being it; empty where there is none."""
    if tools.is_registered(tool):
        return ""
    wanted = plain(tool)
    return next((name for name in (*tools.consequential, *sorted(tools.others)) if plain(name) == wanted), "")


def calls_in_text(tools: Iterable[str], text: str) -> tuple[str, ...]:
    """Tools that `text` seems to call: a name as a word, with the bracket of arguments close behind it."""
    found = []
    folded = unicodedata.normalize("NFKC", text).casefold()
    for tool in tools:
        name = re.escape(unicodedata.normalize("NFKC", tool).casefold())
        if re.search(rf"(?<!\w){name}(?!\w)[^(){{}}]{{0,{NEAR}}}[({{]", folded):
            found.append(tool)
    return tuple(found)


def named(tools: Iterable[str]) -> tuple[Call, ...]:
    """Calls of these tools, for guards: what is in their arguments is a person's to judge."""
    return tuple(Call(tool=tool, arguments="") for tool in tools)


def _listed(tools: Iterable[str]) -> str:
    return ", ".join(f"`{tool[:80]}`" for tool in dict.fromkeys(tools))


def plain(name: str) -> str:
    """A name without what a reader does not see: width, case, marks, separators, invisible signs."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in folded if sign.isalnum()).translate(_ALIKE)


_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u0261\u04bb\u04cf"
    "\u03b1\u03bf\u03b5\u03b9\u03bd\u03c1\u03c4\u03c5\u03ba",
    "aeopcyxijsdghlaoeivptuk",
)
"""Letters of other alphabets that read like Latin ones in most fonts."""
