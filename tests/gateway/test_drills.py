"""What a drill did, to the number; one whose time was over while nothing ran; a cost that leaves its band."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway, eventually, plain_post
from tests.gateway.scripted import Ready, Scripted, chat_reply, run_scripted

from offramp.cli.main import run
from offramp.core.instants import format_instant, now

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications:
  desk: {{key: {{file: keys/desk}}, facts: {{under: commercial}}}}
  lab: {{key: {{file: keys/lab}}, facts: {{under: commercial}}}}
upstreams:
  p: {{vendor: example-a, dialect: openai-chat, url: "{url}"}}
  q: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}
routes:
  alone: {{targets: [{{upstream: p, model: m}}]}}
  either: {{when_forbidden: next, targets: [{{upstream: p, model: m}}, {{upstream: q, model: n}}]}}
  other: {{targets: [{{upstream: q, model: n}}]}}
  priced:
    targets:
      - {{upstream: p, model: m}}
      - {{upstream: q, model: n, facts: {{input_price: 1000, output_price: 2000}}}}
    schedule: {{by: R. Okafor, steps: [{{at: 2020-01-01, share: 40}}, {{at: 2020-02-01, share: 100}}]}}
    bands: {{least_requests: 3, cost: {{most: 50, again: 20}}, on_leave: step-back}}
"""
BY = ("--by", "R. Okafor", "--reason", "a test")


@pytest.fixture(scope="module")
def upstream() -> Any:
    yield from run_scripted()


@pytest.fixture
def root(tmp_path: Path, upstream: Scripted) -> Path:
    upstream.ready.clear()
    (tmp_path / "keys").mkdir()
    for name in ("desk", "lab"):
        (tmp_path / "keys" / name).write_text(f"offr_{name}_{'k' * 43}")
        (tmp_path / "keys" / name).chmod(0o600)
    (tmp_path / "offramp.yaml").write_text(WORKSPACE.format(url=upstream.url))
    return tmp_path


@pytest.fixture
def start(root: Path, started: Callable[..., Gateway]) -> Callable[[], Gateway]:
    return lambda: started(root, "--workers", "1")


def said(root: Path, *argv: str) -> Any:
    """One command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([*argv, "--workspace", str(root), "--format", "json"])
    assert code == 0, out.getvalue() + err.getvalue()
    return json.loads(out.getvalue())


def ask(gateway: Gateway, upstream: Scripted, route: str, by: str = "desk", reply: Any = None) -> Any:
    upstream.ready[:] = [reply or Ready(chat_reply())]
    body = {"model": route, "messages": [{"role": "user", "content": "hi"}]}
    headers = {"authorization": f"Bearer {gateway.keys[by]}"}
    return plain_post(f"{gateway.url}/v1/chat/completions", json.dumps(body).encode(), headers)


def moves_of(gateway: Gateway, route: str) -> list[Any]:
    return [entry for entry in gateway.entries() if entry.type == "ramp" and entry.subject == route]


def test_the_report_of_a_drill_says_who_was_refused_answered_and_failed(
    root: Path, start: Callable[[], Gateway], upstream: Scripted
) -> None:
    gateway = start()
    for route in ("alone", "either", "other"):
        assert ask(gateway, upstream, route).status == 200
    said(root, "drill", "example-a", "--for", "1d", "--name", "june", *BY)
    eventually(lambda: ask(gateway, upstream, "alone", "lab").status == 403)
    before = said(root, "drill", "report", "june")
    known = {(one["application"], one["route"]): one for one in before["affected"]}
    refused = known["lab", "alone"]["refused"]
    for _ in range(2):
        assert ask(gateway, upstream, "alone").body["offramp"]["code"] == "drill-forbids"
    for _ in range(3):
        assert ask(gateway, upstream, "either").headers["offramp-served-by"] == "q/n"
    fails = Ready({"error": {"message": "no"}}, status=400)
    assert ask(gateway, upstream, "either", reply=fails).status == 400
    assert ask(gateway, upstream, "other").status == 200
    ended = said(root, "drill", "end", "june", *BY)
    eventually(lambda: ask(gateway, upstream, "alone").status == 200)
    # What came after it is none of it, whenever the report is asked for.
    for report in (ended, said(root, "drill", "report", "june")):
        counts = {
            (one["application"], one["route"]): tuple(
                one[name] for name in ("requests", "answered", "refused", "failed", "cancelled")
            )
            for one in report["affected"]
        }
        assert counts["desk", "alone"] == (2, 0, 2, 0, 0)
        assert counts["desk", "either"] == (4, 3, 0, 1, 0)
        assert counts["lab", "alone"][2] == refused
        assert ("desk", "other") not in counts
        assert (report["drill"], report["vendor"], report["ended_by"]) == ("june", "example-a", "R. Okafor")
    (either,) = [one for one in ended["affected"] if one["route"] == "either"]
    assert either["slowest_ms"] >= either["median_ms"] >= 0
    (stated,) = [one for one in gateway.entries() if one.subject == "drill:june" and one.type == "statement"]
    assert stated.data["affected"] == ended["affected"]


def test_a_drill_whose_time_was_over_while_nothing_ran_ends_before_the_first_request(
    root: Path, start: Callable[[], Gateway], upstream: Scripted
) -> None:
    began = format_instant(now() - timedelta(hours=2))
    said(root, "drill", "example-a", "--for", "1h", "--name", "over", "--at", began, *BY)
    assert [one["name"] for one in said(root, "status")["drills"]] == ["over"]
    gateway = start()
    assert ask(gateway, upstream, "alone").status == 200
    report = said(root, "drill", "report", "over")
    assert (report["ended_by"], report["affected"]) == ("gateway", [])
    assert said(root, "status")["drills"] == []
    lifted = [one for one in gateway.entries() if one.cause == "drill:over" and one.type == "restore"]
    assert [one.actor for one in lifted] == ["gateway"]


def test_a_drill_goes_on_where_a_gateway_is_started_again(
    root: Path, start: Callable[[], Gateway], upstream: Scripted
) -> None:
    first = start()
    said(root, "drill", "example-a", "--for", "1d", "--name", "long", *BY)
    eventually(lambda: ask(first, upstream, "alone").status == 403)
    assert first.stop() == 0
    second = start()
    assert ask(second, upstream, "alone").body["offramp"]["code"] == "drill-forbids"


def test_a_cost_that_leaves_its_band_steps_the_ramp_back(
    root: Path, start: Callable[[], Gateway], upstream: Scripted
) -> None:
    gateway = start()
    assert ask(gateway, upstream, "priced").headers["offramp-served-by"] == "q/n"
    cheap = len(moves_of(gateway, "priced"))
    # 3 tokens in and 5 out: 13 dollars for 1,000 answers, which is within the band.
    for _ in range(4):
        assert ask(gateway, upstream, "priced").status == 200
    dear = chat_reply()
    dear["usage"] = {"prompt_tokens": 30, "completion_tokens": 500, "total_tokens": 530}

    def has_moved() -> bool:
        ask(gateway, upstream, "priced", reply=Ready(dear))
        return len(moves_of(gateway, "priced")) > cheap

    eventually(has_moved)
    back = moves_of(gateway, "priced")[-1]
    assert (back.actor, back.cause) == ("gateway", "band:cost")
    assert (back.data["before"], back.data["share"]) == (100, 40)
    assert back.data["measured"]["most"] == "50"
    told = said(root, "ramp", "priced")
    assert [(one["name"], one["waits_for_person"]) for one in told["pauses"]] == [("cost", True)]
    assert [one["name"] for one in said(root, "status")["pauses"]] == ["cost"]
