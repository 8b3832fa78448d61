"""What the commands about held calls share: reading them, and putting a step into the ledger."""

import os
from getpass import getuser
from pathlib import Path

from offramp.cli.place import open_workspace
from offramp.control import holds
from offramp.core.errors import OfframpError
from offramp.core.instants import now
from offramp.evidence import Ledger
from offramp.workspace import Workspace


def opened(workspace: Path | None) -> tuple[Workspace, tuple[holds.Hold, ...], holds.Presence]:
    """The workspace with its holds, and who is on watch."""
    place = open_workspace(workspace)
    return place, *holds.stored.stored_holds(place.state)


def one_of(found: tuple[holds.Hold, ...], id_: str) -> holds.Hold:
    """The hold whose id is or ends with `id_`. Raises `hold-unknown`."""
    fitting = [hold for hold in found if hold.id == id_ or (len(id_) >= 4 and hold.id.endswith(id_))]
    if len(fitting) != 1:
        what = "several holds end" if fitting else "no hold is called or ends"
        raise OfframpError("hold-unknown", f"{what} with `{id_[:80]}`", help="list them with `offramp holds`")
    return fitting[0]


def carry_out(place: Workspace, step: holds.steps.Step | None) -> int | None:
    """`step` is durable; the number of its entry. None where there is nothing to record."""
    if step is None:
        return None
    with Ledger.open(place.state) as ledger:
        try:
            return ledger.append(step.entry, step.changes).index
        except OfframpError as error:
            if holds.steps.lost_race(error):
                raise OfframpError(
                    "hold-ended",
                    "somebody else decided, or was given the calls, a moment earlier",
                    help="look at it again with `offramp holds show`",
                ) from error
            raise


def shown_now(place: Workspace, hold: holds.Hold, by: str) -> str:
    """`by` is shown `hold` from now on; the person's name, empty where nobody is named."""
    if not by:
        return ""
    person = holds.rules.find_person(place.holding, by)
    holds.rules.check_reach(person, hold.application)
    carry_out(place, holds.steps.show(hold, person, holds.Way.CLI, now(), account()))
    return person.name


def account() -> str:
    """The account that runs this command: how it is known who decides at a command line."""
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())
