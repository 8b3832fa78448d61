"""The organisation's own order to leave, in the language of instruments."""

import json
from datetime import timedelta

from offramp.core.instants import format_instant
from offramp.plan.exits import ExitPlan
from offramp.workspace import Workspace


def order_text(workspace: Workspace, exit_plan: ExitPlan, by_text: str) -> str:
    """The organisation's own order, in the language of instruments: no use after the deadline."""
    name = " ".join(workspace.organisation.name.split())
    is_day = len(by_text) == 10
    begins = (
        (exit_plan.by_at + timedelta(days=1)).date().isoformat()
        if is_day
        else format_instant(exit_plan.by_at)
    )
    day = exit_plan.started_at.date().isoformat()
    words = (
        f"{name} uses nothing of {exit_plan.vendor} after {by_text}; its uses move to {exit_plan.successor}."
    )
    return (
        f"# {name}'s own decision to leave {exit_plan.vendor}, written by `offramp leave`.\n"
        "schema: offramp.instruments/v1\n"
        "instruments:\n"
        f"  - id: {exit_plan.instrument}\n"
        "    kind: order\n"
        f"    title: {_quoted(f'{name} leaves {exit_plan.vendor}')}\n"
        f"    issuer: {_quoted(name)}\n"
        "    basis: text\n"
        f"    announced: {day}\n"
        f"    source: {{document: {_quoted(f'exit begun by {exit_plan.started_by}')}, date: {day}}}\n"
        f"    encoded: {{by: {_quoted(exit_plan.started_by)}, on: {day}}}\n"
        "    norms:\n"
        "      - id: cease\n"
        "        effect: prohibit\n"
        f"        binds: {{kinds: [{', '.join(workspace.organisation.kinds)}]}}\n"
        f"        vendor: {exit_plan.vendor}\n"
        "        action: use\n"
        f"        from: {_quoted(begins) if not is_day else begins}\n"
        f"        quote: {_quoted(words)}\n"
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
