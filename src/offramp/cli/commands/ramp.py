"""`offramp ramp`: give a share of a route's conversations to its successor."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="ramp",
    help="Give 0 to 100 % of a route's conversations to its second target.\n\n"
    "A conversation stays where it is; a larger share moves more of them and never moves one back.\n\n"
    "For example:\n\n"
    "  offramp ramp model-1 25 --by 'R. Okafor'\n\n"
    "  offramp ramp '*' 100 --by 'R. Okafor' --reason 'trial 7 passed'",
)


@app.default
def ramp(
    route: str,
    share: int,
    *,
    by: str,
    cause: str = "",
    reason: str = "",
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Move traffic to the successor.

    Parameters
    ----------
    route
        A route of offramp.yaml.
    share
        Per cent of conversations, 0 to 100.
    by
        Who does this.
    cause
        Why, as norm:ID, person:NAME or drill:NAME; the person who does it, if nothing is given.
    reason
        Why, in words, for the ledger.
    at
        The instant it counts from; now, if nothing is given.
    workspace
        Folder of offramp.yaml.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    dry_run
        Show what would change and record nothing.
    """
    from offramp.cli.output import check_output, emit
    from offramp.cli.place import open_workspace
    from offramp.cli.traffic import act_of, carry_out, instruments_for
    from offramp.plan import ramp as plan_ramp
    from offramp.plan import stored
    from offramp.report.documents.traffic import ramp_document

    check_output(format, output)
    place = open_workspace(workspace)
    act = act_of(by, cause or f"person:{by}", reason, at)
    ramped = plan_ramp(
        place, stored.read_stored(place).traffic, instruments_for(place, act), route, share, act
    )
    receipt = carry_out(place, ramped.step, dry_run=dry_run)
    emit(ramp_document(ramped, act, receipt), format, output)
