"""What the gateway sees to where APIs differ: strict routes, sealed reasoning, stops, counts, limits, ids."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.gateway.conftest import Gateway, eventually, start_gateway
from tests.gateway.scripted import (
    Ready,
    Scripted,
    chat_reply,
    chat_stream,
    messages_reply,
    run_scripted,
)

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams:
  a: {{vendor: example-a, dialect: anthropic-messages, url: "{url}", key: {{env: FAKE_KEY}}}}
  b: {{vendor: example-b, dialect: openai-chat, url: "{url}", key: {{env: FAKE_KEY}}}}
  known: {{vendor: openai, dialect: openai-chat, url: "{url}", key: {{env: FAKE_KEY}}}}
routes:
  a: {{targets: [{{upstream: a, model: m}}]}}
  b: {{targets: [{{upstream: b, model: m}}]}}
  strict: {{losses: refuse, targets: [{{upstream: b, model: m}}]}}
  stricter: {{losses: refuse-all, targets: [{{upstream: b, model: m}}]}}
  repairs: {{repair: once, targets: [{{upstream: b, model: m}}]}}
  known: {{targets: [{{upstream: known, model: gpt-5.4}}]}}
"""
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
SHAPED = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
TOOL = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}


@dataclass(frozen=True)
class Answer:
    """What a caller got."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def losses(self) -> list[str]:
        return self.headers.get("offramp-loss", "").split(", ") if "offramp-loss" in self.headers else []


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(upstream: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root: Path = tmp_path_factory.mktemp("promises")
    (root / "keys").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "keys" / "desk").chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(url=upstream.url))
    running = start_gateway(root, "--workers", "1")
    yield running
    assert running.stop() == 0


def post(gateway: Gateway, path: str, body: Any, **headers: str) -> Answer:
    parts = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    sent = {"authorization": f"Bearer {gateway.keys['desk']}", "content-type": "application/json", **headers}
    connection.request("POST", path, json.dumps(body), sent)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)


def messages(gateway: Gateway, route: str, **more: Any) -> Answer:
    body = {"model": route, "max_tokens": 2000, "messages": [{"role": "user", "content": "Hi"}], **more}
    return post(gateway, "/v1/messages", body, **{"anthropic-version": "2023-06-01"})


def test_a_strict_route_refuses_what_a_request_would_lose(gateway: Gateway, upstream: Scripted) -> None:
    before = len(upstream.asked)
    answer = messages(gateway, "strict", top_k=5)
    assert answer.status == 400
    assert answer.body["type"] == "error"
    assert answer.body["offramp"]["code"] == "loss-refused"
    assert "`top_k` (sampling)" in answer.body["error"]["message"]
    assert len(upstream.asked) == before
    entry = gateway.entry(answer.headers["offramp-request-id"])
    assert entry.data["outcome"] == "refused"
    assert [loss["field"] for loss in entry.data["losses"]] == ["top_k"]


def test_a_strict_route_lets_through_what_loses_bookkeeping_only(
    gateway: Gateway, upstream: Scripted
) -> None:
    upstream.ready.append(Ready({**chat_reply(), "system_fingerprint": "fp"}))
    assert messages(gateway, "strict").losses == ["system_fingerprint"]
    upstream.ready.append(Ready({**chat_reply(), "system_fingerprint": "fp"}))
    answer = messages(gateway, "stricter")
    assert answer.status == 502
    assert "`system_fingerprint` (metadata)" in answer.body["error"]["message"]


def test_a_strict_route_refuses_an_answer_that_lost(gateway: Gateway, upstream: Scripted) -> None:
    upstream.ready.append(Ready(chat_reply('{"a": 1}')))
    answer = messages(gateway, "strict", **SHAPED)
    assert answer.status == 502
    assert answer.body["offramp"]["code"] == "loss-refused"
    assert "does not satisfy the schema" in answer.body["error"]["message"]


def test_a_strict_stream_that_lost_does_not_end_well(gateway: Gateway, upstream: Scripted) -> None:
    upstream.ready.append(Ready(chat_stream({"content": '{"a": 1}'})))
    answer = messages(gateway, "strict", stream=True, **SHAPED)
    assert answer.status == 200
    assert "message_stop" not in answer.text
    assert "event: error" in answer.text
    assert "does not satisfy the schema" in answer.text


def test_an_answer_is_asked_for_again_where_the_route_says_so(gateway: Gateway, upstream: Scripted) -> None:
    upstream.ready += [Ready(chat_reply('{"a": 1}')), Ready(chat_reply('{"a": "x"}'))]
    answer = messages(gateway, "repairs", **SHAPED)
    assert answer.body["content"] == [{"type": "text", "text": '{"a": "x"}'}]
    assert answer.body["usage"]["output_tokens"] == 10
    assert answer.losses == ["response_schema"]
    assert upstream.last()["messages"][-2] == {"role": "assistant", "content": '{"a": 1}'}


def test_reasoning_goes_home_and_nowhere_else(gateway: Gateway, upstream: Scripted) -> None:
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    upstream.ready.append(Ready(chat_reply("Four.", reasoning_content="Think.")))
    first = messages(gateway, "b", **thinking)
    block, text = first.body["content"]
    assert (block["type"], block["thinking"], text["text"]) == ("thinking", "Think.", "Four.")
    assert block["signature"].startswith("offr1-")
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [block, text]},
        {"role": "user", "content": "Sure?"},
    ]
    upstream.ready.append(Ready(messages_reply()))
    passed = messages(gateway, "a", messages=turns)
    assert passed.losses == ["messages.thinking"]
    assert upstream.last()["messages"] == [turns[0], {"role": "assistant", "content": [text]}, turns[2]]
    assert "offr1-" not in json.dumps(upstream.last())
    upstream.ready.append(Ready(chat_reply()))
    assert "messages.thinking" in messages(gateway, "b", messages=turns).losses
    assert "offr1-" not in json.dumps(upstream.last())
    keys = gateway.root / ".offramp" / "reasoning-seals.json"
    assert keys.stat().st_mode & 0o077 == 0


def test_reasoning_nobody_asked_for_is_not_shown(gateway: Gateway, upstream: Scripted) -> None:
    upstream.ready.append(Ready(chat_reply("Four.", reasoning_content="Think.")))
    answer = messages(gateway, "b")
    assert [block["type"] for block in answer.body["content"]] == ["text"]
    assert answer.losses == ["content.thinking"]


def test_a_stop_sequence_the_upstream_was_not_told(gateway: Gateway, upstream: Scripted) -> None:
    stops = ["one", "two", "three", "four", "END"]
    before = upstream.abandoned
    events = chat_stream({"content": "first E"}, {"content": "ND second"}, ends=False)
    upstream.ready.append(Ready(events, goes_on=True))
    answer = messages(gateway, "b", stop_sequences=stops, stream=True)
    assert upstream.last()["stop"] == stops[:4]
    assert '"text":"first "' in answer.text
    assert "second" not in answer.text
    assert '"stop_sequence":"END"' in answer.text
    assert answer.text.endswith('data: {"type":"message_stop"}\n\n')
    eventually(lambda: upstream.abandoned > before)
    entry = gateway.entry(answer.headers["offramp-request-id"])
    assert entry.data["outcome"] == "answered"
    assert entry.data["usage"]["output"] is None


def test_one_call_where_one_was_allowed(gateway: Gateway, upstream: Scripted) -> None:
    calls = [
        {"id": f"call_{n}", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
        for n in (1, 2)
    ]
    upstream.ready.append(Ready(chat_reply(None, tool_calls=calls)))
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    answer = messages(gateway, "b", tools=[TOOL], tool_choice=choice)
    assert [block["id"] for block in answer.body["content"]] == ["toolu_of_call_1"]
    assert upstream.last()["parallel_tool_calls"] is False
    assert answer.losses == ["tool_choice.parallel"]


def test_a_forced_call_that_did_not_come(gateway: Gateway, upstream: Scripted) -> None:
    upstream.ready.append(Ready(chat_reply("It is sunny.")))
    answer = messages(gateway, "b", tools=[TOOL], tool_choice={"type": "any"})
    assert (answer.status, answer.body["offramp"]["code"]) == (502, "tool-call-missing")


def test_tokens_are_counted_by_an_upstream_of_the_same_api(gateway: Gateway, upstream: Scripted) -> None:
    body = {"model": "a", "messages": [{"role": "user", "content": "Hi"}]}
    upstream.ready.append(Ready({"input_tokens": 1234}, headers={"request-id": "req_theirs"}))
    answer = post(gateway, "/v1/messages/count_tokens", body, **{"anthropic-version": "2023-06-01"})
    assert answer.body == {"input_tokens": 1234}
    assert answer.losses == []
    assert upstream.asked[-1] == ("/v1/messages/count_tokens", {**body, "model": "m"})
    entry = gateway.entry(answer.headers["offramp-request-id"])
    assert (entry.data["operation"], entry.data["upstream_ids"]["request"]) == ("count-tokens", "req_theirs")


@pytest.mark.parametrize("route", ["a", "b"])
def test_tokens_are_estimated_elsewhere_and_that_is_said(
    gateway: Gateway, upstream: Scripted, route: str
) -> None:
    body = {"model": route, "messages": [{"role": "user", "content": "Hi"}]}
    answer = post(gateway, "/v1/messages/count_tokens", body, **{"anthropic-version": "2023-06-01"})
    assert answer.body["input_tokens"] > 0
    assert answer.losses == ["input_tokens"]
    assert gateway.entries(answer.headers["offramp-request-id"]) == []


def test_limits_and_ids(gateway: Gateway, upstream: Scripted) -> None:
    told = {
        "x-request-id": "theirs",
        "x-ratelimit-remaining-requests": "49",
        "x-ratelimit-reset-requests": "1m",
    }
    upstream.ready.append(Ready(chat_reply(), headers=told))
    answer = messages(gateway, "b")
    assert answer.headers["anthropic-ratelimit-requests-remaining"] == "49"
    assert answer.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    assert answer.headers["request-id"] == answer.headers["offramp-request-id"]
    entry = gateway.entry(answer.headers["offramp-request-id"])
    assert entry.data["upstream_ids"] == {"request": "theirs", "answer": "chatcmpl-7"}
    error = {"error": {"message": "slow", "type": "rate_limit_error", "param": None, "code": None}}
    upstream.ready.append(Ready(error, 429, {**told, "retry-after": "7"}))
    answer = messages(gateway, "b")
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    assert answer.headers["anthropic-ratelimit-requests-remaining"] == "49"


@pytest.mark.parametrize(
    ("path", "marks"),
    [
        ("/v1/files", {"anthropic-version": "2023-06-01"}),
        ("/v1/files/file-1/content", {}),
        ("/v1/messages/batches", {"anthropic-version": "2023-06-01"}),
        ("/v1/assistants", {}),
        ("/v1/threads/t/runs", {}),
        ("/v1/fine_tuning/jobs", {}),
        ("/v1/vector_stores", {}),
    ],
)
def test_state_at_the_vendor_is_no_traffic(gateway: Gateway, path: str, marks: dict[str, str]) -> None:
    answer = post(gateway, path, {}, **marks)
    assert answer.status == 404
    assert answer.body["offramp"]["code"] == "state-at-vendor"
    assert "inventory" in answer.body["error"]["message"]
    assert ("type" in answer.body) == bool(marks)


def test_what_is_known_of_a_model_shapes_the_request(gateway: Gateway, upstream: Scripted) -> None:
    upstream.ready.append(Ready(chat_reply()))
    thinking = {"type": "enabled", "budget_tokens": 16_000}
    answer = messages(gateway, "known", max_tokens=200_000, thinking=thinking)
    sent = upstream.last()
    assert sent["reasoning_effort"] == "medium"
    assert sent["max_completion_tokens"] == 128_000
    assert "max_tokens" not in sent
    assert answer.losses == ["max_tokens", "reasoning.budget"]


def test_betas(gateway: Gateway, upstream: Scripted) -> None:
    body = {"model": "b", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    marks = {"anthropic-version": "2023-06-01"}
    upstream.ready.append(Ready(chat_reply()))
    betas = "pdfs-2024-09-25,novelty-2030-01-01"
    answer = post(gateway, "/v1/messages?beta=true", body, **marks, **{"anthropic-beta": betas})
    assert answer.losses == ["anthropic-beta"]
    refused = post(gateway, "/v1/messages", body, **marks, **{"anthropic-beta": "files-api-2025-04-14"})
    assert refused.status == 400
    assert "`files-api`" in refused.body["error"]["message"]


def test_losses_are_summed_by_field_for_each_application(gateway: Gateway, upstream: Scripted) -> None:
    upstream.ready += [Ready(chat_reply()), Ready(chat_reply())]
    for _ in range(2):
        messages(gateway, "b", top_k=7)
    ran = gateway.offramp("evidence", "losses", "--application", "desk", "--format", "json")
    assert ran.returncode == 0, ran.stderr
    (desk,) = json.loads(ran.stdout)["applications"]
    counts = {one["field"]: one["requests"] for one in desk["losses"] if one["to"] == "openai-chat"}
    assert counts["top_k"] >= 2
    assert desk["requests"] >= desk["translated"] >= desk["with_losses"] > 0
    page = gateway.offramp("evidence", "losses", "--format", "html")
    assert "top_k" in page.stdout
