"""What was put back, when, by whom and under which instrument, and what another cause still holds."""

from collections.abc import Collection, Sequence

from offramp.core.errors import Exit, OfframpError
from offramp.evidence.entry import EntryType
from offramp.evidence.reading import Recorded
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, entry_subject
from offramp.evidence.statements.tally import Move, Requests, moves, requests, rests_on, told

SLUG = "restoration"
METHOD = (
    "the restorations of these upstreams were read from the ledger with the cuts they lift, and the requests "
    "sent to the upstreams after the first restoration were counted"
)
GAPS = (
    "access that was withdrawn or given back outside the gateway: accounts, catalogue entries, contracts",
    "requests that did not pass the gateway are not in the ledger",
)


class Restoration(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was lifted, and what was not."""

    upstreams: tuple[str, ...]
    cuts: tuple[Move, ...]
    restored: tuple[Move, ...]
    held_by: tuple[str, ...]
    """Causes that still hold one of them down now."""
    after: Requests
    """To these upstreams, since the first restoration."""


def restoration(
    upstreams: Collection[str], held_by: Sequence[str], entries: Sequence[Recorded], head: Head
) -> Statement:
    """The statement. Raises where nothing was ever restored."""
    found = moves(entries, set(upstreams))
    restored = [one for one in found if one.entry.type is EntryType.RESTORE]
    if not restored:
        raise OfframpError(
            "nothing-restored",
            f"the ledger has no restoration of {', '.join(sorted(upstreams)) or 'anything'}",
            help="lift a cause with `offramp restore` first",
            exit_code=Exit.NOTHING,
        )
    names = sorted({one.entry.subject for one in found})
    claim = Restoration(
        **head.said(
            scope=f"{', '.join(names)}; entries {found[0].index} to {found[-1].index}",
            method=METHOD,
            gaps=GAPS,
            rests_on=rests_on(found),
        ),
        upstreams=tuple(names),
        cuts=told([one for one in found if one.entry.type is EntryType.CUT]),
        restored=told(restored),
        held_by=tuple(one for one in held_by if one.partition(":")[0] in names),
        after=requests((one for one in entries if one.index > restored[0].index), names),
    )
    return Statement(slug=SLUG, subjects=tuple(map(entry_subject, found)), claim=claim)
