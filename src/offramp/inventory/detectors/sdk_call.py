"""Calls made through a vendor's SDK, and through a cloud's client for a vendor's models.

# What it finds
Making a client (`Client()`), calling one (`client.messages.create(…)`), and calling functions of an imported
SDK. Names are followed within the file: through `import … as`, assignments, `with … as`, attributes of `self`
and `this`, and parameters and fields of a client's type; in Python, JavaScript and TypeScript by syntax tree,
in Go, Java, Kotlin, Scala, Groovy, Rust, C, C++, C#, F#, Ruby, PHP, Swift, Dart, Lua, Elixir, Haskell, Julia,
Perl and R by their words.
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

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.core.ids import VendorId
from offramp.inventory.code import Call
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

SERVICE_NAME = re.compile(r"""(?:\A\(\s*|service_name\s*=\s*)["']([\w-]+)["']""")


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
    yield from _by_method(sheet)
    yield from _through_clouds(sheet)
    yield from _of_clouds(sheet)


def _of_clouds(sheet: Sheet) -> Iterator[Found]:
    """A cloud's general client made for its service of models, and calls of it: a use of who runs it."""
    clients: dict[str, tuple[VendorId, Route]] = {}
    for call in sorted(sheet.sdk.module.calls, key=lambda one: one.start):
        made = _made_for(call, sheet)
        one = made or clients.get(call.head.rpartition(".")[0])
        if made is not None and call.assigned_to:
            clients[call.assigned_to] = made
        elif one is None:
            clients.pop(call.assigned_to, None)
        if one is not None:
            yield Found(
                vendor=one[0],
                kind=FindingKind.SDK_CALL,
                start=call.start,
                end=call.end,
                matched=call.head,
                message=f"calls a cloud's client made for its models, `{call.head}`",
                route=one[1],
                confidence=Confidence.LIKELY,
            )


def _made_for(call: Call, sheet: Sheet) -> tuple[VendorId, Route] | None:
    if call.head.rpartition(".")[2] not in ("client", "resource", "create_client"):
        return None
    named = SERVICE_NAME.search(call.arguments)
    return sheet.knowledge.cloud_clients.get(named[1]) if named is not None else None


def _by_method(sheet: Sheet) -> Iterator[Found]:
    """Methods only one SDK has, on a client that comes from elsewhere."""
    if not sheet.source.language.module_scope:
        return
    known = {one.vendor for one in sheet.sdk.imports} | {one.vendor for one in sheet.sdk.calls}
    followed = sorted((one.start, one.end) for one in sheet.sdk.calls)
    is_others = bool(known & sheet.knowledge.resellers)
    for hit in sheet.of(Sign.CALLS):
        begins, ends = sheet.source.data[hit.start - 1 : hit.start], sheet.source.data[hit.end : hit.end + 1]
        if begins != b"." or ends not in (b"(", b"<") or (is_others and hit.signal.vendor not in known):
            continue
        if any(start <= hit.start < end for start, end in followed):
            continue
        text = sheet.text(hit)
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.SDK_CALL,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"calls `{text}`, a method of the SDK of {sheet.name(hit.signal.vendor)}",
            route=sheet.route_of(hit),
            confidence=Confidence.LIKELY,
        )


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
