"""What cannot be judged is held; an exception is an instrument; what no instrument asks for is off."""

import os
import re
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.guarded import AT, INSTRUMENTS, LINE, Place, names, write

from offramp.control import persons
from offramp.core.instants import now
from offramp.evidence import Entry, EntryType, Ledger
from offramp.store import connect

WAIVER = """\
  - id: exception
    kind: waiver
    title: a written exception
    issuer: an issuer
    basis: text
    source: {document: Letter 7}
    issued: 2030-06-01
    norms:
      - {id: cameras, effect: permit, strength: lift, overrides: lines.mass, binds: {kinds: [company]},
         scope: {purpose: cameras}, quote: the cameras may go on}
"""


@pytest.fixture
def root(tmp_path: Path, workspace: Any) -> Path:
    root: Path = workspace(tmp_path / "place")
    write(root)
    return root


@pytest.fixture
def start(root: Path, started: Any, post: Any) -> Any:
    def again(*argv: str) -> Place:
        return Place(started(root, "--workers", "1", *(argv or AT)), post)

    return again


def statement(root: Path, text: str) -> None:
    with sqlite3.connect(root / ".offramp" / "state.db") as database:
        database.execute(text)
        if "heads" not in text:
            database.execute("UPDATE control_person_heads SET version = version + 1")
    database.close()


def test_a_restart_at_the_line_forgets_nobody(root: Path, start: Any) -> None:
    place = start()
    assert place.ask("watch-1", names(0, LINE - 1)).status == 200
    place.gateway.stop()
    place = start()
    assert place.ask("watch-2", names(LINE - 1, LINE)).status == 403
    assert place.ask("watch-2", names(0, LINE - 1)).headers["offramp-persons"] == f"persons={LINE - 1}"
    place.gateway.stop()
    # A clock behind the last count would begin an empty window.
    place = start("--at", "2030-06-14T12:00:00Z")
    held = place.ask("watch-1", names(0, 1))
    assert (held.status, held.body["offramp"]["code"]) == (403, "guard-failed")
    assert "persons were counted on 2030-06-15" in held.body["error"]["message"]
    assert [norm["id"] for norm in held.body["offramp"]["norms"]] == ["lines.mass"]


def test_a_corrupt_row_a_lost_database_and_a_broken_key_hold(root: Path, start: Any) -> None:
    place = start()
    assert place.ask("watch-1", names(0, 3)).status == 200
    statement(root, "UPDATE control_person_panes SET tally = CAST(substr(tally, 1, 20) AS BLOB)")
    held = place.ask("watch-1", names(0, 1))
    assert (held.status, held.body["offramp"]["code"]) == (403, "guard-failed")
    assert "is not as it was written" in held.body["error"]["message"]
    assert held.body["type"] == "error"
    entry = place.gateway.entry(held.headers["offramp-request-id"])
    assert (entry.type, entry.cause) == ("decision", "norm:lines.mass")
    statement(root, "ALTER TABLE control_person_panes RENAME TO lost")
    held = place.ask("watch-1", names(0, 1))
    assert "the database cannot be read" in held.body["error"]["message"]
    statement(root, "ALTER TABLE lost RENAME TO control_person_panes")
    statement(root, "DELETE FROM control_person_panes")
    assert place.ask("watch-1", names(0, 1)).status == 200
    place.gateway.stop()
    for key in (root / ".offramp" / "persons").glob("*.key"):
        key.write_bytes(b"short")
    place = start()
    held = place.ask("watch-1", names(0, 1))
    assert "cannot be used: it has another length" in held.body["error"]["message"]
    # What no clause counts goes on.
    answer = place.ask("watch-2", names(0, 90), headers={"offramp-purpose": "office"})
    assert answer.status == 200


@pytest.mark.parametrize(
    ("damage", "repair"),
    [
        ("UPDATE control_person_heads SET version = 'x'", "UPDATE control_person_heads SET version = 9"),
        ("UPDATE control_person_panes SET day = 'soon'", "DELETE FROM control_person_panes"),
        ("UPDATE control_person_panes SET day = '2000-01-01'", "DELETE FROM control_person_panes"),
        ("UPDATE control_person_panes SET day = x'00'", "DELETE FROM control_person_panes"),
        ("UPDATE control_person_panes SET tally = 5", "DELETE FROM control_person_panes"),
        ("UPDATE control_person_panes SET tally = x''", "DELETE FROM control_person_panes"),
        ("UPDATE control_person_panes SET fact = x'ff'", "DELETE FROM control_person_panes"),
        ("UPDATE control_person_panes SET key_id = key_id || 'x'", "DELETE FROM control_person_panes"),
        (
            "ALTER TABLE control_person_heads RENAME TO lost",
            "ALTER TABLE lost RENAME TO control_person_heads",
        ),
    ],
)
def test_a_running_gateway_holds_while_its_rows_are_damaged(
    root: Path, start: Any, damage: str, repair: str, wait_until: Any
) -> None:
    place = start()
    assert place.ask("watch-1", names(0, 3)).status == 200
    statement(root, damage)
    held = place.ask("watch-1", names(0, 1))
    assert (held.status, held.body["offramp"]["code"]) == (403, "guard-failed")
    assert "guard `distinct-persons` cannot tell" in held.body["error"]["message"]
    assert [norm["id"] for norm in held.body["offramp"]["norms"]] == ["lines.mass"]
    # What no clause counts goes on, and so does the rest once the rows are right again.
    assert place.ask("watch-2", names(0, 9), headers={"offramp-purpose": "office"}).status == 200
    statement(root, repair)
    wait_until(lambda: place.ask("watch-1", names(0, 1)).status == 200)


