"""`offramp evidence`: the ledger's entries, packs that prove them, and checking what was handed over."""

from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.evidence import documents as making
from offramp.cli.evidence import state as stating
from offramp.cli.evidence.disposing import dispose, hold, keep, open_
from offramp.cli.evidence.handing import checkpoint, cosign, handed, prove, tiles, verifier, witness
from offramp.cli.evidence.keys import key
from offramp.cli.evidence.leaving import exit_
from offramp.cli.evidence.losses import losses
from offramp.cli.evidence.options import At, Format, Output, State, moment, state_of, types_of
from offramp.cli.evidence.packing import pack
from offramp.cli.evidence.signing import sign, signer, statements
from offramp.cli.evidence.stamping import stamp
from offramp.cli.evidence.verifying import verify
from offramp.cli.output import emit, finish, say
from offramp.core.errors import Exit, OfframpError

app = App(
    name="evidence",
    help="""Show what was recorded, pack it for others, and check a pack.

For example:
  offramp evidence entries --type cut --type restore
  offramp evidence key > ledger.pub
  offramp evidence pack -o evidence.zip --document scan.json
  offramp evidence verify evidence.zip --key ledger.pub
""",
)
for one in (
    *(checkpoint, cosign, dispose, handed, hold, keep, key, losses, pack, prove, sign, signer, stamp),
    *(statements, tiles, verifier, verify, witness),
    making.app,
    stating.app,
):
    app.command(one)
app.command(exit_, name="exit")
app.command(open_, name="open")


@app.command
def entries(
    *,
    type: Annotated[tuple[str, ...], Parameter(help="Only entries of this type; may be given again.")] = (),  # noqa: A002
    limit: Annotated[int, Parameter(help="The newest so many; 0 for all.", show_default=True)] = 50,
    state: State = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """List what was recorded, newest last. Exits 3 when there is nothing.

    For example:
      offramp evidence entries
      offramp evidence entries --type cut --type restore --limit 0 --format json
    """
    from offramp.evidence import read_entries
    from offramp.report.documents import evidence as documents

    if limit < 0:
        raise OfframpError("limit-negative", f"`{limit}` is not a number of entries", help="use 0 for all")
    found = read_entries(state_of(state), limit=limit or None, types=types_of(type), newest_first=True)[::-1]
    asked = f"{'the newest ' + str(limit) if limit else 'all'} entries of type {', '.join(type) or 'any'}"
    emit(documents.entries(found, asked=asked, at=moment(at)), format, output)
    if not found:
        say("nothing of that kind was recorded yet")
        finish(Exit.NOTHING)
