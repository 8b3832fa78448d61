"""What a move from one API to another costs, as tables: read from the dialects, never written by hand.

A loss belongs to one side: to the API the caller keeps, whoever answers, or to the API that answers, whoever
asks. Together they are what one pair of APIs can lose.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from offramp.dialects.capabilities import FIT_LOSSES, FIT_REFUSALS
from offramp.dialects.interface import Dialect
from offramp.dialects.loss import Effect, Loss, Refusal
from offramp.dialects.shaping import whose
from offramp.dialects.shaping.forced_call import missing_call
from offramp.dialects.shaping.one_call import HELD_BACK
from offramp.dialects.shaping.schema import ASKED_AGAIN, NOT_JUDGED, NOT_SATISFIED
from offramp.dialects.shaping.seals import SEAL_LOSSES
from offramp.dialects.shaping.stops import CUT, UNCOUNTED
from offramp.dialects.shaping.thoughts import UNASKED
from offramp.dialects.tool_schema.constrain import CONSTRAIN_LOSSES


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


def face_rows(face: Dialect) -> tuple[LossRow, ...]:
    """What callers of `face` lose, whoever answers them."""
    tables = face.tables
    return _rows(tables.request_dropped, tables.reply_not_carried, tables.request_refused)


def upstream_rows(upstream: Dialect) -> tuple[LossRow, ...]:
    """What is lost where `upstream` answers, whoever asks."""
    tables = upstream.tables
    return _rows(tables.request_not_carried, tables.reply_dropped, tables.request_not_taken)


def gateway_rows() -> tuple[LossRow, ...]:
    """What is lost to what one model can do, and to what the gateway sees to itself; any APIs."""
    request = (*FIT_LOSSES, *SEAL_LOSSES, whose.UNKNOWN, *CONSTRAIN_LOSSES)
    reply = (CUT, UNCOUNTED, HELD_BACK, NOT_SATISFIED, NOT_JUDGED, ASKED_AGAIN, UNASKED)
    missing = missing_call("")
    rows = _rows(request, reply, FIT_REFUSALS)
    return (*rows, LossRow("reply", "tool_choice", "refused", None, missing.message))


def _rows(request: Iterable[Loss], reply: Iterable[Loss], refused: Iterable[Refusal]) -> tuple[LossRow, ...]:
    rows = {LossRow("request", loss.field, "lost", loss.effect, loss.reason) for loss in request}
    rows |= {LossRow("reply", loss.field, "lost", loss.effect, loss.reason) for loss in reply}
    rows |= {LossRow("request", one.field, "refused", None, one.reason) for one in refused}
    return tuple(
        sorted(rows, key=lambda row: (row.direction != "request", row.field, row.outcome, row.reason))
    )
