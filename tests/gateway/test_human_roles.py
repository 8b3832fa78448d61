"""Three wordings of one line make three gateways of the same traffic; watches, stops, and who is told."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway import held
from tests.gateway.held import ask, hold_in, lay
from tests.gateway.scripted import Scripted, run_scripted

CHAT = "openai-chat"
WORDINGS = Path(__file__).parents[2] / "examples" / "wordings"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


def calls_of(answer: Any) -> list[Any]:
    return held.heard(CHAT, answer.raw, is_stream=False)[1]


def events_of(gateway: Any) -> list[tuple[str, Any]]:
    """What the ledger says of holds, oldest first."""
    return [
        (str(one.data["event"]), one)
        for one in gateway.entries()
        if one.type.value in ("hold", "decision") and "event" in one.data
    ]


def sample(root: Path, name: str) -> None:
    """The workspace's clause is one of the samples, which speak of a component of the Department."""
    folder = root / "instruments"
    (folder / "clause.yaml").unlink()
    for part in (name, "shared.yaml"):
        (folder / part).write_text((WORDINGS / part).read_text())
    file = root / "offramp.yaml"
    text = file.read_text().replace("kinds: [company]", "kinds: [dow_component]")
    facts = "facts: {force: false, lawful: true}"
    file.write_text(text.replace("facts: {force: false}", facts))


@pytest.mark.parametrize(
    ("wording", "alone", "with_a_watch"),
    [
        ("without-human-approval.yaml", "held", "held"),
        ("without-human-intervention.yaml", "held", "flowed"),
        ("human-responsibility.yaml", "flowed", "flowed"),
    ],
)
def test_three_wordings_make_three_gateways(
    upstream: Scripted,
    post: Any,
    started: Callable[..., Any],
    tmp_path: Path,
    wording: str,
    alone: str,
    with_a_watch: str,
) -> None:
    root = held.write_held(tmp_path / "w", upstream.url)
    sample(root, wording)
    gateway = started(root, "--at", "2026-03-01T12:00:00Z")

    def once(said: str) -> str:
        lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
        answer = ask(gateway, post, CHAT, said, is_stream=False)
        assert answer.status == 200, answer.raw
        assert bool(calls_of(answer)) == (events_of(gateway)[-1][0] == "flowed")
        return events_of(gateway)[-1][0]

    assert once("nobody watches") == alone
    watching = gateway.offramp("holds", "watch", "--by", "eve")
    assert watching.returncode == 0, watching.stderr
    assert once("somebody watches") == with_a_watch
    entry = events_of(gateway)[-1][1]
    role = {"approval": "decides", "intervention": "supervises", "responsibility": "responsible"}
    assert entry.data["role"] == role[wording.removesuffix(".yaml").rpartition("-")[2]]
    assert wording.removesuffix(".yaml") in entry.instruments
    if with_a_watch == "flowed":
        assert "eve" in entry.data["persons"]


def test_what_a_wording_does_not_ask_for_is_not_held(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path
) -> None:
    gateway = started(held.write_held(tmp_path / "w", upstream.url, wording="none"))
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    assert calls_of(ask(gateway, post, CHAT, "not asked for", is_stream=False)) == [held.VALVE]
    assert events_of(gateway) == []


def test_who_watches_may_stop_and_a_watch_ends(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path
) -> None:
    gateway = started(held.write_held(tmp_path / "w", upstream.url, wording="supervises"))

    def said(text: str) -> Any:
        lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
        answer = ask(gateway, post, CHAT, text, is_stream=False)
        upstream.ready.clear()
        return answer

    api = f"{gateway.url}/-/api/v1/holds"
    assert post(f"{api}/watch", b"{}", held.bearer("eve")).status == 200
    assert calls_of(said("watched")) == [held.VALVE]
    stop = {"application": "desk", "reason": "wrong site"}
    assert post(f"{api}/stops", json.dumps(stop).encode(), held.bearer("eve")).status == 200
    refused = said("stopped")
    assert (refused.status, refused.body["offramp"]["code"]) == (403, "calls-stopped")
    assert "Eve Else: wrong site" in refused.body["error"]["message"]
    listed = json.loads(gateway.offramp("holds", "--format", "json").stdout or "{}")
    assert [one["application"] for one in listed["stops"]] == ["desk"]
    lifted = gateway.offramp("holds", "resume", "desk", "--by", "eve", "--reason", "right site")
    assert lifted.returncode == 0, lifted.stderr
    assert calls_of(said("goes on")) == [held.VALVE]
    assert post(f"{api}/watch", b'{"leave": true}', held.bearer("eve")).status == 200
    assert calls_of(said("nobody there")) == []
    assert "error[own-request]" not in gateway.offramp("holds", "watch", "--by", "O. Owner").stderr
    assert calls_of(said("own watch")) == []


class Hook(http.server.BaseHTTPRequestHandler):
    """A ticket system: it remembers what it was told."""

    told: list[tuple[bytes, str]]
    fails: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).fails -= 1
        if self.fails < 0:
            self.told.append((body, self.headers["offramp-signature"]))
        self.send_response(204 if self.fails < 0 else 500)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def hook() -> Iterator[Any]:
    handler = type("Own", (Hook,), {"told": [], "fails": 1})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        handler.url = f"http://127.0.0.1:{server.server_port}/hook"  # type: ignore[attr-defined]
        yield handler
        server.shutdown()
        thread.join()


