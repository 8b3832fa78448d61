"""`offramp scan`: where vendors are used."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="scan",
    help="Find every use of a vendor: imports, calls, models, hosts, keys, packages, pipelines, agents.\n\n"
    "Needs no configuration. Looks through folders and files, container images, installed environments, "
    "bills of materials and logs. In a workspace it adds declared uses, names the system of each use, and "
    "puts the scan into the ledger. Exits 0 when nothing is found, 1 when something is, 3 when there is "
    "nothing to examine.\n\n"
    "For example:\n\n"
    "  offramp scan\n\n"
    "  offramp scan service/ infra/ --vendor VENDOR\n\n"
    "  offramp scan --image app.tar --environment .venv --logs proxy.csv\n\n"
    "  offramp scan --fail-on kind=sdk-call,confidence=certain --since 2026-03-01\n\n"
    "  offramp scan --explain f_0123456789abcdef\n\n"
    "  offramp scan --format json -o scan.json --exit-zero\n\n"
    "  offramp scan --diff main",
)

SCAN_FORMATS = ("text", "json", "csv", "cyclonedx", "cyclonedx-17", "html", "pdf", "sarif")
ELSEWHERE = "Beside the paths"
TIME = "Which state, and what is new"


@Parameter(name="*", group=ELSEWHERE)
@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where to look besides the paths."""

    image: tuple[Path, ...] = ()
    """Container image: an archive of `docker save`, or an OCI layout as folder or archive."""
    environment: tuple[Path, ...] = ()
    """Installed environment: a folder with site-packages, node_modules, cached models or weights."""
    sbom: tuple[Path, ...] = ()
    """Bill of materials, CycloneDX or SPDX. Those inside the paths are read without being named."""
    logs: tuple[Path, ...] = ()
    """Log of a proxy, a name server, a cloud or a gateway: text, CSV, JSON or Parquet, also compressed."""
    log_format: str = ""
    """What kind of log the logs are, where they do not show it; an unknown word shows all."""


@Parameter(name="*", group=TIME)
@dataclass(frozen=True, slots=True)
class State:
    """Which state of the files is looked at, and what of it is told."""

    rev: str = ""
    """Look at this revision of a git repository, without a checkout; of a bare one `HEAD`, if
    nothing is named. Nothing is recorded."""
    diff: str = ""
    """Report only what was not there where this revision and the state looked at part. For pull requests."""
    since: str = ""
    """Only files that changed since this date or commit."""
    cache: Annotated[bool, Parameter(negative="--no-cache")] = True
    """Keep results between scans, so that the next one reads only what changed; `--no-cache` keeps none."""


NOWHERE_ELSE = Elsewhere()
NOW = State()


@app.default
def scan(
    *paths: Path,
    vendor: tuple[str, ...] = (),
    profiles: Path | None = None,
    elsewhere: Elsewhere = NOWHERE_ELSE,
    state: State = NOW,
    assisted: Annotated[bool, Parameter(negative=())] = False,
    explain: str = "",
    fail_on: tuple[str, ...] = (),
    at: str | None = None,
    exit_zero: Annotated[bool, Parameter(negative=())] = False,
    record: Annotated[bool, Parameter(negative="--no-record")] = True,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Look for uses under every path.

    Parameters
    ----------
    paths
        Files and folders; the current folder, if nothing at all is named.
    vendor
        Look for this vendor only; may be given again.
    profiles
        Folder of further vendor profiles; one of the same name replaces ours.
    assisted
        List signs that an assistant helped to write the code, apart and uncounted.
    explain
        Show why the finding of this id is one, and what would make it none.
    fail_on
        Exit 1 only for findings that meet these conditions, joined by commas; may be given again.
    at
        The date the report carries; now, if nothing is given.
    exit_zero
        End with 0 even when something is found.
    record
        In a workspace, put the scan into the ledger; `--no-record` leaves it out.
    format
        Text, json, csv, html, pdf, sarif, or a bill of materials: cyclonedx (1.6) or cyclonedx-17.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import check_output, emit, finish
    from offramp.cli.scanning import When, explained, look, wanted_from
    from offramp.cli.thresholds import fails, read_thresholds
    from offramp.core.errors import Exit
    from offramp.core.instants import now, parse_instant
    from offramp.report.documents.scan import scan_document

    check_output(format, output, SCAN_FORMATS)
    thresholds = read_thresholds(fail_on)
    moment = parse_instant(at) if at else now()
    wanted = replace(
        wanted_from(paths, elsewhere, since=state.since, assisted=assisted),
        vendors=vendor,
        profiles=profiles,
        wants_record=record and not explain,
        when=When(state.rev, state.diff),
        keeps=state.cache,
    )
    looked = look(wanted, moment)
    if explain:
        emit(explained(explain, looked, wanted, moment), format, output)
        return
    emit(scan_document(looked.scan, moment, in_workspace=looked.in_workspace), format, output)
    coverage = looked.scan.coverage
    if not coverage.files and not looked.scan.findings:
        finish(Exit.UNDECIDED if coverage.unreadable else Exit.NOTHING)
    if fails(looked.scan.findings, thresholds) and not exit_zero:
        finish(Exit.FOUND)
