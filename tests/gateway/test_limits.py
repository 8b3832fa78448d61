"""Limits and budgets of a running gateway with two workers: kept exactly, refused in the caller's own API."""

import http.client
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

LIMITED = """\
  few: {key: {file: keys/few}, facts: {under: commercial}, limits: {requests_per_day: 7}}
  slow:
    key: {file: keys/slow}
    facts: {under: commercial}
    limits: {requests_per_minute: 3, tokens_per_minute: 100000}
  paced:
    key: {file: keys/paced}
    facts: {under: commercial}
    limits: {requests_per_minute: 50, tokens_per_day: 5000}
  wide: {key: {file: keys/wide}, facts: {under: commercial}, limits: {concurrency: 2}}
  thrifty: {key: {file: keys/thrifty}, facts: {under: commercial}, limits: {tokens_per_day: 2000}}
  paid: {key: {file: keys/paid}, facts: {under: commercial}, budgets: {usd_per_month: 1}}
  rich: {key: {file: keys/rich}, facts: {under: commercial}, budgets: {usd_per_month: 0.002}}
  lax: {key: {file: keys/lax}, facts: {under: commercial}, budgets: {usd_per_month: 1, unknown_price: ignore}}
"""
NAMES = ("few", "slow", "paced", "wide", "thrifty", "paid", "rich", "lax")


