"""Calls made through a vendor's SDK, and through a cloud's client for a vendor's models.

# What it finds
Making a client (`Client()`), calling one (`client.messages.create(…)`), and calling functions of an imported
SDK. In Python, JavaScript and TypeScript names are followed within the file: through `import … as`,
assignments, `with … as`, attributes of `self` and `this`, and annotated parameters. In other languages a
client class, or the package's name, must be called in a file that imports the SDK. A cloud's client
(for example one made for a model runtime) counts for the vendors whose model names for that cloud stand in
the same file.

# Why it matters
Calls are what changes in a move: parameters, tools, streaming and errors differ between vendors.

# What to do
Send the call through a gateway first, then rewrite it. A client that is given its own address is reported
with the route `unknown`: find out who answers there.

# Limits
Names are not followed from file to file, nor through containers, factories or inheritance. Closing a client
is not reported.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.core.ids import VendorId
from offramp.inventory.code import Call
from offramp.inventory.import_lines import import_lines
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

LIBRARY_NAME = re.compile(r"^(?:go-)?(.*?)(?:-(?:go|sdk-go|sdk))?$")


def detect(sheet: Sheet) -> Iterator[Found]:
    """Calls by syntax tree where there is one, else by the client's name."""
    if not sheet.source.language.tree:
        yield from _named(sheet)
        return
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


def _named(sheet: Sheet) -> Iterator[Found]:
    """Calls by name in a file that imports the SDK by the shape of a line."""
    imported: dict[VendorId, Route] = {}
    lines: set[int] = set()
    for one in import_lines(sheet):
        imported.setdefault(one.signal.vendor, one.signal.route)
        lines.add(sheet.source.line_start(one.start))
    for hit in sheet.hits:
        vendor = hit.signal.vendor
        if hit.signal.sign is Sign.CLIENT and vendor in imported and sheet.place(hit) is Place.CODE:
            after = sheet.source.data[hit.end : hit.end + 12]
            if re.match(rb"\s*(?:\(|\.\w|::\w|\{)", after):
                yield _call(sheet, vendor, hit.start, hit.end, hit.signal.route)
    language = sheet.source.language
    if language.name not in ("go", "ruby", "php", "rust"):
        return
    for hit in sheet.hits:
        is_module = hit.signal.sign is Sign.MODULE and hit.signal.scope == language.module_scope
        if is_module and hit.signal.vendor in imported:
            for call in _qualified(sheet, hit.signal.vendor, hit.signal.text, imported[hit.signal.vendor]):
                if sheet.source.line_start(call.start) not in lines:
                    yield call


def _qualified(sheet: Sheet, vendor: VendorId, module: str, route: Route) -> Iterator[Found]:
    """`name.NewClient(…)`, `Name::Client.new`, after the last part of the module's name."""
    last = re.split(r"[/\\]|::", module)[-1]
    match = LIBRARY_NAME.match(last)
    names = {last, match[1] if match else last, last.replace("-", "_")}
    shape = (
        rb"\b(?:"
        + b"|".join(re.escape(name.encode()) for name in sorted(names))
        + rb")(?:\.New\w*|::\w*Client\w*|::client)"
    )
    for call in re.finditer(shape, sheet.source.data, re.IGNORECASE):
        if sheet.source.place(call.start(), call.end()) is Place.CODE:
            yield _call(sheet, vendor, call.start(), call.end(), route)


def _call(sheet: Sheet, vendor: VendorId, start: int, end: int, route: Route) -> Found:
    text = sheet.source.data[start:end].decode("utf-8", "replace")
    return Found(
        vendor=vendor,
        kind=FindingKind.SDK_CALL,
        start=start,
        end=end,
        matched=text,
        message=f"calls `{text}`",
        route=route,
        confidence=Confidence.LIKELY,
    )


DETECTOR = Detector("sdk-call", detect)
