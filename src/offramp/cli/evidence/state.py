"""`offramp evidence state`: statements, signed and recorded. One sub-command for each predicate."""

from cyclopts import App

from offramp.cli.evidence.state_ledger import cut_over, decision, drill, restoration
from offramp.cli.evidence.state_received import (
    deletion_receipt,
    retention_export,
    supplier_response,
    trial,
)
from offramp.cli.evidence.state_scans import inventory, non_use

app = App(
    name="state",
    help="""State something, signed: an in-toto Statement with scope, method, gaps, date and instruments.

It is signed with the ledger's key and with every --signer, recorded in the ledger, kept in `.offramp`,
and goes into every pack made from then on.

For example:
  offramp evidence state inventory --by "A. Mensah"
  offramp evidence state non-use --vendor VENDOR --by "A. Mensah" --with-gaps
  offramp evidence state cut-over --vendor VENDOR --by "S. Lindgren"
""",
)
for one in (
    cut_over,
    decision,
    deletion_receipt,
    drill,
    inventory,
    non_use,
    restoration,
    retention_export,
    supplier_response,
    trial,
):
    app.command(one)
