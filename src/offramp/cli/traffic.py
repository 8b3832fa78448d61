"""What `ramp`, `cut` and `restore` share: the act, the instruments it needs, and recording the step."""

from offramp.cli.output import say
from offramp.core.errors import OfframpError
from offramp.core.instants import now, parse_instant
from offramp.evidence import Ledger, Receipt
from offramp.instruments import Instruments
from offramp.plan import moves
from offramp.workspace import Workspace, load_instruments


def act_of(by: str, cause: str, reason: str, at: str | None) -> moves.Act:
    """Who, why and when, from the options."""
    return moves.act(
        by=by, cause=cause, reason=reason, at=parse_instant(at) if at else None, recorded_at=now()
    )


def carry_out(workspace: Workspace, step: moves.Step | None, *, dry_run: bool) -> Receipt | None:
    """Record `step` durably, unless this is a dry run or there is nothing to record."""
    if step is None:
        return None
    if dry_run:
        say("dry run: nothing was recorded")
        return None
    with Ledger.open(workspace.state) as ledger:
        return moves.record(ledger, step)


def instruments_for(workspace: Workspace, act: moves.Act) -> Instruments:
    """The workspace's instruments. Broken ones stop a norm's act, never a person's or a drill's.

    A switch that a slip in a YAML file can block is no switch.
    """
    try:
        return load_instruments(workspace)
    except OfframpError as error:
        if act.is_for_norm:
            raise
        say(error.render())
        say(f"warning: the instruments cannot be read; going on, because `{act.cause}` does not rest on them")
        return load_instruments(())
