"""The gate: uses against exits and instruments, at one instant."""

from dataclasses import replace
from typing import Any

import pytest

from offramp.core.errors import Exit
from offramp.core.findings import FindingKind
from offramp.core.instants import parse_instant
from offramp.plan import assess
from offramp.report.documents.gate import gate_document, gate_exit
from offramp.workspace import Workspace, load_instruments


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2026-05-01", Exit.OK),
        ("2026-06-10", Exit.FOUND),
        ("2026-06-28", Exit.OK),
        ("2026-07-02", Exit.FOUND),
    ],
)
def test_the_gate_follows_orders_and_stays(workspace: Workspace, finding: Any, at: str, code: Exit) -> None:
    instruments = load_instruments(workspace)
    instant = parse_instant(at)
    mention = replace(finding, kind=FindingKind.MENTION)
    assessed = assess.assess(workspace, instruments, (), [finding, mention], instant)
    assert [one.finding.id for one in assessed] == [finding.id]
    assert gate_exit(assessed) is code
    document = gate_document(assessed, "X", instruments, instant)
    due = [one["why"] for one in document.body["due"]]
    assert bool(due) is (code is Exit.FOUND)
    assert all("order-" in why for why in due)
