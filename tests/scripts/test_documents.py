"""The story of documents on the command line: made from what was stated, for people and for machines."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from offramp.cli.main import run

AGENCY = Path(__file__).parents[2] / "examples"
VENDOR = "anthropic"
"""The vendor that the example organisation uses."""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example organisation, with a source that nobody can look at."""
    shutil.copytree(AGENCY, tmp_path / "examples", ignore=shutil.ignore_patterns(".offramp", "__pycache__"))
    root = tmp_path / "examples" / "agency"
    with (root / "offramp.yaml").open("a") as file:
        file.write("\nsources:\n  image: {image: build/desk.tar}\n")
    monkeypatch.chdir(root)
    return root


def offramp(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def made(workspace: Path, name: str) -> bytes:
    return (workspace / name).read_bytes()


def test_a_letter_needs_a_statement_and_says_its_gaps(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = ("evidence", "document", "certification", "--vendor", "cohere", "--to", "Officer")
    code, _, err = offramp(capsys, *letter)
    assert (code, "error[statement-missing]" in err) == (3, True)
    state = ("evidence", "state", "non-use", "--vendor", "cohere", "--by", "A. Mensah")
    assert offramp(capsys, *state)[0] == 4
    assert offramp(capsys, *state, "--with-gaps")[0] == 0
    code, out, _ = offramp(capsys, *letter)
    assert code == 0
    assert "image (no file or folder `build/desk.tar`)" in out
    assert offramp(capsys, *letter, "--format", "pdf", "-o", "letter.pdf")[0] == 0
    assert made(workspace, "letter.pdf").startswith(b"%PDF-")
    body = json.loads(offramp(capsys, *letter, "--format", "json")[1])
    assert body["statement"]["predicate"]["unscanned"]
    assert "disclaimer" in body["about"]
    code, _, err = offramp(capsys, *letter, "--format", "csv")
    assert (code, "format-unknown" in err) == (2, True)


def test_the_report_of_the_clause_in_both_parts(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = ("evidence", "document", "far-52-204-30", "--vendor", VENDOR, "--by", "A. Mensah")
    found = ("--found-on", "2026-03-09", "--contract", "HSB-26-0007")
    code, out, _ = offramp(capsys, *report, *found, "--format", "json")
    first = json.loads(out)
    assert (code, first["due_by"]) == (0, "2026-03-12")
    assert len(first["articles"]) > 1
    assert any("not looked at: image" in gap for gap in first["about"]["gaps"])

    moved = ("ramp", "claude-sonnet-4-5", "100", "--by", "S. Lindgren", "--reason", "moved")
    assert offramp(capsys, *moved)[0] == 0
    supplement = (
        "--part",
        "supplement",
        "--submitted-on",
        "2026-03-12",
        "--effort",
        "it refuses",
    )
    code, out, _ = offramp(capsys, *report, *found, *supplement, "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert code == 0
    assert any("claude-sonnet-4-5: 100 % moved off, by S. Lindgren" in row[2] for row in rows)
    assert ["(B)", "effort undertaken to prevent submission or use", "it refuses"] in rows

    code, _, err = offramp(capsys, *report, *found, "--part", "third")
    assert (code, "part-unknown" in err) == (2, True)
    nobody = ("evidence", "document", "far-52-204-30", "--vendor", "cohere", "--by", "A. Mensah")
    assert offramp(capsys, *nobody, *found)[0] == 3


def test_a_bill_carries_what_was_stated(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert offramp(capsys, "evidence", "state", "inventory", "--by", "A. Mensah")[0] == 0
    for spec in ("1.6", "1.7"):
        code, out, _ = offramp(capsys, "evidence", "document", "ai-bom", "--spec", spec)
        bill = json.loads(out)
        assert (code, bill["specVersion"]) == (0, spec)
        assert bill["declarations"]["claims"][0]["predicate"].startswith("inventory")
    assert offramp(capsys, "evidence", "document", "ai-bom", "--format", "html", "-o", "bom.html")[0] == 0
    assert b"Declared sources" in made(workspace, "bom.html")
    assert offramp(capsys, "evidence", "document", "ai-bom", "--spec", "2")[0] == 2


def test_a_plan_of_action_and_a_restoration(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert offramp(capsys, "evidence", "document", "poam")[0] == 3
    leave = (
        "leave",
        VENDOR,
        "--by",
        "2026-08-26",
        "--to",
        "mistral",
        "--by-whom",
        "S. Lindgren",
        "--at",
        "2026-03-01",
    )
    assert offramp(capsys, *leave)[0] in (0, 1, 4)
    code, out, _ = offramp(capsys, "evidence", "document", "poam", "--at", "2026-03-05")
    plan = json.loads(out)["plan-of-action-and-milestones"]
    assert code == 0
    assert len(plan["poam-items"]) == len(plan["risks"]) > 10

    assert offramp(capsys, "evidence", "document", "restoration")[0] == 3
    drill = ("--cause", "drill:june", "--by", "S. Lindgren", "--reason", "a drill")
    assert offramp(capsys, "cut", "incumbent", *drill)[0] == 0
    assert offramp(capsys, "restore", "incumbent", *drill)[0] == 0
    assert offramp(capsys, "evidence", "state", "drill", "june", "--by", "S. Lindgren")[0] == 0
    assert offramp(capsys, "evidence", "state", "restoration", "--by", "S. Lindgren")[0] == 0
    code, out, _ = offramp(capsys, "evidence", "document", "restoration", "--to", "Clerk of the Court")
    assert (code, "drill:june" in out) == (0, True)
