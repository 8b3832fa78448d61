"""Everything the plan keeps in the database, read in one transaction."""

from dataclasses import dataclass, field

from offramp.plan.exits import ExitPlan, read_exits
from offramp.plan.items import Use, read_uses
from offramp.plan.traffic import TrafficState, read_traffic
from offramp.store import connect
from offramp.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Exits, uses and traffic as stored at one moment."""

    exits: tuple[ExitPlan, ...] = ()
    uses: tuple[Use, ...] = ()
    traffic: TrafficState = field(default_factory=TrafficState)


def read_stored(workspace: Workspace) -> Stored:
    """What the workspace's database holds; empty where nothing was ever recorded."""
    path = workspace.state / "state.db"
    if not path.is_file():
        return Stored()
    engine = connect(path, read_only=True)
    try:
        with engine.connect() as connection:
            return Stored(
                exits=read_exits(connection),
                uses=read_uses(connection),
                traffic=read_traffic(connection),
            )
    finally:
        engine.dispose()
