"""Which targets a request may go to: the route, the ramp and its causes, needs, then the instruments.

A target is judged when it is asked for, and again before it is asked a second time, by ramps, causes and
instruments as they are then: a request that waits for its next try cannot slip past an order.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from offramp.core.ids import VendorId
from offramp.dialects import FailureKind
from offramp.gateway.admission import Admission, admit, cite, refusal
from offramp.gateway.conversation import bucket_of_name, bucket_of_request
from offramp.gateway.guarding import Guarded
from offramp.gateway.needs import WELL, Fit, fit_of, wanted_by
from offramp.gateway.outgoing import Asked
from offramp.gateway.parts import Parts
from offramp.gateway.profiles import CALLERS_OWN
from offramp.gateway.record import RESTING, Attempt, Record
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.snapshot import Endpoint, Snapshot
from offramp.plan import traffic
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
    endpoint: Endpoint

    @property
    def vendor(self) -> VendorId:
        """Whose upstream it is."""
        return self.endpoint.vendor


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a caller said in headers."""

    conversation: str = ""
    purpose: str = ""


class Chooser:
    """The choices of one request. `snapshot` is the one it began with."""

    def __init__(
        self,
        parts: Parts,
        snapshot: Snapshot,
        application: Application,
        asked: Asked,
        hints: Hints,
        record: Record,
        guarded: Guarded | None,
        guard: Callable[[Snapshot], Guarded | None],
    ) -> None:
        self._guarded = guarded
        self._guard = guard
        self._parts = parts
        self._snapshot = snapshot
        self._application = application
        self._asked = asked
        self._hints = hints
        self._record = record

    def choices(self) -> Iterator[Choice]:
        """The targets for this request, best first; the next one is judged when it is asked for.

        Where there is none, the first step raises `Refused`. The record says of whichever was given last, or
        as much as was found out.
        """
        snapshot, record = self._snapshot, self._record
        route = self._route()
        record.route = route.name
        state = self._parts.traffic.now
        meant = traffic.order_targets(route, state, self._bucket(route, state))
        if not meant:
            raise _all_held(snapshot, route, state, record)
        targets = self._parts.resting.ordered(meant)
        for target in takewhile(lambda one: one is not targets[0], meant):
            # Who is put last for its failures fails this request, too, as far as anybody counts.
            record.attempts.append(Attempt(target.upstream, self._model(target), RESTING))
        profile = snapshot.profiles.get(route.name)
        wanted = () if profile is None else wanted_by(profile, self._asked)
        unfit: list[tuple[Target, Fit]] = []
        first: Refused | None = None
        first_admission: Admission | None = None
        is_any = False
        for target in targets:
            endpoint = snapshot.endpoints[target.upstream]
            model = self._model(target)
            choice = Choice(route, target, model, endpoint)
            if is_any and traffic.barring(self._parts.traffic.now, target.upstream, route.name):
                continue
            fit = WELL
            if profile is not None:
                fit = fit_of(profile, self._asked, wanted, target, endpoint, model)
                if fit.lacks:
                    unfit.append((target, fit))
                    continue
            admission = self._admission(choice)
            refused = self._refusal(choice, admission)
            if refused is None:
                is_any = True
                record.admission = admission
                record.upstream, record.model = target.upstream, model
                record.needs_unknown = fit.unknown
                yield choice
                if not route.fails_over:
                    return
            elif not is_any:
                if first is None:
                    first, first_admission = refused, admission
                    record.upstream, record.model = target.upstream, model
                if route.when_forbidden is not WhenForbidden.NEXT:
                    break
        if is_any:
            return
        if first is not None:
            record.admission = first_admission
            raise first
        raise _unmet(route, unfit)

    def permits(self, choice: Choice) -> Refused | None:
        """Why `choice` may not be asked any more, as everything stands now; None where it may."""
        held = traffic.barring(self._parts.traffic.now, choice.target.upstream, choice.route.name)
        if held:
            return _held(self._snapshot, f"target `{choice.target.upstream}` is held", held, self._record)
        latest = self._parts.snapshot
        if choice.endpoint.id not in latest.endpoints:
            latest = self._snapshot
        admission = self._ask(latest, self._guard(latest), choice)
        refused = self._refusal(choice, admission)
        if refused is not None:
            self._record.admission = admission
        return refused

    def _model(self, target: Target) -> str:
        return self._asked.model if target.model == CALLERS_OWN else target.model

    def _admission(self, choice: Choice) -> Admission:
        """What the instruments say: those the request began with, and those loaded since."""
        snapshot, latest = self._snapshot, self._parts.snapshot
        admission = self._ask(snapshot, self._guarded, choice)
        if admission.is_admitted and latest is not snapshot and choice.endpoint.id in latest.endpoints:
            later = self._ask(latest, self._guard(latest), choice)
            return admission if later.is_admitted else later
        return admission

    def _ask(self, snapshot: Snapshot, guarded: Guarded | None, choice: Choice) -> Admission:
        at, purpose = self._parts.clock(), self._hints.purpose
        if guarded is not None:
            return guarded.admission(self._asked, choice.endpoint, choice.model, purpose, at)
        return admit(snapshot, self._application, choice.vendor, choice.model, purpose, at)

    def _refusal(self, choice: Choice, admission: Admission) -> Refused | None:
        if not admission.is_admitted:
            return refusal(admission)
        state = self._parts.traffic.now
        return self._rehearsed(choice, state) if state.rehearsed else None

    def _rehearsed(self, choice: Choice, state: traffic.TrafficState) -> Refused | None:
        """The refusal of a drill: the target is healthy, and treated as forbidden."""
        for hold in state.holding(choice.target.upstream, choice.route.name):
            if state.is_rehearsal(hold):
                self._record.drill = hold.cause.name
                message = (
                    f"drill `{hold.cause.name}` of {hold.by} treats vendor `{choice.vendor}` as forbidden "
                    f"({hold.reason or 'no reason given'}); the vendor is well, and this ends with the drill"
                )
                return refuse(FailureKind.FORBIDDEN, "drill-forbids", message)
        return None

    def _route(self) -> Route:
        snapshot, asked = self._snapshot, self._asked
        route = snapshot.route(asked.model)
        if route is None:
            known = ", ".join(f"`{name}`" for name in list(snapshot.workspace.routes)[:10])
            raise refuse(
                FailureKind.NOT_FOUND,
                "route-unknown",
                f"no route for model `{asked.model[:100]}`; routes are {known or 'none'}",
            )
        return route

    def _bucket(self, route: Route, state: traffic.TrafficState) -> int:
        if not traffic.is_spread(route, state):
            return 0
        if self._hints.conversation:
            return bucket_of_name(self._application.id, self._hints.conversation)
        return bucket_of_request(self._application.id, self._asked.request_or_none())


