"""Requests and routes that need something of a model go to targets that have it, and unknown is said so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, plain_post, start_gateway
from tests.gateway.scripted import Ready, Scripted, chat_reply, run_scripted

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams:
  p: {{vendor: example-a, dialect: openai-chat, url: "{p}"}}
  q: {{vendor: example-b, dialect: openai-chat, url: "{p}"}}
routes:
  told:
    targets:
      - {{upstream: p, model: plain, facts: {{tools: false, vision: false, context: 200}}}}
      - {{upstream: q, model: rich, facts: {{tools: true, vision: true, context: 100000}}}}
  half:
    targets:
      - {{upstream: p, model: plain, facts: {{tools: false, json_schema: false}}}}
      - {{upstream: q, model: unknown}}
  strict: {{needs: {{tools: true, context: 1000}}, targets: [{{upstream: p, model: unknown}}]}}
  spread:
    targets:
      - {{upstream: p, model: one, weight: 50}}
      - {{upstream: q, model: two, weight: 30}}
      - {{upstream: q, model: three, weight: 20}}
"""
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(upstream: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root: Path = tmp_path_factory.mktemp("needs")
    (root / "keys").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "keys" / "desk").chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(p=upstream.url))
    running = start_gateway(root, "--workers", "1")
    yield running
    assert running.stop() == 0, running.log.read_text()


def ask(gateway: Gateway, upstream: Scripted, route: str, text: Any = "hi", **more: Any) -> Any:
    upstream.ready[:] = [Ready(chat_reply())]
    conversation = more.pop("conversation", "")
    body = {"model": route, "messages": [{"role": "user", "content": text}], **more}
    headers = {"authorization": f"Bearer {gateway.keys['desk']}", "offramp-conversation": conversation}
    return plain_post(f"{gateway.url}/v1/chat/completions", json.dumps(body).encode(), headers)


@pytest.mark.parametrize(
    ("more", "model"),
    [
        ({}, "p/plain"),
        ({"tools": [TOOL]}, "q/rich"),
        ({"text": [{"type": "text", "text": "see"}, PICTURE]}, "q/rich"),
        ({"text": "word " * 400}, "q/rich"),
    ],
    ids=["nothing", "tools", "a picture", "length"],
)
def test_what_a_request_holds_passes_over_who_lacks_it(
    gateway: Gateway, upstream: Scripted, more: Any, model: str
) -> None:
    answer = ask(gateway, upstream, "told", **more)
    assert (answer.status, answer.headers["offramp-served-by"]) == (200, model)


def test_what_nobody_said_is_tried_and_said_so(gateway: Gateway, upstream: Scripted) -> None:
    answer = ask(gateway, upstream, "half", tools=[TOOL], response_format=SCHEMA)
    assert answer.headers["offramp-served-by"] == "q/unknown"
    data = gateway.entry(answer.headers["offramp-request-id"]).data
    assert data["needs_unknown"] == ["json_schema", "tools"]


def test_where_nobody_has_it_the_request_is_refused_and_each_is_named(
    gateway: Gateway, upstream: Scripted
) -> None:
    long = ask(gateway, upstream, "told", "word " * 500_000)
    assert (long.status, long.body["offramp"]["code"]) == (400, "need-unmet")
    assert "`q/rich`: context" in long.body["error"]["message"]
    needed = ask(gateway, upstream, "strict")
    assert (needed.status, needed.body["offramp"]["code"]) == (400, "need-unmet")
    assert "`p/unknown`: tools, context" in needed.body["error"]["message"]


def test_weights_spread_conversations_and_each_stays(gateway: Gateway, upstream: Scripted) -> None:
    first = {n: served(gateway, upstream, n) for n in range(40)}
    assert set(first.values()) == {"p/one", "q/two", "q/three"}
    assert {n: served(gateway, upstream, n) for n in range(5)} == {n: first[n] for n in range(5)}


def served(gateway: Gateway, upstream: Scripted, number: int) -> str:
    answer = ask(gateway, upstream, "spread", conversation=f"c{number}")
    return str(answer.headers["offramp-served-by"])
