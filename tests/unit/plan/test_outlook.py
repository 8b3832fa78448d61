"""The plan seen from one instant: states, lateness, reroutes, what changes next."""

from dataclasses import replace
from pathlib import Path

import pytest

from offramp.core.ids import FindingId, RouteName, VendorId
from offramp.core.instants import parse_instant
from offramp.plan import outlook, stored
from offramp.plan.exits import ExitPlan
from offramp.plan.items import ItemState, Use
from offramp.plan.traffic import TrafficState
from offramp.workspace import Workspace, load, load_instruments

BY = parse_instant("2026-08-26")
START = parse_instant("2026-03-05")


def use(kind: str = "sdk-call", system: str = "desk", lead_days: int = 21) -> Use:
    return Use(
        id=FindingId(f"f_{kind}_{system}"),
        vendor=VendorId("example-a"),
        kind=kind,
        path="service/a.py",
        line=3,
        message="",
        system=system,
        owner="R. Okafor",
        lead_days=lead_days,
        seen_at=START,
        moved_at=None,
    )


def see(workspace: Workspace, at: str, *uses: Use, shares: dict[str, int] | None = None) -> outlook.Outlook:
    kept = stored.Stored(
        exits=(
            ExitPlan(
                vendor=VendorId("example-a"),
                successor=VendorId("example-b"),
                by_at=BY,
                started_at=START,
                started_by="R. Okafor",
            ),
        ),
        uses=uses,
        traffic=TrafficState(shares={RouteName(name): share for name, share in (shares or {}).items()}),
    )
    return outlook.look(workspace, load_instruments(workspace), kept, parse_instant(at))


def only(seen: outlook.Outlook) -> ItemState:
    (item,) = seen.items
    return item.state


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-03-10", "open"),
        ("2026-05-10T23:59:59Z", "open"),
        ("2026-05-12", "late-start"),
        ("2026-05-31", "late-start"),
        ("2026-06-02", "overdue"),
        ("2026-06-27", "late-start"),
    ],
)
def test_the_state_follows_the_deadline_and_the_lead_time(workspace: Workspace, at: str, state: str) -> None:
    assert only(see(workspace, at, use())) == state


def test_what_has_to_begin_within_a_week_is_told(workspace: Workspace) -> None:
    assert not see(workspace, "2026-04-30", use()).starting
    assert [item.use.kind for item in see(workspace, "2026-05-05", use()).starting] == ["sdk-call"]


def test_a_use_counts_as_rerouted_only_when_every_route_has_moved(workspace: Workspace) -> None:
    assert only(see(workspace, "2026-03-10", use(), shares={"model-1": 100})) == "open"
    moved = without_single(workspace)
    assert only(see(moved, "2026-03-10", use(), shares={"model-1": 99})) == "open"
    assert only(see(moved, "2026-03-10", use(), shares={"model-1": 100})) == "rerouted"


@pytest.mark.parametrize(
    ("kind", "system"), [("dependency", "desk"), ("declared", "desk"), ("sdk-call", "portal")]
)
def test_what_no_route_decides_is_never_rerouted(workspace: Workspace, kind: str, system: str) -> None:
    moved = without_single(workspace)
    assert only(see(moved, "2026-03-10", use(kind, system), shares={"model-1": 100})) != "rerouted"


def test_a_use_seen_later_is_not_shown_earlier(workspace: Workspace) -> None:
    assert see(workspace, "2026-03-01", use()).items == ()
    assert see(workspace, "2026-03-01", use()).exits == ()


def test_days_left_and_burn_down(workspace: Workspace) -> None:
    gone = replace(use("sdk-import"), moved_at=parse_instant("2026-03-20"))
    (one,) = see(workspace, "2026-03-21", use(), gone, use(system="portal")).exits
    assert (one.days_left, one.left, one.total) == (158, 2, 3)
    assert (one.left_in("desk"), one.by_system["desk"][ItemState.MOVED]) == (1, 1)


def test_what_changes_next_names_only_what_was_known(workspace: Workspace) -> None:
    changes = [what for change in see(workspace, "2026-03-05").changes for what in change.what]
    assert changes == ["order-1.cease begins", "order-2.ban begins"]


def test_a_missing_fact_is_said(root: Path) -> None:
    path = root / "instruments" / "first.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "from: 2026-06-01,", 'when: "context.purpose == \\"office\\"",'
    )
    path.write_text(text, encoding="utf-8")
    seen = see(load(root), "2026-03-05", use())
    assert seen.undecided == ("desk-app: not declared: purpose",)


def without_single(workspace: Workspace) -> Workspace:
    return replace(workspace, routes={RouteName("model-1"): workspace.routes[RouteName("model-1")]})
