"""`offramp leave`: begin an exit."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="leave",
    help="Begin to leave a vendor: the organisation's own instrument, items with owners, routes at 0 %.\n\n"
    "The successor is checked against the instruments too. A forbidden one stops with exit code 1.\n"
    "Run again after changes: uses no longer found are marked as moved.\n\n"
    "For example:\n\n"
    "  offramp leave example-a --by 2026-08-26 --to example-b --dry-run\n\n"
    "  offramp leave example-a --by 2026-08-26 --to example-b --by-whom 'R. Okafor'",
)


@app.default
def leave(
    vendor: str,
    *,
    by: str,
    to: str,
    by_whom: str = "",
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Begin an exit, or bring its items up to date.

    Parameters
    ----------
    vendor
        The vendor to leave.
    by
        The deadline, a date or an instant.
    to
        The vendor its uses move to.
    by_whom
        Who decides this; the user of this machine, if nothing is given.
    at
        The instant it counts from; now, if nothing is given.
    workspace
        Folder of offramp.yaml.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    dry_run
        Show the diff and write nothing.
    """
    import getpass

    from offramp.cli.output import check_output, emit, say
    from offramp.cli.place import open_workspace, scan_here
    from offramp.core.ids import VendorId
    from offramp.core.instants import days_between, now, parse_instant
    from offramp.evidence import Ledger
    from offramp.plan import departure, stored
    from offramp.plan import leave as plan_leave
    from offramp.recordings.exchanges.exporting import unexported
    from offramp.report.documents.leave import leave_document
    from offramp.report.documents.records_due import with_records_due
    from offramp.workspace import load_instruments

    check_output(format, output)
    place = open_workspace(workspace)
    recorded_at = now()
    asked = departure.Leaving(
        vendor=VendorId(vendor),
        successor=VendorId(to),
        by_at=parse_instant(by),
        by_text=by,
        by_whom=by_whom or getpass.getuser(),
        at=parse_instant(at) if at else recorded_at,
        recorded_at=recorded_at,
    )
    instruments = load_instruments(place)
    done = plan_leave(place, instruments, stored.read_stored(place), scan_here(place), asked)
    for edit in done.edits:
        say(edit.diff().rstrip("\n"))
    if dry_run:
        say("dry run: nothing was written")
    elif done.steps:
        with Ledger.open(place.state) as ledger:
            departure.carry_out(ledger, done)
    days = {vendor: days_between(asked.at, asked.by_at)}
    document = leave_document(done, asked, instruments)
    emit(with_records_due(document, unexported(place.state, days), days), format, output)
