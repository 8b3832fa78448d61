"""What `ramp`, `cut` and `restore` share: the act, the state they start from, and recording the step."""


from offramp.cli.output import say
from offramp.core.errors import OfframpError
from offramp.core.instants import now, parse_instant
from offramp.evidence import Ledger, Receipt
from offramp.plan import Act, TrafficState, parse_cause, read_traffic, record
from offramp.plan.moves import Step
from offramp.store import connect
from offramp.workspace import Workspace


def act_of(by: str, cause: str, reason: str, at: str | None) -> Act:
    """Who, why and when, from the options."""
    if not by.strip():
        raise OfframpError("name-missing", "nobody is named", help="say who does this with --by NAME")
    recorded = now()
    return Act(
        by=by.strip(),
        cause=parse_cause(cause),
        reason=reason.strip(),
        at=parse_instant(at) if at else recorded,
        recorded_at=recorded,
    )


def read_state(workspace: Workspace) -> TrafficState:
    """The shares and live causes stored so far; none where nothing was ever stored."""
    path = workspace.state / "state.db"
    if not path.is_file():
        return TrafficState()
    engine = connect(path, read_only=True)
    try:
        with engine.connect() as connection:
            return read_traffic(connection)
    finally:
        engine.dispose()


def carry_out(workspace: Workspace, step: Step | None, *, dry_run: bool) -> Receipt | None:
    """Record `step` durably, unless this is a dry run or there is nothing to record."""
    if step is None:
        return None
    if dry_run:
        say("dry run: nothing was recorded")
        return None
    with Ledger.open(workspace.state) as ledger:
        return record(ledger, step)
