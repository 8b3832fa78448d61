"""While the gateway runs: schedules move traffic, verdicts let them, bands stop them, drills end.

What is under way is cut where the route says so, a drill refuses as an order would, and an order or a stay
loaded meanwhile is followed.
"""

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, eventually, plain_post, settled, start_gateway
from tests.gateway.scripted import Ready, Scripted, chat_reply, chat_stream, run_scripted

from offramp.cli.main import main
from offramp.core.instants import format_instant, now
from offramp.plan import stored
from offramp.workspace import load

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams:
  p: {{vendor: example-a, dialect: openai-chat, url: "{p}", key: {{env: FAKE_KEY}}}}
  q: {{vendor: example-b, dialect: openai-chat, url: "{q}", key: {{env: FAKE_KEY}}}}
  r: {{vendor: example-b, dialect: openai-chat, url: "{q}", key: {{env: FAKE_KEY}}}}
routes:
  moving: {{targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]}}
  written:
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
    schedule: {{by: R. Okafor, steps: [{{at: 2020-01-01, share: 30}}, {{at: 2020-02-01, share: 100}}]}}
  banded:
    retries: 0
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
    bands: {{least_requests: 4, errors: {{most: 40, again: 10}}, on_leave: step-back}}
  lasting:
    retries: 0
    targets: [{{upstream: p, model: m}}, {{upstream: r, model: n}}]
    bands: {{least_requests: 4, errors: 40, on_leave: step-back}}
  asking:
    retries: 0
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
    bands: {{least_requests: 4, refusals: 40}}
  cut: {{in_flight: cut, targets: [{{upstream: p, model: m}}]}}
  finish: {{targets: [{{upstream: p, model: m}}]}}
  either: {{when_forbidden: next, targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]}}
"""
ORDER = """\
schema: offramp.instruments/v1
instruments:
  - id: order-9
    kind: order
    title: an order
    issuer: an issuer
    basis: text
    source: {document: Gazette 9}
    announced: 2020-01-01
    norms:
      - {id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: example-a, action: use, quote: no use}
"""
STAY = """\
schema: offramp.instruments/v1
instruments:
  - id: stay-9
    kind: stay
    title: a stay
    issuer: a court
    basis: text
    source: {document: Case 9}
    announced: 2020-01-02
    stays: [{of: order-9}]
"""
BY = ("--by", "R. Okafor", "--reason", "a test")
BEGUN = chat_stream({"role": "assistant", "content": ""}, {"content": "Once"}, ends=False)


@pytest.fixture(scope="module")
def p() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def q() -> Iterator[Scripted]:
    yield from run_scripted()


def write(root: Path, p: Scripted, q: Scripted) -> Path:
    (root / "keys").mkdir(parents=True)
    (root / "instruments").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "keys" / "desk").chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(p=p.url, q=q.url))
    return root


@pytest.fixture(scope="module")
def gateway(p: Scripted, q: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    running = start_gateway(write(tmp_path_factory.mktemp("moving") / "place", p, q), "--workers", "2")
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture(autouse=True)
def fresh(p: Scripted, q: Scripted) -> None:
    p.ready.clear()
    q.ready.clear()


def ask(gateway: Gateway, route: str, *, stream: bool = False, **headers: str) -> Any:
    body = {"model": route, "stream": stream, "messages": [{"role": "user", "content": "hi"}]}
    sent = {"authorization": f"Bearer {gateway.keys['desk']}", **headers}
    return plain_post(f"{gateway.url}/v1/chat/completions", json.dumps(body).encode(), sent)


def served(gateway: Gateway, route: str, p: Scripted, q: Scripted) -> str:
    """Who answers, or the code of the refusal."""
    for one in (p, q):
        one.ready[:] = [Ready(chat_reply()) for _ in range(2)]
    answer = ask(gateway, route)
    is_well = answer.status == 200
    return str(answer.headers["offramp-served-by"] if is_well else answer.body["offramp"]["code"])


def run(gateway: Gateway, *argv: str) -> Any:
    """One command, in this process: a new one for each costs seconds on a busy machine."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([*argv, "--workspace", str(gateway.root), "--format", "json"])
        except SystemExit as ended:
            code = ended.code
    assert not code, out.getvalue() + err.getvalue()
    return json.loads(out.getvalue())


