"""`offramp binds`: all that binds a party on a day."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.asking import Place, When

app = App(
    name="binds",
    help="""List every norm that binds a party on a day, what is stayed, and the deadlines of duties.

Exits 0, or 3 when nothing binds.

For example:
  offramp binds --user contractor --at 2026-03-05 --instruments instruments
  offramp binds --user dow_component --vendor example-a --at 2026-04-10
  offramp binds --user example-a --stance served --at 2026-03-04
  offramp binds --user contractor --at 2026-04-10 --since 2026-03-01 --format html -o page.html
""",
)


@app.default
def binds(
    *,
    user: Annotated[
        tuple[str, ...],
        Parameter(
            help="Party kinds or named parties, KIND[,KIND]; again for more; default: the organisation."
        ),
    ] = (),
    via: Annotated[tuple[str, ...], Parameter(help="A kind it is reached through; may be given again.")] = (),
    vendor: Annotated[str, Parameter(help="Only norms about this vendor.")] = "",
    stance: Annotated[tuple[str, ...], Parameter(help="announced or served.")] = (),
    place: Place = Place(),  # noqa: B008 - frozen
    when: When = When(),  # noqa: B008 - frozen
    since: Annotated[str, Parameter(help="Also say what changed from this date on.")] = "",
    format: Annotated[str, Parameter(help="text, html, json or csv.")] = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None,
) -> None:
    """List what binds."""
    from offramp.cli.asking import check_stance, check_vendor, open_texts, parties_of, words
    from offramp.cli.binding import page_of
    from offramp.cli.output import check_output, emit, finish
    from offramp.core.errors import Exit, OfframpError
    from offramp.core.instants import parse_instant
    from offramp.instruments import Question, checked
    from offramp.instruments.changes import Span

    check_output(format, output)
    check_stance(stance)
    texts = open_texts(place)
    if vendor:
        check_vendor(texts, vendor)
    at, known = when.instants()
    begin = parse_instant(since) if since else None
    if begin is not None and begin > at:
        raise OfframpError(
            "since-after-at", f"`--since {since}` is after the day asked about", help="give an earlier date"
        )
    parties = parties_of(texts, ",".join(user))
    question = checked(texts.instruments, Question(parties, words(",".join(via)), vendor, "use", {}))
    span = Span(
        user=question.user,
        via=question.via,
        vendor=vendor or None,
        since=begin or at,
        at=at,
        known=known,
        is_served="served" in stance,
    )
    document = page_of(texts, span, vendor, is_since=begin is not None)
    emit(document, format, output)
    if not document.body["bindings"]:
        finish(Exit.NOTHING)
