"""The page of differences between APIs is true: every row has its cases, and they show what it says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "fidelity.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text())
SCENARIO = re.compile(r'^    Scenario\("([^"]+)"', re.MULTILINE)
NOT_BYTES = {"31"}
"""What no file of bytes can show: a caller that goes away."""


def said(row: tuple[str, ...]) -> tuple[set[str], list[Path], list[str]]:
    """What is done; the tests named; and the texts of the cases named."""
    named = re.findall(r"`([^`]+)`", row[4])
    tests = [ROOT / name for name in named if "/" in name]
    cases = [ROOT / "tests" / "cases" / "dialects" / f"{name}.md" for name in named if "/" not in name]
    assert all(path.is_file() for path in (*tests, *cases)), row[4]
    return set(row[2].split(", ")), tests, [path.read_text() for path in cases]


def test_there_are_all_of_them() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 39))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_shown(row: tuple[str, ...]) -> None:
    done, tests, cases = said(row)
    assert done <= {"exact", "declared", "refused"}
    if row[0] in NOT_BYTES:
        assert tests
        return
    assert cases
    shows = {
        "exact": any(" out\n" in case for case in cases),
        "declared": any("```text losses" in case for case in cases),
        "refused": any("```text error" in case or '"error"' in case for case in cases),
    }
    missing = [way for way in sorted(done) if not shows[way]]
    # What no case shows, a test that is named has to.
    assert tests or missing == []


def test_what_sdks_are_tried_with_is_listed() -> None:
    tried = SCENARIO.findall((ROOT / "tests" / "sdk" / "scenarios.py").read_text())
    listed = PAGE.read_text().rpartition("\nTried: ")[2]
    assert re.findall(r"`([^`]+)`", listed) == tried
