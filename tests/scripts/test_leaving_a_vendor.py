"""The story of an exit by commands alone: leave, plan, ramp, cut, restore, status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Offramp = Callable[..., Any]

SETTINGS = """\
schema: offramp/workspace/v1
# whose it is
organisation: {name: Example Agency, kinds: [contractor]}
systems:
  service: {owner: R. Okafor, paths: ["service/**"], lead_days: 21}
applications:
  desk: {system: service, facts: {under: dow}}
upstreams:
  incumbent: {vendor: anthropic, dialect: openai-chat, url: "http://127.0.0.1:1/a"}
  successor: {vendor: mistral, dialect: openai-chat, url: "http://127.0.0.1:1/b"}
routes:
  "*": {targets: [{upstream: incumbent, model: m}, {upstream: successor, model: n}]}
"""

INSTRUMENTS = """\
schema: offramp.instruments/v1
instruments:
  - id: first
    kind: order
    title: First order
    issuer: the ministry
    basis: text
    announced: 2026-03-01
    source: {document: Gazette 1, date: 2026-03-01}
    norms:
      - {id: cease, effect: prohibit, binds: {kinds: [contractor]}, vendor: anthropic, action: use,
         from: 2026-06-01, quote: shall cease all use}
  - id: second
    kind: designation
    title: Second order
    issuer: the board
    basis: text
    announced: 2026-03-04
    source: {document: Gazette 2, date: 2026-03-04}
    norms:
      - {id: ban, effect: prohibit, binds: {kinds: [contractor]}, vendor: anthropic, action: use,
         from: 2026-06-01, quote: is excluded}
  - id: court
    kind: stay
    title: Stay of the first order
    issuer: the court
    basis: text
    announced: 2026-06-20
    source: {document: Order in case 1, date: 2026-06-20}
    stays: [{of: first}]
