"""Runs `consequences/*.md`: what `offramp terms` finds in the public record and in the sample wordings.

An `analysed` block holds one command and what must come of it, a line each.
`VERDICT: NORM, NORM | condition; condition`: some finding has that verdict, cites those norms first, and
holds under those conditions; of `terms readings` the question is named instead of norms.
`no VERDICT: NORM`: none does. `nothing found`: there is no finding at all.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```analysed\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(body.strip().splitlines(), id=f"{case.stem}-{number}")
    for case in sorted((Path(__file__).parent / "consequences").glob("*.md"))
    for number, body in enumerate(BLOCK.findall(case.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("lines", BLOCKS)
def test_the_analysis_finds_it(lines: list[str]) -> None:
    command, *expected = lines
    assert expected
    done = subprocess.run(
        [sys.executable, "-m", "offramp", *command.split(), "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["decided"], "the budget ran out"
    for line in expected:
        assert holds(found["results"], line), f"{line}\n{[brief(one) for one in found['results']]}"


def holds(results: list[dict[str, Any]], line: str) -> bool:
    """Whether the findings agree with one line."""
    if line == "nothing found":
        return not [one for one in results if one["witness"]]
    said, _, rest = line.partition(": ")
    is_denied = said.startswith("no ") and said != "no difference"
    verdict = said.removeprefix("no ") if is_denied else said
    subjects, _, conditions = rest.partition(" | ")
    wanted = [name.strip() for name in subjects.split(",")]
    is_there = any(
        one["verdict"] == verdict
        and (one["norms"][: len(wanted)] == wanted or wanted[0] in one["says"].split())
        and all(part.strip() in " & ".join(one["region"]) for part in conditions.split(";"))
        for one in results
    )
    return is_there is not is_denied


def brief(result: dict[str, Any]) -> str:
    """A finding in one line, for a failing test."""
    return f"{result['verdict']}: {result['says']} {result['norms']} {result['region']}"
