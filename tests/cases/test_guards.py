"""Runs `guards/*.md`: what the guard a file is named for makes of a matter.

The `yaml` block is the instrument in force. An `asked` block has one matter a line, its parts between `|`:
`registered` or `unregistered` with what is registered, `declared`, `observed`, `counts FACT=LOW..HIGH`,
`named N`, `seen KIND=N`, `unreadable WHY`; then `->`, the verdict, and after it `unknown FACT`,
`settled FACT=VALUE` and `because` with words that stand in the reason.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from offramp.control import guards
from offramp.instruments import Source, load

CASES = sorted((Path(__file__).parent / "guards").glob("*.md"))
BLOCK = re.compile(r"^```(yaml|asked)\n(.*?)^```", re.MULTILINE | re.DOTALL)
AT = datetime(2030, 6, 1, tzinfo=UTC)


def pairs(words: list[str]) -> dict[str, Any]:
    found = (word.partition("=") for word in words)
    return {name: int(value) if value.isdecimal() else value for name, _, value in found}


def matter_of(asked: str, clauses: tuple[guards.Clause, ...]) -> guards.Matter:
    said: dict[str, Any] = {}
    stated: dict[str, Any] = {"declared": {}, "observed": {}}
    caller = guards.Registered(application="desk")
    for part in filter(None, (part.strip() for part in asked.split("|"))):
        kind, _, rest = part.partition(" ")
        if kind in ("registered", "unregistered"):
            lists: dict[str, Any] = {}
            for name, value in pairs(rest.split()).items():
                lists[name] = tuple(str(value).split(","))
            caller = guards.Registered(application="desk", is_registered=kind == "registered", **lists)
        elif kind in stated:
            stated[kind] = pairs(rest.split())
        elif kind == "counts":
            name, _, bounds = rest.partition("=")
            low, high = (int(bound) for bound in bounds.split(".."))
            said["counts"] = {name: guards.Figure(low=low, estimate=(low + high) // 2, high=high)}
        elif kind == "seen":
            said["seen"] = pairs(rest.split())
        else:
            said[kind] = int(rest) if kind == "named" else rest
    return guards.Matter(
        caller=caller, vendor="example-a", stated=guards.Stated(**stated), clauses=clauses, **said
    )


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path) -> None:
    blocks = dict(BLOCK.findall(case.read_text(encoding="utf-8")))
    instruments = load([Source(case.name, blocks["yaml"])])
    (guard,) = (one for one in guards.GUARDS if one.slug == case.stem)
    clauses = guards.serves(
        guard,
        guards.clauses_for(
            instruments, user=("company",), via=(), vendor="example-a", at=AT, notice="announced"
        ),
    )
    assert clauses, "an instrument in force asks for the guard"
    for line in blocks["asked"].strip().splitlines():
        asked, _, expected = line.partition("->")
        expected, _, because = expected.partition(" because ")
        words = expected.split()
        judgement = guard.judge(matter_of(asked, clauses))
        assert judgement.verdict == words[0], line
        assert because in judgement.reason, line
        if words[0] == "pass":
            assert not judgement.reason, line
        unknown = words[words.index("unknown") + 1 :] if "unknown" in words else []
        settled = words[words.index("settled") + 1 :] if "settled" in words else []
        assert sorted(judgement.unknown) == unknown, line
        assert dict(judgement.settled) == pairs(settled), line
        assert judgement.clauses == clauses
