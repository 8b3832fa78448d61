"""`offramp scan examples/agency` finds every planted use, and counts no mention as one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Place = tuple[str, int]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the command reports on a fresh copy of the organisation, as scan/v1."""
    examples = tmp_path_factory.mktemp("scan") / "examples"
    shutil.copytree(
        Path(__file__).parents[2] / "examples",
        examples,
        ignore=shutil.ignore_patterns(".offramp", "__pycache__", ".pytest_cache"),
    )
    done = subprocess.run(
        [sys.executable, "-m", "offramp", "scan", "examples/agency", "--format", "json"],
        cwd=examples.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    scan = json.loads(done.stdout)
    assert scan["schema"] == "offramp/scan/v1"
    found: list[dict[str, Any]] = scan["findings"]
    return found


def test_every_planted_use_is_found(findings: list[dict[str, Any]], planted: Any) -> None:
    missed = []
    for row in planted("Uses"):
        kinds = row.cells["kind"].split(" or ")
        if not any(
            found["path"] == row.path
            and (row.line in {0, found["line"]})
            and found["kind"] in kinds
            and found["vendor"] == row.cells["vendor"]
            and found["route"] == row.cells["route"]
            for found in findings
        ):
            missed.append(
                f"{row.path}:{row.line} {row.cells['kind']} {row.cells['vendor']} {row.cells['route']}"
            )
    assert not missed, "not found as planted:\n" + "\n".join(missed)


def test_nothing_else_counts_as_a_use(findings: list[dict[str, Any]], planted: Any) -> None:
    rows = (*planted("Uses"), *planted("May be reported too"))
    places = {(row.path, row.line) for row in rows}
    whole_files = {row.path for row in rows if row.line == 0}
    wrong = [
        f"{found['path']}:{found['line']} {found['kind']} {found['vendor']}: {found['message']}"
        for found in findings
        if found["kind"] != "mention"
        and (found["path"], found["line"]) not in places
        and not (found["path"] in whole_files and found["kind"] in {"declared", "agent-config"})
    ]
    assert not wrong, "counted as a use:\n" + "\n".join(wrong)


def test_no_mention_counts_as_a_use(findings: list[dict[str, Any]], planted: Any) -> None:
    uses: set[Place] = {(found["path"], found["line"]) for found in findings if found["kind"] != "mention"}
    counted = [f"{row.path}:{row.line}" for row in planted("Mentions") if (row.path, row.line) in uses]
    assert not counted, "only mentions, yet counted:\n" + "\n".join(counted)


def test_the_transitive_package_says_what_pulls_it_in(findings: list[dict[str, Any]]) -> None:
    chains = [found["via"] for found in findings if found["kind"] == "transitive-dependency"]
    assert chains
    assert all("@langchain/anthropic" in chain for chain in chains)


def test_every_use_belongs_to_a_system_with_an_owner(findings: list[dict[str, Any]]) -> None:
    homeless = [
        f"{found['path']}:{found['line']}"
        for found in findings
        if found["kind"] != "mention" and not found["system"]
    ]
    assert not homeless, "no system in offramp.yaml takes these:\n" + "\n".join(homeless)
