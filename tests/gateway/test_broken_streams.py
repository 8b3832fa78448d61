"""Upstreams that die at every stage of a stream: before its first byte the next target answers, after it the
caller is told, or the next target goes on where the route says so. Hedged requests listen to one of two.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, eventually, plain_post, start_gateway
from tests.gateway.scripted import Ready, Scripted, chat_reply, chat_stream, messages_reply, run_scripted

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}}}
upstreams:
  p: {{vendor: example-a, dialect: openai-chat, url: "{p}", key: {{env: FAKE_KEY}}}}
  q: {{vendor: example-b, dialect: anthropic-messages, url: "{q}", key: {{env: FAKE_KEY}}}}
routes:
  tells: {{retries: 0, targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]}}
  alone: {{retries: 0, targets: [{{upstream: p, model: m}}]}}
  continues:
    retries: 0
    on_broken_stream: continue
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
  hedged:
    retries: 0
    hedge_after_seconds: 0.2
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
  hedged-late:
    retries: 0
    hedge_after_seconds: 60
    targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]
"""
MESSAGES = "/v1/messages"
CHAT = "/v1/chat/completions"


def messages_stream(*texts: str, start: int = 0) -> bytes:
    """A stream of the Messages API with its end."""
    begun = {**messages_reply(), "content": [], "stop_reason": None}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    events.append(
        {"type": "content_block_start", "index": start, "content_block": {"type": "text", "text": ""}}
    )
    for text in texts:
        delta = {"type": "text_delta", "text": text}
        events.append({"type": "content_block_delta", "index": start, "delta": delta})
    events.append({"type": "content_block_stop", "index": start})
    events.append(
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 4},
        }
    )
    events.append({"type": "message_stop"})
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events).encode()


ERROR_FIRST = b'data: {"error": {"message": "overloaded", "type": "server_error", "code": null}}\n\n'
HALF = chat_stream(
    {"role": "assistant", "content": ""}, {"content": "Once "}, {"content": "upon"}, ends=False
)
TOOL = chat_stream(
    {
        "tool_calls": [
            {
                "index": 0,
                "id": "call_1",
                "type": "function",
                "function": {"name": "weather", "arguments": '{"ci'},
            }
        ]
    },
    ends=False,
)


