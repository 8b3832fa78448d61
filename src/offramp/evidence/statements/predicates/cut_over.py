"""What moved off a vendor, when, by whom and why, and what the gateway sent it before and after."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from offramp.core.errors import Exit, OfframpError
from offramp.evidence.reading import Recorded
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, entry_subject
from offramp.evidence.statements.tally import Move, Requests, moves, requests, rests_on, told

SLUG = "cut-over"
METHOD = (
    "the ramps, cuts and restorations of the routes and upstreams that lead to the vendor were read from the "
    "ledger, and the requests before and after the last of them were counted"
)
GAPS = (
    "requests that did not pass the gateway are not in the ledger",
    "that traffic moved does not show that what it moved to answers as well",
)


class Share(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a route's conversations go now."""

    route: str
    moved: int
    """Per cent that goes to the route's second target."""


class CutOver(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The moves, and the requests around them."""

    vendor: str
    upstreams: tuple[str, ...]
    """Those that lead to the vendor."""
    moves: tuple[Move, ...]
    shares: tuple[Share, ...]
    held_by: tuple[str, ...]
    """Causes that hold an upstream of the vendor down now."""
    before: Requests
    """To the vendor, up to the last move."""
    after: Requests
    """To the vendor, after it."""


def cut_over(
    vendor: str,
    upstreams: Collection[str],
    shares: Mapping[str, int],
    held_by: Sequence[str],
    entries: Sequence[Recorded],
    head: Head,
) -> Statement:
    """The statement. `shares` are the routes that lead to the vendor. Raises where nothing ever moved."""
    found = moves(entries, {*upstreams, *shares})
    if not found:
        raise OfframpError(
            "nothing-moved",
            f"the ledger has no ramp, cut or restoration of anything that leads to `{vendor}`",
            help="move traffic with `offramp ramp` or `offramp cut` first",
            exit_code=Exit.NOTHING,
        )
    last = found[-1].index
    claim = CutOver(
        **head.said(
            scope=f"{vendor} behind {', '.join(sorted(upstreams))}; entries {found[0].index} to {last}",
            method=METHOD,
            gaps=GAPS,
            rests_on=rests_on(found),
        ),
        vendor=vendor,
        upstreams=tuple(sorted(upstreams)),
        moves=told(found),
        shares=tuple(Share(route=route, moved=share) for route, share in sorted(shares.items())),
        held_by=tuple(held_by),
        before=requests((one for one in entries if one.index <= last), upstreams),
        after=requests((one for one in entries if one.index > last), upstreams),
    )
    return Statement(slug=SLUG, subjects=tuple(map(entry_subject, found)), claim=claim)
