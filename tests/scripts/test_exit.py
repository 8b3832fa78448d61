"""`offramp evidence exit`: one whole exit, from the entries of a ledger, in every format."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from offramp.cli.main import run
from offramp.core.instants import format_instant, now, parse_instant
from offramp.evidence import Entry, EntryType, Ledger

SETTINGS = """\
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [contractor]}
upstreams:
  incumbent: {vendor: anthropic, dialect: openai-chat, local: smollm2-135m}
  successor: {vendor: mistral, dialect: openai-chat, local: smollm2-135m}
routes:
  model-1: {targets: [{upstream: incumbent, model: m}, {upstream: successor, model: n}]}
"""
START = parse_instant("2026-03-01T09:00:00Z")
BEFORE = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "machine-learning-model", "name": "m-1", "publisher": "example-a"},
        {"type": "library", "name": "kept", "version": "1.0"},
        {"type": "library", "name": "same", "version": "1.0"},
    ],
}
AFTER = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "library", "name": "kept", "version": "2.0"},
        {"type": "library", "name": "same", "version": "1.0"},
        {"type": "machine-learning-model", "name": "n-1", "publisher": "example-b"},
    ],
}
Said = Callable[..., str]


def made(type_: EntryType, subject: str, day: int, cause: str = "request", **data: object) -> Entry:
    at = format_instant(START + timedelta(days=day))
    return Entry(
        type=type_, at=now(), actor=str(data.pop("by", "desk")), cause=cause, subject=subject,
        data={"decided_at": at, **data},
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "offramp.yaml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    asked = {"route": "model-1", "outcome": "answered"}
    entries = [made(EntryType.TRAFFIC, "r", 0, upstream="incumbent", **asked) for _ in range(4)]
    entries += [
        made(EntryType.RAMP, "model-1", 1, "person:R. Okafor", by="R. Okafor", before=0, share=50),
        made(EntryType.TRAFFIC, "r", 1, upstream="incumbent", **asked),
        made(EntryType.TRAFFIC, "r", 1, upstream="successor", **asked),
        made(EntryType.TRAFFIC, "r", 1, upstream="gone", **asked),
        made(
            *(EntryType.CUT, "incumbent", 2, "norm:order-1.cease"),
            by="A. <b>Mensah",
            upstream="incumbent",
            route="",
            reason="in force",
        ),
        made(EntryType.DECISION, "r", 2, "norm:order-1.cease", route="model-1", outcome="refused"),
        made(EntryType.TRAFFIC, "r", 2, upstream="successor", **asked),
        made(EntryType.TRAFFIC, "r", 2, route="model-1", outcome="failed", upstream="successor"),
        made(
            *(EntryType.RESTORE, "incumbent", 40, "norm:order-1.cease"),
            by="A. <b>Mensah",
            upstream="incumbent",
            still_held_by=["norm:order-2.ban"],
        ),
        made(EntryType.TRAFFIC, "late", 300, upstream="incumbent", **asked),
    ]
    with Ledger.open(tmp_path / ".offramp") as ledger:
        ledger.append_all([(entry, ()) for entry in entries])
    for name, bill in (("before.json", BEFORE), ("after.json", AFTER)):
        (tmp_path / name).write_text(json.dumps(bill))
    return tmp_path


@pytest.fixture
def told(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    def tell(*words: str, code: int = 0) -> str:
        assert run(["evidence", "exit", "anthropic", "--at", "2026-06-01", *words]) == code
        return capsys.readouterr().out

    return tell


def test_the_account_is_that_of_the_ledger(told: Said) -> None:
    body = json.loads(told("--format", "json"))
    assert body["schema"] == "offramp/exit/v1"
    assert [
        (one["day"], one["vendor"], one["others"], one["refused"], one["failed"]) for one in body["traffic"]
    ] == [
        ("2026-03-01", 4, 0, 0, 0),
        ("2026-03-02", 1, 2, 0, 0),
        ("2026-03-03", 0, 1, 1, 1),
    ]
    assert [(one["what"], one["by"]) for one in body["moves"]] == [
        ("ramp", "R. Okafor"),
        ("cut", "A. <b>Mensah"),
        ("restore", "A. <b>Mensah"),
    ]
    assert "still held by norm:order-2.ban" in body["moves"][2]["said"]
    assert body["people"] == {"A. <b>Mensah": {"cut": 1, "restore": 1}, "R. Okafor": {"ramp": 1}}
    assert [(one["cause"], one["count"]) for one in body["refused"]] == [("norm:order-1.cease", 1)]
    assert body["bills"] is None
    assert any("no bills of materials" in gap for gap in body["about"]["gaps"])
    assert body["ledger"] == {"entries": 14, "covered": 0, "cosigned": 0}


def test_two_bills_are_compared_part_by_part(told: Said) -> None:
    bills = json.loads(told("--before", "before.json", "--after", "after.json", "--format", "json"))["bills"]
    assert [one["name"] for one in bills["removed"]] == ["example-a/m-1"]
    assert [one["name"] for one in bills["added"]] == ["example-b/n-1"]
    assert bills["changed"] == [{"kind": "library", "name": "kept", "differences": ["version: 1.0 → 2.0"]}]
    assert bills["same"] == 1


def test_a_bill_that_somebody_stated_says_so(
    told: Said, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bills = ("--before", "before.json", "--after", "after.json", "--format", "json")
    body = json.loads(told(*bills))
    assert body["bills"]["before"]["stated_by"] is None
    assert "nobody stated the bill `before.json`: it is compared as it was given" in body["about"]["gaps"]
    said = ["evidence", "state", "inventory", "--by", "A. Mensah", "--at", "2026-05-30"]
    assert run([*said, "--bill", "before.json"]) == 0
    capsys.readouterr()
    body = json.loads(told(*bills))
    assert body["bills"]["before"]["stated_by"] == "A. Mensah, 2026-05-30"
    assert "nobody stated the bill `after.json`: it is compared as it was given" in body["about"]["gaps"]
    (workspace / "before.json").write_text(json.dumps({**BEFORE, "version": 2}))
    assert json.loads(told(*bills))["bills"]["before"]["stated_by"] is None
    assert run([*said, "--bill", "offramp.yaml"]) == 2


def test_the_picture_is_one_and_says_what_it_shows(told: Said) -> None:
    page = told("--format", "html")
    drawn = page[page.index("<svg") : page.index("</svg>") + 6]
    picture = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert picture.get("role") == "img"
    labels = (picture.get("aria-labelledby") or "").split()
    assert [one.get("id") for one in picture if one.tag in (f"{space}title", f"{space}desc")] == labels
    columns = [one.text for one in picture.iter(f"{space}title")][1:]
    assert columns == [
        "2026-03-01: answered by anthropic 4",
        "2026-03-02: answered by anthropic 1",
        "2026-03-02: answered by others 2",
        "2026-03-03: answered by others 1",
        "2026-03-03: refused 1",
        "2026-03-03: failed 1",
    ]
    assert "A. <b>" not in page
    assert "<script" not in page


def test_the_paper_has_it_too(told: Said, workspace: Path) -> None:
    told("--format", "pdf", "-o", "exit.pdf")
    assert (workspace / "exit.pdf").read_bytes().startswith(b"%PDF-")


def test_text_has_the_numbers(told: Said) -> None:
    text = told()
    assert "What moved and what was restored, when and why" in text
    assert "2026-03-03" in text
    assert "1 requests were answered by upstreams that are no longer configured" in text


def test_what_cannot_be_told_is_said(told: Said, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "exit", "cohere", "--at", "2026-02-01"]) == 3
    told("--before", "before.json", code=2)
    (workspace / "before.json").write_text("[]")
    told("--before", "before.json", "--after", "after.json", code=2)
