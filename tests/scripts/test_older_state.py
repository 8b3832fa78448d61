"""A state directory that an older version left: what only reads finds nothing in it, and does not stumble."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from offramp.cli.main import run

SETTINGS = """\
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [contractor]}
upstreams:
  incumbent: {vendor: example-a, dialect: openai-chat, local: smollm2-135m}
  successor: {vendor: example-b, dialect: openai-chat, local: smollm2-135m}
routes:
  model-1: {targets: [{upstream: incumbent, model: m}, {upstream: successor, model: n}]}
"""
FIRST = ("evidence_entries", "evidence_nodes", "plan_exits", "plan_items", "plan_ramps", "plan_causes")
"""The tables of the first version."""
INTERNAL = 70


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "offramp.yaml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    assert (
        run(["cut", "incumbent", "--by", "A. Mensah", "--cause", "drill:one", "--reason", "rehearsal"]) == 0
    )
    with closing(sqlite3.connect(tmp_path / ".offramp" / "state.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in tables:
            if name not in (*FIRST, "store_version"):
                database.execute(f"DROP TABLE {name}")
        database.execute("UPDATE store_version SET version = 1")
        database.commit()
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["drill", "report", "--name", "x"],
        ["evidence", "document", "red-lines", "--month", "2026-01"],
        ["evidence", "entries"],
        ["evidence", "exit", "example-a"],
        ["evidence", "hold", "list"],
        ["evidence", "losses"],
        ["holds"],
        ["holds", "report"],
        ["keys", "list"],
        ["plan", "--gate"],
        ["ramp", "model-1"],
        ["record", "list"],
        ["status"],
    ],
    ids=" ".join,
)
def test_reading_it_does_not_stumble(
    older: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) != INTERNAL, capsys.readouterr().err
    assert "error[internal]" not in capsys.readouterr().err


def test_writing_brings_it_up_to_date(older: Path) -> None:
    assert run(["restore", "incumbent", "--by", "A. Mensah", "--cause", "drill:one", "--reason", "over"]) == 0
    assert run(["verdict", "quality", "passed", "--by", "A. Mensah", "--reason", "trial"]) == 0
