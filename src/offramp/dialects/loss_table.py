"""What a move from one API to another costs, as a table: read from the dialects, never written by hand."""

from dataclasses import dataclass

from offramp.dialects.interface import Dialect
from offramp.dialects.loss import Effect, Loss


@dataclass(frozen=True, slots=True)
class LossRow:
    """One thing that does not get across."""

    direction: str
    """`request` or `reply`."""
    field: str
    outcome: str
    """`lost` (dropped or put another way) or `refused`."""
    effect: Effect | None
    """None where the request is refused."""
    reason: str


def loss_table(face: Dialect, upstream: Dialect) -> tuple[LossRow, ...]:
    """What callers of `face` lose when `upstream` answers them, requests first, by field."""
    request = [*face.tables.request_dropped, *upstream.tables.request_not_carried]
    reply = [*upstream.tables.reply_dropped, *face.tables.reply_not_carried]
    rows = {_row("request", loss) for loss in request} | {_row("reply", loss) for loss in reply}
    rows |= {
        LossRow("request", refusal.field, "refused", None, refusal.reason)
        for refusal in (*face.tables.request_refused, *upstream.tables.request_not_taken)
    }
    return tuple(sorted(rows, key=_place))


def _place(row: LossRow) -> tuple[bool, str, str, str]:
    return row.direction != "request", row.field, row.outcome, row.reason


def _row(direction: str, loss: Loss) -> LossRow:
    return LossRow(direction, loss.field, "lost", loss.effect, loss.reason)