def test_a_ticket_system_is_told_and_decides(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path, hook: Any, wait_until: Any
) -> None:
    more = f'  webhook: {{url: "{hook.url}", key: {{file: keys/hook}}}}'
    gateway = started(held.write_held(tmp_path / "w", upstream.url, more=more))
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    id_ = hold_in(ask(gateway, post, CHAT, "by ticket", is_stream=False).raw.decode())
    wait_until(lambda: hook.told)
    body, signature = hook.told[0]
    told = json.loads(body)
    seconds = int(signature.partition("=")[2].partition(",")[0])
    assert held.signed(body, at=seconds)["offramp-signature"] == signature
    assert (told["event"], told["hold"]) == ("call-held", id_)
    assert told["what"]["calls"][0]["arguments"] == held.VALVE[2]
    wait_until(lambda: "told" in [event for event, _ in events_of(gateway)])

    url = f"{gateway.url}/-/api/v1/holds/{id_}/decision"
    said = {"hold": id_, "shown": told["shown"], "by": "ana", "verdict": "approve", "reason": "ticket 7"}
    answer = json.dumps({**said, "shown_at": told["requested_at"]}).encode()

    def refused(body: bytes, headers: dict[str, str], place: str = url) -> str:
        found = post(place, body, headers)
        assert found.status >= 400
        return str(found.body["error"]["code"])

    assert refused(answer, held.signed(answer, key="another key")) == "signature-wrong"
    assert refused(answer + b" ", held.signed(answer)) == "signature-wrong"
    assert refused(answer, held.signed(answer, at=int(time.time()) - 3600)) == "signature-old"
    owner = json.dumps({**said, "by": "O. Owner"}).encode()
    assert refused(owner, held.signed(owner)) == "own-request"
    unseen = json.dumps({**said, "shown": "0" * 64}).encode()
    assert refused(unseen, held.signed(unseen)) == "hold-not-shown"
    elsewhere = json.dumps({**said, "hold": "hold_" + "0" * 26}).encode()
    assert refused(elsewhere, held.signed(elsewhere)) == "hold-other"
    headers = held.signed(answer)
    assert post(url, answer, headers).body["state"] == "approved"
    assert refused(answer, headers) == "decided-already"
    assert calls_of(ask(gateway, post, CHAT, "by ticket", is_stream=False)) == [held.VALVE]
    assert refused(answer, headers) == "hold-ended"
    decided = next(one for event, one in events_of(gateway) if event == "decided")
    assert (decided.data["way"], decided.data["person"]) == ("webhook", "ana")


def test_whoever_was_not_told_is_told_after_a_restart(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path, hook: Any, wait_until: Any
) -> None:
    hook.fails = 10**6
    more = f'  webhook: {{url: "{hook.url}", key: {{file: keys/hook}}}}'
    root = held.write_held(tmp_path / "w", upstream.url, more=more)
    gateway = started(root)
    ids = []
    for said in ("by ticket, later", "denied meanwhile"):
        lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
        ids.append(hold_in(ask(gateway, post, CHAT, said, is_stream=False).raw.decode()))
    wait_until(lambda: hook.fails < 10**6)
    gateway.process.kill()
    gateway.process.wait(60)
    decided = gateway.offramp("decide", ids[1], "--deny", "--by", "ana", "--reason", "not now")
    assert decided.returncode == 0, decided.stderr
    hook.fails = 0
    again = started(root)
    wait_until(lambda: hook.told)
    body, signature = hook.told[0]
    seconds = int(signature.partition("=")[2].partition(",")[0])
    assert held.signed(body, at=seconds)["offramp-signature"] == signature
    assert json.loads(body)["hold"] == ids[0]
    wait_until(lambda: [one.subject for event, one in events_of(again) if event == "told"] == [ids[0]])
    # Told once, it is not told again; what was decided is not told at all.
    again.process.kill()
    again.process.wait(60)
    third = started(root)
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    new = hold_in(ask(third, post, CHAT, "a third", is_stream=False).raw.decode())
    wait_until(lambda: len(hook.told) > 1)
    assert [json.loads(body)["hold"] for body, _ in hook.told] == [ids[0], new]


def test_a_hold_survives_a_gateway_that_is_killed(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path
) -> None:
    root = held.write_held(tmp_path / "w", upstream.url)
    gateway = started(root)
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    id_ = hold_in(ask(gateway, post, CHAT, "across a crash", is_stream=False).raw.decode())
    gateway.process.kill()
    gateway.process.wait(60)
    shown = gateway.offramp("holds", "show", id_, "--by", "ana")
    assert shown.returncode == 0, shown.stderr
    decided = gateway.offramp("decide", id_[-6:], "--approve", "--by", "ana", "--reason", "still right")
    assert decided.returncode == 0, decided.stderr
    again = started(root)
    answer = ask(again, post, CHAT, "across a crash", is_stream=False)
    assert calls_of(answer) == [held.VALVE]
    again.process.kill()
    again.process.wait(60)
    third = started(root)
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    answer = ask(third, post, CHAT, "across a crash", is_stream=False)
    assert calls_of(answer) == []


def test_a_call_is_not_given_where_the_hold_cannot_be_kept(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path
) -> None:
    root = held.write_held(tmp_path / "w", upstream.url)
    gateway = started(root)
    kept = root / ".offramp" / "kept.db"
    for file in (root / ".offramp").glob("kept.db*"):
        file.unlink()
    kept.mkdir()
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=True)
    answer = ask(gateway, post, CHAT, "nowhere to keep it", is_stream=True)
    assert b"north" not in answer.raw


def test_two_persons_with_one_key_do_not_start(
    upstream: Scripted, launch: Callable[..., Any], tmp_path: Path
) -> None:
    root = held.write_held(tmp_path / "w", upstream.url)
    (root / "keys" / "eve").write_text(held.KEYS["desk"])
    with pytest.raises(AssertionError, match="key-shared"):
        launch(root)
