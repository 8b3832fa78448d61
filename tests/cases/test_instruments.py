"""Runs `instruments/*.md`: a story, documents in `yaml` blocks, and questions with their expected answers.

An `asked` block has one question a line, `at | user | vendor action | facts`, then `->` and what is expected:
the outcome, and any of `under q=o: outcome`, `cites a, b`, `stayed a`, `missing x`. Options after the facts:
`known DATE`, `served`, `reading q=o`. A `problems` block lists what loading must report, `code at line`.
"""

import re
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.instants import parse_instant
from offramp.instruments import Instruments, Question, Source, checked, decide, load

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "instruments").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path) -> None:
    blocks = BLOCK.findall(case.read_text(encoding="utf-8"))
    sources = [Source(f"{case.stem}.yaml", body) for kind, body in blocks if kind == "yaml"]
    for kind, body in blocks:
        if kind == "folder":
            sources += [
                Source(str(path), path.read_text()) for path in sorted((ROOT / body.strip()).glob("*.yaml"))
            ]
    asked = [line for kind, body in blocks if kind == "asked" for line in body.strip().splitlines()]
    expected = [line for kind, body in blocks if kind == "problems" for line in body.strip().splitlines()]
    assert asked or expected, "a case asks something"
    if expected:
        assert problems_of(sources) == expected
    if asked:
        instruments = load(sources)
        for line in asked:
            check(instruments, line)


def problems_of(sources: list[Source]) -> list[str]:
    with pytest.raises(OfframpError) as caught:
        load(sources)
    error = caught.value
    found = error.problems if isinstance(error, Problems) else (error,)
    return [f"{one.code} at {one.where.line if one.where else 0}" for one in found]


def check(instruments: Instruments, line: str) -> None:
    question_text, _, expected_text = line.partition("->")
    at, user, what, *rest = (part.strip() for part in question_text.split("|"))
    vendor, action = what.split()
    facts, known, notice, readings = {}, None, "announced", {}
    for word in " ".join(rest).split(","):
        name, _, value = word.strip().partition(" ")
        if name == "known":
            known = parse_instant(value)
        elif name == "served":
            notice = "served"
        elif name == "reading":
            contested, _, option = value.partition("=")
            readings[contested] = option
        elif name:
            fact, _, given = name.partition("=")
            facts[fact] = given
    users, _, chain = user.partition(" via ")
    question = checked(
        instruments,
        Question(
            tuple(users.split("+")), tuple(chain.split("+")) if chain else (), vendor, action, dict(facts)
        ),
    )
    decision = decide(
        instruments, question, at=parse_instant(at), known=known, readings=readings, notice=notice
    )
    outcome, *claims = (part.strip() for part in expected_text.split(";"))
    assert decision.outcome.value == outcome, line
    for claim in claims:
        kind, _, rest_of = claim.partition(" ")
        names = {name.strip() for name in rest_of.split(",")}
        if kind == "under":
            choice, _, under = rest_of.partition(":")
            wanted = dict(pair.split("=") for pair in choice.split("&"))
            found = {one.outcome.value for one in decision.readings if wanted.items() <= one.choice.items()}
            assert found == {under.strip()}, line
        elif kind == "cites":
            assert {norm.id for one in decision.readings for norm in one.norms} == names, line
        elif kind == "stayed":
            assert {f"{norm.id} {norm.note}" for norm in decision.stayed} == names, line
        elif kind == "beside":
            assert names <= {norm.id for norm in decision.beside}, line
        elif kind == "missing":
            assert set(decision.missing_facts) == names, line
        else:
            raise AssertionError(f"the case claims something unknown: {claim}")
