"""No use of a vendor was found in these sources, with these gaps, since this day.

It cannot be made while a use is found or the gateway still sends requests there. It cannot be made either
while a declared source was not looked at, unless the caller accepts that the gap is printed in it.
"""

from collections.abc import Sequence

import msgspec

from offramp.core.errors import Exit, OfframpError
from offramp.core.findings import Scan
from offramp.core.instants import Instant, parse_instant
from offramp.evidence.reading import Recorded
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.predicates.inventory import GAPS, findings_digest
from offramp.evidence.statements.statement import Claim, Digest, Statement, Subject
from offramp.evidence.statements.tally import Requests, counted_at, requests

SLUG = "non-use"
METHOD = (
    "every source listed as looked at was searched for the vendor's names, hosts, packages and calls, and "
    "the requests that passed the gateway since the day named were counted; nothing that was scanned was run"
)
SHOWN = 5


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source that was declared to be in scope."""

    name: str
    kind: str
    """`tree`, `image`, `environment`, `sbom`, `log`, `supplier`, `system` or `file`."""
    place: str
    """A path, a supplier's name, or a system's id."""
    is_looked_at: bool
    note: str
    """How it was looked at, or why not."""


class NonUse(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was looked at, and that nothing was found there."""

    vendor: str
    since: str
    """The day from which the gateway sent the vendor nothing."""
    systems: tuple[str, ...]
    """The systems it is limited to; none: everything that was looked at."""
    sources: tuple[Source, ...]
    unscanned: tuple[str, ...]
    """Declared sources that were not looked at. Each stands among the gaps too."""
    files: int
    bytes: int
    mentions: int
    """Names of the vendor that need no use of it, such as prose about it."""
    requests: Requests
    """Requests that the gateway sent to the vendor at any time before: the last of them, and how many."""


def non_use(
    vendor: str,
    scan: Scan,
    sources: Sequence[Source],
    sent: Sequence[Recorded],
    head: Head,
    *,
    since: str,
    systems: Sequence[str] = (),
    with_gaps: bool = False,
) -> Statement:
    """The statement. `sent` are the ledger's entries of requests that went to the vendor.

    Raises `use-found`, `vendor-not-scanned`, and `source-unscanned` unless `with_gaps`.
    """
    if vendor not in scan.vendors:
        raise OfframpError(
            "vendor-not-scanned", f"the scan did not look for `{vendor}`", help="scan for this vendor too"
        )
    mine = [
        one
        for one in scan.findings
        # What belongs to no system may belong to any of them.
        if one.vendor == vendor and (not systems or one.system is None or one.system in systems)
    ]
    if since > head.at.date().isoformat():
        raise OfframpError(
            "since-later", f"{since} is after the date of the statement", help="name an earlier day, or none"
        )
    _refuse_uses(vendor, [f"{one.path}:{one.line}" for one in mine if one.is_use])
    _refuse_requests(vendor, sent, parse_instant(f"{since}T00:00Z"), since)
    sources = [one for one in sources if one.kind != "system" or not systems or one.place in systems]
    unscanned = tuple(f"not looked at: {one.name} ({one.note})" for one in sources if not one.is_looked_at)
    if unscanned and not with_gaps:
        raise OfframpError(
            "source-unscanned",
            f"{len(unscanned)} of {len(sources)} declared sources were not looked at: "
            + "; ".join(one.removeprefix("not looked at: ") for one in unscanned[:SHOWN]),
            help="look at them first, or state it with --with-gaps: each is then printed in the statement",
            exit_code=Exit.UNDECIDED,
        )
    outside = (f"systems outside {', '.join(systems)} are not part of it",) if systems else ()
    looked = [one.name for one in sources if one.is_looked_at]
    claim = NonUse(
        **head.said(
            scope=f"{vendor} in {', '.join(systems) or 'all systems'}; "
            f"looked at: {', '.join(looked) or 'nothing'}",
            method=METHOD,
            gaps=(*unscanned, *outside, *GAPS, "requests that did not pass the gateway are not counted"),
        ),
        vendor=vendor,
        since=since,
        systems=tuple(systems),
        sources=tuple(sources),
        unscanned=unscanned,
        files=scan.coverage.files,
        bytes=scan.coverage.bytes,
        mentions=sum(not one.is_use for one in mine),
        requests=requests(sent),
    )
    return Statement(slug=SLUG, subjects=(Subject("findings", Digest(findings_digest(scan))),), claim=claim)


def _refuse_uses(vendor: str, places: Sequence[str]) -> None:
    if not places:
        return
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    raise OfframpError(
        "use-found",
        f"`{vendor}` is used: {', '.join(places[:SHOWN])}{more}",
        help="move these first; `offramp evidence state inventory` states what is used",
        exit_code=Exit.FOUND,
    )


def _refuse_requests(vendor: str, sent: Sequence[Recorded], since: Instant, day: str) -> None:
    late = [one for one in sent if counted_at(one.entry) >= since]
    if late:
        raise OfframpError(
            "use-found",
            f"the gateway sent `{vendor}` {len(late)} requests since {day}, "
            f"the last in entry {late[-1].index}",
            help="state it for a day after the last of them with --since DATE",
            exit_code=Exit.FOUND,
        )
