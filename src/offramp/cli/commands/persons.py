"""`offramp persons`: how many persons were counted, several nodes' counts in one, and the end of keys."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

Place = Annotated[Path | None, Parameter(help="Folder of offramp.yaml.")]
Format = Annotated[str, Parameter(help="Text, html, json or csv.")]
Output = Annotated[Path | None, Parameter(alias="-o", help="File to write instead of standard output.")]
By = Annotated[str, Parameter(help="Who does this, for the ledger.")]
At = Annotated[str, Parameter(help="The day the windows end with; by default today.")]

app = App(
    name="persons",
    help="Distinct persons, counted for clauses that draw a line at a number. No identifier is kept.\n\n"
    "For example:\n\n"
    "  offramp persons\n\n"
    "  offramp persons export --node east -o east.note\n\n"
    "  offramp persons import east.note --key east.pub --by 'R. Okafor'",
)


@app.default
def show(
    *,
    at: At = "",
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Show every count of the windows that end today, with its bounds. Exits 3 where nothing was counted."""
    from offramp.cli import heads
    from offramp.cli.evidence.options import moment
    from offramp.cli.output import check_output, emit, finish
    from offramp.cli.place import open_workspace
    from offramp.control import persons
    from offramp.core.errors import Exit
    from offramp.report.documents.persons import persons_document
    from offramp.workspace import load_instruments

    check_output(format, output)
    place = open_workspace(workspace)
    counter, _, _ = heads.read(place)
    instant = moment(at)
    found = persons.owners.totals(place, load_instruments(place), counter, persons.day_of(instant))
    emit(persons_document(place.organisation.name, found, instant), format, output)
    if not found:
        finish(Exit.NOTHING)


@app.command
def export(
    *,
    node: Annotated[str, Parameter(help="What this machine is called elsewhere.")],
    workspace: Place = None,
    output: Output = None,
) -> None:
    """Write what this machine counted, signed with the ledger's key: keyed hashes and sketches of them.

    For example:
      offramp persons export --node east -o east.note
    """
    import sys

    from offramp.cli import heads
    from offramp.cli.place import open_workspace

    note = heads.export(open_workspace(workspace), node)
    if output is None:
        sys.stdout.write(note)
    else:
        output.write_text(note, "utf-8")


@app.command(name="import")
def import_(
    file: Path,
    *,
    key: Annotated[str, Parameter(help="Public key of that machine's ledger, or a file that holds it.")],
    by: By,
    workspace: Place = None,
) -> None:
    """Count what another machine wrote and signed together with our own.

    For example:
      offramp persons import east.note --key east.pub --by 'R. Okafor'
    """
    from offramp.cli import heads
    from offramp.cli.evidence.options import key_of
    from offramp.cli.files import read_file
    from offramp.cli.output import say
    from offramp.cli.place import open_workspace

    note = read_file(file).decode("utf-8", "replace")
    took = heads.take(open_workspace(workspace), note, key_of(key), by)
    say(f"{len(took.panes)} days of counts of node `{took.node}` are counted with our own")
    if not took.is_comparable:
        say("some were counted under other keys: they are added up, as if nobody were the same person")


@app.command
def destroy(
    *,
    by: By,
    at: At = "",
    reason: Annotated[str, Parameter(help="Destroy every key now, and say why; counts begin anew.")] = "",
    workspace: Place = None,
) -> None:
    """Destroy the keys of windows that are over, and what was counted under them.

    The gateway does so by itself once a day while it counts.

    For example:
      offramp persons destroy --by 'R. Okafor'
    """
    from offramp.cli import heads
    from offramp.cli.evidence.options import moment
    from offramp.cli.output import say
    from offramp.cli.place import open_workspace
    from offramp.control import persons

    gone = heads.destroy(open_workspace(workspace), persons.day_of(moment(at)), by, reason)
    say(f"destroyed: {', '.join(gone)}" if gone else "no key is older than its windows")
