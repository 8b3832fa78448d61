"""A rehearsed loss: an upstream was taken down for a drill, and what became of the requests meanwhile."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from offramp.core.errors import Exit, OfframpError
from offramp.evidence.entry import EntryType
from offramp.evidence.reading import Recorded
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, entry_subject
from offramp.evidence.statements.tally import Move, Requests, counted_at, requests, told

SLUG = "drill"
METHOD = "the drill's cut and restoration were read from the ledger, and the requests between them counted"
GAPS = (
    "a drill shows what happened to the requests of those minutes, not to others",
    "requests that did not pass the gateway are not in the ledger",
)


class Served(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who answered."""

    upstream: str
    answered: int


class Drill(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A drill from its cut to its restoration."""

    name: str
    upstreams: tuple[str, ...]
    moves: tuple[Move, ...]
    lasted_seconds: int | None
    """From the first cut to the last restoration, as recorded; null while it goes on."""
    requests: Requests
    served: tuple[Served, ...]


def drill(name: str, entries: Sequence[Recorded], head: Head) -> Statement:
    """The statement about the drill of this name. Raises where the ledger has none."""
    found = [
        one
        for one in entries
        if one.entry.cause == f"drill:{name}" and one.entry.type in (EntryType.CUT, EntryType.RESTORE)
    ]
    if not found:
        raise OfframpError(
            "drill-missing",
            f"the ledger has no drill `{name}`",
            help=f"hold one: offramp cut UPSTREAM --cause drill:{name} --by NAME",
            exit_code=Exit.NOTHING,
        )
    first, last = found[0], found[-1]
    has_ended = last.entry.type is EntryType.RESTORE
    during = [one for one in entries if first.index < one.index and (not has_ended or one.index < last.index)]
    served = Counter(
        str(one.entry.data["upstream"]) for one in during if one.entry.data.get("outcome") == "answered"
    )
    open_gap = () if has_ended else ("the drill has not ended: nothing was restored yet",)
    claim = Drill(
        **head.said(
            scope=f"drill {name}, entries {first.index} to {last.index}",
            method=METHOD,
            gaps=(*open_gap, *GAPS),
        ),
        name=name,
        upstreams=tuple(sorted({one.entry.subject for one in found})),
        moves=told(found),
        lasted_seconds=int((counted_at(last.entry) - counted_at(first.entry)).total_seconds())
        if has_ended
        else None,
        requests=requests(during),
        served=tuple(Served(upstream=one, answered=count) for one, count in sorted(served.items())),
    )
    return Statement(slug=SLUG, subjects=tuple(map(entry_subject, found)), claim=claim)
