"""What was decided, by whom, under which stance, and what every reading would have said."""

from collections.abc import Collection, Sequence

import msgspec

from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import format_instant
from offramp.evidence.entry import EntryType
from offramp.evidence.reading import Recorded
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, entry_subject
from offramp.evidence.statements.tally import counted_at, rests_on

SLUG = "decision"
METHOD = "the decisions were read from the ledger as they were recorded; they were not computed again"
GAPS = (
    "a decision is only as good as the rendering of the texts and the facts it was given",
    "decisions that were taken elsewhere and not recorded",
)


class Decided(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision."""

    entry: int
    type: str
    """`decision` or `hold`."""
    at: str
    """The instant it was decided for."""
    by: str
    subject: str
    cause: str
    outcome: str
    """Permit, forbid, hold, contested or unknown; for a request, what the gateway did with it."""
    norms: tuple[str, ...]


class Decision(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Decisions as the ledger has them."""

    decisions: tuple[Decided, ...]


def decision(numbers: Collection[int], entries: Sequence[Recorded], head: Head) -> Statement:
    """The statement about the entries with these numbers; about every decision, where none is named."""
    kinds = (EntryType.DECISION, EntryType.HOLD)
    found = [one for one in entries if one.entry.type in kinds and (not numbers or one.index in numbers)]
    missing = sorted(set(numbers) - {one.index for one in found})
    if missing or not found:
        said = f"entry {missing[0]} is no decision" if missing else "the ledger has no decision"
        raise OfframpError(
            "decision-missing",
            said,
            help="list them with `offramp evidence entries --type decision --limit 0`",
            exit_code=Exit.NOTHING,
        )
    claim = Decision(
        **head.said(
            scope=f"{len(found)} recorded decisions, entries {found[0].index} to {found[-1].index}",
            method=METHOD,
            gaps=GAPS,
            rests_on=rests_on(found),
        ),
        decisions=tuple(map(_told, found)),
    )
    return Statement(slug=SLUG, subjects=tuple(map(entry_subject, found)), claim=claim)


def _told(one: Recorded) -> Decided:
    data = one.entry.data
    norms: list[str] = list(data.get("decision", {}).get("norms", ()))
    for reading in data.get("readings", ()):
        norms += reading["norms"]
    return Decided(
        entry=one.index,
        type=str(one.entry.type),
        at=format_instant(counted_at(one.entry)),
        by=one.entry.actor,
        subject=one.entry.subject,
        cause=one.entry.cause,
        outcome=str(data.get("outcome", "")),
        norms=tuple(dict.fromkeys(norms)),
    )
