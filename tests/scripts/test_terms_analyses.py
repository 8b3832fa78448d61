"""`offramp terms`: the analyses from the command line, their exit codes, and what they say of bad input."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WORDINGS = ROOT / "examples" / "wordings"
SHARED = WORDINGS / "shared.yaml"


def terms(*words: str | Path, code: int) -> Any:
    """What the command prints as JSON, or says on stderr; it must end with `code`."""
    done = subprocess.run(
        [sys.executable, "-m", "offramp", "terms", *map(str, words), "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_a_diff_says_the_same_of_itself_and_undecided_without_a_budget() -> None:
    red = WORDINGS / "red-lines.yaml"
    same = terms("diff", red, red, "--with", SHARED, code=0)
    assert [one["verdict"] for one in same["results"]] == ["no difference"]
    assert same["schema"] == "offramp/analysis/v1"
    cut = terms(
        "diff", red, WORDINGS / "any-lawful-use.yaml", "--with", SHARED, "--budget", "0.000001", code=4
    )
    assert not cut["decided"]
    assert all(not one["decided"] for one in cut["results"])


def test_a_witness_asked_again_gets_the_answer_it_was_shown_with() -> None:
    found = terms(
        "diff", WORDINGS / "red-lines.yaml", WORDINGS / "any-lawful-use.yaml", "--with", SHARED, code=1
    )
    first = found["results"][0]
    assert first["verdict"] == "newly allowed"
    assert first["outcomes"] == {"old": "forbid", "new": "permit"}
    assert set(first["witness"]) >= {"user", "via", "vendor", "action", "at", "readings", "facts"}
    assert set(first["norms"]) <= set(found["norms"])


def test_who_decides_makes_a_safeguard_illusory() -> None:
    found = terms("hollow", SHARED, WORDINGS / "offered.yaml", "--norm", "offered", code=1)
    verdicts = {one["verdict"] for one in found["results"]}
    assert "illusory" in verdicts
    assert all(one["region"] for one in found["results"] if one["verdict"] == "illusory")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("hollow", SHARED, "--norm", "nothing"), "norm-unknown"),
        (("hollow", SHARED, "--decides", "lawful=nobody"), "party-unknown"),
        (("conflicts", SHARED, "--reading", "law_already_bars=perhaps"), "reading-unknown"),
        (("conflicts", SHARED, "--suppose", "nothing"), "instrument-unknown"),
        (("readings", SHARED, "--user", "nobody"), "party-unknown"),
        (("readings", SHARED, "--budget", "0"), "budget-unusable"),
        (("diff", SHARED, WORDINGS / "nothing.yaml"), "file-unreadable"),
    ],
)
def test_bad_input_is_said_before_anything_is_looked_for(words: tuple[str | Path, ...], code: str) -> None:
    assert f"error[{code}]" in terms(*words, code=2)
