"""Routes that refuse what would be lost."""

from collections.abc import Iterable

from offramp.dialects import Failure, FailureKind, Loss
from offramp.gateway.refusals import Refused, refuse
from offramp.workspace import Route

CODE = "loss-refused"
_SHOWN = 5


def check_request(route: Route, losses: Iterable[Loss]) -> None:
    """Raises `Refused` where the request would lose what its route refuses to lose."""
    refused = tuple(loss for loss in losses if route.refuses(loss.effect))
    if refused:
        raise _refusal(route, "the request", refused, FailureKind.INVALID_REQUEST)


def lost_in_answer(route: Route, losses: Iterable[Loss]) -> Failure | None:
    """The failure an answer becomes that lost what its route refuses to lose."""
    refused = tuple(loss for loss in losses if route.refuses(loss.effect))
    return _refusal(route, "the answer", refused, FailureKind.UPSTREAM).failure if refused else None


def _refusal(route: Route, what: str, losses: tuple[Loss, ...], kind: FailureKind) -> Refused:
    named = "; ".join(f"`{loss.field}` ({loss.effect}): {loss.reason}" for loss in losses[:_SHOWN])
    more = f"; and {len(losses) - _SHOWN} more" if len(losses) > _SHOWN else ""
    message = (
        f"route `{route.name}` refuses what {what} would lose: {named}{more}; "
        "leave it out, or set `losses: declare` on the route"
    )
    return refuse(kind, CODE, message)
