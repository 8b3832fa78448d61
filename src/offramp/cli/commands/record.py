"""`offramp record`: what the gateway recorded of requests and answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from offramp.cli.evidence.options import At, Format, Output, State, moment, state_of
from offramp.cli.output import check_output, emit, finish, say
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import now, parse_instant

if TYPE_CHECKING:
    from offramp.recordings.exchanges.reading import Wanted

app = App(
    name="record",
    help="List, show and export the exchanges that were recorded.\n\n"
    "Recording is off until `recording` in offramp.yaml turns it on, for an application or a route.\n\n"
    "For example:\n\n"
    "  offramp record list --application permit-desk\n\n"
    '  offramp record export records/ --vendor example-a --by "L. Farouk"',
)

Vendor = Annotated[str, Parameter(help="Only exchanges with this vendor.")]
Application = Annotated[str, Parameter(help="Only exchanges of this application.")]
Route = Annotated[str, Parameter(help="Only exchanges by this route.")]
Purpose = Annotated[str, Parameter(name="--for", help="Only exchanges kept for this.")]
Since = Annotated[str, Parameter(help="Only from this date or instant on.")]
Until = Annotated[str, Parameter(help="Only before this date or instant.")]


@app.command(name="list")
def list_(
    *,
    vendor: Vendor = "",
    application: Application = "",
    route: Route = "",
    purpose: Purpose = "",
    since: Since = "",
    until: Until = "",
    limit: Annotated[int, Parameter(help="The newest so many; 0 for all.", show_default=True)] = 50,
    state: State = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """List recorded exchanges, newest last, and what was not kept. Nothing is opened. Exits 3 for none.

    For example:
      offramp record list
      offramp record list --vendor example-a --since 2026-03-01 --limit 0 --format json
    """
    from offramp.recordings.exchanges.reading import find, missed
    from offramp.report.documents import records

    check_output(format, output)
    place = state_of(state)
    wanted = _wanted(vendor, application, route, purpose, since, until)
    found = find(place, wanted)
    shown = found[-limit:] if limit else found
    emit(records.listed(shown, len(found), missed(place), wanted, moment(at)), format, output)
    if not found:
        finish(Exit.NOTHING)


@app.command
def show(
    request: str,
    /,
    *,
    turns: Annotated[bool, Parameter(help="In turns instead of as it was sent.", negative=())] = False,
    state: State = None,
    output: Output = None,
) -> None:
    """Print one exchange as JSON: by its request's id or its number in the ledger, both halves of a pair.

    For example:
      offramp record show req_01J… --turns

    Parameters
    ----------
    request
        As `offramp record list` shows it.
    """
    import json

    from offramp.cli.output import write
    from offramp.dialects.recorded import as_turns
    from offramp.recordings.exchanges.reading import Wanted, find, open_one

    place = state_of(state)
    named = [
        one
        for one in find(place, Wanted())
        if request in (one.request, str(one.entry), one.facts["pair"] or one.request)
    ]
    if not named:
        raise OfframpError(
            "exchange-unknown",
            f"no exchange `{request}` was recorded",
            help="list them with `offramp record list`",
            exit_code=Exit.NOTHING,
        )
    opened = [open_one(place, one) for one in named]
    told = [{**one, **as_turns(one)} if turns else one for one in opened]
    write(json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=1) + "\n", output)


@app.command
def export(
    folder: Path,
    /,
    *,
    by: Annotated[str, Parameter(help="Who exports them.")],
    vendor: Vendor = "",
    application: Application = "",
    route: Route = "",
    purpose: Purpose = "",
    since: Since = "",
    until: Until = "",
    schedule: Annotated[
        str, Parameter(help="The retention schedule or hold they are kept under: states it, signed.")
    ] = "",
    state: State = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Write exchanges out as JSON Lines, in turns and as sent, with a manifest; recorded in the ledger.

    The files are plain text, readable by their owner: they are as private as the conversations were. Exits 1
    where some could not be opened, 3 where there are none.

    For example:
      offramp record export records/ --vendor example-a --by "L. Farouk"
      offramp record export records/ --vendor example-a --by "L. Farouk" --schedule "GRS 5.1 item 020"

    Parameters
    ----------
    folder
        A new or empty folder.
    """
    from offramp.dialects.recorded import as_turns
    from offramp.recordings.exchanges import exporting
    from offramp.report.documents import records
    from offramp.workspace import find, load

    check_output(format, output)
    place, at = state_of(state), now()
    root = find(place)
    wanted = _wanted(vendor, application, route, purpose, since, until)
    done = exporting.export(
        place,
        folder,
        wanted,
        by=by,
        at=at,
        organisation=load(root).organisation.name if root else "",
        as_turns=as_turns,
    )
    emit(records.exported(done, wanted, at), format, output)
    say(f"recorded as entry {done.entry}")
    if schedule:
        from offramp.cli.evidence.exporting import state_export

        say(state_export(root, done, schedule, vendor, by))
    if done.unread:
        finish(Exit.FOUND)


def _wanted(vendor: str, application: str, route: str, purpose: str, since: str, until: str) -> "Wanted":
    from offramp.recordings.exchanges.reading import Wanted

    return Wanted(
        vendor=vendor,
        application=application,
        route=route,
        purpose=purpose,
        since=parse_instant(since) if since else None,
        until=parse_instant(until) if until else None,
    )