def test_a_running_gateway_whose_keys_are_taken_away_holds(root: Path, start: Any, wait_until: Any) -> None:
    place = start()
    assert place.ask("watch-1", names(0, 3)).status == 200
    folder = root / ".offramp" / "persons"
    away = folder.with_name("away")
    folder.rename(away)
    folder.write_text("no folder")
    statement(root, "UPDATE control_person_heads SET version = version + 1")
    held = place.ask("watch-1", names(0, 1))
    assert (held.status, held.body["offramp"]["code"]) == (403, "guard-failed")
    assert "cannot be used" in held.body["error"]["message"]
    folder.unlink()
    away.rename(folder)
    wait_until(lambda: place.ask("watch-1", names(0, 3)).headers.get("offramp-persons") == "persons=3")


def test_a_running_gateway_that_finds_counts_of_days_to_come_holds(
    root: Path, start: Any, wait_until: Any
) -> None:
    place = start()
    assert place.ask("watch-1", names(0, 3)).status == 200
    # What a worker of another clock would have written: the next week's count.
    state = root / ".offramp"
    counter = persons.Counter(persons.Keys(state))
    engine = connect(state / "state.db", read_only=True)
    with engine.connect() as connection:
        counter.refresh(connection)
    engine.dispose()
    cell = persons.Cell("watch-1", "cameras", "example-a")
    by_fact = {"persons": frozenset({"somebody@example.org"})}
    later = persons.Asked(cell=cell, today=date(2030, 6, 22), by_fact=by_fact, days={"persons": 366})
    entry = Entry(type=EntryType.COUNT, at=now(), actor="watch-1", cause="request", subject="req", data={})
    with Ledger.open(state) as ledger:
        ledger.append(entry, counter.rows("split", counter.changes(later)))
    wait_until(lambda: place.ask("watch-1", names(0, 1)).status == 403)
    held = place.ask("watch-1", names(0, 1))
    assert held.body["offramp"]["code"] == "guard-failed"
    assert "persons were counted on 2030-06-22" in held.body["error"]["message"]
    assert place.ask("watch-2", names(0, 9), headers={"offramp-purpose": "office"}).status == 200


def test_guards_are_on_while_an_instrument_asks_and_an_exception_is_one(
    root: Path, start: Any, wait_until: Any
) -> None:
    place = start()
    assert place.ask("watch-1", names(0, LINE)).status == 403
    instruments = root / "instruments" / "lines.yaml"
    instruments.write_text(INSTRUMENTS + WAIVER)
    wait_until(lambda: place.ask("watch-1", names(0, LINE)).status == 200)
    # The exception is for cameras, and only there; what it lifts is not counted towards the line.
    plates = place.ask("watch-2", names(0, 5))
    assert plates.headers["offramp-persons"] == "persons=5"
    assert place.ask("watch-2", names(0, LINE)).status == 403
    instruments.write_text("schema: offramp.instruments/v1\n")
    wait_until(lambda: place.ask("watch-2", names(0, LINE)).status == 200)
    off = place.ask("watch-2", names(0, LINE))
    assert "offramp-persons" not in off.headers
    assert "guards" not in place.gateway.entry(off.headers["offramp-request-id"]).data


def test_the_client_of_the_demo_reaches_the_line(root: Path, start: Any) -> None:
    examples = Path(__file__).parents[2] / "examples" / "own-rule"
    write(root, (examples / "own-rule.yaml").read_text())
    text = (root / "offramp.yaml").read_text()
    (root / "offramp.yaml").write_text(text.replace("purposes: [plates, office]", "purposes: [records]"))
    place = start()
    environment = {
        "ANTHROPIC_BASE_URL": place.gateway.url,
        "ANTHROPIC_API_KEY": place.gateway.keys["watch-2"],
    }

    def ask(first: int) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(examples / "ask.py"), "model-a", str(first), str(first + 900)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    assert ask(0).stdout == "200: persons_in_month=900\n"
    assert ask(900).stdout == "200: persons_in_month=1800\n"
    refused = ask(1800)
    assert refused.returncode == 1
    # Past 1,024 a day the count has bounds, and the upper one decides.
    assert re.match(r"403: persons_in_month=2[67]\d\d \(2\d\d\d to 2\d\d\d\)\n", refused.stdout), (
        refused.stdout
    )
    assert "the line is reached" in refused.stdout
