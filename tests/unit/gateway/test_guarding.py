"""A guard that fails, and a clock that jumps: what cannot be judged is held, and the reason is said."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from tests.gateway.guarded import write

from offramp.control import guards
from offramp.core.ids import ApplicationId
from offramp.core.instants import Instant, now, parse_instant
from offramp.core.verdicts import Outcome
from offramp.dialects import DIALECTS, Face, Head, Operation
from offramp.evidence import AsyncLedger, Ledger
from offramp.gateway.admission import Admission, refusal
from offramp.gateway.guarding import Guarded, Guarding
from offramp.gateway.headcount import DRIFT, Headcount, Unsure
from offramp.gateway.outgoing import Asked
from offramp.gateway.settings import Settings
from offramp.gateway.snapshot import Snapshot, take_snapshot
from offramp.workspace import load

AT = parse_instant("2030-06-15T12:00:00Z")
CHAT = DIALECTS["openai-chat"]
WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {name: Example, kinds: [company]}
applications:
upstreams:
  a: {vendor: example-a, dialect: openai-chat, url: "http://127.0.0.1:1"}
  b: {vendor: example-b, dialect: openai-chat, url: "http://127.0.0.1:1"}
routes: {m: {targets: [{upstream: a, model: m}]}}
"""


class Breaks:
    """A guard with a fault in it."""

    slug = "breaks"
    facts = frozenset({"deployment"})

    def judge(self, matter: guards.Matter) -> guards.Judgement:
        raise ZeroDivisionError(matter.vendor)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    (tmp_path / "instruments").mkdir()
    (tmp_path / "keys").mkdir()
    (tmp_path / "offramp.yaml").write_text(WORKSPACE)
    write(tmp_path)
    return take_snapshot(Settings(workspace=load(tmp_path), state=tmp_path / ".offramp", at=AT))


def asked(
    snapshot: Snapshot, guarding: Guarding, application: str, upstream: str, **headers: str
) -> Admission:
    head = Head(path="/v1/chat/completions", headers=headers)
    body = b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}'
    whole = Asked(Face(CHAT, Operation.CONVERSE), head, body, {"model": "m"}, "m")
    found = snapshot.workspace.applications[ApplicationId(application)]
    lines = guarding.lines(snapshot, found, AT)
    assert lines is not None
    endpoint = next(one for id_, one in snapshot.endpoints.items() if id_ == upstream)
    return Guarded(guarding, lines, found, head).admission(whole, endpoint, "m", "", AT)


def counting(root: Path, clock: Any = lambda: AT) -> Headcount:
    return Headcount(root / ".offramp", cast(AsyncLedger, None), clock)


@pytest.mark.parametrize("registry", [(Breaks(),), (*guards.GUARDS, Breaks()), (Breaks(), *guards.GUARDS)])
def test_a_guard_that_breaks_holds_what_it_guards_and_nothing_else(
    tmp_path: Path, snapshot: Snapshot, registry: tuple[guards.Guard, ...]
) -> None:
    guarding = Guarding(counting(tmp_path), registry)
    admission = asked(snapshot, guarding, "placed", "b", **{"offramp-data-class": "open"})
    assert admission.outcome in (Outcome.HOLD, Outcome.FORBID)
    assert not admission.is_admitted
    refused = refusal(admission)
    assert refused.failure.code == "guard-failed"
    assert "guard `breaks` cannot tell" in refused.failure.message
    assert "ZeroDivisionError" not in refused.failure.message
    assert [norm.id for norm in refused.norms if norm.id == "lines.cloud"]
    # The other vendor's clause reads no deployment: its requests go on.
    other = asked(snapshot, guarding, "placed", "a")
    assert other.is_admitted


@pytest.mark.parametrize("jump", [timedelta(minutes=-6), timedelta(minutes=6), timedelta(days=400)])
def test_a_clock_that_jumps_is_not_counted_by(tmp_path: Path, snapshot: Snapshot, jump: timedelta) -> None:
    Ledger.open(tmp_path / ".offramp").close()
    began, moved = now(), timedelta()

    def clock() -> Instant:
        return AT + (now() - began) + moved

    headcount = counting(tmp_path, clock)
    guarding = Guarding(headcount)
    try:
        named = {"offramp-subjects": "a@example.org"}
        assert asked(snapshot, guarding, "watch-1", "a", **named).is_admitted
        moved = jump
        held = asked(snapshot, guarding, "watch-1", "a", **named)
        assert refusal(held).failure.code == "guard-failed"
        assert "which is not the time that passed" in refusal(held).failure.message
        # Somebody no clause counts goes on; and so does this one once the clock is right again.
        assert asked(snapshot, guarding, "watch-2", "b", **named).is_admitted
        moved = timedelta()
        assert asked(snapshot, guarding, "watch-1", "a", **named).is_admitted
    finally:
        headcount.close()


def test_a_clock_that_is_put_right_a_little_is_relied_on(tmp_path: Path) -> None:
    instants: Iterator[Instant] = iter([now(), now() + DRIFT / 2, now() - DRIFT / 2, now() + DRIFT * 2])
    headcount = counting(tmp_path, lambda: next(instants))
    for _ in range(3):
        headcount.time()
    with pytest.raises(Unsure):
        headcount.time()
