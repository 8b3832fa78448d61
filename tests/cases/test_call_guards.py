"""Runs `call_guards/*.md`: what the guard a file is named for makes of tool calls.

The `yaml` block is what the application registered. An `asked` block has one set of calls a line: tools, then
`asks ROLE` (of the clause) and `seen ROLE` (of persons) between `|`; then `->` and the verdict, and after
`because` words that stand in the reason.
"""

import re
from pathlib import Path

import pytest
import yaml

from offramp.control import consequential_tool_calls as tool_calls
from offramp.control import guards, human_role
from offramp.core.ids import InstrumentId, NormId
from offramp.core.verdicts import CitedNorm, HumanRole

CASES = sorted((Path(__file__).parent / "call_guards").glob("*.md"))
BLOCK = re.compile(r"^```(yaml|asked)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NORM = CitedNorm(
    id=NormId("clause.n"),
    instrument=InstrumentId("clause"),
    effect="prohibit",
    quote="no",
    source="Contract 7",
)


def test_every_guard_of_calls_has_its_case() -> None:
    assert [case.stem for case in CASES] == [guard.slug for guard in guards.CALL_GUARDS]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path) -> None:
    blocks = dict(BLOCK.findall(case.read_text(encoding="utf-8")))
    registered = yaml.safe_load(blocks["yaml"])
    (guard,) = (one for one in guards.CALL_GUARDS if one.slug == case.stem)
    for line in blocks["asked"].strip().splitlines():
        asked, _, expected = line.partition("->")
        expected, _, because = expected.partition(" because ")
        called, *said = (part.strip() for part in asked.split("|"))
        roles = dict(part.split() for part in said)
        wanted = human_role.Asked(role=HumanRole(roles.get("asks", "decides")), norms=(NORM,))
        matter = guards.Matter(
            caller=guards.Registered(
                application="desk",
                is_registered=True,
                tools=tuple(registered["tools"]),
                consequential=tuple(registered["consequential"]),
            ),
            vendor="example-a",
            stated=guards.Stated(
                declared={"human": "decides"}, observed={"human": roles.get("seen", "none")}
            ),
            clauses=human_role.clauses_of(wanted),
            calls=tool_calls.named(called.split()),
        )
        judgement = guard.judge(matter)
        assert judgement.verdict == expected.strip(), line
        assert because in judgement.reason, line