def _unmet(route: Route, unfit: list[tuple[Target, Fit]]) -> Refused:
    told = "; ".join(
        f"`{target.upstream}/{target.model}`: {', '.join(name.replace('_', ' ') for name in fit.lacks)}"
        for target, fit in unfit
    )
    message = (
        f"no target of route `{route.name}` is known to have what is needed; missing or not known: {told}; "
        "leave it out, or say what the model has under `facts` of its target"
    )
    return refuse(FailureKind.INVALID_REQUEST, "need-unmet", message)


def _all_held(snapshot: Snapshot, route: Route, state: traffic.TrafficState, record: Record) -> Refused:
    holds = [hold for target in route.targets for hold in state.holding(target.upstream, route.name)]
    return _held(snapshot, f"every target of route `{route.name}` is held", holds, record)


def _held(snapshot: Snapshot, what: str, holds: Sequence[traffic.Hold], record: Record) -> Refused:
    record.held_by = tuple(dict.fromkeys(f"{hold.upstream}: {hold.cause}" for hold in holds))
    told = "; ".join(
        dict.fromkeys(
            f"upstream `{hold.upstream}` is held by {hold.cause} ({hold.reason or 'no reason given'})"
            for hold in holds
        )
    )
    message = f"{what}: {told}"
    if any(hold.cause.kind == NORM for hold in holds):
        names = dict.fromkeys(hold.cause.name for hold in holds if hold.cause.kind == NORM)
        cited = [cite(snapshot.instruments, name) for name in names]
        return refuse(FailureKind.FORBIDDEN, "route-held", message, [one for one in cited if one])
    refused = refuse(FailureKind.OVERLOADED, "route-held", message)
    return Refused(refused.failure, status=503)
