"""Disposal: what is over goes, what is held stays, and the ledger has the order and the receipt."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant
from offramp.core.periods import Period
from offramp.evidence import Entry, EntryType, Ledger, read_entries
from offramp.recordings import (
    Disposed,
    Recordings,
    Window,
    dispose,
    lift_hold,
    place_hold,
    plan_disposal,
    read_holds,
)

AT = parse_instant("2026-03-05T12:00:00Z")
LATER = AT + timedelta(days=40)
SCHEDULE = {"letters": Period.parse("30 days"), "answers": Period.parse("1 year")}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / ".offramp"
    for kind in ("letters", "answers", "drafts"):
        for application in ("desk", "portal"):
            Recordings(state).keep(kind, application, f"{kind} {application}".encode(), at=AT)
    return state


def run(state: Path) -> Disposed:
    return dispose(state, SCHEDULE, by="R. Okafor", reason="schedule", at=LATER)


def kept(state: Path) -> list[str]:
    return [str(one.window).rpartition("/")[0] for one in Recordings(state).windows()]


def predicates(state: Path) -> list[str]:
    return [one.entry.data["predicate"] for one in read_entries(state, types=(EntryType.STATEMENT,))]


def test_only_what_is_over_goes_and_a_kind_without_a_period_stays(state: Path) -> None:
    plan = plan_disposal(state, SCHEDULE, at=LATER)
    assert [str(one.held.window) for one in plan.due] == [
        "letters/desk/2026-03-05",
        "letters/portal/2026-03-05",
    ]
    assert not plan_disposal(state, SCHEDULE, at=AT + timedelta(days=29)).due
    assert len(kept(state)) == 6
    done = run(state)
    assert list(done.windows) == ["letters/desk/2026-03-05", "letters/portal/2026-03-05"]
    assert kept(state) == ["answers/desk", "answers/portal", "drafts/desk", "drafts/portal"]
    assert predicates(state) == ["disposal-ordered", "texts-destroyed"]
    assert run(state) == Disposed((), (), ())


def test_the_receipt_says_what_went(state: Path) -> None:
    held = {str(one.window): one for one in Recordings(state).windows()}
    run(state)
    receipt = read_entries(state)[1].entry
    assert receipt.data["order"] == 0
    for line in receipt.data["windows"]:
        before = held[line["window"]]
        assert (line["texts"], line["digest"]) == (1, before.digest)


def test_a_hold_keeps_what_it_covers_until_it_is_lifted(state: Path) -> None:
    hold = place_hold(state, by="A. Mensah", reason="case 1", at=AT, application="desk")
    assert [str(one.held.window) for one in plan_disposal(state, SCHEDULE, at=LATER).held] == [
        "letters/desk/2026-03-05"
    ]
    assert list(run(state).windows) == ["letters/portal/2026-03-05"]
    lift_hold(state, hold.id, by="A. Mensah", reason="closed", at=LATER)
    assert list(run(state).windows) == ["letters/desk/2026-03-05"]
    assert [(one.by, one.lifted_reason) for one in read_holds(state)] == [("A. Mensah", "closed")]
    assert predicates(state) == [
        *("legal-hold", "disposal-ordered", "texts-destroyed", "legal-hold-lifted"),
        *("disposal-ordered", "texts-destroyed"),
    ]
    with pytest.raises(OfframpError) as caught:
        lift_hold(state, hold.id, by="A. Mensah", reason="again", at=LATER)
    assert caught.value.code == "hold-unknown"


@pytest.mark.parametrize(
    ("scope", "is_held"),
    [
        ({}, True),
        ({"kind": "letters"}, True),
        ({"kind": "answers"}, False),
        ({"application": "portal"}, False),
        ({"days": (date(2026, 3, 5), date(2026, 3, 5))}, True),
        ({"days": (date(2026, 3, 6), None)}, False),
        ({"days": (None, date(2026, 3, 4))}, False),
    ],
)
def test_a_hold_is_as_wide_as_its_scope(state: Path, scope: dict[str, object], is_held: bool) -> None:
    hold = place_hold(state, by="A", reason="r", at=AT, **scope)  # type: ignore[arg-type]
    assert hold.covers(Window("letters", "desk", date(2026, 3, 5))) == is_held


def test_a_run_cut_short_after_its_order_is_finished_by_the_next(state: Path) -> None:
    window = Window("letters", "desk", date(2026, 3, 5))
    order_and_stop(state)
    assert predicates(state) == ["disposal-ordered"]
    assert len(kept(state)) == 6
    assert plan_disposal(state, SCHEDULE, at=LATER).unfinished == (0,)
    place_hold(state, by="A. Mensah", reason="case 1", at=LATER, application="portal")
    Recordings(state).destroy(window)
    done = run(state)
    assert done.spared == ("letters/portal/2026-03-05",)
    assert "letters/desk/2026-03-05" in done.windows
    assert "letters/portal" in kept(state)
    assert not plan_disposal(state, SCHEDULE, at=LATER).unfinished


def order_and_stop(state: Path) -> None:
    """What is there when the machine stops after the order is durable, and nothing is destroyed yet."""
    plan = plan_disposal(state, SCHEDULE, at=LATER)
    lines = [
        {"window": str(one.held.window), "texts": 1, "bytes": 1, "digest": "", "due_on": ""}
        for one in plan.due
    ]
    with Ledger.open(state) as ledger:
        data = {"predicate": "disposal-ordered", "windows": lines, "reason": "r", "schedule": {}}
        ledger.append(
            Entry(type=EntryType.STATEMENT, at=LATER, actor="R", cause="person:R", subject="x", data=data)
        )


@pytest.mark.parametrize(("by", "reason"), [("", "r"), ("R", "")])
def test_destroying_and_holding_need_a_person_and_a_reason(state: Path, by: str, reason: str) -> None:
    for act in (
        lambda: dispose(state, SCHEDULE, by=by, reason=reason, at=LATER),
        lambda: place_hold(state, by=by, reason=reason, at=AT),
    ):
        with pytest.raises(OfframpError):
            act()
    assert len(kept(state)) == 6
