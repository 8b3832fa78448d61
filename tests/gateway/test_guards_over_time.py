"""Guards that begin and end with an instrument, several keys of one application, and stores that fail."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.gateway import held
from tests.gateway.conftest import eventually
from tests.gateway.guarded import AT, INSTRUMENTS, LINE, Place, names, write
from tests.gateway.held import ask, hold_in, lay
from tests.gateway.scripted import Scripted, run_scripted

CHAT = "openai-chat"


@pytest.fixture
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture
def root(tmp_path: Path, workspace: Any) -> Path:
    root: Path = workspace(tmp_path / "place")
    write(root)
    return root


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Somebody else writes to the database and does not end."""
    database = sqlite3.connect(root / ".offramp" / "state.db", isolation_level=None)
    try:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")
    finally:
        database.close()


def test_a_guard_begins_and_ends_with_its_instrument(
    root: Path, started: Callable[..., Any], post: Any, wait_until: Any
) -> None:
    lines = INSTRUMENTS.replace(
        "from: 2030-01-01", 'from: "2030-06-15T12:00:20Z"\n    until: "2030-06-15T12:00:50Z"'
    )
    (root / "instruments" / "lines.yaml").write_text(lines)
    place = Place(started(root, "--workers", "1", *AT), post)
    everybody = names(0, LINE)
    before = place.ask("watch-1", everybody)
    assert before.status == 200
    assert "offramp-persons" not in before.headers
    wait_until(lambda: place.ask("watch-1", everybody).status == 403)
    some = place.ask("watch-1", names(0, 3))
    if some.status == 200:
        # What went by while nothing asked was not counted, and is not made up for.
        assert some.headers.get("offramp-persons", "persons=3") == "persons=3"
    wait_until(lambda: place.ask("watch-1", everybody).status == 200, 90.0)
    after = place.ask("watch-1", everybody)
    assert "offramp-persons" not in after.headers


def test_every_key_of_an_application_counts_towards_its_line(
    root: Path, started: Callable[..., Any], post: Any, wait_until: Any
) -> None:
    place = Place(started(root, "--workers", "1", *AT), post)
    gateway = place.gateway
    for number in (1, 2):
        made = gateway.offramp("keys", "issue", "watch-1", "--by", "R. Okafor", "--format", "json")
        assert made.returncode == 0, made.stderr
        gateway.keys[f"issued-{number}"] = json.loads(made.stdout)["key"]
    wait_until(lambda: place.ask("issued-2", names(0, 1)).status == 200)
    assert place.ask("watch-1", names(0, 8)).headers["offramp-persons"] == "persons=8"
    assert place.ask("issued-1", names(8, 15)).headers["offramp-persons"] == "persons=15"
    assert place.ask("issued-2", names(12, LINE - 1)).headers["offramp-persons"] == f"persons={LINE - 1}"
    for key in ("watch-1", "issued-1", "issued-2", "watch-2"):
        refused = place.ask(key, names(LINE - 1, LINE))
        assert (refused.status, refused.headers["offramp-persons"]) == (403, f"persons={LINE}")


def test_who_is_new_is_not_sent_where_the_ledger_takes_nothing(
    root: Path, started: Callable[..., Any], post: Any, fakes: Any
) -> None:
    place = Place(started(root, "--workers", "1", *AT), post)
    assert place.ask("watch-1", names(0, 2)).status == 200
    with locked(root):
        asked = len(fakes["a"].seen)
        refused = place.ask("watch-1", names(2, 4))
        assert refused.status >= 400
        assert len(fakes["a"].seen) == asked
    # Nobody was counted who was not sent on.
    assert place.ask("watch-1", names(0, 2)).headers["offramp-persons"] == "persons=2"


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_a_call_is_not_given_where_the_ledger_takes_nothing(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path, is_stream: bool
) -> None:
    root = held.write_held(tmp_path / "w", upstream.url)
    gateway = started(root, "--workers", "1")
    with locked(root):
        lay(upstream, CHAT, held.reply(held.VALVE), is_stream=is_stream)
        answer = ask(gateway, post, CHAT, "no ledger", is_stream=is_stream)
    assert b"north" not in answer.raw
    assert b"ledger" in answer.raw
    assert not [entry for entry in gateway.entries() if entry.data.get("event") == "held"]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE control_holds SET calls = '[{'", "holds-unreadable"),
        ("UPDATE control_holds SET role = 'emperor'", "holds-unreadable"),
        ("UPDATE control_holds SET expires_at = 'soon'", "holds-unreadable"),
        ("ALTER TABLE control_holds RENAME TO lost", "holds-unreadable"),
        ("DELETE FROM control_holds", ""),
    ],
)
def test_holds_that_cannot_be_read_release_nothing(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path, statement: str, code: str
) -> None:
    root = held.write_held(tmp_path / "w", upstream.url)
    gateway = started(root, "--workers", "1")
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    id_ = hold_in(ask(gateway, post, CHAT, "damaged", is_stream=False).raw.decode())
    assert held.decide(gateway, post, id_, "approve").status == 200
    with sqlite3.connect(root / ".offramp" / "state.db") as database:
        database.execute(statement)
    database.close()
    # A worker that could not look at the database for a while refuses for that reason first.
    eventually(lambda: post(f"{gateway.url}/-/readyz", b"", method="GET").status == 200)
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    answer = ask(gateway, post, CHAT, "damaged", is_stream=False)
    assert b"north" not in answer.raw
    if code:
        assert answer.status >= 500
        assert answer.body["offramp"]["code"] == code
        listed = post(f"{gateway.url}/-/api/v1/holds", b"", held.bearer("ana"), method="GET")
        assert (listed.status, listed.body["error"]["code"]) == (500, code)
    else:
        assert hold_in(answer.raw.decode()) != id_


def test_a_database_that_is_no_database_holds_and_refuses(
    upstream: Scripted, post: Any, started: Callable[..., Any], root: Path
) -> None:
    place = Place(started(root, "--workers", "1", *AT), post)
    assert place.ask("watch-1", names(0, 3)).status == 200
    place.gateway.stop()
    database = sqlite3.connect(root / ".offramp" / "state.db")
    (rootpage,) = database.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'control_person_panes'"
    ).fetchone()
    (size,) = database.execute("PRAGMA page_size").fetchone()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with (root / ".offramp" / "state.db").open("r+b") as file:
        file.seek((rootpage - 1) * size)
        file.write(b"\xff" * size)
    place = Place(started(root, "--workers", "1", *AT), post)
    refused = place.ask("watch-1", names(0, 1))
    assert (refused.status, refused.body["offramp"]["code"]) == (403, "guard-failed")
    assert "the database cannot be read" in refused.body["error"]["message"]
    # What no clause counts goes on.
    assert place.ask("watch-2", names(0, 9), headers={"offramp-purpose": "office"}).status == 200
