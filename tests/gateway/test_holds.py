"""A consequential tool call is held before the application sees it, and released once somebody decided."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.gateway import held
from tests.gateway.scripted import Ready, Scripted, run_scripted

from offramp.dialects import DIALECTS

STREAM_TYPES = {slug: dialect.stream_type for slug, dialect in DIALECTS.items()}


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


def lay(upstream: Scripted, slug: str, said: Any, *, is_stream: bool) -> None:
    """`said` is the upstream's next answer."""
    body = held.streamed(slug, said) if is_stream else held.whole(slug, said)
    headers = {"content-type": STREAM_TYPES[slug]} if is_stream else {}
    upstream.ready.append(Ready(body, headers=headers))


def ask(gateway: Any, post: Any, slug: str, *said: str, is_stream: bool, **more: Any) -> Any:
    body = json.dumps(held.asked(slug, *said, is_stream=is_stream, **more)).encode()
    path = held.path_of(slug, is_stream=is_stream, **more)
    headers = {**held.bearer("desk"), "x-goog-api-key": held.KEYS["desk"]}
    return post(gateway.url + path, body, headers)


def hold_in(text: str) -> str:
    found = re.search(r"\[offramp (hold_[0-9A-Z]{26}) (pending|denied)\]", text)
    assert found, text
    return found[1]


def decide(gateway: Any, post: Any, id_: str, verdict: str, by: str = "ana") -> Any:
    url = f"{gateway.url}/-/api/v1/holds/{id_}"
    shown = post(url, b"", held.bearer(by), method="GET")
    assert shown.status == 200, shown.raw
    body = json.dumps({"verdict": verdict, "reason": "looked at the plan"}).encode()
    return post(f"{url}/decision", body, held.bearer(by))


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

    asked = len(upstream.asked)
    again = ask(gateway, post, slug, said, is_stream=is_stream)
    assert hold_in(held.heard(slug, again.raw, is_stream=is_stream)[0]) == id_
    assert again.headers["offramp-hold"] == f"{id_}; pending"

    assert decide(gateway, post, id_, "approve").status == 200
    released = ask(gateway, post, slug, said, is_stream=is_stream)
    assert len(upstream.asked) == asked
    text, calls = held.heard(slug, released.raw, is_stream=is_stream)
    assert [(tool, arguments) for _, tool, arguments in calls] == [held.VALVE[1:]]
    assert text == "I will do it." or is_stream

    lay(upstream, slug, held.reply(held.VALVE), is_stream=is_stream)
    used = ask(gateway, post, slug, said, is_stream=is_stream)
    text, calls = held.heard(slug, used.raw, is_stream=is_stream)
    assert calls == []
    assert hold_in(text) != id_
