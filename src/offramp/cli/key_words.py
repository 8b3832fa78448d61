"""What the commands of `offramp keys` share: reading limits and times, and recording what was decided."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from offramp.cli.output import emit, say
from offramp.control import callers
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, parse_instant
from offramp.core.periods import Period
from offramp.evidence import Ledger
from offramp.plan.following import Recorded, in_force
from offramp.report.documents.keys import key_document
from offramp.workspace import Workspace

_SHORT: Final = re.compile(r"(?P<number>[1-9][0-9]{0,4}) (?P<unit>minute|hour)s?", re.ASCII)


def limits_of(words: Sequence[str]) -> dict[str, str]:
    """`requests_per_minute=60` as name and amount."""
    found = {}
    for word in words:
        name, equals, amount = word.partition("=")
        if not equals:
            raise OfframpError(
                "limit-unreadable",
                f"`{word}` is not a limit with its amount",
                help="write it as --limit requests_per_minute=60",
            )
        found[name.strip()] = amount.strip()
    return found


def instant_of(text: str, at: Instant) -> Instant:
    """A date, an instant, or a time such as `90 days` or `12 hours` from `at` on."""
    short = _SHORT.fullmatch(text.strip())
    if short is not None:
        return at + timedelta(**{f"{short['unit']}s": int(short["number"])})
    try:
        period = Period.parse(text)
    except ValueError:
        try:
            return parse_instant(text)
        except OfframpError as error:
            raise OfframpError(
                error.code,
                error.message,
                help="write a date, an instant, or a time such as `90 days` or `12 hours`",
            ) from None
    return datetime.combine(period.after(at.date()), time(at.hour, at.minute, at.second), UTC)


def carry_out(
    place: Workspace,
    issued: callers.Issued,
    at: Instant,
    format: str,  # noqa: A002
    output: Path | None,
    *,
    dry_run: bool,
) -> None:
    """Record it, unless this is a dry run, then show it. A key is shown only after its digest is kept."""
    if dry_run:
        say("dry run: nothing was recorded, and no key was made")
        emit(key_document(issued, None, at), format, output)
        return
    with Ledger.open(place.state) as ledger:
        receipt = ledger.append(issued.entry, issued.changes)
    emit(key_document(issued, Recorded(receipt, in_force(place.state)), at), format, output)
