"""Reasoning of one vendor's model reaches no other vendor, though both speak the caller's own API."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, Plain, plain_post, start_gateway
from tests.gateway.scripted import Ready, Scripted, chat_reply, chat_stream, run_scripted

from offramp.dialects import DIALECTS
from offramp.dialects.turns import (
    Reply,
    ReplyEnded,
    ReplyStarted,
    Request,
    Speaker,
    StopReason,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Turn,
    Usage,
)

CHAT = "openai-chat"
UPSTREAM = (
    '  {slug}-{vendor}: {{vendor: example-{vendor}, dialect: {slug}, url: "{url}", key: {{env: FAKE_KEY}}}}'
)
ROUTE = "  {slug}.{vendor}: {{targets: [{{upstream: {slug}-{vendor}, model: m-{vendor}}}]}}"
PAIRS = [(slug, vendor) for slug in DIALECTS for vendor in "ab"]
USAGE = Usage(input=1, output=1)


def thought(vendor: str, slug: str) -> Thinking:
    """What that vendor's model thought, under its own seal where the API has seals."""
    seal = "" if slug == CHAT else {"a": "c2VhbC1vZi1h", "b": "c2VhbC1vZi1i"}[vendor]
    return Thinking(f"thought of {vendor}", seal, origin=slug)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(upstream: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root = tmp_path_factory.mktemp("thoughts")
    (root / "keys").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "keys" / "desk").chmod(0o600)
    lines = [
        "schema: offramp/workspace/v1",
        "organisation: {name: Example Company, kinds: [company]}",
        "applications: {desk: {key: {file: keys/desk}, facts: {under: commercial}}}",
        "upstreams:",
        *(UPSTREAM.format(slug=slug, vendor=vendor, url=upstream.url) for slug, vendor in PAIRS),
        "routes:",
        *(ROUTE.format(slug=slug, vendor=vendor) for slug, vendor in PAIRS),
    ]
    (root / "offramp.yaml").write_text("\n".join(lines) + "\n")
    running = start_gateway(root, "--workers", "2")
    yield running
    assert running.stop() == 0


def laid_ready(slug: str, vendor: str, *, is_stream: bool) -> Ready:
    """An answer of that vendor with a thought."""
    part, dialect = thought(vendor, slug), DIALECTS[slug]
    if slug == CHAT:
        pieces = (
            {"reasoning_content": part.text[:4]},
            {"reasoning_content": part.text[4:]},
            {"content": "Hi"},
        )
        return Ready(chat_stream(*pieces) if is_stream else chat_reply("Hi", reasoning_content=part.text))
    if not is_stream:
        parts = (part, Text("Hi"))
        reply = Reply(id="1", model="m", parts=parts, stop_reason=StopReason.END, usage=USAGE)
        return Ready(dialect.encode_reply(reply).body)
    encoder = dialect.stream_encoder(wants_usage=True)
    events = (
        ReplyStarted("1", "m", USAGE),
        ThinkingDelta(0, part.text[:4]),
        ThinkingDelta(0, part.text[4:]),
        ThinkingDelta(0, "", part.signature),
        TextDelta(1, "Hi"),
        ReplyEnded(StopReason.END, "", USAGE),
    )
    body = b"".join(encoder.encode(event) for event in events)
    return Ready(body, headers={"content-type": dialect.stream_type})


def ask(gateway: Gateway, slug: str, vendor: str, said: str, *, is_stream: bool) -> Plain:
    """Ask that vendor, going on from what the vendors in `said` thought, in this order."""
    dialect = DIALECTS[slug]
    turns = [Turn(Speaker.USER, (Text("Hello"),))]
    for one in said:
        turns += [
            Turn(Speaker.ASSISTANT, (thought(one, slug), Text("Hi"))),
            Turn(Speaker.USER, (Text("And?"),)),
        ]
    route = f"{slug}.{vendor}"
    request = Request(model=route, turns=tuple(turns), max_tokens=64, wants_stream=is_stream)
    body: dict[str, Any] = dict(dialect.encode_request(request).body)
    path = dialect.upstream_path(route, is_stream=is_stream)
    headers = dialect.request_headers(gateway.keys["desk"])
    return plain_post(gateway.url + path, json.dumps(body).encode(), headers)


def reached(upstream: Scripted) -> str:
    return json.dumps(upstream.last())


def marks(vendor: str, slug: str) -> tuple[str, ...]:
    part = thought(vendor, slug)
    return tuple(mark for mark in (part.text, part.signature) if mark)


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("slug", sorted(DIALECTS))
def test_thoughts_go_back_where_they_came_from_and_nowhere_else(
    gateway: Gateway, upstream: Scripted, slug: str, is_stream: bool
) -> None:
    upstream.ready = [laid_ready(slug, vendor, is_stream=is_stream) for vendor in "aba"]
    first = ask(gateway, slug, "a", "", is_stream=is_stream)
    assert first.status == 200
    second = ask(gateway, slug, "b", "a", is_stream=is_stream)
    assert second.status == 200
    assert "messages.thinking" in second.headers["offramp-loss"]
    assert not any(mark in reached(upstream) for mark in marks("a", slug))
    assert "And?" in reached(upstream)
    back = ask(gateway, slug, "a", "ab", is_stream=is_stream)
    assert back.status == 200
    assert all(mark in reached(upstream) for mark in marks("a", slug))
    assert not any(mark in reached(upstream) for mark in marks("b", slug))
    entry = gateway.entry(back.headers["offramp-request-id"])
    assert [loss["field"] for loss in entry.data["losses"]] == ["messages.thinking"]


@pytest.mark.parametrize("slug", sorted(DIALECTS))
def test_thoughts_nobody_here_saw_are_passed_to_nobody(
    gateway: Gateway, upstream: Scripted, slug: str
) -> None:
    upstream.ready = [laid_ready(slug, "a", is_stream=False)]
    dialect = DIALECTS[slug]
    strange = replace(thought("a", slug), text="of old", signature="" if slug == CHAT else "b2xk")
    turns = (
        Turn(Speaker.USER, (Text("Hello"),)),
        Turn(Speaker.ASSISTANT, (strange, Text("Hi"))),
        Turn(Speaker.USER, (Text("And?"),)),
    )
    request = Request(model=f"{slug}.a", turns=turns, max_tokens=64)
    path = dialect.upstream_path(f"{slug}.a", is_stream=False)
    body = json.dumps(dialect.encode_request(request).body).encode()
    assert b"of old" in body or b"b2xk" in body
    answer = plain_post(gateway.url + path, body, dialect.request_headers(gateway.keys["desk"]))
    assert answer.status == 200
    assert "of old" not in reached(upstream)
    assert "b2xk" not in reached(upstream)