def pauses_of(gateway: Gateway, route: str) -> list[str]:
    pauses = stored.read_stored(load(gateway.root)).pace.pausing(route)
    return [pause.name for pause in pauses]


def drill_of(gateway: Gateway, name: str) -> Any:
    (found,) = (one for one in stored.read_stored(load(gateway.root)).drills if one.name == name)
    return found


def moves_of(gateway: Gateway, route: str) -> list[Any]:
    return [entry for entry in gateway.entries() if entry.type == "ramp" and entry.subject == route]


def soon(seconds: float = 1.0) -> str:
    return format_instant(now() + timedelta(seconds=seconds))


def test_what_became_due_while_nothing_ran_is_caught_up(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    assert served(gateway, "written", p, q) == "q/n"
    (move,) = moves_of(gateway, "written")
    assert (move.actor, move.cause) == ("gateway", "person:R. Okafor")
    assert (move.data["before"], move.data["share"], move.data["schedule"]["passed_over"]) == (0, 100, 1)


def test_a_simulated_clock_moves_the_schedule_along(
    p: Scripted, q: Scripted, started: Any, tmp_path: Path
) -> None:
    gateway = started(write(tmp_path / "place", p, q), "--workers", "1", "--at", "2020-01-31T23:59:40Z")
    eventually(lambda: len(moves_of(gateway, "written")) == 2)
    moves = [(move.data["share"], move.data["decided_at"][:10]) for move in moves_of(gateway, "written")]
    assert moves == [(30, "2020-01-31"), (100, "2020-02-01")]


def test_a_recorded_schedule_waits_for_its_verdict(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    text = f"{soon()}=0, {soon(1.5)}=100 after trial-1"
    run(gateway, "ramp", "moving", "--schedule", text, *BY)
    eventually(lambda: len(moves_of(gateway, "moving")) == 1)
    eventually(lambda: run(gateway, "ramp", "moving")["schedule"]["steps"][1]["standing"].startswith("waits"))
    assert served(gateway, "moving", p, q) == "p/m"
    run(gateway, "verdict", "trial-1", "passed", *BY)
    eventually(lambda: served(gateway, "moving", p, q) == "q/n")
    assert moves_of(gateway, "moving")[-1].data["schedule"]["after"] == "trial-1"
    said = [entry for entry in gateway.entries() if entry.subject == "verdict:trial-1"]
    assert [(entry.type, entry.actor) for entry in said] == [("statement", "R. Okafor")]
    run(gateway, "ramp", "moving", "--schedule", "none", *BY)
    run(gateway, "ramp", "moving", "0", *BY)
    assert served(gateway, "moving", p, q) == "p/m"


def test_errors_outside_their_band_step_back_and_wait(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    run(gateway, "ramp", "banded", "100", *BY)
    assert served(gateway, "banded", p, q) == "q/n"

    def failing() -> bool:
        p.ready[:] = [Ready(chat_reply()) for _ in range(2)]
        q.ready[:] = [Ready({"error": {"message": "no"}}, status=500)]
        ask(gateway, "banded")
        return len(moves_of(gateway, "banded")) > 1

    eventually(failing)
    back = moves_of(gateway, "banded")[-1]
    assert (back.cause, back.data["before"], back.data["share"]) == ("band:errors", 100, 0)
    assert (back.data["measured"]["most"], back.data["for"]) == ("40", "person:R. Okafor")
    eventually(lambda: served(gateway, "banded", p, q) == "p/m")
    assert pauses_of(gateway, "banded") == ["errors"]
    assert run(gateway, "ramp", "banded", "--resume", *BY)["pauses"] == []


def test_a_target_that_rests_still_fails_who_was_meant_for_it(
    gateway: Gateway, p: Scripted, q: Scripted
) -> None:
    """Answers from before it broke must not hide that it is gone, though others take its requests."""
    run(gateway, "ramp", "lasting", "100", *BY)
    for _ in range(30):
        q.ready[:] = [Ready(chat_reply())]
        ask(gateway, "lasting")

    def failing() -> bool:
        p.ready[:] = [Ready(chat_reply()) for _ in range(2)]
        q.ready[:] = [Ready({"error": {"message": "no"}}, status=500)]
        ask(gateway, "lasting")
        return len(moves_of(gateway, "lasting")) > 1

    eventually(failing, seconds=60)
    assert moves_of(gateway, "lasting")[-1].cause == "band:errors"


def test_refusals_pause_and_being_back_resumes(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    run(gateway, "ramp", "asking", "100", *BY)
    # It may rest from the errors it gave before.
    eventually(lambda: served(gateway, "asking", p, q) == "q/n")
    refusing = chat_reply()
    refusing["choices"][0]["finish_reason"] = "content_filter"

    def pauses(reply: Any) -> list[str]:
        for _ in range(4):
            q.ready[:] = [Ready(reply)]
            ask(gateway, "asking")
        return pauses_of(gateway, "asking")

    eventually(lambda: pauses(refusing) == ["refusals"])
    eventually(lambda: pauses(chat_reply()) == [], seconds=60)
    causes = [entry.cause for entry in gateway.entries() if entry.subject == "asking"]
    assert causes.count("band:refusals") == 2
    assert len(moves_of(gateway, "asking")) == 1


class Reading:
    """A stream that is read beside the test until it ends."""

    def __init__(self, gateway: Gateway, route: str, *, stream: bool = True) -> None:
        self.answer: Any = None
        self._stream = stream
        self._thread = threading.Thread(target=self._read, args=(gateway, route))
        self._thread.start()

    def _read(self, gateway: Gateway, route: str) -> None:
        self.answer = ask(gateway, route, stream=self._stream)

    def end(self) -> Any:
        self._thread.join(60)
        return self.answer


@pytest.mark.parametrize("body", [Ready(BEGUN, goes_on=True), Ready(is_silent=True)], ids=["begun", "silent"])
def test_what_is_under_way_is_cut_where_the_route_says_so(gateway: Gateway, p: Scripted, body: Ready) -> None:
    p.ready.append(body)
    asked, abandoned = len(p.asked), p.abandoned
    reading = Reading(gateway, "cut", stream=not body.is_silent)
    eventually(lambda: len(p.asked) > asked)
    run(gateway, "cut", "p", "--route", "cut", "--cause", "drill:now", *BY)
    answer = reading.end()
    run(gateway, "restore", "p", "--route", "cut", "--cause", "drill:now", *BY)
    eventually(lambda: p.abandoned > abandoned)
    data = gateway.entry(answer.headers["offramp-request-id"]).data
    assert data["code"] == "route-held"
    assert data["held_by"] == ["p: drill:now"]
    if body.is_silent:
        assert (answer.status, data["outcome"]) == (503, "refused")
    else:
        assert b"Once" in answer.raw
        assert json.loads(answer.raw.decode().split("data: ")[-1])["offramp"]["code"] == "route-held"
        assert (answer.status, data["outcome"]) == (200, "truncated")


def test_elsewhere_it_finishes_where_it_began(gateway: Gateway, p: Scripted) -> None:
    p.ready.append(Ready(BEGUN, goes_on=True))
    asked = len(p.asked)
    reading = Reading(gateway, "finish")
    eventually(lambda: len(p.asked) > asked)
    run(gateway, "cut", "p", "--route", "finish", "--cause", "drill:later", *BY)
    assert ask(gateway, "finish").status == 503
    assert reading.answer is None
    run(gateway, "restore", "p", "--route", "finish", "--cause", "drill:later", *BY)
    # The upstream ends with the module; what matters is that it was not let go.
    p.ends.set()
    assert b"Once" in reading.end().raw
    p.ends.clear()


def test_an_order_loaded_while_it_runs_refuses_and_a_stay_restores(
    gateway: Gateway, p: Scripted, q: Scripted
) -> None:
    assert served(gateway, "finish", p, q) == "p/m"
    p.ready[:] = [Ready(BEGUN, goes_on=True)]
    asked = len(p.asked)
    reading = Reading(gateway, "cut")
    eventually(lambda: len(p.asked) > asked)
    order = gateway.root / "instruments" / "order.yaml"
    order.write_text(ORDER)
    answer = reading.end()
    told = json.loads(answer.raw.decode().split("data: ")[-1])
    assert told["offramp"]["code"] == "norm-forbids"
    assert [norm["id"] for norm in told["offramp"]["norms"]] == ["order-9.stop"]
    data = gateway.entry(answer.headers["offramp-request-id"]).data
    assert (data["outcome"], data["decision"]["norms"]) == ("truncated", ["order-9.stop"])
    eventually(lambda: served(gateway, "finish", p, q) == "norm-forbids")
    eventually(lambda: served(gateway, "either", p, q) == "q/n")
    stay = gateway.root / "instruments" / "stay.yaml"
    stay.write_text(STAY)
    eventually(lambda: served(gateway, "finish", p, q) == "p/m")
    stay.unlink()
    order.unlink()
    settled(gateway)
    assert served(gateway, "finish", p, q) == "p/m"


def test_a_retry_follows_the_causes_of_now(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready[:] = [Ready(is_silent=True)]
    asked, abandoned = len(p.asked), p.abandoned
    reading = Reading(gateway, "moving", stream=False)
    eventually(lambda: len(p.asked) > asked)
    run(gateway, "cut", "q", "--cause", "drill:next", *BY)
    assert served(gateway, "written", p, q) == "p/m"
    p.ready.clear()
    q.ready[:] = [Ready(chat_reply())]
    seen = len(q.asked)
    p.ends.set()
    answer = reading.end()
    run(gateway, "restore", "q", "--cause", "drill:next", *BY)
    assert (answer.status >= 400, len(q.asked)) == (True, seen)
    assert p.abandoned == abandoned
    p.ends.clear()


@pytest.fixture
def drilled(gateway: Gateway) -> Callable[..., Any]:
    return lambda *more: run(gateway, "drill", "example-a", *BY, *more)


def test_a_drill_refuses_as_an_order_would(gateway: Gateway, p: Scripted, q: Scripted, drilled: Any) -> None:
    assert served(gateway, "finish", p, q) == "p/m"
    begun = drilled("--name", "spring")
    assert ("desk", "finish") in [(one["application"], one["route"]) for one in begun["stranded"]]
    assert begun["in_force"] == {"workers": 2, "following": 2}
    assert served(gateway, "finish", p, q) == "drill-forbids"
    assert ask(gateway, "finish").status == 403
    assert served(gateway, "either", p, q) == "q/n"
    run(gateway, "drill", "end", "spring", *BY)
    settled(gateway)
    assert served(gateway, "finish", p, q) == "p/m"
    ended = run(gateway, "drill", "report", "spring")
    by_route = {one["route"]: one for one in ended["affected"]}
    assert by_route["finish"]["refused"] >= 2
    assert by_route["finish"]["answered"] == 0
    assert by_route["either"]["answered"] >= 1


def test_a_drill_ends_by_itself(gateway: Gateway, p: Scripted, q: Scripted, drilled: Any) -> None:
    drilled("--for", "1s", "--name", "brief")
    eventually(lambda: [e for e in gateway.entries() if e.subject == "drill:brief" and e.type == "statement"])
    ended = run(gateway, "drill", "report", "brief")
    assert (ended["ended_by"], ended["vendor"]) == ("gateway", "example-a")
    settled(gateway)
    assert served(gateway, "finish", p, q) == "p/m"
    stated = gateway.offramp("evidence", "state", "drill", "brief", "--by", "S. Lindgren")
    assert stated.returncode == 0, stated.stderr


def test_a_drill_ends_when_its_cause_is_lifted_or_somebody_ends_it(
    gateway: Gateway, p: Scripted, q: Scripted, drilled: Any
) -> None:
    drilled("--name", "summer")
    assert served(gateway, "finish", p, q) == "drill-forbids"
    run(gateway, "restore", "p", "--cause", "drill:summer", *BY)
    eventually(lambda: drill_of(gateway, "summer").ended_at is not None)
    drilled("--name", "autumn")
    assert run(gateway, "drill", "end", "autumn", *BY)["ended_by"] == "R. Okafor"
    again = gateway.offramp("drill", "example-a", "--name", "autumn", *BY)
    assert "drill-exists" in again.stderr
    settled(gateway)
    assert served(gateway, "finish", p, q) == "p/m"
