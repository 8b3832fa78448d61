"""`offramp ramp`: give a share of a route's conversations to its successor, now or by schedule."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="ramp",
    help="Give 0 to 100 % of a route's conversations to its successors, now or by schedule.\n\n"
    "A conversation stays where it is; a larger share moves more of them and never moves one back. Without a "
    "share it shows where the route stands. A schedule goes on while the gateway runs, and catches up when "
    "it starts; a verdict it waits for is recorded with `offramp verdict`.\n\n"
    "For example:\n\n"
    "  offramp ramp model-1 25 --by 'R. Okafor'\n\n"
    "  offramp ramp '*' 100 --by 'R. Okafor' --reason 'trial 7 passed'\n\n"
    "  offramp ramp model-1 --schedule '2026-03-10=10, 2026-03-20=50 after trial-7' --by 'R. Okafor'\n\n"
    "  offramp ramp model-1 --pause --by 'R. Okafor' --reason 'complaints'\n\n"
    "  offramp ramp model-1",
)


@app.default
def ramp(
    route: str,
    share: int | None = None,
    *,
    by: str = "",
    schedule: str = "",
    pause: Annotated[bool, Parameter(negative=())] = False,
    resume: Annotated[bool, Parameter(negative=())] = False,
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
        Who does this. Needed to change anything.
    schedule
        DATE=SHARE with commas between, each with `after VERDICT` where it waits for one; or `none`, so that
        the schedule of offramp.yaml counts again. A date without a time counts from its first second, UTC.
    pause
        Let the schedule go no further.
    resume
        Lift every pause of the route: a person's, and those of measures that left their band.
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
    from offramp.cli.traffic import RampAsked, ramped_document

    check_output(format, output)
    asked = RampAsked(
        route=route,
        share=share,
        schedule=schedule,
        is_pause=pause,
        is_resume=resume,
        by=by,
        cause=cause or f"person:{by}",
        reason=reason,
        at=at,
    )
    emit(ramped_document(open_workspace(workspace), asked, dry_run=dry_run), format, output)
