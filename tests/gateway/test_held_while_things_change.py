"""Holds while the clause, the persons or the place change: nothing gets easier by waiting for it."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway import held
from tests.gateway.held import ask, decide, hold_in, lay
from tests.gateway.scripted import Scripted, run_scripted

CHAT = "openai-chat"
AT = ("--at", "2030-06-15T12:00:00Z")
WAIVER = """\
  - id: letter
    kind: waiver
    title: a letter
    issuer: an issuer
    basis: text
    source: {document: Letter 7}
    issued: 2030-01-01
    norms:
      - {id: go, effect: permit, strength: lift, overrides: clause.valve, binds: {kinds: [company]},
         quote: valves may be opened}
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(
    upstream: Scripted, launch: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    root = held.write_held(
        tmp_path_factory.mktemp("changes"),
        upstream.url,
        more="  webhook: {url: 'http://127.0.0.1:1', key: {file: keys/hook}}",
    )
    running = launch(root, *AT)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture(autouse=True)
def as_it_was(gateway: Any, upstream: Scripted, settle: Any) -> Iterator[None]:
    files = [gateway.root / "offramp.yaml", gateway.root / "instruments" / "clause.yaml"]
    before = [file.read_text() for file in files]
    upstream.ready.clear()
    yield
    for file, text in zip(files, before, strict=True):
        file.write_text(text)
    settle(gateway)


@pytest.fixture
def hold(gateway: Any, upstream: Scripted, post: Any) -> Callable[[str], str]:
    def held_now(said: str) -> str:
        lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
        return hold_in(ask(gateway, post, CHAT, said, is_stream=False).raw.decode())

    return held_now


def calls_of(answer: Any) -> list[Any]:
    return held.heard(CHAT, answer.raw, is_stream=False)[1]


def clause(gateway: Any, settle: Any, change: Callable[[str], str]) -> None:
    file = gateway.root / "instruments" / "clause.yaml"
    file.write_text(change(file.read_text()))
    settle(gateway)


@pytest.mark.parametrize("change", ["lifted", "lapsed"])
def test_what_was_held_stays_held_when_its_clause_ends_and_what_is_new_goes(
    gateway: Any, upstream: Scripted, post: Any, hold: Any, settle: Any, change: str
) -> None:
    id_ = hold(f"before it was {change}")
    if change == "lifted":
        clause(gateway, settle, lambda text: text + WAIVER)
    else:
        clause(
            gateway,
            settle,
            lambda text: text.replace("from: 2020-01-01", "from: 2020-01-01\n    until: 2030-01-01"),
        )
    again = ask(gateway, post, CHAT, f"before it was {change}", is_stream=False)
    assert hold_in(again.raw.decode()) == id_
    assert decide(gateway, post, id_, "approve").status == 200
    assert calls_of(ask(gateway, post, CHAT, f"before it was {change}", is_stream=False)) == [held.VALVE]
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    assert calls_of(ask(gateway, post, CHAT, f"after it was {change}", is_stream=False)) == [held.VALVE]


def test_an_approval_is_not_used_under_a_clause_that_now_forbids(
    gateway: Any, post: Any, hold: Any, settle: Any
) -> None:
    id_ = hold("approved, then forbidden")
    assert decide(gateway, post, id_, "approve").status == 200
    clause(gateway, settle, lambda text: text.replace(held.WORDINGS["decides"], "context.force"))
    refused = ask(gateway, post, CHAT, "approved, then forbidden", is_stream=False)
    assert refused.status == 403
    assert [norm["id"] for norm in refused.body["offramp"]["norms"]] == ["clause.valve"]
    assert b"north" not in refused.raw


def test_an_approval_by_who_only_supervises_is_not_enough_for_a_stricter_clause(
    gateway: Any, upstream: Scripted, post: Any, settle: Any
) -> None:
    clause(gateway, settle, lambda text: text.replace(held.WORDINGS["decides"], held.WORDINGS["supervises"]))
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    id_ = hold_in(ask(gateway, post, CHAT, "approved, then stricter", is_stream=False).raw.decode())
    assert decide(gateway, post, id_, "approve", by="eve").status == 200
    clause(gateway, settle, lambda text: text.replace(held.WORDINGS["supervises"], held.WORDINGS["decides"]))
    refused = ask(gateway, post, CHAT, "approved, then stricter", is_stream=False)
    assert (refused.status, refused.body["offramp"]["code"]) == (403, "approval-lapsed")
    assert decide(gateway, post, id_, "approve").status == 200
    assert calls_of(ask(gateway, post, CHAT, "approved, then stricter", is_stream=False)) == [held.VALVE]


def test_decided_at_the_command_line_and_over_http_at_once_it_counts_once(
    gateway: Any, post: Any, hold: Any
) -> None:
    id_ = hold("both at once")
    url = f"{gateway.url}/-/api/v1/holds/{id_}"
    assert post(url, b"", held.bearer("ana"), method="GET").status == 200
    verdicts: list[bool] = []
    both = threading.Barrier(4)
    body = json.dumps({"verdict": "approve", "reason": "over the wire"}).encode()

    def wire() -> None:
        both.wait(60)
        verdicts.append(post(f"{url}/decision", body, held.bearer("ana")).status == 200)

    def command() -> None:
        both.wait(60)
        argv = ["decide", id_, "--approve", "--by", "ana", "--reason", "at the desk"]
        ended = subprocess.run(
            [sys.executable, "-m", "offramp", *argv],
            cwd=gateway.root,
            capture_output=True,
            check=False,
            timeout=180,
        )
        verdicts.append(ended.returncode == 0)

    threads = [threading.Thread(target=run) for run in (wire, wire, command, command)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [False, False, False, True]
    decided = [e for e in gateway.entries() if e.data.get("event") == "decided" and e.subject == id_]
    assert len(decided) == 1


def test_a_hold_is_nothing_to_another_gateway(
    gateway: Any, upstream: Scripted, post: Any, hold: Any, launch: Callable[..., Any], tmp_path: Path
) -> None:
    id_ = hold("of this gateway")
    shown = post(f"{gateway.url}/-/api/v1/holds/{id_}", b"", held.bearer("ana"), method="GET").body["shown"]
    more = "  webhook: {url: 'http://127.0.0.1:1', key: {file: keys/hook}}"
    other = launch(held.write_held(tmp_path / "other", upstream.url, more=more), *AT)
    try:
        url = f"{other.url}/-/api/v1/holds/{id_}"
        body = json.dumps(
            {"verdict": "approve", "reason": "ticket 7", "hold": id_, "by": "ana", "shown": shown}
        ).encode()
        for answer in (
            post(url, b"", held.bearer("ana"), method="GET"),
            post(f"{url}/decision", body, held.bearer("ana")),
            post(f"{url}/decision", body, held.signed(body)),
        ):
            assert (answer.status, answer.body["error"]["code"]) == (404, "hold-unknown")
        # The same conversation there is asked anew, and held by a hold of its own.
        assert decide(gateway, post, id_, "approve").status == 200
        lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
        there = ask(other, post, CHAT, "of this gateway", is_stream=False)
        assert hold_in(there.raw.decode()) != id_
    finally:
        assert other.stop() == 0


def test_entries_of_a_hold_have_the_real_time_and_the_one_that_is_decided_by(
    gateway: Any, post: Any, hold: Any
) -> None:
    id_ = hold("which time")
    assert decide(gateway, post, id_, "approve").status == 200
    assert calls_of(ask(gateway, post, CHAT, "which time", is_stream=False)) == [held.VALVE]
    told = {entry.data["event"]: entry for entry in gateway.entries() if entry.subject == id_}
    assert {"held", "shown", "decided", "released"} <= told.keys()
    for name in ("held", "shown", "decided", "released"):
        assert told[name].data["decided_at"].startswith("2030-06-15")
        assert told[name].at.year < 2030
