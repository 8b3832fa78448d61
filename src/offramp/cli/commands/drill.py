"""`offramp drill`: rehearse the loss of a vendor, and see what breaks."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="drill",
    help="Rehearse the loss of a vendor: healthy, but not permitted. Nothing else changes.\n\n"
    "Until it ends, every upstream of the vendor is treated as a prohibition would have it: routes that "
    "refuse what is forbidden refuse, others take their next target. A drill ends by itself when its time "
    "is over, by `offramp drill end`, or when its causes are lifted by `offramp restore`.\n\n"
    "For example:\n\n"
    "  offramp drill example-a --for 10m --by 'S. Lindgren' --dry-run\n\n"
    "  offramp drill example-a --for 10m --by 'S. Lindgren' --name june --reason 'yearly exercise'\n\n"
    "  offramp drill end june --by 'S. Lindgren'\n\n"
    "  offramp drill report june --format html -o june.html",
)

Output = Annotated[Path | None, Parameter(alias="-o")]


@app.default
def drill(
    vendor: str,
    *,
    lasts: Annotated[str, Parameter(name="--for")] = "10m",
    by: str,
    name: str = "",
    reason: str = "",
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Output = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Begin a drill.

    Parameters
    ----------
    vendor
        The vendor that is lost.
    lasts
        How long, as 90s, 10m, 2h or 1d; at most seven days.
    by
        Who does this.
    name
        Its name; made from the vendor and the time, if nothing is given.
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
        Show who would have no permitted target, and record nothing.
    """
    from offramp.cli.drilling import begin
    from offramp.cli.output import check_output, emit
    from offramp.cli.place import open_workspace

    check_output(format, output)
    asked = (vendor, lasts, by, name, reason, at)
    emit(begin(open_workspace(workspace), *asked, dry_run=dry_run), format, output)


@app.command
def end(
    name: str,
    *,
    by: str,
    reason: str = "",
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """End a drill now, and report it.

    For example:
      offramp drill end june --by "S. Lindgren"

    Parameters
    ----------
    name
        The drill's name.
    by
        Who does this.
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
    """
    from offramp.cli.drilling import end as end_drill
    from offramp.cli.output import check_output, emit
    from offramp.cli.place import open_workspace

    check_output(format, output)
    emit(end_drill(open_workspace(workspace), name, by, reason, at), format, output)


@app.command
def report(
    name: str,
    *,
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Show what a drill did to the requests of its time.

    For example:
      offramp drill report june --format html -o june.html

    Parameters
    ----------
    name
        The drill's name.
    at
        The instant asked about; now, if nothing is given.
    workspace
        Folder of offramp.yaml.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.drilling import report as report_drill
    from offramp.cli.output import check_output, emit
    from offramp.cli.place import open_workspace

    check_output(format, output)
    emit(report_drill(open_workspace(workspace), name, at), format, output)
