"""Calls made through a vendor's SDK, and through a cloud's client for a vendor's models.

# What it finds
Making a client (`Client()`), calling one (`client.messages.create(…)`), and calling functions of an imported
SDK. Names are followed within the file: through `import … as`, assignments, `with … as`, attributes of `self`
and `this`, and parameters and fields of a client's type; in Python, JavaScript and TypeScript by syntax tree,
in Go, Java, Kotlin, Scala, Groovy, Rust, C#, F#, Ruby, PHP, Swift, Dart, Lua and Elixir by their words.
Building a value of a request is no call. A cloud's client (for example one made for a model runtime) counts
for the vendors whose model names for that cloud stand in the same file.

# Why it matters
Calls are what changes in a move: parameters, tools, streaming and errors differ between vendors.

# What to do
Send the call through a gateway first, then rewrite it. A client that is given its own address is reported
with the route `unknown`: find out who answers there.

# Limits
From file to file one step is followed, in Python, JavaScript and TypeScript: see `via`. Containers, factories
and inheritance are not. Closing a client is not reported.
"""

from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.core.ids import VendorId
from offramp.inventory.code import Call
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign


def detect(sheet: Sheet) -> Iterator[Found]:
    """Calls through the SDK, then through a cloud's client."""
    for one in sheet.sdk.calls:
        where = (
            "; its address is set here, so whose models answer is not known" if one.has_own_address else ""
        )
        yield Found(
            vendor=one.vendor,
            kind=FindingKind.SDK_CALL,
            start=one.start,
            end=one.end,
            matched=one.head,
            message=f"calls `{one.head}`{where}",
            route=Route.UNKNOWN if one.has_own_address and one.route is Route.DIRECT else one.route,
            confidence=Confidence.CERTAIN if one.is_certain else Confidence.LIKELY,
        )
    yield from _through_clouds(sheet)


def _through_clouds(sheet: Sheet) -> Iterator[Found]:
    """Calls of a cloud's client in a file that names a vendor's models as that cloud does."""
    vendors: dict[Route, dict[VendorId, str]] = {}
    for hit in sheet.of(Sign.MODEL, Sign.RESOURCE):
        if hit.signal.route is not Route.DIRECT:
            vendors.setdefault(hit.signal.route, {}).setdefault(hit.signal.vendor, sheet.text(hit))
    services = {
        hit.signal.text: hit.signal.route for hit in sheet.of(Sign.SERVICE) if hit.signal.route in vendors
    }
    if not services:
        return
    clients: dict[str, Route] = {}
    for call in sheet.sdk.module.calls:
        route = _service_of(call, services)
        if route is not None and call.assigned_to:
            clients[call.assigned_to] = route
    known = {(one.start, one.end) for one in sheet.sdk.calls}
    for call in sheet.sdk.module.calls:
        route = _service_of(call, services) or clients.get(call.head.rpartition(".")[0])
        if route is None or (call.start, call.end) in known:
            continue
        for vendor in vendors[route]:
            yield Found(
                vendor=vendor,
                kind=FindingKind.SDK_CALL,
                start=call.start,
                end=call.end,
                matched=call.head,
                message=f"calls a cloud's client, `{call.head}`, beside a model of {sheet.name(vendor)}",
                route=route,
                confidence=Confidence.LIKELY,
            )


def _service_of(call: Call, services: dict[str, Route]) -> Route | None:
    last = call.head.rpartition(".")[2]
    if last in services:
        return services[last]
    first = call.arguments.partition(",")[0].strip("( )\"'`\n")
    return None if first.startswith("@") else services.get(first)


DETECTOR = Detector("sdk-call", detect)
