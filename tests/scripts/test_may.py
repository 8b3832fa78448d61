"""`may`, `binds` and `terms check` as a person runs them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from offramp.evidence import read_entries

ROOT = Path(__file__).parents[2]
US = ROOT / "examples" / "us-2026"


def offramp(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "offramp", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def may(*words: str) -> subprocess.CompletedProcess[str]:
    return offramp("may", "--instruments", "examples/us-2026", "--vendor", "anthropic", *words)


def as_json(*words: str) -> tuple[int, Any]:
    done = may(*words, "--format", "json")
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_commercial_use_on_5_march_is_contested_and_both_readings_are_told() -> None:
    code, body = as_json(
        "--user", "contractor", "--action", "use", "--fact", "under=commercial", "--at", "2026-03-05"
    )
    assert code == 4
    assert body["schema"] == "offramp/decision/v1"
    assert body["outcome"] == "contested"
    found = {one["choice"]["designation_scope"]: one["outcome"] for one in body["readings"]}
    assert found == {"a": "forbid", "b": "permit"}
    norm = body["readings"][0]["norms"][0]
    assert set(norm) >= {"id", "instrument", "effect", "quote", "source"}
    assert body["about"]["disclaimer"] == "Nothing here is legal advice."
    assert body["about"]["scope"].startswith("30 instruments from examples/us-2026")


def test_use_in_a_department_contract_is_forbidden_under_both() -> None:
    code, body = as_json("--user", "contractor", "--fact", "under=dow", "--at", "2026-03-05")
    assert code == 1
    assert {one["outcome"] for one in body["readings"]} == {"forbid"}


def test_on_10_april_the_first_designation_is_stayed_and_the_second_is_not() -> None:
    code, body = as_json("--user", "contractor", "--fact", "under=dow", "--at", "2026-04-10")
    assert code == 1
    assert [norm["instrument"] for one in body["readings"] for norm in one["norms"]] == ["determination-4713"]
    stayed = {norm["instrument"]: norm["note"] for norm in body["stayed"]}
    assert stayed["designation-3252"] == "stayed by injunction-nd-cal"
    code, _ = as_json("--user", "contractor", "--fact", "under=commercial", "--at", "2026-04-10")
    assert code == 0


def test_the_text_says_the_outcome_first_and_who_reads_it_how() -> None:
    done = may("--user", "contractor", "--fact", "under=commercial", "--at", "2026-03-05")
    assert done.stdout.splitlines()[0] == "CONTESTED: may contractor use anthropic (under=commercial)?"
    for words in ("Who reads it how", "Secretary", "the vendor", "legal advice", "next"):
        assert words in done.stdout


def test_missing_facts_are_named_with_what_to_do() -> None:
    done = may("--user", "company", "--fact", "model=fable-5", "--at", "2026-06-13")
    assert done.returncode == 4
    assert done.stdout.startswith("UNKNOWN:")
    assert "Facts missing: nationality." in done.stdout
    assert "--fact nationality=" in done.stdout


def test_a_stance_enforces_and_is_said() -> None:
    asked = ("--user", "contractor", "--fact", "under=commercial", "--at", "2026-03-05")
    code, body = as_json(*asked, "--stance", "strictest")
    assert (code, body["outcome"], body["enforced"]) == (1, "contested", "forbid")
    code, body = as_json(*asked, "--stance", "served")
    assert (code, body["outcome"], body["notice"]) == (0, "permit", "served")
    code, body = as_json(*asked, "--reading", "designation_scope=b")
    assert (code, body["outcome"]) == (0, "permit")


def test_after_the_record_ends_it_says_so() -> None:
    _, body = as_json("--user", "contractor", "--fact", "under=dow", "--at", "2026-10-01")
    assert any("ends in July 2026" in gap for gap in body["about"]["gaps"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--user", "pirate"), "party-unknown"),
        (("--user", "contractor", "--fact", "under"), "pair-unreadable"),
        (("--user", "contractor", "--fact", "under=navy"), "fact-value-unknown"),
        (("--user", "contractor", "--at", "soon"), "instant-unreadable"),
        (("--user", "contractor", "--reading", "designation_scope=z"), "option-unknown"),
        (("--user", "contractor", "--stance", "mild"), "stance-unknown"),
        (("--user", "contractor", "--stance", "served", "--stance", "announced"), "stance-twice"),
        (("--user", "contractor", "--fact", "under=dow", "--fact", "under=none"), "pair-twice"),
        (("--user", "contractor", "--workspace", "examples/agency"), "instruments-twice"),
        (("--user", "contractor", "--format", "ics"), "format-unknown"),
        (("--user", "contractor", "-o", "no-such-folder/x"), "output-unwritable"),
        (("--user", "contractor", "--at", "0001-01-01T00:00+14:00"), "instant-out-of-range"),
        ((), "user-missing"),
    ],
)
def test_a_question_that_cannot_be_read_is_an_error_with_help(words: tuple[str, ...], code: str) -> None:
    done = may(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"error[{code}]" in done.stderr
    assert "= help:" in done.stderr


def test_a_vendor_nobody_names_is_permitted_and_that_is_said() -> None:
    done = offramp("may", "--instruments", "examples/us-2026", "--user", "contractor", "--vendor", "cohere")
    assert done.returncode == 0
    assert "no instrument loaded here names the vendor" in " ".join(done.stdout.split())


@pytest.mark.parametrize("command", ["may", "binds"])
def test_a_vendor_that_nothing_knows_is_no_permission(command: str) -> None:
    done = offramp(
        command, "--instruments", "examples/us-2026", "--user", "contractor", "--vendor", "antropic"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[vendor-unknown]" in done.stderr
    assert "anthropic" in done.stderr.partition("help:")[2]


def test_binds_lists_what_is_in_force_stayed_and_due() -> None:
    done = offramp(
        "binds",
        "--instruments",
        "examples/us-2026",
        "--user",
        "contractor",
        "--at",
        "2026-04-10",
        "--format",
        "json",
    )
    assert done.returncode == 0
    body = json.loads(done.stdout)
    states = {one["norm"]: one["state"] for one in body["bindings"]}
    assert states["determination-4713.exclusion"] == "in force"
    assert states["designation-3252.exclusion"] == "stayed"
    due = {one["norm"]: one["deadline"] for one in body["bindings"]}
    assert due["cio-memo.certify"] == "2026-09-03T03:59:59Z"


def test_terms_check_reports_every_problem_or_what_is_there(tmp_path: Path) -> None:
    assert "30 instruments" in offramp("terms", "check", "examples/us-2026").stdout
    (tmp_path / "x.yaml").write_text("schema: offramp.instruments/v1\nzone: Nowhere\ninstrument: []\n")
    done = offramp("terms", "check", str(tmp_path))
    assert done.returncode == 2
    assert "error[zone-unknown]" in done.stderr
    assert "error[key-unknown]" in done.stderr
    assert "x.yaml:3:1" in done.stderr


def test_in_a_workspace_the_answer_is_recorded_under_its_stance(tmp_path: Path) -> None:
    (tmp_path / "offramp.yaml").write_text(
        "schema: offramp/workspace/v1\n"
        "organisation: {name: Harbor Works, kinds: [contractor]}\n"
        f"instruments: ['{US}']\n"
        "stance: {by: A. Mensah, reason: counsel's advice, is_strictest: true}\n"
    )
    asked = (
        "may",
        "--vendor",
        "anthropic",
        "--fact",
        "under=commercial",
        "--at",
        "2026-03-05",
        "--format",
        "json",
    )
    assert offramp(*asked, "--no-record", cwd=tmp_path).returncode == 4
    assert not (tmp_path / ".offramp" / "state.db").exists()
    done = offramp(*asked, cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    body = json.loads(done.stdout)
    assert body["question"]["user"] == ["contractor"]
    assert (body["outcome"], body["enforced"]) == ("contested", "forbid")
    assert "A. Mensah" in body["stance"]
    recorded = [entry.entry for entry in read_entries(tmp_path / ".offramp")]
    assert [one.type.value for one in recorded] == ["decision"]
    assert recorded[0].data["outcome"] == "contested"
    assert recorded[0].data["enforced"] == "forbid"
    assert set(recorded[0].instruments) == {"designation-3252"}
