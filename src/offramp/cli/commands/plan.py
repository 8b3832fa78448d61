"""`offramp plan`: the items, by deadline."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="plan",
    help="Every use to be moved, the earliest deadline first, with owner, lead time and state.\n\n"
    "For example:\n\n"
    "  offramp plan\n\n"
    "  offramp plan --gate\n\n"
    "  offramp plan --format ics -o plan.ics\n\n"
    "  offramp plan --format oscal-poam -o poam.json\n\n"
    "  offramp plan --at 2026-06-01 --format csv",
)


@app.default
def plan(
    *,
    gate: Annotated[bool, Parameter(negative=())] = False,
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Show the plan.

    Parameters
    ----------
    gate
        Scan, and hold each use against the exits and the instruments: ends with 1 where one is not allowed
        any more, with 4 where the answer hangs on a fact nobody declared. For pipelines.
    at
        The instant asked about; now, if nothing is given.
    workspace
        Folder of offramp.yaml.
    format
        Text, html, pdf, csv, json, ics or oscal-poam.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import TABLE_FORMATS, check_output, emit, finish
    from offramp.cli.place import open_workspace
    from offramp.core.instants import now, parse_instant
    from offramp.plan import outlook, stored
    from offramp.report.documents.plan import plan_document
    from offramp.workspace import load_instruments

    check_output(format, output, TABLE_FORMATS if gate else (*TABLE_FORMATS, "ics", "oscal-poam"))
    place = open_workspace(workspace)
    instant = parse_instant(at) if at else now()
    instruments = load_instruments(place)
    if gate:
        from offramp.cli.gating import gated

        document, code = gated(place, instruments, instant)
        emit(document, format, output)
        finish(code)
    seen = outlook.look(place, instruments, stored.read_stored(place), instant)
    emit(plan_document(seen, place.organisation.name, instruments), format, output)
