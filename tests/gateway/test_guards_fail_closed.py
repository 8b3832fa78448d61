"""What cannot be judged is held; an exception is an instrument; what no instrument asks for is off."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.guarded import AT, INSTRUMENTS, LINE, Place, names, write

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


def change(root: Path, statement: str) -> None:
    with sqlite3.connect(root / ".offramp" / "state.db") as database:
        database.execute(statement)
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
    change(root, "UPDATE control_person_panes SET tally = CAST(substr(tally, 1, 20) AS BLOB)")
    held = place.ask("watch-1", names(0, 1))
    assert (held.status, held.body["offramp"]["code"]) == (403, "guard-failed")
    assert "is not as it was written" in held.body["error"]["message"]
    assert held.body["type"] == "error"
    entry = place.gateway.entry(held.headers["offramp-request-id"])
    assert (entry.type, entry.cause) == ("decision", "norm:lines.mass")
    change(root, "ALTER TABLE control_person_panes RENAME TO lost")
    held = place.ask("watch-1", names(0, 1))
    assert "the database cannot be read" in held.body["error"]["message"]
    change(root, "ALTER TABLE lost RENAME TO control_person_panes")
    change(root, "DELETE FROM control_person_panes")
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
