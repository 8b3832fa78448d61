"""`offramp terms calendar`: everything dated in the instruments."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def calendar(
    folders: tuple[Path, ...] = (),
    /,
    *,
    since: Annotated[str, Parameter(name="--from", help="Leave out what comes before this.")] = "",
    until: Annotated[str, Parameter(help="Leave out what comes after this.")] = "",
    known: Annotated[str, Parameter(help="Leave out what became known only after this.")] = "",
    format: Annotated[str, Parameter(help="text, json, csv or ics.")] = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None,
) -> None:
    """List every date on which something changes or a duty is due: whom it binds, what changes, where from.

    For example:
      offramp terms calendar examples/us-2026 --from 2026-03-01 --until 2026-04-30
      offramp terms calendar --format ics -o terms.ics

    Parameters
    ----------
    folders
        Folders of *.yaml documents; by default the workspace's.
    """
    from offramp.cli.asking import Place, open_texts
    from offramp.cli.output import TABLE_FORMATS, check_output, emit
    from offramp.core.instants import now, parse_instant
    from offramp.instruments.calendar import calendar as dated
    from offramp.report.documents.terms_calendar import Window, terms_calendar_document

    check_output(format, output, (*TABLE_FORMATS, "ics"))
    window = Window(since=since, until=until, known=parse_instant(known) if known else None)
    window.check()
    texts = open_texts(Place(instruments=folders))
    earliest, latest = window.bounds()
    entries = dated(texts.instruments, since=earliest, until=latest, known=window.known)
    emit(terms_calendar_document(entries, texts.instruments, window, texts.folders, now()), format, output)
