"""A ledger's writer that stands still: nobody waits for ever, nothing passes, and it goes on by itself."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.guarded import AT, LINE, Place, names, write
from tests.gateway.held import (
    VALVE,
    ask,
    bearer,
    decide,
    heard,
    hold_in,
    lay,
    reply,
    write_held,
)
from tests.gateway.scripted import run_scripted

from offramp.evidence.lock import holder

WAIT = ("--ledger-wait", "2")
OFFICE = {"offramp-purpose": "office"}
SAYS = "its writer did not acknowledge the entry within 2 seconds, and may still record it"
CHAT = "openai-chat"


@contextmanager
def stopped(gateway: Any) -> Iterator[None]:
    """The writer gets no time of the processor until the end."""
    writer = int(holder(gateway.root / ".offramp"))
    os.kill(writer, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(writer, signal.SIGCONT)


@pytest.fixture
def place(tmp_path: Path, workspace: Any, started: Any, post: Any) -> Place:
    root: Path = workspace(tmp_path / "place")
    write(root)
    return Place(started(root, "--workers", "1", *WAIT, *AT), post)


def is_ready(place: Place, post: Any) -> bool:
    return bool(post(f"{place.gateway.url}/-/readyz", b"", method="GET").status == 200)


def asked_of(fakes: Any) -> int:
    return sum(len(fake.seen) for fake in fakes.values())


def test_traffic_is_refused_in_time_and_then_not_sent_on_at_all(
    place: Place, fakes: Any, post: Any, wait_until: Any
) -> None:
    gateway = place.gateway
    assert place.ask("watch-1", names(0, 3)).status == 200
    with stopped(gateway):
        silent = place.ask("watch-2", headers=OFFICE)
        assert (silent.status, silent.body["type"]) == (500, "error")
        assert silent.body["offramp"]["code"] == "ledger-unavailable"
        assert SAYS in silent.body["error"]["message"]
        before = asked_of(fakes)
        stuck = place.ask("watch-2", headers=OFFICE)
        assert (stuck.status, stuck.body["error"]["type"]) == (529, "overloaded_error")
        other = place.ask("watch-3", model="model-b", headers={"offramp-purpose": "cameras"})
        assert (other.status, set(other.body["error"]) >= {"type", "message"}) == (503, True)
        assert {stuck.body["offramp"]["code"], other.body["offramp"]["code"]} == {"ledger-stuck"}
        # What is prohibited is refused as ever, with its norm, and says that no entry tells of it.
        forbidden = place.ask("watch-1", names(0, LINE))
        assert (forbidden.status, forbidden.body["offramp"]["code"]) == (403, "norm-forbids")
        assert [norm["id"] for norm in forbidden.body["offramp"]["norms"]] == ["lines.mass"]
        assert "the entry was not handed to it and is not recorded" in forbidden.body["error"]["message"]
        assert asked_of(fakes) == before
        assert not is_ready(place, post)
    wait_until(lambda: is_ready(place, post))
    good = place.ask("watch-2", headers=OFFICE)
    assert good.status == 200
    assert len(gateway.entries(good.headers["offramp-request-id"])) == 1
    # What may have landed did, once; what is said not to be recorded is not.
    assert len(gateway.entries(silent.headers["offramp-request-id"])) == 1
    for answer in (stuck, other, forbidden):
        assert gateway.entries(answer.headers["offramp-request-id"]) == []


def test_a_stream_ends_with_the_error_and_not_with_its_end(place: Place, wait_until: Any) -> None:
    assert place.ask("watch-2", headers=OFFICE).status == 200
    with stopped(place.gateway):
        said = place.ask("watch-2", headers=OFFICE, stream=True).raw.decode()
    assert "event: error" in said
    assert SAYS in said
    assert "message_stop" not in said
    wait_until(lambda: b"message_stop" in place.ask("watch-2", headers=OFFICE, stream=True).raw)


def test_a_count_that_is_not_durable_sends_nothing_and_forgets_nobody(
    place: Place, fakes: Any, wait_until: Any
) -> None:
    assert place.ask("watch-1", names(0, 3)).headers["offramp-persons"] == "persons=3"
    before = asked_of(fakes)
    with stopped(place.gateway):
        held = place.ask("watch-1", names(3, 10))
        assert (held.status, held.body["offramp"]["code"]) == (403, "guard-failed")
        assert SAYS in held.body["error"]["message"]
        assert [norm["id"] for norm in held.body["offramp"]["norms"]] == ["lines.mass"]
        assert asked_of(fakes) == before

    def known() -> bool:
        answer = place.ask("watch-1", names(0, 3))
        return bool(answer.headers.get("offramp-persons") == "persons=10")

    # Its entry landed after all, so those it named count, although nothing was sent: towards the line.
    wait_until(known)
    assert place.ask("watch-2", names(10, LINE - 1)).headers["offramp-persons"] == f"persons={LINE - 1}"
    assert place.ask("watch-1", names(LINE - 1, LINE)).status == 403


def test_many_who_wait_at_once_get_their_own_entries_afterwards(
    tmp_path: Path, workspace: Any, started: Any, post: Any, wait_until: Any
) -> None:
    root: Path = workspace(tmp_path / "place")
    write(root)
    place = Place(started(root, "--workers", "2", *WAIT, *AT), post)

    def one(number: int) -> Any:
        if number % 2:
            return place.ask("watch-2", headers=OFFICE)
        return place.ask("watch-1", names(number % 18, number % 18 + 1))

    with ThreadPoolExecutor(24) as pool:
        assert {answer.status for answer in pool.map(one, range(24))} <= {200, 403}
        with stopped(place.gateway):
            refused = list(pool.map(one, range(24)))
        assert {answer.status for answer in refused} <= {403, 500, 529}
        wait_until(lambda: all(place.ask("watch-2", headers=OFFICE).status == 200 for _ in range(8)))
        answers = list(pool.map(one, range(96)))
    assert {answer.status for answer in answers} == {200}
    entries = [entry for entry in place.gateway.entries() if entry.type == "traffic"]
    subjects = [entry.subject for entry in entries]
    assert len(subjects) == len(set(subjects))
    told = {entry.subject: entry.data["application"] for entry in entries}
    for number, answer in enumerate(answers):
        application = "watch-2" if number % 2 else "watch-1"
        assert told[answer.headers["offramp-request-id"]] == application


def test_calls_stay_held_and_no_decision_is_claimed(
    tmp_path: Path, started: Any, post: Any, wait_until: Any
) -> None:
    with contextmanager(run_scripted)() as upstream:
        gateway = started(write_held(tmp_path / "place", upstream.url), "--workers", "1", *WAIT)
        lay(upstream, CHAT, reply(VALVE), is_stream=False)
        held = ask(gateway, post, CHAT, "Open it.", is_stream=False)
        text, calls = heard(CHAT, held.raw, is_stream=False)
        assert calls == []
        id_ = hold_in(text)
        shown = post(f"{gateway.url}/-/api/v1/holds/{id_}", b"", bearer("ana"), method="GET")
        assert shown.status == 200
        decision = json.dumps({"verdict": "approve", "reason": "looked at the plan"}).encode()
        with stopped(gateway):
            lay(upstream, CHAT, reply(VALVE), is_stream=False)
            new = ask(gateway, post, CHAT, "Open another.", is_stream=False)
            assert new.status == 500
            assert b"north" not in new.raw
            told = post(f"{gateway.url}/-/api/v1/holds/{id_}/decision", decision, bearer("ana"))
            assert (told.status, told.body["error"]["code"]) == (503, "ledger-writer-stuck")
            again = ask(gateway, post, CHAT, "Open it.", is_stream=False)
            assert again.body["error"]["code"] in ("ledger-unavailable", "ledger-writer-stuck")
            assert b"north" not in again.raw
        wait_until(lambda: decide(gateway, post, id_, "approve").status == 200)
        released = ask(gateway, post, CHAT, "Open it.", is_stream=False)
        assert heard(CHAT, released.raw, is_stream=False)[1] == [VALVE]
        assert gateway.stop() == 0
