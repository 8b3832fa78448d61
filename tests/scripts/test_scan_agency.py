"""`offramp scan` on the example organisation: every planted use, and no mention as a use."""

import json
import shutil
import subprocess
import sys
from csv import DictReader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def offramp(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "offramp", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples; the agency is a workspace in it."""
    place = tmp_path_factory.mktemp("examples")
    shutil.copytree(
        ROOT / "examples",
        place / "examples",
        ignore=shutil.ignore_patterns(".offramp", "__pycache__", ".pytest_cache"),
    )
    return place / "examples" / "agency"


@pytest.fixture(scope="module")
def scanned(agency: Path) -> dict[str, Any]:
    done = offramp("scan", "--format", "json", folder=agency)
    assert done.returncode == 1, done.stderr
    return dict(json.loads(done.stdout))


def planted(agency: Path, section: str) -> list[dict[str, str]]:
    """The rows of one table of PLANTED.md."""
    part = (
        (agency / "PLANTED.md")
        .read_text(encoding="utf-8")
        .partition(f"## {section}\n")[2]
        .partition("\n## ")[0]
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"
    ]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def test_every_planted_use_is_found(agency: Path, scanned: dict[str, Any]) -> None:
    missing = []
    for row in planted(agency, "Uses"):
        kinds = row["kind"].split(" or ")
        if not any(
            one["path"] == row["path"]
            and (one["line"] == int(row["line"]) or kinds == ["declared"])
            and one["kind"] in kinds
            and one["vendor"] == row["vendor"]
            and one["route"] == row["route"]
            for one in scanned["findings"]
        ):
            missing.append(row)
    assert not missing


def test_nothing_else_is_called_a_use(agency: Path, scanned: dict[str, Any]) -> None:
    known = {
        (row["path"], int(row["line"]))
        for section in ("Uses", "May be reported too")
        for row in planted(agency, section)
    }
    extra = [
        one
        for one in scanned["findings"]
        if one["kind"] not in ("mention", "declared") and (one["path"], one["line"]) not in known
    ]
    assert not extra


def test_no_mention_is_a_use(agency: Path, scanned: dict[str, Any]) -> None:
    uses = {(one["path"], one["line"]) for one in scanned["findings"] if one["kind"] != "mention"}
    assert not [row for row in planted(agency, "Mentions") if (row["path"], int(row["line"])) in uses]


def test_systems_declared_uses_and_the_ledger(agency: Path, scanned: dict[str, Any]) -> None:
    systems = {one["path"]: one["system"] for one in scanned["findings"] if one["kind"] != "mention"}
    assert systems["service/harbor/convoy_desk.py"] == "convoy-desk"
    assert systems["service/harbor/assistant.py"] == "permit-desk"
    assert systems["declarations/saas.yaml"] == "office-suite"
    entries = json.loads(offramp("evidence", "entries", "--format", "json", folder=agency).stdout)["entries"]
    assert [one["type"] for one in entries] == ["scan"]


def test_scanning_a_part_keeps_the_systems(agency: Path) -> None:
    done = offramp("scan", "service", "--no-record", "--format", "json", folder=agency)
    found = json.loads(done.stdout)["findings"]
    assert {
        one["system"] for one in found if one["path"] == "harbor/assistant.py" and one["kind"] != "mention"
    } == {"permit-desk"}


def test_exit_codes(agency: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "a.py").write_text("print(1)\n", encoding="utf-8")
    assert offramp("scan", "empty", folder=tmp_path).returncode == 3
    assert offramp("scan", "clean", folder=tmp_path).returncode == 0
    assert offramp("scan", "--no-record", "--exit-zero", folder=agency).returncode == 0
    for arguments, words in (
        (("scan", "nowhere"), "no file or folder `nowhere`"),
        (("scan", "--vendor", "nobody"), "no vendor `nobody`"),
        (("scan", "--format", "docx"), "no format `docx`"),
        (("scan", "--profiles", "nowhere"), "no directory `nowhere`"),
        (("vendors", "show", "nobody"), "no vendor `nobody`"),
    ):
        done = offramp(*arguments, folder=tmp_path)
        assert (done.returncode, words in done.stderr, "help:" in done.stderr) == (2, True, True), done.stderr


def test_formats_and_output(agency: Path, tmp_path: Path) -> None:
    text = offramp("scan", "--no-record", folder=agency).stdout
    assert "Mentions, not counted" in text
    assert "gaps" in text
    csv = offramp("scan", "--no-record", "--format", "csv", folder=agency).stdout
    rows = list(DictReader(csv.splitlines()))
    told = json.loads(offramp("scan", "--no-record", "--format", "json", folder=agency).stdout)["findings"]
    assert sorted((one["id"], one["path"], one["line"]) for one in rows) == sorted(
        (one["id"], one["path"], str(one["line"] or "")) for one in told
    )
    written = tmp_path / "scan.json"
    offramp("scan", "--no-record", "--format", "json", "-o", str(written), folder=agency)
    assert json.loads(written.read_text(encoding="utf-8"))["schema"] == "offramp/scan/v1"
