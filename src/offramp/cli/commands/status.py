"""`offramp status`: where the exits stand."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="status",
    help="Days left, burn-down, what is late, what must start, ramps, pauses, drills, what is next.\n\n"
    "For example:\n\n"
    "  offramp status\n\n"
    "  offramp status --at 2026-06-01 --format json",
)


@app.default
def status(
    *,
    at: str | None = None,
    workspace: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Show where the exits stand.

    Parameters
    ----------
    at
        The instant asked about; now, if nothing is given.
    workspace
        Folder of offramp.yaml.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import check_output, emit
    from offramp.cli.place import open_workspace
    from offramp.control import quotas
    from offramp.core.instants import now, parse_instant
    from offramp.plan import outlook, stored
    from offramp.recordings.exchanges.exporting import unexported
    from offramp.report.documents.records_due import with_records_due
    from offramp.report.documents.status import status_document
    from offramp.report.documents.under_way import with_under_way
    from offramp.workspace import load_instruments

    check_output(format, output)
    place = open_workspace(workspace)
    instant = parse_instant(at) if at else now()
    loaded = load_instruments(place)
    held = stored.read_stored(place)
    seen = outlook.look(place, loaded, held, instant)
    history = stored.read_history(place, instant)
    used = quotas.uses(place, (), instant)
    days = {str(one.exit.vendor): one.days_left for one in seen.exits}
    document = status_document(seen, history, place.organisation.name, used, loaded)
    document = with_under_way(document, place, held, instant)
    emit(with_records_due(document, unexported(place.state, days), days), format, output)
