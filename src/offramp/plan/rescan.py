"""A scan and the stored items: what changes, and the ledger entry that says so."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from offramp.core.digests import sha256_hex
from offramp.core.findings import Finding, FindingKind, Scan
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Entry, EntryType
from offramp.instruments import Instruments
from offramp.plan.deadlines import Deadlines, deadlines_for
from offramp.plan.exits import ExitPlan
from offramp.plan.items import Stock, Use, take_stock
from offramp.plan.moves import Step
from offramp.plan.stored import Stored
from offramp.workspace import Workspace

OWN_FILE = "offramp.yaml"
OWN_FOLDERS = frozenset({"instruments", "declarations", ".offramp"})


def scan_workspace(workspace: Workspace, on_progress: Callable[[int], None] | None = None) -> Scan:
    """Every use under the workspace's folder and in its declarations, each with its system.

    The workspace's own files name vendors by trade: what stands in them is not a use.
    """
    # Of all that is done with a plan only this looks at files.
    from offramp.inventory import assign, scan
    from offramp.vendors import VENDORS

    found = scan([workspace.root], VENDORS, declared=workspace.declared, on_progress=on_progress)
    systems = {name: system.paths for name, system in workspace.systems.items()}
    outside = tuple(one for one in found.findings if not _is_own(one))
    return replace(found, findings=assign(outside, systems))


def _is_own(finding: Finding) -> bool:
    if finding.kind is FindingKind.DECLARED:
        return False
    return finding.path == OWN_FILE or finding.path.partition("/")[0] in OWN_FOLDERS


def take_inventory(
    workspace: Workspace,
    instruments: Instruments,
    stored: Stored,
    scan: Scan,
    exit_plan: ExitPlan,
    at: Instant,
) -> Stock:
    """What a scan changes in the items of one exit."""
    dates: dict[str, Deadlines] = {}

    def deadline_of(use: Use) -> Deadlines:
        if use.system not in dates:
            dates[use.system] = deadlines_for(
                workspace, instruments, exit_plan.vendor, use.system, exit_plan.by_at, at
            )
        return dates[use.system]

    return take_stock(
        workspace, stored.uses, scan.uses, exit_plan.vendor, at, lambda use: deadline_of(use).first
    )


def scan_step(
    exit_plan: ExitPlan, stock: Stock, scan: Scan, by_whom: str, at: Instant, recorded_at: Instant
) -> Step:
    """The entry of a scan that changed items: counts for the burn-down, and what was looked at."""
    open_uses = [use for use in stock.uses if use.moved_at is None]
    entry = Entry(
        type=EntryType.SCAN,
        at=recorded_at,
        actor=by_whom,
        cause="command",
        subject=exit_plan.vendor,
        data={
            "decided_at": format_instant(at),
            "open": len(open_uses),
            "moved": len(stock.uses) - len(open_uses),
            "new": len(stock.new),
            "moved_now": len(stock.moved),
            "back": len(stock.back),
            "open_by_system": dict(sorted(Counter(use.system for use in open_uses).items())),
            "files": scan.coverage.files,
            "skipped": len(scan.coverage.skipped),
            "unreadable": len(scan.coverage.unreadable),
        },
        digests={
            "items": sha256_hex(json.dumps([dict(c.row) for c in stock.changes], sort_keys=True).encode())
        },
    )
    return Step(entry, stock.changes)
