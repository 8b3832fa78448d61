"""`offramp status` says what moves or is rehearsed by itself: next steps, pauses, drills that run."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from offramp.cli.main import run

SETTINGS = """\
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [contractor]}
upstreams:
  p: {vendor: example-a, dialect: openai-chat, url: "http://127.0.0.1:1"}
  q: {vendor: example-b, dialect: openai-chat, url: "http://127.0.0.1:1"}
routes:
  written:
    targets: [{upstream: p, model: m}, {upstream: q, model: n}]
    schedule:
      by: R. Okafor
      steps: [{at: 2030-01-01, share: 10}, {at: 2030-02-01, share: 50, after: trial-1}]
  still: {targets: [{upstream: p, model: m}, {upstream: q, model: n}]}
"""
BY = ("--by", "R. Okafor", "--reason", "a test")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "offramp.yaml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*argv: str) -> Any:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([*argv, "--format", "json"])
    assert code == 0, err.getvalue()
    return json.loads(out.getvalue())


def test_it_says_what_goes_on_by_itself(place: Path) -> None:
    at = ("--at", "2029-12-24T00:00Z")
    quiet = said("status", *at)
    assert (quiet["pauses"], quiet["drills"]) == ([], [])
    (step,) = quiet["schedules"]
    assert (step["route"], step["share"], step["standing"]) == ("written", 10, "coming")
    said("ramp", "written", "--pause", *BY, *at)
    said("ramp", "still", "30", *BY, *at)
    said("drill", "example-a", "--for", "1d", "--name", "june", *BY, *at)
    told = said("status", "--at", "2029-12-24T12:00Z")
    assert [(one["route"], one["name"], one["by"]) for one in told["pauses"]] == [
        ("written", "person", "R. Okafor")
    ]
    assert [(one["name"], one["vendor"], one["until"][:10]) for one in told["drills"]] == [
        ("june", "example-a", "2029-12-25")
    ]
    assert said("status", "--at", "2030-01-02")["schedules"][0]["standing"] == "paused by person"


def test_it_says_which_verdict_the_next_step_waits_for(place: Path) -> None:
    said("ramp", "written", "10", *BY, "--at", "2030-01-02")
    (step,) = said("status", "--at", "2030-03-01")["schedules"]
    assert (step["step"], step["standing"]) == (2, "waits: verdict `trial-1` is not recorded")


def test_the_text_names_them_all(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "2029-12-24T00:00Z")
    said("ramp", "written", "--pause", *BY, *at)
    said("drill", "example-a", "--for", "1d", "--name", "june", *BY, *at)
    assert run(["status", *at]) == 0
    text = capsys.readouterr().out
    for word in (
        "next steps",
        "pauses",
        "drills that run",
        "june",
        "10 %",
        "offramp ramp 'written' --resume",
    ):
        assert word in text
