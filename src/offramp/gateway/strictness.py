"""Routes that refuse what would be lost."""

from collections.abc import Iterable

from offramp.dialects import Failure, FailureKind, Loss
from offramp.gateway.refusals import Refused, refuse
from offramp.workspace import LossPolicy

_METADATA = "metadata"
_SHOWN = 5
CODE = "loss-refused"


def refused_losses(policy: LossPolicy, losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Those of `losses` a route with `policy` does not put up with."""
    match policy:
        case LossPolicy.DECLARE:
            return ()
        case LossPolicy.REFUSE:
            return tuple(loss for loss in losses if loss.effect != _METADATA)
        case LossPolicy.REFUSE_ALL:
            return tuple(losses)


def check_request(route: str, policy: LossPolicy, losses: Iterable[Loss]) -> None:
    """Raises `Refused` where the request would lose what its route refuses to lose."""
    refused = refused_losses(policy, losses)
    if refused:
        raise _refusal(route, "the request", refused, FailureKind.INVALID_REQUEST)


def lost_in_answer(route: str, policy: LossPolicy, losses: Iterable[Loss]) -> Failure | None:
    """The failure an answer becomes that lost what its route refuses to lose."""
    refused = refused_losses(policy, losses)
    return _refusal(route, "the answer", refused, FailureKind.UPSTREAM).failure if refused else None


def _refusal(route: str, what: str, losses: tuple[Loss, ...], kind: FailureKind) -> Refused:
    named = "; ".join(f"`{loss.field}` ({loss.effect}): {loss.reason}" for loss in losses[:_SHOWN])
    more = f"; and {len(losses) - _SHOWN} more" if len(losses) > _SHOWN else ""
    message = (
        f"route `{route}` refuses what {what} would lose: {named}{more}; "
        "leave it out, or set `losses: declare` on the route"
    )
    return refuse(kind, CODE, message)
