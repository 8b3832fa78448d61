"""`offramp evidence state` inventory and non-use: what rests on looking at the sources."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.stating import Stating, open_desk, subjects
from offramp.cli.files import read_file

SAID = Stating()


def inventory(
    *,
    bill: Annotated[
        tuple[Path, ...],
        Parameter(help="A bill of materials made of the same sources: stated with it, to the byte."),
    ] = (),
    stating: Stating = SAID,
) -> None:
    """State what is used: every declared source is looked at now, and what was found is counted.

    For example:
      offramp evidence state inventory --by "A. Mensah"
      offramp evidence document ai-bom -o before.json
      offramp evidence state inventory --bill before.json --by "A. Mensah"
    """
    from dataclasses import replace

    from offramp.cli.evidence.looking import look
    from offramp.evidence.statements.predicates import inventory as build
    from offramp.report.documents.exit import check_bill

    desk = open_desk(stating)
    for path in bill:
        check_bill(path.name, read_file(path))
    bills = [one for one, _ in subjects(bill)]
    looked = look(desk.place)
    head = desk.head()
    desk.finish(build(looked.scan, replace(head, gaps=(*head.gaps, *looked.missed, *desk.backdated)), bills))


def non_use(
    *,
    vendor: Annotated[str, Parameter(help="The vendor that is not used.")],
    system: Annotated[tuple[str, ...], Parameter(help="Only this system; may be given again.")] = (),
    since: Annotated[str, Parameter(help="The day since which the gateway sent it nothing; today.")] = "",
    with_gaps: Annotated[
        bool, Parameter(negative=(), help="Print sources that were not looked at as gaps.")
    ] = False,
    stating: Stating = SAID,
) -> None:
    """State that no use of a vendor was found, in which sources, with which gaps.

    Exits 1 where a use is found, or the gateway sent it something since that day. Exits 4 while a
    declared source was not looked at, unless --with-gaps prints it in the statement.

    For example:
      offramp evidence state non-use --vendor VENDOR --by "A. Mensah"
      offramp evidence state non-use --vendor VENDOR --system permit-desk --by "A. Mensah" --with-gaps
    """
    from dataclasses import replace

    from offramp.cli.evidence.looking import look, sent_to
    from offramp.core.errors import OfframpError, did_you_mean
    from offramp.core.instants import parse_instant
    from offramp.evidence.statements.predicates import non_use as build

    desk = open_desk(stating)
    for one in system:
        if one not in desk.place.systems:
            known = list(desk.place.systems)
            raise OfframpError(
                "system-unknown", f"no system `{one}`", help=did_you_mean(one, known, "see offramp.yaml")
            )
    day = parse_instant(since).date() if since else desk.at.date()
    looked, head = look(desk.place, vendor), desk.head(vendor)
    statement = build(
        vendor,
        looked.scan,
        looked.sources,
        sent_to(desk.place, vendor),
        replace(head, gaps=(*head.gaps, *desk.backdated)),
        since=day.isoformat(),
        systems=system,
        with_gaps=with_gaps,
    )
    desk.finish(statement)
