"""The month's report on red lines, filled by a real gateway: counts, refusals, holds, decisions, guards."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.gateway import held
from tests.gateway.held import ask, decide, hold_in, lay
from tests.gateway.scripted import Scripted, run_scripted

CHAT = "openai-chat"


@pytest.fixture
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


def rows(document: Any, name: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(one[column] for column in columns) for one in document[name]]


def test_a_month_says_what_was_held_decided_counted_and_refused(
    upstream: Scripted, post: Any, started: Callable[..., Any], tmp_path: Path
) -> None:
    root = held.write_held(tmp_path / "w", upstream.url)
    (root / "instruments" / "many.yaml").write_text(held.MANY.format(if_unknown="permit"))
    gateway = started(root)

    def hold(said: str) -> str:
        lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
        return hold_in(ask(gateway, post, CHAT, said, is_stream=False).raw.decode())

    def about(*subjects: str) -> int:
        lay(upstream, CHAT, held.reply(), is_stream=False)
        headers = {**held.bearer("plain"), "offramp-subjects": ",".join(subjects)}
        body = json.dumps(held.asked(CHAT, "write to them")).encode()
        return int(post(gateway.url + held.path_of(CHAT, is_stream=False), body, headers).status)

    released, denied, _ = hold("open it"), hold("open that"), hold("open all")
    assert decide(gateway, post, released, "approve").status == 200
    assert decide(gateway, post, denied, "deny", by="ben").status == 200
    given = ask(gateway, post, CHAT, "open it", is_stream=False)
    assert held.heard(CHAT, given.raw, is_stream=False)[1] == [held.VALVE]
    assert [about("a@example.org"), about("b@example.org"), about("c@example.org")] == [200, 200, 403]

    month = gateway.entries()[-1].at.isoformat()[:7]
    report = ("evidence", "document", "red-lines", "--month", month)
    found = gateway.offramp(*report, "--format", "json")
    assert found.returncode == 0, found.stderr
    document = json.loads(found.stdout)
    # What is answered from a hold asks no vendor.
    assert rows(document, "purposes", "application", "vendor", "requests", "answered", "refused") == [
        ("desk", "", 1, 1, 0),
        ("desk", "example-a", 3, 3, 0),
        ("plain", "example-a", 3, 2, 1),
    ]
    assert rows(document, "counts", "owner", "fact", "low", "high", "additions", "norms") == [
        ("Example Company", "persons", 2, 2, 2, ["many.mass"])
    ]
    assert rows(document, "refusals", "cause", "code", "application", "requests") == [
        ("norm:many.mass", "norm-forbids", "plain", 1)
    ]
    assert rows(document, "holds", "application", "event", "count") == [
        ("desk", "held", 3),
        ("desk", "released", 1),
        ("desk", "shown", 2),
    ]
    assert rows(document, "decisions", "person", "approved", "denied") == [
        ("Ana Abe", 1, 0),
        ("Ben Bo", 0, 1),
    ]
    assert all(one["median_seconds_shown"] >= 0 for one in document["decisions"])
    assert ("distinct-persons", "refuse", "plain", 1) in rows(
        document, "guards", "guard", "verdict", "application", "requests"
    )
    assert any("did not pass this gateway" in gap for gap in document["about"]["gaps"])

    told = gateway.offramp(*report)
    assert told.returncode == 0, told.stderr
    for words in ("Held tool calls", "released", "Decisions of persons", "Ben Bo", "many.mass", "at most"):
        assert words in told.stdout, told.stdout
    empty = gateway.offramp("evidence", "document", "red-lines", "--month", "2020-01", "--format", "json")
    assert json.loads(empty.stdout)["holds"] == []
