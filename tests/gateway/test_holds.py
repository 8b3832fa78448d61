"""A consequential tool call is held before the application sees it, and released once somebody decided."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.gateway import held
from tests.gateway.held import ask, decide, hold_in, lay
from tests.gateway.scripted import Scripted, run_scripted

from offramp.dialects import DIALECTS


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(
    upstream: Scripted, launch: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    root = held.write_held(tmp_path_factory.mktemp("held"), upstream.url)
    running = launch(root)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("slug", list(DIALECTS))
def test_a_call_is_held_and_released_once(
    gateway: Any, upstream: Scripted, post: Any, slug: str, is_stream: bool
) -> None:
    said = f"open it, {slug} {is_stream}"
    lay(upstream, slug, held.reply(held.VALVE), is_stream=is_stream)
    first = ask(gateway, post, slug, said, is_stream=is_stream)
    assert first.status == 200, first.raw
    text, calls = held.heard(slug, first.raw, is_stream=is_stream)
    assert calls == []
    assert b"north" not in first.raw
    id_ = hold_in(text)
    # The head of a stream is sent before its calls are judged: there the notice alone has the id.
    assert first.headers.get("offramp-hold") == (None if is_stream else f"{id_}; pending")

    asked = len(upstream.asked)
    again = ask(gateway, post, slug, said, is_stream=is_stream)
    assert hold_in(held.heard(slug, again.raw, is_stream=is_stream)[0]) == id_
    assert again.headers["offramp-hold"] == f"{id_}; pending"

    assert decide(gateway, post, id_, "approve").status == 200
    released = ask(gateway, post, slug, said, is_stream=is_stream)
    assert len(upstream.asked) == asked
    text, calls = held.heard(slug, released.raw, is_stream=is_stream)
    assert [(tool, arguments) for _, tool, arguments in calls] == [held.VALVE[1:]]
    assert text == "I will do it."

    lay(upstream, slug, held.reply(held.VALVE), is_stream=is_stream)
    used = ask(gateway, post, slug, said, is_stream=is_stream)
    text, calls = held.heard(slug, used.raw, is_stream=is_stream)
    assert calls == []
    assert hold_in(text) != id_


def test_one_person_shows_and_decides_at_the_command_line(
    gateway: Any, upstream: Scripted, post: Any
) -> None:
    lay(upstream, "openai-chat", held.reply(held.VALVE), is_stream=False)
    first = ask(gateway, post, "openai-chat", "by hand", is_stream=False)
    told = first.body["offramp"]["hold"]
    assert told["state"] == "pending"
    assert told["tools"] == ["open_valve"]
    assert told["norms"] == ["clause.valve"]
    id_ = told["id"]
    listed = gateway.offramp("holds", "--state", "pending", "--format", "json")
    assert listed.returncode == 4, listed.stderr
    assert id_ in [hold["id"] for hold in json.loads(listed.stdout)["holds"]]

    yes = ("decide", id_, "--approve", "--by", "Ana Abe", "--reason", "checked")
    unseen = gateway.offramp(*yes)
    assert "error[hold-not-shown]" in unseen.stderr
    shown = gateway.offramp("holds", "show", id_, "--by", "ana", "--format", "json")
    what = json.loads(shown.stdout)["what"]
    assert what["calls"] == [{"tool": "open_valve", "arguments": held.VALVE[2]}]
    assert what["said"] == "by hand"
    decided = gateway.offramp(*yes, "--format", "json")
    assert json.loads(decided.stdout)["state"] == "approved", decided.stderr

    entries = [one for one in gateway.entries() if one.subject == id_]
    assert [one.data["event"] for one in entries] == ["held", "shown", "decided"]
    assert entries[0].cause == "norm:clause.valve"
    assert entries[0].instruments == ("clause",)
    assert entries[2].actor == "Ana Abe"
    assert entries[2].data["reason"] == "checked"
    assert entries[2].data["way"] == "cli"
    assert entries[2].data["was_shown"] is True
    assert entries[2].digests["shown"] == entries[1].digests["shown"]
    assert "north" not in json.dumps([dict(one.data) for one in entries])
    report = json.loads(gateway.offramp("holds", "report", "--format", "json").stdout)
    (ana,) = [one for one in report["persons"] if one["person"] == "ana"]
    assert ana["decisions"] >= 1
    assert ana["median_seconds"] >= 0


def test_a_denied_call_is_told_and_never_given(gateway: Any, upstream: Scripted, post: Any) -> None:
    lay(upstream, "anthropic-messages", held.reply(held.VALVE), is_stream=True)
    first = ask(gateway, post, "anthropic-messages", "deny this", is_stream=True)
    id_ = hold_in(held.heard("anthropic-messages", first.raw, is_stream=True)[0])
    assert decide(gateway, post, id_, "deny").status == 200
    again = ask(gateway, post, "anthropic-messages", "deny this", is_stream=True)
    text, calls = held.heard("anthropic-messages", again.raw, is_stream=True)
    assert f"[offramp {id_} denied]" in text
    assert calls == []
    late = decide(gateway, post, id_, "approve", by="ben")
    assert (late.status, late.body["error"]["code"]) == (409, "hold-ended")


def test_an_answer_without_such_calls_is_as_before(gateway: Any, upstream: Scripted, post: Any) -> None:
    said = held.reply(("call_9", "look_up", {"site": "north"}))
    for is_stream in (False, True):
        lay(upstream, "openai-chat", said, is_stream=is_stream)
        answer = ask(gateway, post, "openai-chat", f"look {is_stream}", is_stream=is_stream)
        text, calls = held.heard("openai-chat", answer.raw, is_stream=is_stream)
        assert calls == [("call_9", "look_up", {"site": "north"})]
        assert "offramp" not in text


@pytest.mark.parametrize("slug", list(DIALECTS))
def test_another_api_upstream_is_held_as_well(gateway: Any, upstream: Scripted, post: Any, slug: str) -> None:
    lay(upstream, "openai-chat", held.reply(held.VALVE), is_stream=True)
    answer = ask(gateway, post, slug, f"crossed {slug}", is_stream=True, model="crossed")
    text, calls = held.heard(slug, answer.raw, is_stream=True)
    assert calls == []
    id_ = hold_in(text)
    decide(gateway, post, id_, "approve")
    answer = ask(gateway, post, slug, f"crossed {slug}", is_stream=False, model="crossed")
    assert [call[1:] for call in held.heard(slug, answer.raw, is_stream=False)[1]] == [held.VALVE[1:]]


@pytest.mark.parametrize("slug", list(DIALECTS))
def test_the_notice_can_be_gone_on_from(gateway: Any, upstream: Scripted, post: Any, slug: str) -> None:
    lay(upstream, slug, held.reply(held.VALVE), is_stream=False)
    said = f"go on later, {slug}"
    notice, _ = held.heard(slug, ask(gateway, post, slug, said, is_stream=False).raw, is_stream=False)
    id_ = hold_in(notice)
    waiting = ask(gateway, post, slug, said, notice, "continue", is_stream=False)
    assert hold_in(held.heard(slug, waiting.raw, is_stream=False)[0]) == id_
    decide(gateway, post, id_, "approve")
    released = ask(gateway, post, slug, said, notice, " Continue ", is_stream=False)
    assert [call[1:] for call in held.heard(slug, released.raw, is_stream=False)[1]] == [held.VALVE[1:]]


def test_whatever_else_is_said_after_a_notice_is_another_conversation(
    gateway: Any, upstream: Scripted, post: Any
) -> None:
    lay(upstream, "openai-chat", held.reply(held.VALVE), is_stream=False)
    first = ask(gateway, post, "openai-chat", "open it or not", is_stream=False)
    notice, _ = held.heard("openai-chat", first.raw, is_stream=False)
    decide(gateway, post, hold_in(notice), "approve")
    lay(upstream, "openai-chat", held.reply(text="Then I will not."), is_stream=False)
    turned = ask(gateway, post, "openai-chat", "open it or not", notice, "do not!", is_stream=False)
    assert held.heard("openai-chat", turned.raw, is_stream=False) == ("Then I will not.", [])


def test_an_answer_kept_by_its_api_goes_on_after_a_hold(gateway: Any, upstream: Scripted, post: Any) -> None:
    slug = "openai-responses"
    lay(upstream, slug, held.reply(held.VALVE), is_stream=False)
    first = ask(gateway, post, slug, "stateful", is_stream=False).body
    id_ = first["offramp"]["hold"]["id"]
    decide(gateway, post, id_, "approve")
    url, headers = gateway.url + "/v1/responses", held.bearer("desk")
    more = {**held.asked(slug, "continue"), "previous_response_id": first["id"]}
    released = post(url, json.dumps(more).encode(), headers).body
    (call,) = [item for item in released["output"] if item["type"] == "function_call"]
    assert json.loads(call["arguments"]) == held.VALVE[2]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "opened"}
    lay(upstream, slug, held.reply(text="It is open."), is_stream=False)
    more = {**held.asked(slug), "previous_response_id": released["id"], "input": [result]}
    last = post(url, json.dumps(more).encode(), headers).body
    assert held.heard(slug, json.dumps(last).encode(), is_stream=False) == ("It is open.", [])
    sent = upstream.last()["input"]
    assert sent[0]["content"] == "stateful"
    assert [item["type"] for item in sent if "type" in item][-2:] == ["function_call", "function_call_output"]
