"""What a host, a model and a provider in a log mean: which vendor, by which route, how surely.

Only names the profiles know come out of here. What the log wrote, a URL with a key in it for one, does not.
"""

from dataclasses import dataclass

from offramp.core.findings import Confidence, Route, Serving
from offramp.core.ids import VendorId
from offramp.inventory.logs.formats_known import LogFormat
from offramp.inventory.matching import Hit
from offramp.inventory.probe import NAME_SIGNS, Probe
from offramp.inventory.signals import Sign


@dataclass(frozen=True, slots=True)
class Meaning:
    """One vendor that a combination of host, model and provider leads to."""

    vendor: VendorId
    route: Route
    host: str
    """As the profile or the cloud's data lists it; empty where the log names none that is known."""
    model: str
    confidence: Confidence
    serving: Serving | None = None
    meets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unattributed:
    """A cloud's or a reseller's model service whose log does not say whose model it was."""

    service: str


def meanings(
    probe: Probe, one: LogFormat, host: str, model: str, provider: str
) -> tuple[Meaning | Unattributed, ...]:
    """Whose service a record speaks of; nothing for the many that are about something else."""
    hosts = [
        hit
        for hit in probe.hits(host.encode("utf-8", "replace"))
        if hit.signal.sign in (Sign.HOST, Sign.SERVICE)
    ]
    owners = {hit.signal.vendor: hit for hit in hosts if hit.signal.sign is Sign.HOST}
    services = [hit for hit in hosts if hit.signal.sign is Sign.SERVICE]
    # A model's name outside a known service counts only where the kind of log is about models.
    models = (
        _models(probe, model) if owners or services or one.route or not host or "model" in one.fields else {}
    )
    found: list[Meaning | Unattributed] = []
    for vendor, (text, route) in models.items():
        if owners and vendor not in owners and not services:
            # Another vendor's host that serves this vendor's model, or a name that only looks like one.
            route = Route.RESELLER if route is Route.DIRECT else route
        elif route is Route.DIRECT:
            route = (
                one.route
                or _route_of(services, owners.get(vendor))
                or (Route.DIRECT if vendor in owners else Route.UNKNOWN)
            )
        found.append(
            _meaning(probe, vendor, route, _shown(hosts), text, is_own=vendor in owners, is_hint=one.is_hint)
        )
    for vendor, hit in owners.items():
        if vendor not in models and not models:
            found.append(
                _meaning(
                    probe, vendor, hit.signal.route, hit.signal.text, "", is_own=True, is_hint=one.is_hint
                )
            )
    if not found and provider:
        for hit in probe.hits(provider.encode("utf-8", "replace")):
            if hit.signal.sign is Sign.SELECTOR or (hit.signal.sign is Sign.NAME):
                route = one.route or (
                    hit.signal.route if hit.signal.route is not Route.DIRECT else Route.UNKNOWN
                )
                found.append(
                    _meaning(probe, hit.signal.vendor, route, "", "", is_own=False, is_hint=one.is_hint)
                )
                break
    if not found and provider in probe.knowledge.vendors:
        found.append(
            _meaning(probe, VendorId(provider), Route.UNKNOWN, "", "", is_own=False, is_hint=one.is_hint)
        )
    if not found and services:
        found.append(Unattributed(services[0].signal.text))
    return tuple(found)


def _models(probe: Probe, model: str) -> dict[VendorId, tuple[str, Route]]:
    if not model:
        return {}
    found: dict[VendorId, tuple[str, Route]] = {}
    data = b"model: " + model.encode("utf-8", "replace")
    for hit in probe.hits(data):
        if hit.signal.sign in (*NAME_SIGNS, Sign.RESOURCE):
            text = data[hit.start : hit.end].decode("utf-8", "replace")
            known = found.get(hit.signal.vendor)
            if known is None or (known[1] is Route.DIRECT and hit.signal.route is not Route.DIRECT):
                found[hit.signal.vendor] = (text, hit.signal.route)
    return found


def _route_of(services: list[Hit], own: Hit | None) -> Route | None:
    if own is not None:
        return own.signal.route
    return services[0].signal.route if services else None


def _shown(hosts: list[Hit]) -> str:
    return hosts[0].signal.text if hosts else ""


def _meaning(
    probe: Probe, vendor: VendorId, route: Route, host: str, model: str, *, is_own: bool, is_hint: bool
) -> Meaning:
    weights = probe.knowledge.weights.get(vendor)
    serving = None
    if model and weights is not None and weights.pattern.search(model) is not None:
        serving = Serving.SERVICE if is_own and route is Route.DIRECT else Serving.UNKNOWN
    return Meaning(
        vendor=vendor,
        route=route,
        host=host,
        model=model,
        confidence=Confidence.LIKELY if is_hint else Confidence.CERTAIN,
        serving=serving,
        meets=weights.meets if serving is Serving.UNKNOWN and weights is not None else (),
    )
