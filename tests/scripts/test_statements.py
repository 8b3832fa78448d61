"""The story of statements on the command line: state, countersign, pack, verify, and be refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from offramp.cli.main import run

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {name: Harbor Works, kinds: [contractor]}
systems:
  desk: {owner: R. Okafor, paths: ["app/**"]}
sources:
  reseller: {supplier: Meridian Resale}
  image: {image: build/desk.tar}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with two sources beside its folder: a supplier that was never asked, and no image."""
    (tmp_path / "offramp.yaml").write_text(WORKSPACE)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("print('hello')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offramp(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["evidence", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


NON_USE = ("state", "non-use", "--vendor", "cohere", "--by", "A. Person", "--format", "json")


def test_non_use_is_refused_until_the_gaps_are_in_it(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = offramp(capsys, *NON_USE)
    assert (code, "error[source-unscanned]" in err) == (4, True)
    assert not (workspace / ".offramp" / "statements").exists()

    code, out, _ = offramp(capsys, *NON_USE, "--with-gaps")
    said = json.loads(out)["predicate"]
    assert code == 0
    assert len(said["unscanned"]) == 2
    assert set(said["unscanned"]) <= set(said["gaps"])


def test_a_supplier_that_answered_is_no_gap_and_one_that_uses_it_is_a_use(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "answer.txt").write_text("we do not")
    asked = ("state", "supplier-response", "--supplier", "Meridian Resale", "--role", "reseller")
    said = ("--document", "answer.txt", "--issued-by", "K. Other", "--by", "A. Person")
    assert offramp(capsys, *asked, "--answer", "cohere=no", *said, "--issued-on", "2026-04-02")[0] == 0
    _, _, err = offramp(capsys, *NON_USE)
    assert "1 of 3 declared sources" in err

    assert offramp(capsys, *asked, "--answer", "cohere=yes", *said, "--issued-on", "2026-04-03")[0] == 0
    code, _, err = offramp(capsys, *NON_USE, "--with-gaps")
    assert (code, "error[use-found]" in err, "supplier Meridian Resale" in err) == (1, True, True)


def test_two_sign_it_and_the_pack_proves_it(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, public, _ = offramp(capsys, "signer", "counsel.example", "-o", "counsel.key")
    assert code == 0
    (workspace / "counsel.pub").write_text(public)
    code, out, _ = offramp(capsys, "state", "inventory", "--by", "A. Person", "--format", "json")
    assert code == 0
    path = json.loads(out)["path"]
    (workspace / "ledger.pub").write_text(offramp(capsys, "key")[1])
    two = ("--key", "ledger.pub", "--signer", "counsel.pub", "--threshold", "2", "--format", "json")
    assert offramp(capsys, "verify", path, *two)[0] == 1
    assert offramp(capsys, "sign", path, "--secret", "counsel.key")[0] == 0
    assert offramp(capsys, "verify", path, *two)[0] == 0

    assert offramp(capsys, "pack", "-o", "evidence.zip")[0] == 0
    code, out, _ = offramp(capsys, "verify", "evidence.zip", *two)
    verdict = json.loads(out)
    assert (code, [one["statement"] for one in verdict["statements"]]) == (0, ["inventory"])
    assert offramp(capsys, "verifier", "-o", "verify.py")[0] == 0
    alone = ("--key", "ledger.pub", "--signer", "counsel.pub", "--threshold")
    for threshold, wanted in (("2", 0), ("3", 1)):
        done = subprocess.run(
            [sys.executable, "-I", "verify.py", "evidence.zip", *alone, threshold],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (wanted, "")
        assert offramp(capsys, "verify", "evidence.zip", *two[:-3], threshold)[0] == wanted


def test_a_statement_that_does_not_count_is_left_out_and_named(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = offramp(capsys, "state", "inventory", "--by", "A. Person", "--format", "json")
    _, other, _ = offramp(capsys, "state", "inventory", "--by", "B. Person", "--dry-run", "--format", "json")
    assert json.loads(other)["entry"] is None
    assert not Path(json.loads(other)["path"]).exists()
    kept = workspace / json.loads(out)["path"]
    forged = kept.read_bytes().replace(b"payload", b"payloud", 1)
    (kept.parent / "inventory-forged.dsse.json").write_bytes(forged)
    key = offramp(capsys, "key")[1].strip()
    assert offramp(capsys, "pack", "-o", "evidence.zip")[0] == 0
    code, out, _ = offramp(capsys, "verify", "evidence.zip", "--key", key, "--format", "json")
    verdict = json.loads(out)
    assert (code, len(verdict["statements"])) == (0, 1)
    assert any("left out: inventory-forged.dsse.json" in gap for gap in verdict["pack"]["gaps"])
    code, out, err = offramp(capsys, "statements", "--format", "json")
    assert (code, len(json.loads(out)["statements"])) == (0, 1)
    assert "inventory-forged.dsse.json" in err


def test_nothing_that_moved_is_nothing_to_state(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (
        ("cut-over", "--vendor", "cohere"),
        ("restoration",),
        ("decision",),
        ("drill", "june"),
    ):
        code, _, err = offramp(capsys, "state", *argv, "--by", "A. Person")
        assert (code, err.startswith("error[")) == (3, True), argv
    assert offramp(capsys, "state", "inventory")[0] == 2


def test_another_date_than_today_is_said(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = offramp(capsys, *NON_USE, "--with-gaps", "--at", "2026-03-05")
    gaps = json.loads(out)["predicate"]["gaps"]
    assert code == 0
    assert any("not on the date of this statement" in gap for gap in gaps)
    _, out, _ = offramp(capsys, *NON_USE, "--with-gaps")
    assert not any("not on the date" in gap for gap in json.loads(out)["predicate"]["gaps"])
