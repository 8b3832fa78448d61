"""`offramp cut`: take an upstream to zero for one cause."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="cut",
    help="Hold an upstream down for one cause: a norm in force, a person's decision, or a drill.\n\n"
    "Each cause holds by itself. `offramp restore` lifts one; what another holds stays held.\n"
    "Waits until every worker of a running gateway goes by it; exit code 4 when one did not say so.\n\n"
    "For example:\n\n"
    "  offramp cut incumbent --cause norm:order.cease --by 'A. Mensah' --reason 'order of 27 February'\n\n"
    "  offramp cut incumbent --route model-1 --cause drill:spring --by 'R. Okafor' --reason exercise",
)


@app.default
def cut(
    upstream: str,
    *,
    cause: str,
    by: str,
    reason: str,
    route: str | None = None,
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Hold an upstream down.

    Parameters
    ----------
    upstream
        An upstream of offramp.yaml.
    cause
        `norm:ID` (which must be in force), person:NAME or drill:NAME.
    by
        Who does this.
    reason
        Why, in words, for the ledger.
    route
        Hold it on this route only.
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
    from offramp.cli.output import check_output, emit, finish
    from offramp.cli.place import open_workspace
    from offramp.cli.traffic import act_of, carry_out, instruments_for
    from offramp.core.errors import Exit
    from offramp.plan import cut as plan_cut
    from offramp.plan import stored
    from offramp.report.documents.traffic import cut_document

    check_output(format, output)
    place = open_workspace(workspace)
    act = act_of(by, cause, reason, at)
    done = plan_cut(
        place, stored.read_stored(place).traffic, instruments_for(place, act), upstream, route, act
    )
    recorded = carry_out(place, done.step, dry_run=dry_run)
    emit(cut_document(done, act, recorded), format, output)
    if recorded is not None and not recorded.in_force.is_everywhere:
        finish(Exit.UNDECIDED)
