"""`offramp terms calendar` as a person runs it: everything dated, in four formats."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = """schema: offramp.instruments/v1
zone: America/New_York
instruments:
  - id: demand-order
    kind: order
    title: Order
    issuer: an office
    basis: text
    source: {document: the order, date: 2030-02-27}
    issued: 2030-02-27
    from: 2030-02-27T17:01
    norms:
      - {id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: example-a, action: use, quote: stop}
      - {id: list, effect: oblige, binds: {kinds: [company]}, vendor: example-a, action: use, quote: list it,
         duty: {within: P6M, towards: the office, proof: a list}}
"""


def calendar(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "offramp", "terms", "calendar", str(folder), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_calendar_of_one_order(tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(DOCUMENT)
    done = calendar(tmp_path, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    body = json.loads(done.stdout)
    assert body["schema"] == "offramp/calendar/v1"
    assert body["about"]["disclaimer"] == "Nothing here is legal advice."
    assert [(one["date"], one["kind"], one["subject"]) for one in body["entries"]] == [
        ("2030-02-27", "notice", "demand-order"),
        ("2030-02-27 17:01 EST", "change", "demand-order.list"),
        ("2030-02-27 17:01 EST", "change", "demand-order.stop"),
        ("2030-08-27", "duty", "demand-order.list"),
    ]
    due = body["entries"][-1]
    assert (due["at"], due["who"], due["source"]) == (
        "2030-08-28T03:59:59Z",
        ["company"],
        "the order, 2030-02-27",
    )


def test_a_calendar_file_has_days_and_times_of_day(tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(DOCUMENT)
    made = [calendar(tmp_path, "--format", "ics").stdout for _ in range(2)]
    text = made[0].replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == 4
    assert "DTSTART:20300227T220100Z" in text
    assert "DTSTART;VALUE=DATE:20300827" in text
    uids = [[line for line in one.splitlines() if line.startswith("UID:")] for one in made]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == 4


def test_only_a_window_and_only_rows(tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(DOCUMENT)
    done = calendar(tmp_path, "--from", "2030-08-27", "--until", "2030-08-27", "--format", "csv")
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert [row[1] for row in rows[1 : rows.index([])]] == ["demand-order.list"]


def test_a_window_that_ends_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(DOCUMENT)
    done = calendar(tmp_path, "--from", "2030-09-01", "--until", "2030-08-27")
    assert done.returncode == 2
    assert "window-empty" in done.stderr


def test_the_public_record_has_a_calendar() -> None:
    done = calendar(ROOT / "examples" / "us-2026", "--from", "2026-04-01", "--format", "json")
    subjects = {one["subject"] for one in json.loads(done.stdout)["entries"]}
    assert {"cio-memo.remove", "export-directive.no-access"} <= subjects
