"""`offramp scan`: where vendors are used."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="scan",
    help="Find every use of a vendor: imports, calls, models, hosts, keys, packages, pipelines, agents.\n\n"
    "Needs no configuration. In a workspace it adds declared uses, names the system of each use, and puts "
    "the scan into the ledger. Exits 0 when nothing is found, 1 when something is, 3 when there is nothing "
    "to examine.\n\n"
    "For example:\n\n"
    "  offramp scan\n\n"
    "  offramp scan service/ infra/ --vendor VENDOR\n\n"
    "  offramp scan --format json -o scan.json --exit-zero",
)


@app.default
def scan(
    *paths: Path,
    vendor: tuple[str, ...] = (),
    profiles: Path | None = None,
    at: str | None = None,
    exit_zero: bool = False,
    record: Annotated[bool, Parameter(negative="--no-record")] = True,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Look for uses under every path.

    Parameters
    ----------
    paths
        Files and folders; the current folder, if nothing is given.
    vendor
        Look for this vendor only; may be given again.
    profiles
        Folder of further vendor profiles; one of the same name replaces ours.
    at
        The date the report carries; now, if nothing is given.
    exit_zero
        End with 0 even when something is found.
    record
        In a workspace, put the scan into the ledger; `--no-record` leaves it out.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import check_output, emit, finish
    from offramp.cli.scanning import look
    from offramp.core.errors import Exit
    from offramp.core.instants import now, parse_instant
    from offramp.report.documents.scan import scan_document

    check_output(format, output)
    moment = parse_instant(at) if at else now()
    looked = look(paths or (Path(),), vendor, profiles, wants_record=record)
    emit(scan_document(looked.scan, moment, in_workspace=looked.in_workspace), format, output)
    coverage = looked.scan.coverage
    if not coverage.files and not looked.scan.findings:
        finish(Exit.UNDECIDED if coverage.unreadable else Exit.NOTHING)
    if looked.scan.uses and not exit_zero:
        finish(Exit.FOUND)
