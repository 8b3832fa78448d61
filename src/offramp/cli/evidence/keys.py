"""`offramp evidence key`: the ledger's public key, and putting a new signing key in force."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.evidence.options import State, state_of
from offramp.cli.output import say
from offramp.core.instants import now

key = App(
    name="key",
    help="""Print the ledger's public key: hand it to whoever will check, by another way than what they check.

For example:
  offramp evidence key > ledger.pub
  offramp evidence key rotate --by "R. Okafor" --reason "yearly change"
""",
)


@key.default
def show(*, state: State = None) -> None:
    """Print the public key in force."""
    from offramp.evidence import Handover

    sys.stdout.write(Handover(state_of(state)).public_key() + "\n")


@key.command
def rotate(
    *,
    by: Annotated[str, Parameter(help="Who changes it.")],
    reason: Annotated[str, Parameter(help="Why.")],
    compromised: Annotated[
        bool, Parameter(help="Say that the old key is in other hands: nothing is trusted for its sake.")
    ] = False,
    state: State = None,
) -> None:
    """Put a new signing key in force. The old one introduces it in the ledger, and is deleted.

    Who holds the old public key still follows from it to the new one in a pack or in tiles, unless the old
    one is said to be compromised; hand out the new one all the same.

    For example:
      offramp evidence key rotate --by "R. Okafor" --reason "yearly change"
      offramp evidence key rotate --by "R. Okafor" --reason "laptop stolen" --compromised
    """
    from offramp.evidence import Handover

    done = Handover(state_of(state)).rotate(by=by, reason=reason, at=now(), is_compromised=compromised)
    say(f"recorded as entry {done.index}; key {done.old.id.hex()} is replaced by {done.new.id.hex()}")
    if compromised:
        say("hand the new key to everybody who checks, by another way: given the old one, nothing verifies")
    sys.stdout.write(f"{done.new}\n")
