"""What a request costs where several targets were asked for it: all that may have been used is counted."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.gateway.conftest import Gateway, eventually, plain_post, start_gateway
from tests.gateway.scripted import Ready, Scripted, chat_reply, chat_stream, messages_reply, run_scripted
from tests.gateway.test_broken_streams import messages_stream

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications:
  desk: {{key: {{file: keys/desk}}, limits: {{tokens_per_day: 1000000}}}}
  lax: {{key: {{file: keys/lax}}, limits: {{tokens_per_day: 1000000}}, budgets: {{unknown_usage: nothing}}}}
  tight: {{key: {{file: keys/tight}}, limits: {{tokens_per_day: 300}}}}
upstreams:
  p: {{vendor: example-a, dialect: openai-chat, url: "{p}"}}
  q: {{vendor: example-b, dialect: anthropic-messages, url: "{q}"}}
routes:
  next: {{retries: 0, targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]}}
  twice: {{retries: 1, targets: [{{upstream: p, model: m}}]}}
  continues:
    retries: 0
    on_broken_stream: continue
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
  hedged:
    retries: 0
    hedge_after_seconds: 0.2
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
"""
HALF = chat_stream({"role": "assistant", "content": ""}, {"content": "Once "}, ends=False)
ANSWER = 100
"""Tokens that every request allows."""


@pytest.fixture(scope="module")
def p() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def q() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(p: Scripted, q: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root: Path = tmp_path_factory.mktemp("charges")
    (root / "keys").mkdir()
    for name in ("desk", "lax", "tight"):
        (root / "keys" / name).write_text(f"offr_{name}_{'k' * 43}")
        (root / "keys" / name).chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(p=p.url, q=q.url))
    running = start_gateway(root, "--workers", "1")
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture(autouse=True)
def fresh(p: Scripted, q: Scripted) -> Iterator[None]:
    for one in (p, q):
        one.ready.clear()
        one.asked.clear()
    yield
    p.ends.clear()


def ask(gateway: Gateway, route: str, *, by: str = "desk", stream: bool = False) -> Any:
    body = {"model": route, "max_tokens": ANSWER, "stream": stream}
    body |= {"messages": [{"role": "user", "content": "Tell me"}]}
    headers = {"authorization": f"Bearer {gateway.keys[by]}"}
    return plain_post(f"{gateway.url}/v1/chat/completions", json.dumps(body).encode(), headers)


def charge_of(gateway: Gateway, answer: Any) -> Any:
    return gateway.entry(answer.headers["offramp-request-id"]).data["charge"]


def bound(upstream: Scripted, *, is_passed: bool) -> int:
    """What was set aside for the last request the upstream got: its bytes, and what it may answer."""
    body = upstream.last()
    return len(json.dumps(body) if is_passed else orjson.dumps(body)) + ANSWER


def test_who_was_hedged_and_not_heard_counts_as_what_was_set_aside(
    gateway: Gateway, p: Scripted, q: Scripted
) -> None:
    p.ready.append(Ready(is_silent=True))
    q.ready.append(Ready(messages_reply()))
    answer = ask(gateway, "hedged")
    assert answer.headers["offramp-served-by"] == "q/n"
    charge = charge_of(gateway, answer)
    assert charge["tokens"] == bound(p, is_passed=True) + 3 + 5
    assert (charge["basis"], [one["basis"] for one in charge["targets"]]) == (
        "reserved",
        ["reserved", "usage"],
    )


def test_who_says_that_unknown_is_nothing_pays_for_the_answer_alone(
    gateway: Gateway, p: Scripted, q: Scripted
) -> None:
    p.ready.append(Ready(is_silent=True))
    q.ready.append(Ready(messages_reply()))
    charge = charge_of(gateway, ask(gateway, "hedged", by="lax"))
    assert (charge["tokens"], charge["basis"]) == (8, "unknown")


def test_a_second_target_that_does_not_fit_is_not_asked_beside(
    gateway: Gateway, p: Scripted, q: Scripted
) -> None:
    p.ready += [Ready(is_silent=True)] * 2
    q.ready.append(Ready(messages_reply()))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, gateway, "hedged", by="tight")
        eventually(lambda: len(p.asked) == 1)
        # Whoever asks later and fits is hedged, and so the time of the one before it is over as well.
        assert ask(gateway, "hedged").headers["offramp-served-by"] == "q/n"
        p.ends.set()
        failed = waiting.result()
    assert failed.status >= 500
    assert len(q.asked) == 1
    assert charge_of(gateway, failed) == {"basis": "none", "tokens": 0}


def test_a_stream_that_another_goes_on_with_costs_both(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(HALF, dies=True))
    q.ready.append(Ready(messages_stream("upon", " a time")))
    charge = charge_of(gateway, ask(gateway, "continues", stream=True))
    assert charge["tokens"] == bound(p, is_passed=False) + 3 + 4
    assert charge["targets"] == [
        {"upstream": "p", "model": "m", "basis": "reserved"},
        {"upstream": "q", "model": "n", "basis": "usage"},
    ]


def test_a_stream_that_broke_before_its_first_event_was_asked_for_all_the_same(
    gateway: Gateway, p: Scripted, q: Scripted
) -> None:
    p.ready.append(Ready(b"", dies=True))
    q.ready.append(Ready(messages_stream("Well")))
    charge = charge_of(gateway, ask(gateway, "next", stream=True))
    assert charge["tokens"] == bound(p, is_passed=True) + 3 + 4


def test_an_error_costs_nothing(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready({"error": {"message": "no"}}, status=500))
    q.ready.append(Ready(messages_reply()))
    assert charge_of(gateway, ask(gateway, "next")) == {"basis": "usage", "tokens": 8}
    p.ready += [Ready({"error": {"message": "no"}}, status=500), Ready(chat_reply())]
    assert charge_of(gateway, ask(gateway, "twice")) == {"basis": "usage", "tokens": 8}


def test_an_answer_that_broke_off_and_was_asked_for_again_costs_twice(gateway: Gateway, p: Scripted) -> None:
    p.ready += [Ready(b"", dies=True), Ready(chat_stream({"content": "Well"}))]
    charge = charge_of(gateway, ask(gateway, "twice", stream=True))
    # Neither stream told its usage: the caller did not ask for it.
    assert charge["tokens"] == 2 * bound(p, is_passed=True)
    assert [one["basis"] for one in charge["targets"]] == ["reserved", "reserved"]


def test_what_is_counted_is_the_sum_of_what_the_entries_say(gateway: Gateway, p: Scripted) -> None:
    p.ready.append(Ready(chat_reply()))
    assert ask(gateway, "twice").status == 200
    entries = [one.data["charge"]["tokens"] for one in gateway.entries() if one.actor == "desk"]
    (line,) = [
        one
        for one in gateway.metrics().splitlines()
        if one.startswith("offramp_limit_") and 'application="desk"' in one and "_used" in one
    ]
    assert int(line.rpartition(" ")[2]) == sum(entries)
    held = [one for one in gateway.metrics().splitlines() if one.startswith("offramp_limit_held{")]
    assert {line.rpartition(" ")[2] for line in held} == {"0"}
