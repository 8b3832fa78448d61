"""`offramp restore`: lift one cause, and say what else still holds."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="restore",
    help="Lift one cause from an upstream; every other cause stays and is named.\n\n"
    "A norm that is still in force cannot be lifted: load the stay, ruling or waiver that ends it.\n"
    "Exit code 0 when traffic is back, 4 when something still holds it.\n\n"
    "For example:\n\n"
    "  offramp restore incumbent --cause norm:order.cease --by 'A. Mensah' --reason 'stayed on 26 March'\n\n"
    "  offramp restore incumbent --cause drill:spring --by 'R. Okafor' --reason 'exercise over'",
)


@app.default
def restore(
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
    """Lift one cause.

    Parameters
    ----------
    upstream
        An upstream of offramp.yaml.
    cause
        The cause to lift, as it was given to cut.
    by
        Who does this.
    reason
        Why, in words, for the ledger.
    route
        Lift it on this route only.
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
    from offramp.plan import restore as plan_restore
    from offramp.plan import stored
    from offramp.report.documents.traffic import restore_document

    check_output(format, output)
    place = open_workspace(workspace)
    act = act_of(by, cause, reason, at)
    done = plan_restore(
        place, stored.read_stored(place).traffic, instruments_for(place, act), upstream, route, act
    )
    recorded = carry_out(place, done.step, dry_run=dry_run)
    emit(restore_document(done, act, recorded), format, output)
    if done.still_held:
        finish(Exit.UNDECIDED)
