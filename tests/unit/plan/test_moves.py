"""Ramp, cut and restore: what is recorded, what is refused, what the second run does."""

import pytest

from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import parse_instant
from offramp.evidence import Ledger, read_entries
from offramp.instruments import Instruments, Source
from offramp.instruments import load as load_texts
from offramp.plan import cut, moves, ramp, restore, stored
from offramp.plan.traffic import TrafficState
from offramp.workspace import Workspace, load_instruments

EMPTY = TrafficState()


def act(cause: str, at: str = "2026-07-02") -> moves.Act:
    return moves.act(
        by="A. M", cause=cause, reason="why", at=parse_instant(at), recorded_at=parse_instant("2026-11-01")
    )


@pytest.fixture
def instruments(workspace: Workspace) -> Instruments:
    return load_instruments(workspace)


def carry_out(workspace: Workspace, step: moves.Step | None) -> TrafficState:
    with Ledger.open(workspace.state) as ledger:
        if step is not None:
            moves.record(ledger, step)
    return stored.read_stored(workspace).traffic


def test_a_ramp_is_stored_with_its_entry(workspace: Workspace, instruments: Instruments) -> None:
    done = ramp(workspace, EMPTY, instruments, "model-1", 25, act("person:A. M"))
    state = carry_out(workspace, done.step)
    assert state.share("model-1") == 25
    (entry,) = (one.entry for one in read_entries(workspace.state))
    assert (entry.type, entry.subject, entry.data["share"]) == ("ramp", "model-1", 25)
    assert entry.data["decided_at"] == "2026-07-02T23:59:59Z"
    assert ramp(workspace, state, instruments, "model-1", 25, act("person:A. M")).step is None


@pytest.mark.parametrize(
    ("route", "share", "code"),
    [
        ("model-2", 1, "route-unknown"),
        ("single", 1, "route-without-successor"),
        ("model-1", 101, "share-out-of-range"),
    ],
)
def test_a_ramp_that_cannot_be(
    workspace: Workspace, instruments: Instruments, route: str, share: int, code: str
) -> None:
    with pytest.raises(OfframpError) as caught:
        ramp(workspace, EMPTY, instruments, route, share, act("person:x"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("cause", "at", "code"),
    [
        ("norm:order-9.x", "2026-07-02", "norm-unknown"),
        ("norm:order-1.cease", "2026-03-05", "norm-not-in-force"),
        ("norm:order-1.cease", "2026-07-02", "norm-not-in-force"),
    ],
)
def test_only_a_norm_in_force_can_cut(
    workspace: Workspace, instruments: Instruments, cause: str, at: str, code: str
) -> None:
    with pytest.raises(OfframpError) as caught:
        cut(workspace, EMPTY, instruments, "incumbent", None, act(cause, at))
    assert caught.value.code == code


def test_a_norm_holds_only_what_it_is_about(workspace: Workspace, instruments: Instruments) -> None:
    with pytest.raises(OfframpError) as caught:
        cut(workspace, EMPTY, instruments, "successor", None, act("norm:order-2.ban"))
    assert caught.value.code == "norm-elsewhere"
    assert "example-b, the vendor of `successor`" in caught.value.message


def test_a_permission_is_no_cause(workspace: Workspace) -> None:
    text = (workspace.root / "instruments" / "first.yaml").read_text("utf-8")
    permits = text.replace("effect: prohibit", "effect: permit, strength: entitle")
    loaded = load_texts([Source("x.yaml", permits)])
    with pytest.raises(OfframpError) as caught:
        cut(workspace, EMPTY, loaded, "incumbent", None, act("norm:order-2.ban"))
    assert caught.value.code == "norm-elsewhere"


def test_the_refusal_names_the_stay(workspace: Workspace, instruments: Instruments) -> None:
    with pytest.raises(OfframpError, match="stayed by stay-1"):
        cut(workspace, EMPTY, instruments, "incumbent", None, act("norm:order-1.cease"))


def test_one_court_stays_one_order_and_the_other_still_holds(
    workspace: Workspace, instruments: Instruments
) -> None:
    first = cut(workspace, EMPTY, instruments, "incumbent", None, act("norm:order-1.cease", "2026-06-10"))
    state = carry_out(workspace, first.step)
    second = cut(workspace, state, instruments, "incumbent", None, act("norm:order-2.ban"))
    state = carry_out(workspace, second.step)
    done = restore(workspace, state, instruments, "incumbent", None, act("norm:order-1.cease"))
    (still,) = done.still_held
    assert (str(still.hold.cause), still.clause, still.source, still.standing) == (
        "norm:order-2.ban",
        "“is excluded”",
        "Gazette 2, 2026-03-04",
        "in force",
    )
    state = carry_out(workspace, done.step)
    assert [str(hold.cause) for hold in state.causes] == ["norm:order-2.ban"]
    last = read_entries(workspace.state)[-1].entry
    assert (last.type, tuple(last.instruments)) == ("restore", ("order-1", "stay-1"))
    again = restore(workspace, state, instruments, "incumbent", None, act("norm:order-1.cease"))
    assert (again.step, again.lifted, len(again.still_held)) == (None, (), 1)


def test_a_norm_in_force_is_not_lifted(workspace: Workspace, instruments: Instruments) -> None:
    with pytest.raises(OfframpError) as caught:
        restore(workspace, EMPTY, instruments, "incumbent", None, act("norm:order-2.ban"))
    assert (caught.value.code, caught.value.exit_code) == ("norm-in-force", Exit.FOUND)
    assert "is excluded" in caught.value.message


def test_a_norm_nobody_loaded_cannot_be_judged(workspace: Workspace, instruments: Instruments) -> None:
    with pytest.raises(OfframpError) as caught:
        restore(workspace, EMPTY, instruments, "incumbent", None, act("norm:gone.x"))
    assert (caught.value.code, caught.value.exit_code) == ("norm-unknown", Exit.UNDECIDED)


def test_cutting_twice_is_cutting_once(workspace: Workspace, instruments: Instruments) -> None:
    once = cut(workspace, EMPTY, instruments, "incumbent", "model-1", act("drill:x"))
    state = carry_out(workspace, once.step)
    assert cut(workspace, state, instruments, "incumbent", "model-1", act("drill:x")).step is None
    wider = cut(workspace, state, instruments, "incumbent", None, act("drill:x"))
    assert wider.step is not None


def test_a_hold_on_every_route_is_not_lifted_for_one(workspace: Workspace, instruments: Instruments) -> None:
    state = carry_out(workspace, cut(workspace, EMPTY, instruments, "incumbent", None, act("drill:x")).step)
    with pytest.raises(OfframpError) as caught:
        restore(workspace, state, instruments, "incumbent", "model-1", act("drill:x"))
    assert caught.value.code == "hold-is-wider"


@pytest.mark.parametrize("cause", ["drill", "drill:", "court:x", ":x", ""])
def test_a_cause_has_a_kind_and_a_name(cause: str) -> None:
    with pytest.raises(OfframpError) as caught:
        act(cause)
    assert caught.value.code == "cause-unreadable"
