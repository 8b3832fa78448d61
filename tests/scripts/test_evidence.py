"""The story of evidence on the command line: record, look, pack, hand over the key, verify, and be caught."""

import json
from pathlib import Path

import pytest

from offramp.cli.main import run
from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Ledger

AT = parse_instant("2026-03-05T12:00:00Z")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose ledger has a cut and a restoration; the commands run inside it."""
    (tmp_path / "offramp.yaml").write_text("schema: offramp/workspace/v1\n")
    monkeypatch.chdir(tmp_path)
    state = tmp_path / ".offramp"
    with Ledger.open(state) as ledger:
        for kind in (EntryType.CUT, EntryType.RESTORE, EntryType.TRAFFIC):
            ledger.append(
                Entry(
                    type=kind,
                    at=AT,
                    actor="A. Person",
                    cause="norm:order-1/cease",
                    subject="incumbent",
                    instruments=("order-1",),
                )
            )
    return state


def offramp(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["evidence", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_whole_story(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = offramp(capsys, "entries", "--type", "cut", "--type", "restore", "--format", "json")
    listed = json.loads(out)
    assert (code, listed["schema"]) == (0, "offramp/entries/v1")
    assert [(entry["index"], entry["type"]) for entry in listed["entries"]] == [(0, "cut"), (1, "restore")]

    code, key, _ = offramp(capsys, "key")
    assert (code, key.count("\n"), key.startswith("offramp/ledger-")) == (0, 1, True)
    (tmp_path / "ledger.pub").write_text(key)

    code, note, _ = offramp(capsys, "checkpoint")
    assert (code, note.split("\n")[1]) == (0, "3")
    (tmp_path / "march.txt").write_text(note)

    (tmp_path / "Scan.json").write_text("{}")
    code, out, _ = offramp(
        capsys, "pack", "--document", "Scan.json", "--at", "2026-04-10", "--format", "json"
    )
    packed = json.loads(out)
    assert (code, packed["schema"], packed["entries"]) == (0, "offramp/pack/v1", 3)
    assert [member["path"] for member in packed["members"]] == [
        "checkpoint.txt",
        "documents/scan.json",
        "entries.jsonl",
        "ledger.pub",
        "tiles/checkpoint",
        "tiles/tile/0/000.p/3",
        "verify.py",
    ]

    for given in ("ledger.pub", key.strip()):
        code, out, _ = offramp(capsys, "verify", "evidence.zip", "--key", given, "--format", "json")
        verdict = json.loads(out)
        assert (code, verdict["schema"], verdict["ok"], verdict["problems"]) == (
            0,
            "offramp/verify/v1",
            True,
            [],
        )
        assert verdict["pack"]["entries"] == 3
        assert verdict["about"]["gaps"]

    arguments = ("--key", "ledger.pub", "--earlier", "march.txt")
    code, out, _ = offramp(capsys, "verify", "evidence.zip", *arguments)
    assert (code, "against the checkpoint in march.txt" in " ".join(out.split())) == (0, True)

    changed = bytearray((tmp_path / "evidence.zip").read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "evidence.zip").write_bytes(changed)
    code, out, _ = offramp(capsys, "verify", "evidence.zip", "--key", "ledger.pub", "--format", "json")
    verdict = json.loads(out)
    assert (code, verdict["ok"]) == (1, False)
    assert verdict["problems"]
    code, out, _ = offramp(capsys, "verify", "evidence.zip", "--key", "ledger.pub")
    assert (code, "NOT verified" in out) == (1, True)


def test_entries_show_the_newest_last(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = offramp(capsys, "entries", "--limit", "2", "--format", "csv")
    assert code == 0
    assert [line.split(",")[2] for line in out.splitlines()] == ["type", "restore", "traffic"]


def test_a_dry_run_leaves_no_pack(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = offramp(capsys, "pack", "--dry-run")
    assert (code, "would hold 3 entries" in out) == (0, True)
    assert not (tmp_path / "evidence.zip").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("verify", "evidence.zip"), 2, "key-missing"),
        (("verify", "evidence.zip", "--key", "a+b+c"), 2, "key-unreadable"),
        (("verify", "evidence.zip", "--key", "no-such-file"), 2, "file-unreadable"),
        (("pack", "--document", "no-such-file"), 2, "file-unreadable"),
        (("entries", "--type", "nonsense"), 2, "entry-type-unknown"),
        (("entries", "--limit", "-1"), 2, "limit-negative"),
        (("entries", "--type", "trial"), 3, "nothing of that kind"),
        (("entries", "--state", "elsewhere"), 3, "ledger-missing"),
        (("key", "--state", "elsewhere"), 3, "ledger-missing"),
        (("pack", "--state", "elsewhere"), 3, "ledger-missing"),
        (("pack", "--at", "tomorrow"), 2, "instant-unreadable"),
    ],
)
def test_what_goes_wrong_is_said(
    state: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended, _, err = offramp(capsys, *arguments)
    assert ended == code
    assert said in err


def test_without_a_workspace_the_state_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = offramp(capsys, "entries")
    assert (code, "workspace-missing" in err) == (2, True)