"""


@pytest.fixture
def workspace(here: Path) -> Path:
    (here / "offramp.yaml").write_text(SETTINGS, "utf-8")
    (here / "instruments").mkdir()
    (here / "instruments" / "orders.yaml").write_text(INSTRUMENTS, "utf-8")
    (here / "service").mkdir()
    (here / "service" / "main.py").write_text("import anthropic\n\nclient = anthropic.Anthropic()\n", "utf-8")
    return here


def leave(offramp: Offramp, *more: str, at: str = "2026-03-05") -> Any:
    options = ("--by", "2026-08-26", "--to", "mistral", "--by-whom", "R. Okafor", "--at", at)
    return offramp("leave", "anthropic", *options, *more)


def body(ran: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_an_exit_from_beginning_to_end(offramp: Offramp, workspace: Path) -> None:
    dry = leave(offramp, "--dry-run")
    assert (dry.code, "+successors:" in dry.err) == (0, True)
    assert not (workspace / ".offramp").exists()
    done = body(leave(offramp, "--format", "json"))
    assert (done["schema"], done["changed"], done["routes"]) == ("offramp/leave/v1", True, ["*"])
    found = done["items"]["open"]
    assert found > 0
    assert "# whose it is\n" in (workspace / "offramp.yaml").read_text("utf-8")
    assert body(leave(offramp, "--format", "json", at="2026-03-06"))["changed"] is False

    plan = body(offramp("plan", "--at", "2026-03-05", "--format", "json"))
    first = plan["items"][0]
    assert (first["owner"], first["deadline"], first["basis"]) == (
        "R. Okafor",
        "2026-06-01T00:00:00Z",
        "instrument",
    )
    assert first["start_by"] == "2026-05-11T00:00:00Z"
    calendar = offramp("plan", "--at", "2026-03-05", "--format", "ics").out
    assert "DTSTART;VALUE=DATE:20260601\r\n" in calendar

    assert offramp("ramp", "*", "100", "--by", "R. Okafor", "--at", "2026-04-01").code == 0
    assert "already" in offramp("ramp", "*", "100", "--by", "R. Okafor", "--at", "2026-04-01").out
    states = body(offramp("status", "--at", "2026-04-02", "--format", "json"))["exits"][0]["states"]
    assert states["rerouted"] > 0

    for norm in ("first.cease", "second.ban"):
        cut = offramp(
            "cut",
            "incumbent",
            "--cause",
            f"norm:{norm}",
            "--by",
            "C",
            "--reason",
            "order",
            "--at",
            "2026-06-02",
        )
        assert cut.code == 0
    early = restore(offramp, "first.cease", "2026-06-10")
    assert (early.code, "error[norm-in-force]" in early.err) == (1, True)
    lifted = restore(offramp, "first.cease", "2026-06-21")
    assert lifted.code == 4
    (still,) = body(lifted)["still_held_by"]
    assert (still["cause"], still["source"]) == ("norm:second.ban", "Gazette 2, 2026-03-04")
    assert body(restore(offramp, "first.cease", "2026-06-21"))["changed"] is False

    (workspace / "service" / "main.py").write_text("print('moved')\n", "utf-8")
    moved = body(leave(offramp, "--format", "json", at="2026-06-25"))["items"]
    assert (moved["open"], moved["moved"]) == (0, found)
    status = body(offramp("status", "--at", "2026-06-26", "--format", "json"))
    assert [(point["open"], point["moved"]) for point in status["burn_down"]] == [(found, 0), (0, found)]
    assert [one["cause"] for one in status["held_by"]] == ["norm:second.ban"]
    kinds = [e["type"] for e in body(offramp("evidence", "entries", "--format", "json"))["entries"]]
    assert kinds == ["config", "scan", "ramp", "cut", "cut", "restore", "scan"]


def restore(offramp: Offramp, norm: str, at: str) -> Any:
    options = ("--by", "C", "--reason", "stayed", "--at", at, "--format", "json")
    return offramp("restore", "incumbent", "--cause", f"norm:{norm}", *options)


WHO = ("--by", "C", "--reason", "r")


@pytest.mark.parametrize(
    ("argv", "code", "error"),
    [
        (("cut", "incumbant", "--cause", "drill:x", *WHO), 2, "upstream-unknown"),
        (("cut", "incumbent", "--cause", "x", *WHO), 2, "cause-unreadable"),
        (("cut", "incumbent", "--cause", "norm:nope", *WHO), 2, "norm-unknown"),
        (
            ("cut", "incumbent", "--cause", "norm:first.cease", *WHO, "--at", "2026-03-05"),
            2,
            "norm-not-in-force",
        ),
        (("cut", "incumbent", "--cause", "drill:x", "--reason", "r", "--by", " "), 2, "name-missing"),
        (("cut", "incumbent", "--cause", "drill:x"), 2, "usage"),
        (("restore", "incumbent", "--cause", "norm:nope", *WHO), 4, "norm-unknown"),
        (("ramp", "*", "101", "--by", "C"), 2, "share-out-of-range"),
        (("ramp", "*", "many", "--by", "C"), 2, "usage"),
        (("ramp", "model-9", "1", "--by", "C"), 2, "route-unknown"),
        (("status", "--at", "soon"), 2, "instant-unreadable"),
        (("status", "--format", "ics"), 2, "format-unknown"),
        (("plan", "--format", "sarif"), 2, "format-unknown"),
        (("plan", "--workspace", "nowhere"), 2, "file-missing"),
        (("schema", "nope"), 2, "schema-unknown"),
        (("leave", "antropic", "--by", "2027-01-01", "--to", "mistral"), 2, "vendor-unknown"),
        (("leave", "anthropic", "--by", "someday", "--to", "mistral"), 2, "instant-unreadable"),
        (("leave", "anthropic", "--by", "2020-01-01", "--to", "mistral"), 2, "deadline-passed"),
        (("leave", "anthropic", "--by", "2027-01-01", "--to", "anthropic"), 2, "successor-is-self"),
    ],
)
def test_what_is_wrong_is_said_with_help(
    offramp: Offramp, workspace: Path, argv: tuple[str, ...], code: int, error: str
) -> None:
    ran = offramp(*argv)
    assert (ran.code, ran.out) == (code, "")
    assert f"error[{error}]" in ran.err
    assert "= help: " in ran.err
    assert not (workspace / ".offramp").exists()


def test_broken_instruments_never_block_a_persons_switch(offramp: Offramp, workspace: Path) -> None:
    (workspace / "instruments" / "broken.yaml").write_text("x: [", "utf-8")
    assert offramp("cut", "incumbent", "--cause", "norm:first.cease", *WHO).code == 2
    ran = offramp("cut", "incumbent", "--cause", "person:C", *WHO, "--format", "json")
    assert (ran.code, body(ran)["changed"], "warning" in ran.err) == (0, True, True)
    assert offramp("restore", "incumbent", "--cause", "person:C", *WHO).code == 0


def test_a_dry_run_records_nothing(offramp: Offramp, workspace: Path) -> None:
    for argv in (("ramp", "*", "5", "--by", "C"), ("cut", "incumbent", "--cause", "drill:x", *WHO)):
        ran = offramp(*argv, "--dry-run")
        assert (ran.code, "nothing was recorded" in ran.err) == (0, True)
    assert not (workspace / ".offramp").exists()


def test_outside_a_workspace_it_says_how_to_make_one(offramp: Offramp, here: Path) -> None:
    ran = offramp("status")
    assert (ran.code, "offramp init" in ran.err) == (2, True)


@pytest.mark.parametrize("name", ["declarations", "instruments", "workspace"])
def test_schemas_are_listed_and_printed(offramp: Offramp, here: Path, name: str) -> None:
    assert name in offramp("schema").out
    assert "$schema" in body(offramp("schema", name))
