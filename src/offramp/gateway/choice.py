"""Which targets a request may go to: the route, the ramp and its causes, then the instruments."""

from collections.abc import Iterator
from dataclasses import dataclass

from offramp.core.instants import Clock
from offramp.dialects import FailureKind
from offramp.gateway.admission import Admission, admit, cite, refusal
from offramp.gateway.conversation import bucket_of_name, bucket_of_request, needs_bucket
from offramp.gateway.guarding import Guarded
from offramp.gateway.outgoing import CALLERS_OWN, Asked
from offramp.gateway.record import Record
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.resting import Resting
from offramp.gateway.snapshot import Snapshot
from offramp.plan import TrafficState, order_targets
from offramp.workspace import Application, Route, Target, WhenForbidden

NORM = "norm"
"""The kind of cause that is a matter of law, not of load."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a request goes. On what word is in its record."""

    route: Route
    target: Target
    model: str
    """The name the upstream is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a caller said in headers."""

    conversation: str = ""
    purpose: str = ""


def choices(
    snapshot: Snapshot,
    state: TrafficState,
    application: Application,
    asked: Asked,
    hints: Hints,
    clock: Clock,
    record: Record,
    resting: Resting,
    guarded: Guarded | None = None,
) -> Iterator[Choice]:
    """The targets for this request, best first; the next one is judged when it is asked for.

    Where there is none, the first step raises `Refused`. `record` says of whichever was given last, or as
    much as was found out.
    """
    route = snapshot.route(asked.model)
    if route is None:
        known = ", ".join(f"`{name}`" for name in list(snapshot.workspace.routes)[:10])
        raise refuse(
            FailureKind.NOT_FOUND,
            "route-unknown",
            f"no route for model `{asked.model[:100]}`; routes are {known or 'none'}",
        )
    record.route = route.name
    bucket = 0
    if needs_bucket(route, state):
        if hints.conversation:
            bucket = bucket_of_name(application.id, hints.conversation)
        else:
            bucket = bucket_of_request(application.id, asked.request_or_none())
    targets = resting.ordered(order_targets(route, state, bucket))
    if not targets:
        raise _all_held(snapshot, route, state, record)
    first: Admission | None = None
    is_any = False
    for target in targets:
        endpoint = snapshot.endpoints[target.upstream]
        model = asked.model if target.model == CALLERS_OWN else target.model
        if guarded is not None:
            admission = guarded.admission(asked, endpoint, model, hints.purpose, clock())
        else:
            admission = admit(snapshot, application, endpoint.vendor, model, hints.purpose, clock())
        if admission.is_admitted:
            is_any = True
            record.admission = admission
            record.upstream, record.model = target.upstream, model
            yield Choice(route, target, model)
            if not route.fails_over:
                return
        elif not is_any:
            if first is None:
                first = admission
                record.upstream, record.model = target.upstream, model
            if route.when_forbidden is not WhenForbidden.NEXT:
                break
    if first is not None and not is_any:
        record.admission = first
        raise refusal(first)


def _all_held(snapshot: Snapshot, route: Route, state: TrafficState, record: Record) -> Refused:
    holds = [hold for target in route.targets for hold in state.holding(target.upstream, route.name)]
    record.held_by = tuple(dict.fromkeys(f"{hold.upstream}: {hold.cause}" for hold in holds))
    told = "; ".join(
        dict.fromkeys(
            f"upstream `{hold.upstream}` is held by {hold.cause} ({hold.reason or 'no reason given'})"
            for hold in holds
        )
    )
    message = f"every target of route `{route.name}` is held: {told}"
    if any(hold.cause.kind == NORM for hold in holds):
        names = dict.fromkeys(hold.cause.name for hold in holds if hold.cause.kind == NORM)
        cited = [cite(snapshot.instruments, name) for name in names]
        return refuse(FailureKind.FORBIDDEN, "route-held", message, [one for one in cited if one])
    refused = refuse(FailureKind.OVERLOADED, "route-held", message)
    return Refused(refused.failure, status=503)
