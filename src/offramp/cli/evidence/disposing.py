"""`offramp evidence` keep, open, dispose and hold: texts beside the ledger, and their end."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from offramp.cli.evidence.options import At, Format, Output, State, moment, state_of
from offramp.cli.files import read_file
from offramp.cli.output import emit, finish, say
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offramp.core.periods import Period

hold = App(
    name="hold",
    help="""Keep texts from being destroyed, and lift that again.

For example:
  offramp evidence hold place --by "A. Mensah" --reason "case 26-77" --application permit-desk
  offramp evidence hold list
""",
)


def keep(
    file: Path,
    /,
    *,
    kind: Annotated[str, Parameter(help="What the retention schedule calls it, such as `requests`.")],
    by: Annotated[str, Parameter(help="Who keeps it.")],
    application: Annotated[str, Parameter(help="Whose it is.", show_default=True)] = "none",
    subject: Annotated[str, Parameter(help="What it is about; by default the file's name.")] = "",
    state: State = None,
) -> None:
    """Keep a text, encrypted, and record its digest in the ledger.

    For example:
      offramp evidence keep letter.txt --kind letters --by "R. Okafor"

    Parameters
    ----------
    file
        The file with the text.
    """
    from offramp.recordings import Recordings, record_kept

    place, at = state_of(state), now()
    kept = Recordings(place).keep(kind, application, read_file(file), at=at)
    index = record_kept(place, kept, by=by, subject=subject or file.name, at=at)
    say(f"recorded as entry {index}; its text is in {kept.window}")


def open_(index: int, /, *, state: State = None) -> None:
    """Print the text an entry names, once it is the one recorded. Exits 3 when it was destroyed.

    For example:
      offramp evidence open 7

    Parameters
    ----------
    index
        The entry's number, as `offramp evidence entries` shows it.
    """
    from offramp.recordings import read_recorded

    sys.stdout.buffer.write(read_recorded(state_of(state), index))


def dispose(
    *,
    destroy: Annotated[bool, Parameter(help="Destroy what is over. Without it, show what would be.")] = False,
    by: Annotated[str, Parameter(help="Who has it destroyed.")] = "",
    reason: Annotated[
        str, Parameter(help="Why; by default the retention schedule.", show_default=False)
    ] = "the retention schedule",
    state: State = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Show which kept texts are over by the retention schedule, which are held; destroy them when told to.

    Destroying removes the key of each window: the texts cannot be read again, and every proof still holds.
    Exits 3 when no text is kept.

    For example:
      offramp evidence dispose
      offramp evidence dispose --at 2027-01-01
      offramp evidence dispose --destroy --by "R. Okafor"
    """
    from offramp.recordings import dispose as carry_out
    from offramp.recordings import plan_disposal
    from offramp.report.documents import disposal

    place, when = state_of(state), moment(at)
    schedule = _schedule(place)
    if not destroy:
        plan = plan_disposal(place, schedule, at=when)
        emit(disposal.planned(plan, schedule, when), format, output)
        if not plan.windows and not plan.unfinished:
            finish(Exit.NOTHING)
        return
    if when > now():
        raise OfframpError(
            "disposal-early",
            f"nothing is destroyed for a day that has not come: {at}",
            help="leave --at out, or look first: without --destroy nothing is destroyed",
        )
    done = carry_out(place, schedule, by=by, reason=reason, at=now())
    emit(disposal.carried_out(done, when), format, output)


@hold.command
def place(
    *,
    by: Annotated[str, Parameter(help="Who holds them.")],
    reason: Annotated[str, Parameter(help="Why.")],
    kind: Annotated[str, Parameter(help="Only texts of this kind.")] = "",
    application: Annotated[str, Parameter(help="Only texts of this application.")] = "",
    from_: Annotated[str, Parameter(name="--from", help="Only texts from this day on.")] = "",
    to: Annotated[str, Parameter(help="Only texts up to this day.")] = "",
    state: State = None,
) -> None:
    """Hold texts: nothing they cover is destroyed until it is lifted.

    For example:
      offramp evidence hold place --by "A. Mensah" --reason "case 26-77" --from 2026-03-01 --to 2026-04-30
    """
    from offramp.recordings import place_hold

    days = (_day(from_), _day(to))
    made = place_hold(
        state_of(state), by=by, reason=reason, at=now(), kind=kind, application=application, days=days
    )
    sys.stdout.write(f"{made.id}\n")
    say(f"held: {made.scope}")


@hold.command
def lift(
    id: str,  # noqa: A002
    /,
    *,
    by: Annotated[str, Parameter(help="Who lifts it.")],
    reason: Annotated[str, Parameter(help="Why.")],
    state: State = None,
) -> None:
    """Lift a hold: what it covered falls under the schedule again.

    For example:
      offramp evidence hold lift lhold_01J… --by "A. Mensah" --reason "case closed"

    Parameters
    ----------
    id
        As `offramp evidence hold list` shows it.
    """
    from offramp.recordings import lift_hold

    say(f"lifted: {lift_hold(state_of(state), id, by=by, reason=reason, at=now()).scope}")


@hold.command(name="list")
def show(*, state: State = None, at: At = "", format: Format = "text", output: Output = None) -> None:  # noqa: A002
    """List every hold, lifted ones too. Exits 3 when there never was one.

    For example:
      offramp evidence hold list
    """
    from offramp.recordings import read_holds
    from offramp.report.documents import disposal

    found = read_holds(state_of(state))
    emit(disposal.holds(found, moment(at)), format, output)
    if not found:
        finish(Exit.NOTHING)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise OfframpError(
            "day-unreadable", f"`{text}` is not a day", help="write it like 2026-03-01"
        ) from None


def _schedule(state: Path) -> "Mapping[str, Period]":
    from offramp.workspace import find, load

    root = find(state)
    return load(root).keeping.retention if root is not None else {}
