"""`offramp evidence exit`: one whole exit in one report."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import At, Output, moment
from offramp.cli.files import read_file
from offramp.cli.output import emit, finish
from offramp.core.errors import Exit, OfframpError


def exit_(
    vendor: str,
    /,
    *,
    before: Annotated[Path | None, Parameter(help="The bill of materials from before the move.")] = None,
    after: Annotated[Path | None, Parameter(help="The bill of materials from after it.")] = None,
    workspace: Annotated[Path | None, Parameter(help="Folder of offramp.yaml.")] = None,
    at: At = "",
    format: Annotated[str, Parameter(help="text, html, pdf, json or csv.", show_default=True)] = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Tell one exit whole: what was found, what moved and why, what was restored, who decided, what remains.

    Requests by day are a picture in html and pdf, and a table in every format. Exits 3 when nothing of the
    vendor was ever recorded.

    For example:
      offramp evidence exit example-a --format html -o exit.html
      offramp scan --format cyclonedx -o after.json
      offramp evidence exit example-a --before before.json --after after.json --format pdf -o exit.pdf

    Parameters
    ----------
    vendor
        The vendor that is left.
    """
    from offramp.cli.evidence.looking import statements
    from offramp.cli.place import open_workspace
    from offramp.core.ids import VendorId
    from offramp.evidence import Handover
    from offramp.plan import account, outlook, stored
    from offramp.report.documents.exit import exit_document
    from offramp.workspace import load_instruments

    place, when = open_workspace(workspace), moment(at)
    found = account.read_account(place, VendorId(vendor), when)
    loaded = load_instruments(place)
    seen = outlook.look(place, loaded, stored.read_stored(place), when)
    document = exit_document(
        found,
        seen,
        bill_files=_bills(before, after),
        stated=statements(place),
        coverage=Handover(place.state).coverage(),
        organisation=place.organisation.name,
        instruments=loaded,
    )
    emit(document, format, output)
    if not found.deeds and not found.days:
        finish(Exit.NOTHING)


def _bills(before: Path | None, after: Path | None) -> tuple[tuple[str, bytes], ...]:
    if before is None and after is None:
        return ()
    if before is None or after is None:
        raise OfframpError(
            "bill-alone", "only one bill of materials was given", help="give both --before and --after"
        )
    return tuple((path.name, read_file(path)) for path in (before, after))
