"""Cache points where an API has none."""

from typing import Final

from offramp.dialects.loss import Effect, Loss, LossLog
from offramp.dialects.turns import Request

NO_CACHE_POINTS: Final = Loss(
    "cache_control", "this API has no cache breakpoints of this kind; the saving is lost", Effect.COST
)


def lose_cache_points(request: Request, losses: LossLog) -> None:
    """Declares the loss where `request` has any."""
    if request.cache_points:
        losses.add(NO_CACHE_POINTS)
