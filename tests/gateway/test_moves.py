"""Ramps, cuts and restorations reach every worker, per cause, while the gateway runs."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import run_offramp

ASKS = 20
"""New connections asked one after another: of two workers, none is left out of that many by chance."""
BY = ("--by", "R. Okafor", "--reason", "a test")
AT = ("--at", "2030-06-15T12:00:00Z")
ENDED = ("--at", "2031-06-15T12:00:00Z")
"""When the first order has ended: until then its cause cannot be lifted."""


@pytest.fixture(scope="module")
def own(launch: Any, workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A gateway of this module's own, because its ramps and causes change."""
    running = launch(workspace(tmp_path_factory.mktemp("moves")), "--workers", "2", *AT)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def served(own: Any, post: Any) -> Callable[..., set[str]]:
    """`served(headers…)`: who answered a number of requests on new connections, or the error's code."""

    def ask(model: str = "moving", conversations: int = 1) -> set[str]:
        found = set()
        for number in range(ASKS):
            body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
            answer = post(
                f"{own.url}/v1/chat/completions",
                json.dumps(body).encode(),
                {
                    "authorization": f"Bearer {own.keys['desk']}",
                    "offramp-conversation": f"c{number % conversations}",
                },
            )
            is_well = answer.status == 200
            found.add(answer.headers["offramp-served-by"] if is_well else answer.body["offramp"]["code"])
        return found

    return ask


def run(own: Any, *argv: str, code: int = 0) -> Any:
    done = own.offramp(*argv)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_a_ramp_moves_conversations_and_each_stays_where_it_is(own: Any, served: Any) -> None:
    assert served() == {"a/a-large"}
    run(own, "ramp", "moving", "100", "--cause", "person:R. Okafor", *BY, *AT)
    assert served() == {"b/b-large"}
    run(own, "ramp", "moving", "50", "--cause", "person:R. Okafor", *BY, *AT)
    assert served(conversations=ASKS) == {"a/a-large", "b/b-large"}
    for _ in range(2):
        assert len(served(conversations=1)) == 1
    run(own, "ramp", "moving", "0", "--cause", "person:R. Okafor", *BY, *AT)
    assert served(conversations=ASKS) == {"a/a-large"}


def test_a_cut_holds_until_every_cause_is_lifted(own: Any, served: Any) -> None:
    run(own, "cut", "a", "--cause", "drill:spring", *BY, *AT)
    assert served() == {"b/b-large"}
    run(own, "cut", "a", "--cause", "norm:order-1.stop", *BY, *AT)
    lifted = run(own, "restore", "a", "--cause", "drill:spring", *BY, *AT, "--format", "json", code=4)
    assert "order-1.stop" in lifted.stdout
    assert served() == {"b/b-large"}
    run(own, "restore", "a", "--cause", "norm:order-1.stop", *BY, *ENDED)
    assert served() == {"a/a-large"}


def test_a_cut_of_one_route_leaves_the_others(own: Any, served: Any) -> None:
    run(own, "cut", "a", "--route", "moving", "--cause", "person:A. Mensah", *BY, *AT)
    assert served() == {"b/b-large"}
    assert served("model-a") == {"a/a-large"}
    run(own, "restore", "a", "--route", "moving", "--cause", "person:A. Mensah", *BY, *AT)
    assert served() == {"a/a-large"}


@pytest.mark.parametrize(("cause", "status"), [("drill:winter", 503), ("norm:order-1.stop", 403)])
def test_where_everything_is_held_each_cause_is_named(
    own: Any, served: Any, post: Any, cause: str, status: int
) -> None:
    run(own, "cut", "a", "--route", "model-a", "--cause", cause, *BY, *AT)
    assert served("model-a") == {"route-held"}
    answer = post(
        f"{own.url}/v1/messages",
        b'{"model": "model-a", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}',
        {"x-api-key": own.keys["desk"]},
    )
    assert answer.status == status
    assert f"upstream `a` is held by {cause}" in answer.body["error"]["message"]
    entry = own.entry(answer.headers["offramp-request-id"])
    assert entry.data["held_by"] == [f"a: {cause}"]
    cited = [norm["quote"] for norm in answer.body["offramp"]["norms"]]
    assert cited == (["“shall not use it for the department”"] if status == 403 else [])
    run(own, "restore", "a", "--route", "model-a", "--cause", cause, *BY, *ENDED)
    assert served("model-a") == {"a/a-large"}


def test_a_cut_that_a_worker_does_not_confirm_says_so(own: Any) -> None:
    """A worker that stands still is no reason to wait for ever, and none to call the cut complete."""
    still = json.loads((own.root / "ready.json").read_text())["workers"][0]
    os.kill(still, signal.SIGSTOP)
    try:
        done = run(own, "cut", "a", "--cause", "drill:still", *BY, *AT, "--format", "json", code=4)
        told = json.loads(done.stdout)
        assert told["in_force"] == {"workers": 2, "following": 1}
        assert "NOT CONFIRMED: 1 of 2 workers" in " ".join(told["about"]["notes"])
    finally:
        os.kill(still, signal.SIGCONT)
    lifted = run(own, "restore", "a", "--cause", "drill:still", *BY, *AT, "--format", "json")
    assert json.loads(lifted.stdout)["in_force"] == {"workers": 2, "following": 2}


def test_without_a_gateway_a_cut_counts_from_the_next_start(workspace: Any, tmp_path: Path) -> None:
    root = workspace(tmp_path / "place")
    done = run_offramp("cut", "a", "--cause", "drill:still", *BY, *AT, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "it counts from the next start" in " ".join(done.stdout.split())
