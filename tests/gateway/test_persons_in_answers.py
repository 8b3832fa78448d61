"""Persons whom a tool call of the answer names are counted before the application is given the call."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway import held
from tests.gateway.held import hold_in, lay
from tests.gateway.scripted import Ready, Scripted, run_scripted

from offramp.dialects import DIALECTS

PLAIN = "facts: {force: false, human: none, purpose: office}"
NAMING = "persons: [{tool: find, argument: /who}]"


@pytest.fixture
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture
def gateway(upstream: Scripted, started: Callable[..., Any], tmp_path: Path) -> Any:
    root = held.write_held(tmp_path / "w", upstream.url)
    (root / "instruments" / "many.yaml").write_text(held.MANY.format(if_unknown="forbid"))
    file = root / "offramp.yaml"
    registered = f"{PLAIN}\n    registration: {{owner: P, purposes: [office], {NAMING}}}"
    text = file.read_text().replace(PLAIN, registered)
    file.write_text(text.replace("tools: [look_up]", f"tools: [look_up, find]\n      {NAMING}"))
    return started(root, "--workers", "1")


@pytest.fixture
def ask(gateway: Any, upstream: Scripted, post: Any) -> Callable[..., Any]:
    """`ask(slug, said, calls, is_stream=…)`: the answer to a request whose answer has these calls."""

    def asked(slug: str, said: str, *calls: Any, is_stream: bool = False, by: str = "plain") -> Any:
        lay(upstream, slug, held.reply(*calls), is_stream=is_stream)
        body = json.dumps(held.asked(slug, said, is_stream=is_stream)).encode()
        headers = {**held.bearer(by), "x-goog-api-key": held.KEYS[by]}
        return post(gateway.url + held.path_of(slug, is_stream=is_stream), body, headers)

    return asked


def find(*who: Any) -> tuple[str, str, dict[str, Any]]:
    return ("call_9", "find", {"who": list(who)})


def counts(gateway: Any) -> list[int]:
    return [one.data["counts"]["persons"]["high"] for one in gateway.entries() if one.type == "count"]


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("slug", list(DIALECTS))
def test_a_call_that_reaches_the_line_is_not_given(
    gateway: Any, ask: Callable[..., Any], slug: str, is_stream: bool
) -> None:
    first = ask(slug, "one", find("ann@example.org", "bob@example.org"), is_stream=is_stream)
    _, calls = held.heard(slug, first.raw, is_stream=is_stream)
    assert [one[1:] for one in calls] == [find("ann@example.org", "bob@example.org")[1:]]
    assert counts(gateway) == [2]
    if not is_stream:
        assert first.headers["offramp-persons"] == "persons=2"
    again = ask(slug, "two", find("BOB@example.org"), is_stream=is_stream)
    assert held.heard(slug, again.raw, is_stream=is_stream)[1]
    assert counts(gateway) == [2]
    refused = ask(slug, "three", find("cleo@example.org"), is_stream=is_stream)
    assert "cleo" not in held.unframed(refused.raw)
    assert "many.mass" in held.unframed(refused.raw)
    if not is_stream:
        assert refused.status == 403
    assert counts(gateway) == [2]
    # An answer without such a call is as before, and so is a call of another tool.
    assert ask(slug, "four", is_stream=is_stream).status == 200
    other = ask(slug, "five", ("call_8", "look_up", {"who": "cleo@example.org"}), is_stream=is_stream)
    assert held.heard(slug, other.raw, is_stream=is_stream)[1]
    assert counts(gateway) == [2]


@pytest.mark.parametrize(
    "arguments", [{"who": [1.5]}, {"whom": "dan"}, {"who": {"mail": "dan"}}, {"who": [""]}]
)
def test_a_call_whose_persons_cannot_be_read_meets_the_unknown(
    ask: Callable[..., Any], arguments: dict[str, Any]
) -> None:
    refused = ask("openai-chat", "odd", ("call_9", "find", arguments))
    assert refused.status == 403
    assert "whom the request is about cannot be read" in refused.body["error"]["message"]
    assert b"dan" not in refused.raw


def test_a_call_cut_short_is_not_given(gateway: Any, ask: Callable[..., Any], upstream: Scripted) -> None:
    whole = held.streamed("openai-chat", held.reply(find("eve@example.org")))
    cut = whole.replace(b'"tool_calls"}]', b'"length"}]').replace(b'eve@example.org\\"]}', b"eve@example.org")
    assert cut != whole
    upstream.ready.append(Ready(cut, headers={"content-type": DIALECTS["openai-chat"].stream_type}))
    answer = ask("openai-chat", "cut", is_stream=True)
    assert b"eve@" not in answer.raw
    assert counts(gateway) == []


def test_who_is_named_in_a_held_call_is_counted_when_it_is_held(
    gateway: Any, ask: Callable[..., Any], post: Any
) -> None:
    calls = (find("ann@example.org"), held.VALVE)
    id_ = hold_in(ask("openai-chat", "find and open", *calls, by="desk").raw.decode())
    assert counts(gateway) == [1]
    assert held.decide(gateway, post, id_, "approve").status == 200
    given = ask("openai-chat", "find and open", *calls, by="desk")
    assert [one[1] for one in held.heard("openai-chat", given.raw, is_stream=False)[1]] == [
        "find",
        "open_valve",
    ]
    assert counts(gateway) == [1]
