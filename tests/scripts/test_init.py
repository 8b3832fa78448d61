"""`offramp init`: a first workspace that loads, and is never overwritten."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Offramp = Callable[..., Any]


def test_a_folder_becomes_a_workspace_that_answers(offramp: Offramp, here: Path) -> None:
    (here / "service").mkdir()
    (here / "service" / "main.py").write_text("import anthropic\n\nclient = anthropic.Anthropic()\n", "utf-8")
    dry = offramp("init", "--yes", "--dry-run")
    assert (dry.code, dry.out) == (0, "")
    assert "+schema: offramp/workspace/v1" in dry.err
    assert not (here / "offramp.yaml").exists()
    done = offramp("init", "--yes", "--organisation", "Example Agency", "--kinds", "civil_agency,supplier")
    assert done.code == 0
    assert "kinds: [civil_agency, supplier]" in (here / "offramp.yaml").read_text("utf-8")
    key = here / ".offramp" / "keys" / "service"
    assert key.read_text("utf-8").startswith("offr_service_")
    assert key.read_text("utf-8").strip() not in done.err
    status = offramp("status", "--format", "json")
    assert (status.code, json.loads(status.out)["exits"]) == (0, [])


def test_a_second_run_changes_nothing(offramp: Offramp, here: Path) -> None:
    offramp("init", "--yes")
    (here / "offramp.yaml").write_text((here / "offramp.yaml").read_text("utf-8") + "# mine\n", "utf-8")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    again = offramp("init", "--yes")
    assert (again.code, "nothing to do" in again.err) == (0, True)
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


def test_git_leaves_the_state_alone(offramp: Offramp, here: Path) -> None:
    (here / ".git").mkdir()
    offramp("init", "--yes")
    assert (here / ".gitignore").read_text("utf-8") == ".offramp/\n"


def test_a_folder_that_is_not_there(offramp: Offramp, here: Path) -> None:
    ran = offramp("init", "nowhere", "--yes")
    assert ran.code == 2
    assert "error[folder-missing]: there is no folder `nowhere`" in ran.err