@pytest.fixture(scope="module")
def own(launch: Any, workspace: Any, fakes: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A gateway whose callers are limited."""
    root = workspace(tmp_path_factory.mktemp("limits"))
    text = root / "offramp.yaml"
    text.write_text(text.read_text().replace("upstreams:\n", LIMITED + "upstreams:\n"))
    for name in NAMES:
        (root / "keys" / name).write_text(f"offr_{name}_{'k' * 43}")
        (root / "keys" / name).chmod(0o600)
    more = f"  b2: {{vendor: mistral, dialect: openai-chat, url: {fakes['b'].url}, key: {{env: FAKE_KEY}}}}\n"
    more += "routes:\n  priced: {targets: [{upstream: b2, model: codestral-2508}]}\n"
    text.write_text(text.read_text().replace("routes:\n", more, 1))
    running = launch(root, "--workers", "2")
    yield running
    assert running.stop() == 0, running.log.read_text()


def ask(own: Any, post: Any, name: str, said: str = "hi", *, api: str = "chat", **more: Any) -> Any:
    body = {"model": "model-b", "max_tokens": 100, "messages": [{"role": "user", "content": said}], **more}
    key = own.keys[name]
    if api == "chat":
        return post(
            f"{own.url}/v1/chat/completions", json.dumps(body).encode(), {"authorization": f"Bearer {key}"}
        )
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    return post(f"{own.url}/v1/messages", json.dumps(body).encode(), headers)


def at_once(own: Any, post: Any, name: str, count: int, **more: Any) -> Sequence[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: ask(own, post, name, **more), range(count)))


def test_requests_a_day_are_exact_over_two_workers(own: Any, post: Any) -> None:
    answers = at_once(own, post, "few", 30)
    assert sorted(answer.status for answer in answers) == [200] * 7 + [429] * 23
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.body["offramp"]["code"] == "budget-exhausted"
    assert refused.headers["x-should-retry"] == "false"
    assert refused.headers["x-ratelimit-limit-requests"] == "7"
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600


def test_tokens_a_day_are_never_exceeded_and_what_was_not_used_comes_back(own: Any, post: Any) -> None:
    counted = 0
    for _ in range(6):
        for answer in at_once(own, post, "thrifty", 12):
            if answer.status == 200:
                counted += answer.body["usage"]["total_tokens"]
            else:
                assert answer.body["offramp"]["code"] == "budget-exhausted"
        assert counted <= 2000
    # One after the other, each finds room for its bound until less than that is left.
    while (answer := ask(own, post, "thrifty")).status == 200:
        counted += answer.body["usage"]["total_tokens"]
    assert 2000 - 400 < counted <= 2000
    entries = [one for one in own.entries() if one.actor == "thrifty" and one.data["outcome"] == "answered"]
    assert sum(one.data["charge"]["tokens"] for one in entries) == counted
    assert {one.data["charge"]["basis"] for one in entries} == {"usage"}


def test_a_minute_answers_with_the_time_to_wait_in_each_api(own: Any, post: Any) -> None:
    assert [ask(own, post, "slow").status for _ in range(3)] == [200] * 3
    chat, messages = ask(own, post, "slow"), ask(own, post, "slow", api="messages")
    assert (chat.status, messages.status) == (429, 429)
    assert chat.body["error"]["code"] == "limit-exceeded"
    assert messages.body["error"]["type"] == "rate_limit_error"
    assert "x-should-retry" not in chat.headers
    assert messages.headers["anthropic-ratelimit-requests-limit"] == "3"
    assert "anthropic-ratelimit-requests-reset" in messages.headers
    for answer in (chat, messages):
        assert 0 < int(answer.headers["retry-after"]) <= 65
    path = f"{own.url}/model/model-b/converse"
    body = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}
    bedrock = post(path, json.dumps(body).encode(), {"authorization": f"Bearer {own.keys['slow']}"})
    assert (bedrock.status, bedrock.headers["x-amzn-errortype"]) == (429, "ThrottlingException")
    path = f"{own.url}/v1beta/models/model-b:generateContent"
    body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    gemini = post(path, json.dumps(body).encode(), {"x-goog-api-key": own.keys["slow"]})
    assert (gemini.status, gemini.body["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")


def test_an_answer_says_what_is_left_in_each_api(own: Any, post: Any) -> None:
    def left(answer: Any, name: str) -> list[str]:
        assert answer.status == 200, answer.raw
        return [answer.headers[name.format(what)] for what in ("limit", "remaining", "reset")]

    first = ask(own, post, "paced")
    assert left(first, "x-ratelimit-{}-requests")[:2] == ["50", "49"]
    assert left(first, "x-ratelimit-{}-tokens")[:2] == ["5000", str(5000 - 18)]
    streamed = ask(own, post, "paced", stream=True)
    assert left(streamed, "x-ratelimit-{}-requests")[:2] == ["50", "48"]
    # A stream's head is sent before anybody knows what it comes to: what is set aside counts as used.
    assert int(left(streamed, "x-ratelimit-{}-tokens")[1]) < 5000 - 18 - 100
    translated = ask(own, post, "paced", api="messages", model="model-b")
    assert left(translated, "anthropic-ratelimit-requests-{}")[:2] == ["50", "47"]
    assert not [name for name in ask(own, post, "lax").headers if "ratelimit" in name]


def begun(own: Any, name: str) -> tuple[http.client.HTTPConnection, int]:
    """A stream that goes on until its caller leaves, and the status it began with."""
    connection = http.client.HTTPConnection("127.0.0.1", int(own.url.rpartition(":")[2]), timeout=120)
    body = {"model": "model-b", "stream": True, "messages": [{"role": "user", "content": "slow"}]}
    headers = {"authorization": f"Bearer {own.keys[name]}", "content-type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    return connection, connection.getresponse().status


def test_no_more_than_so_many_are_under_way(own: Any, post: Any, wait_until: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        streams = list(pool.map(lambda _: begun(own, "wide"), range(8)))
    assert sorted(status for _, status in streams) == [200] * 2 + [429] * 6
    assert ask(own, post, "wide").status == 429
    for connection, _ in streams:
        connection.close()
    wait_until(lambda: ask(own, post, "wide").status == 200)


def test_a_price_that_is_not_known_is_refused_or_said(own: Any, post: Any) -> None:
    refused = ask(own, post, "paid")
    assert (refused.status, refused.body["offramp"]["code"]) == (403, "price-unknown")
    answer = ask(own, post, "lax")
    assert answer.status == 200
    charge = own.entry(answer.headers["offramp-request-id"]).data["charge"]
    assert charge == {"basis": "usage", "usd": 0, "price": "unknown"}


def test_money_is_counted_by_the_table_and_never_exceeded(own: Any, post: Any) -> None:
    spent, statuses = 0, []
    for _ in range(10):
        for answer in at_once(own, post, "rich", 6, model="priced"):
            statuses.append(answer.status)
            if answer.status == 200:
                charge = own.entry(answer.headers["offramp-request-id"]).data["charge"]
                # 11 tokens at 300 and 7 at 900 billionths of a dollar.
                assert charge == {"basis": "usage", "usd": 11 * 300 + 7 * 900}
                spent += charge["usd"]
    assert spent <= 2_000_000
    assert statuses.count(200) > 10


def test_a_stream_is_counted_as_it_tells_and_else_as_it_was_bound(own: Any, post: Any) -> None:
    before = charges(own, "lax")
    ask(own, post, "lax", stream=True, stream_options={"include_usage": True})
    ask(own, post, "lax", stream=True)
    assert [one["basis"] for one in charges(own, "lax")[len(before) :]] == ["usage", "reserved"]


def charges(own: Any, name: str) -> list[Any]:
    return [one.data["charge"] for one in own.entries() if one.actor == name and "charge" in one.data]


def test_a_key_has_limits_of_its_own(own: Any, post: Any, wait_until: Any) -> None:
    done = own.offramp(
        "keys", "issue", "desk", "--by", "R. Okafor", "--limit", "requests_per_day=2", "--format", "json"
    )
    made = json.loads(done.stdout)
    own.keys["issued"] = made["key"]
    presented = {"authorization": f"Bearer {made['key']}"}

    def known() -> set[int]:
        """What the workers say to the key, each of which takes it up by itself. Nothing of it is counted."""
        return {post(f"{own.url}/v1/models", b"", presented, method="GET").status for _ in range(20)}

    wait_until(lambda: known() == {200})
    answers = at_once(own, post, "issued", 10)
    assert [answer.status for answer in answers].count(200) == 2
    refused = next(answer for answer in answers if answer.status == 429)
    assert made["id"] in refused.body["error"]["message"]
    listed = json.loads(own.offramp("keys", "list", "--format", "json").stdout)
    used = {(use["application"], use["key"], use["limit"]): use for use in listed["used"]}
    assert used["desk", made["id"], "requests_per_day"]["used"] == 2
    assert used["few", "", "requests_per_day"] == {
        "application": "few",
        "key": "",
        "limit": "requests_per_day",
        "period": used["few", "", "requests_per_day"]["period"],
        "used": 7,
        "amount": 7,
        "unit": "requests",
    }
    assert 'offramp_limit_used{application="few",key="",limit="requests_per_day"' in metrics(own, post)


def used(own: Any, name: str) -> int:
    listed = json.loads(own.offramp("status", "--format", "json").stdout)["used"]
    return int(next(use["used"] for use in listed if use["application"] == name))


def test_a_run_that_is_killed_gives_nothing_back(
    launch: Any, workspace: Any, post: Any, tmp_path: Any, wait_until: Any
) -> None:
    root = workspace(tmp_path / "place")
    text = root / "offramp.yaml"
    limit = "facts: {under: commercial}, limits: {tokens_per_day: 5000}}\n  lab"
    text.write_text(text.read_text().replace("facts: {under: commercial}}\n  lab", limit))
    first = launch(root, "--workers", "2")
    assert ask(first, post, "desk").status == 200
    with ThreadPoolExecutor(1) as pool:
        broken = pool.submit(ask, first, post, "desk", "slow", max_tokens=3000, stream=True)
        wait_until(lambda: 'limit="tokens_per_day"' in metrics(first, post) and held(first, post) > 3000)
        first.process.kill()
        first.process.wait()
        assert broken.exception() is not None
    second = launch(root, "--workers", "2")
    try:
        counted = used(second, "desk")
        assert 3000 < counted < 5000
        assert ask(second, post, "desk", max_tokens=5001 - counted).status == 429
        assert ask(second, post, "desk", max_tokens=9).status == 200
        assert used(second, "desk") == counted + 18
    finally:
        assert second.stop() == 0, second.log.read_text()


def metrics(own: Any, post: Any) -> str:
    return str(post(f"{own.url}/-/metrics", b"", method="GET").raw.decode())


def held(own: Any, post: Any) -> int:
    lines = [line for line in metrics(own, post).splitlines() if line.startswith("offramp_limit_held{")]
    return sum(int(line.rpartition(" ")[2]) for line in lines)
