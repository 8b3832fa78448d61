"""`offramp holds`: tool calls that wait for a person, and who watches."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

By = Annotated[str, Parameter(help="A person under `holds: persons:` of offramp.yaml, by id or name.")]
Reason = Annotated[str, Parameter(help="Why, in words, for the ledger.")]
Named = Annotated[str, Parameter(help="An application of offramp.yaml.")]
Place = Annotated[Path | None, Parameter(help="Folder of offramp.yaml.")]
Format = Annotated[str, Parameter(help="Text, html, json or csv.")]
Output = Annotated[Path | None, Parameter(alias="-o", help="File to write instead of standard output.")]

app = App(
    name="holds",
    help="Tool calls that are held until a person decided, and who watches the others.\n\n"
    "For example:\n\n"
    "  offramp holds --state pending\n\n"
    "  offramp holds show hold_01JZ… --by 'A. Mensah'\n\n"
    "  offramp holds report --format json",
)


@app.default
def list_(
    *,
    state: Annotated[
        tuple[str, ...],
        Parameter(help="Only those pending, approved, denied, released or expired; may be given again."),
    ] = (),
    application: Annotated[str, Parameter(help="Only those of this application.")] = "",
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """List what is held, oldest first. Exits 3 when there is nothing, 4 when something waits."""
    from offramp.cli.holding import opened
    from offramp.cli.output import check_output, emit, finish
    from offramp.control import holds
    from offramp.core.errors import Exit, OfframpError
    from offramp.core.instants import now
    from offramp.report.documents.holds import holds_document

    check_output(format, output)
    known = [one.value for one in holds.State]
    for one in state:
        if one not in known:
            raise OfframpError("state-unknown", f"no state `{one}`", help=f"use one of: {', '.join(known)}")
    _, every, presence = opened(workspace)
    at = now()
    found = [
        hold
        for hold in every
        if (not state or hold.state(at) in state) and application in ("", hold.application)
    ]
    asked = f"holds {' or '.join(state) or 'in any state'} of {application or 'any application'}"
    emit(holds_document(found, presence, asked, at), format, output)
    if any(hold.state(at) is holds.State.PENDING for hold in found):
        finish(Exit.UNDECIDED)
    if not found:
        finish(Exit.NOTHING)


@app.command
def show(
    id: Annotated[str, Parameter(help="A hold, by its id or the end of it.")],  # noqa: A002
    *,
    by: By = "",
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Show the calls that are held. With `--by` the ledger keeps that this person was shown them.

    For example:
      offramp holds show hold_01JZ… --by 'A. Mensah'
    """
    from offramp.cli.holding import one_of, opened, shown_now
    from offramp.cli.output import check_output, emit
    from offramp.core.instants import now
    from offramp.gateway import held_text
    from offramp.report.documents.holds import hold_document

    check_output(format, output)
    place, found, _ = opened(workspace)
    hold = one_of(found, id)
    what = held_text(place.state, hold)
    name = shown_now(place, hold, by)
    emit(hold_document(hold, what, name, now()), format, output)


@app.command
def watch(
    *,
    by: By,
    leave: Annotated[bool, Parameter(negative=(), help="Be on watch no longer.")] = False,
    workspace: Place = None,
) -> None:
    """Be on watch, as a person who supervises, for as long as `watch_minutes` says. Run it again to stay.

    For example:
      offramp holds watch --by 'A. Mensah'
    """
    from offramp.cli.holding import account, carry_out, opened
    from offramp.cli.output import say
    from offramp.control import holds
    from offramp.core.instants import now

    place, _, _ = opened(workspace)
    person = holds.rules.find_person(place.holding, by)
    holds.rules.check_supervises(person)
    carry_out(place, holds.steps.watch(person, place.holding, now(), leaves=leave, account=account()))
    minutes = place.holding.watch_minutes
    say(f"{person.name} {'has left' if leave else f'is on watch for {minutes} minutes'}")


@app.command
def stop(application: Named, *, by: By, reason: Reason, workspace: Place = None) -> None:
    """Let no consequential call of an application through, from its next answer on.

    For example:
      offramp holds stop permit-desk --by 'A. Mensah' --reason 'wrong coordinates'
    """
    from offramp.cli.holding import carry_out, opened
    from offramp.cli.output import say
    from offramp.control import holds
    from offramp.core.instants import now

    place, _, _ = opened(workspace)
    person = holds.rules.find_person(place.holding, by)
    holds.rules.check_stop(person, application, place.applications)
    carry_out(place, holds.steps.stop(person, application, reason, now()))
    say(f"calls of {application} are stopped")


@app.command
def resume(application: Named, *, by: By, reason: Reason, workspace: Place = None) -> None:
    """Let calls of a stopped application go on as their clause asks.

    For example:
      offramp holds resume permit-desk --by 'A. Mensah' --reason 'coordinates corrected'
    """
    from offramp.cli.holding import carry_out, opened
    from offramp.cli.output import say
    from offramp.control import holds
    from offramp.core.instants import now

    place, _, presence = opened(workspace)
    person = holds.rules.find_person(place.holding, by)
    holds.rules.check_stop(person, application, place.applications)
    carry_out(place, holds.steps.resume(person, presence, application, reason, now()))
    say(f"calls of {application} go on")


@app.command
def report(
    *,
    since: Annotated[str, Parameter(help="Only what was held and decided from this day on.")] = "",
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """How persons decide: how long they look, and how much they approve. Exits 3 when nothing was held.

    For example:
      offramp holds report --since 2026-06-01
    """
    from offramp.cli.holding import opened
    from offramp.cli.output import check_output, emit, finish
    from offramp.core.errors import Exit
    from offramp.core.instants import now, parse_instant
    from offramp.report.documents.holds import habits_document

    check_output(format, output)
    _, found, _ = opened(workspace)
    emit(
        habits_document(
            found, parse_instant(f"{since}T00:00Z" if len(since) == 10 else since) if since else None, now()
        ),
        format,
        output,
    )
    if not found:
        finish(Exit.NOTHING)
