"""`offramp verdict`: record what a schedule waits for."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

app = App(
    name="verdict",
    help="Record a named verdict, so that the steps of schedules that wait for it can go on.\n\n"
    "The last verdict of a name counts: `failed` after `passed` stops the steps not yet taken.\n\n"
    "For example:\n\n"
    "  offramp verdict trial-7 passed --by 'S. Lindgren' --reason 'non-inferior on 400 cases'\n\n"
    "  offramp verdict trial-7 failed --by 'S. Lindgren' --reason 'tool calls turned into prose'",
)


@app.default
def verdict(
    name: str,
    outcome: Literal["passed", "failed"],
    *,
    by: str,
    reason: str,
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Record a verdict.

    Parameters
    ----------
    name
        Its name, as schedules have it after `after`.
    outcome
        What was found.
    by
        Who found it.
    reason
        On what it rests, in words, for the ledger.
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
    from offramp.cli.traffic import act_of, carry_out
    from offramp.plan import pacing, stored
    from offramp.report.documents.pacing import verdict_document

    check_output(format, output)
    place = open_workspace(workspace)
    act = act_of(by, f"person:{by}", reason, at)
    step = pacing.verdict(name, has_passed=outcome == "passed", act=act)
    waiting = pacing.waiting_for(place, stored.read_stored(place).pace, name)
    recorded = carry_out(place, step, dry_run=dry_run)
    emit(verdict_document(name, outcome, waiting, act, recorded), format, output)