@pytest.fixture(scope="module")
def p() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def q() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(p: Scripted, q: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root: Path = tmp_path_factory.mktemp("broken")
    (root / "keys").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "keys" / "desk").chmod(0o600)
    (root / "offramp.yaml").write_text(WORKSPACE.format(p=p.url, q=q.url))
    running = start_gateway(root, "--workers", "1")
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture(autouse=True)
def fresh(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    """Nothing is left over, and the first target is well again."""
    for one in (p, q):
        one.ready.clear()
        one.asked.clear()
    p.ready.append(Ready(chat_reply()))
    assert ask(gateway, "alone", stream=False).status == 200
    p.asked.clear()


def ask(gateway: Gateway, route: str, path: str = CHAT, *, stream: bool = True, **more: Any) -> Any:
    body = {"model": route, "max_tokens": 100, "stream": stream, **more}
    body.setdefault("messages", [{"role": "user", "content": "Tell me"}])
    headers = {"authorization": f"Bearer {gateway.keys['desk']}", "anthropic-version": "2023-06-01"}
    return plain_post(f"{gateway.url}{path}", json.dumps(body).encode(), headers)


def events(answer: Any) -> list[Any]:
    lines = answer.raw.decode().splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def text_of(answer: Any) -> str:
    """What the caller reads, of either API."""
    found = ""
    for event in events(answer):
        if event.get("type") == "content_block_delta":
            found += event["delta"].get("text", "")
        for choice in event.get("choices", ()):
            found += choice["delta"].get("content") or ""
    return found


def data_of(gateway: Gateway, answer: Any) -> Any:
    return gateway.entry(answer.headers["offramp-request-id"]).data


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize(
    "death",
    [
        Ready(b"", dies=True),
        Ready(b""),
        Ready(b": hello\n\n", dies=True),
        Ready(ERROR_FIRST),
        Ready(HALF[:40], dies=True),
    ],
    ids=["cut after the head", "ends after the head", "cut after a comment", "error first", "half an event"],
)
def test_what_dies_before_its_first_event_is_answered_by_the_next_target(
    gateway: Gateway, p: Scripted, q: Scripted, path: str, death: Ready
) -> None:
    p.ready.append(death)
    q.ready.append(Ready(messages_stream("Well", " then")))
    answer = ask(gateway, "tells", path)
    assert (answer.status, answer.headers["offramp-served-by"]) == (200, "q/n")
    assert text_of(answer) == "Well then"
    data = data_of(gateway, answer)
    assert data["outcome"] == "answered"
    assert [one["upstream"] for one in data["attempts"]] == ["p"]


def test_where_nobody_is_left_it_is_an_error_with_a_status(gateway: Gateway, p: Scripted) -> None:
    p.ready.append(Ready(b"", dies=True))
    answer = ask(gateway, "alone")
    assert answer.status == 502
    assert answer.body["offramp"]["code"].startswith("upstream-")
    assert data_of(gateway, answer)["outcome"] == "upstream-error"


def test_after_the_first_byte_the_caller_is_told(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(HALF, dies=True))
    answer = ask(gateway, "tells")
    assert text_of(answer) == "Once upon"
    assert "error" in events(answer)[-1]
    assert b"[DONE]" not in answer.raw
    assert q.asked == []
    assert data_of(gateway, answer)["outcome"] == "truncated"


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_a_route_can_say_that_the_next_target_goes_on(
    gateway: Gateway, p: Scripted, q: Scripted, path: str
) -> None:
    p.ready.append(Ready(HALF, dies=True))
    q.ready.append(Ready(messages_stream(" a", " time")))
    answer = ask(gateway, "continues", path)
    assert text_of(answer) == "Once upon a time"
    turns = q.last()["messages"]
    assert [turn["role"] for turn in turns[:2]] == ["user", "assistant"]
    assert "Once upon" in json.dumps(turns[1])
    assert q.last()["max_tokens"] < 100
    if path == CHAT:
        ends = [
            c["finish_reason"] for event in events(answer) for c in event["choices"] if c["finish_reason"]
        ]
        assert ends == ["stop"]
        assert answer.raw.count(b"[DONE]") == 1
    else:
        kinds = [event["type"] for event in events(answer)]
        assert kinds.count("message_start") == kinds.count("message_stop") == 1
        assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 1
    data = data_of(gateway, answer)
    assert data["outcome"] == "answered"
    assert data["continued"] == {
        "upstream": "p",
        "model": "m",
        "code": data["attempts"][0]["code"],
        "characters": len("Once upon"),
    }
    assert "messages.continuation" in [loss["field"] for loss in data["losses"]]


def test_it_is_told_where_nobody_can_go_on(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(HALF, dies=True))
    q.ready.append(Ready({"error": "no"}, status=500))
    answer = ask(gateway, "continues")
    assert text_of(answer) == "Once upon"
    assert "error" in events(answer)[-1]
    data = data_of(gateway, answer)
    assert (data["outcome"], data["upstream"]) == ("truncated", "p")


def test_two_broken_streams_are_still_one_answer(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(HALF, dies=True))
    broken = messages_stream(" a", " time").partition(b"event: content_block_stop")[0]
    q.ready.append(Ready(broken, dies=True))
    answer = ask(gateway, "continues")
    assert text_of(answer) == "Once upon a time"
    assert "error" in events(answer)[-1]
    assert data_of(gateway, answer)["outcome"] == "truncated"


def test_nobody_goes_on_across_a_tool_call(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(TOOL, dies=True))
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    answer = ask(gateway, "continues", tools=[tool])
    assert "error" in events(answer)[-1]
    assert q.asked == []


def test_a_stream_that_does_not_break_is_as_it_was(gateway: Gateway, p: Scripted) -> None:
    p.ready.append(Ready(chat_stream({"role": "assistant", "content": ""}, {"content": "All well"})))
    answer = ask(gateway, "continues")
    assert text_of(answer) == "All well"
    assert "continued" not in data_of(gateway, answer)


def test_truncated_streams_count_towards_resting(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    for _ in range(5):
        p.ready.append(Ready(HALF, dies=True))
        ask(gateway, "tells")
    q.ready.append(Ready(messages_stream("Rested")))
    answer = ask(gateway, "tells")
    assert answer.headers["offramp-served-by"] == "q/n"
    assert data_of(gateway, answer)["attempts"] == [
        {"upstream": "p", "model": "m", "code": "upstream-resting"}
    ]


def test_a_silent_target_is_hedged(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(is_silent=True))
    q.ready.append(Ready(messages_reply()))
    abandoned = p.abandoned
    answer = ask(gateway, "hedged", stream=False)
    assert (answer.status, answer.headers["offramp-served-by"]) == (200, "q/n")
    eventually(lambda: p.abandoned > abandoned)
    data = data_of(gateway, answer)
    assert [(one["upstream"], one["code"]) for one in data["attempts"]] == [("p", "hedged")]
    assert data["decision"]["vendor"] == "example-b"


def test_who_answers_in_time_is_not_hedged(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(chat_reply()))
    answer = ask(gateway, "hedged-late", stream=False)
    assert answer.headers["offramp-served-by"] == "p/m"
    assert q.asked == []


def test_what_rests_on_kept_answers_is_never_hedged(gateway: Gateway, p: Scripted, q: Scripted) -> None:
    p.ready.append(Ready(is_silent=True))
    body = json.dumps({"model": "hedged", "input": "hi"}).encode()
    headers = {"authorization": f"Bearer {gateway.keys['desk']}"}
    with pytest.raises(TimeoutError):
        plain_post(f"{gateway.url}/v1/responses", body, headers, seconds=2)
    assert q.asked == []
