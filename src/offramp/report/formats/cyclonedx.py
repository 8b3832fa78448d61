"""CycloneDX 1.6: what a scan found as a bill of materials for AI: services, models, and libraries.

Reads `body["findings"]`: a document without them has no bill. Each vendor and route is a service; each model
a component of the type `machine-learning-model`; each package a library, with their places as evidence.
Mentions, and signs of writing assistants, are left out. A bill that lists nothing does not say that nothing
is used: `metadata.properties` carries scope, method and gaps.
"""

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from offramp.core.digests import JsonObject, sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant
from offramp.report.document import Document

SPEC = "1.6"
PACKAGE_KINDS = ("dependency", "transitive-dependency")
PURL_TYPES = {
    "crates": "cargo", "go": "golang", "rubygems": "gem", "npm": "npm", "pypi": "pypi", "maven": "maven",
    "nuget": "nuget", "composer": "composer", "pub": "pub", "hex": "hex", "swift": "swift",
    "cocoapods": "cocoapods",
}  # fmt: skip
PACKAGE = re.compile(r"`(?P<name>[^`\[]+)(?:\[[^`]*\])?`(?: (?P<version>[^\s(]+))? \((?P<ecosystem>[a-z]+)\)")
HOST = re.compile(r"`((?:[a-z0-9-]+\.)+[a-z]{2,})`")


def render(document: Document) -> str:
    """One bill of materials. Raises `format-without-findings`."""
    if "findings" not in document.body:
        raise OfframpError(
            "format-without-findings",
            f"`{document.schema}` has no findings to put into a bill of materials",
            help="use --format text, json or csv",
        )
    uses = [one for one in document.body["findings"] if one["kind"] != "mention"]
    services = _services(uses)
    components = [*_models(uses), *_libraries(uses)]
    seed = json.dumps([document.body["findings"], format_instant(document.at)], sort_keys=True)
    properties = [
        _property("scope", document.scope),
        _property("method", document.method),
        *(_property("gap", gap) for gap in document.gaps),
        *(_property("note", note) for note in document.notes),
    ]
    bill: JsonObject = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.UUID(hex=sha256_hex(seed.encode())[:32], version=5)}",
        "version": 1,
        "metadata": {
            "timestamp": format_instant(document.at),
            "tools": {"components": [{"type": "application", "name": "offramp"}]},
            "component": {"type": "application", "bom-ref": "scanned", "name": _name(document)},
            "properties": properties,
        },
        "components": components,
        "services": services,
        "dependencies": [
            {"ref": "scanned", "dependsOn": sorted(one["bom-ref"] for one in (*components, *services))}
        ],
    }
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def _name(document: Document) -> str:
    sources = document.body["coverage"]["sources"]
    return sources[0] if len(sources) == 1 else "several sources"


def _grouped(uses: Iterable[JsonObject], *keys: str) -> Mapping[tuple[str, ...], list[JsonObject]]:
    groups: dict[tuple[str, ...], list[JsonObject]] = {}
    for one in uses:
        groups.setdefault(tuple(str(one[key]) for key in keys), []).append(one)
    return dict(sorted(groups.items()))


def _services(uses: Sequence[JsonObject]) -> list[JsonObject]:
    """Vendors by route, where anything but a package or somebody's own weights is used."""
    reached = [one for one in uses if one["kind"] not in PACKAGE_KINDS and one["serving"] != "weights"]
    services = []
    for (vendor, route), group in _grouped(reached, "vendor", "route").items():
        hosts = sorted({host for one in group for host in HOST.findall(one["message"])})
        service: JsonObject = {
            "bom-ref": f"service:{vendor}:{route}",
            "provider": {"name": vendor},
            "name": f"{vendor} ({route})",
        }
        if hosts:
            service["endpoints"] = [f"https://{host}" for host in hosts]
        models = sorted({one["model"] for one in group if one["model"]})
        service["properties"] = [
            _property("vendor", vendor),
            _property("route", route),
            _property("uses", str(len(group))),
            *(_property("model", model) for model in models),
            *(_property("place", _place(one)) for one in group),
        ]
        services.append(service)
    return services


def _models(uses: Sequence[JsonObject]) -> list[JsonObject]:
    found = []
    for (vendor, model), group in _grouped((one for one in uses if one["model"]), "vendor", "model").items():
        routes = sorted({one["route"] for one in group})
        serving = sorted({one["serving"] for one in group if one["serving"]})
        found.append(
            {
                "type": "machine-learning-model",
                "bom-ref": f"model:{vendor}:{model}",
                "publisher": vendor,
                "name": model,
                "evidence": {"occurrences": _occurrences(group)},
                "properties": [
                    _property("vendor", vendor),
                    *(_property("route", route) for route in routes),
                    *(_property("serving", one) for one in serving),
                ],
            }
        )
    return found


def _libraries(uses: Sequence[JsonObject]) -> list[JsonObject]:
    groups: dict[tuple[str, str], list[JsonObject]] = {}
    versions: dict[tuple[str, str], set[str]] = {}
    for one in uses:
        match = PACKAGE.search(one["message"]) if one["kind"] in PACKAGE_KINDS else None
        if match is not None:
            key = (match["ecosystem"], match["name"])
            groups.setdefault(key, []).append(one)
            versions.setdefault(key, set()).update([match["version"]] if match["version"] else [])
    found = []
    for (ecosystem, name), group in sorted(groups.items()):
        component: JsonObject = {
            "type": "library",
            "bom-ref": f"library:{ecosystem}:{name}",
            "name": name,
            "evidence": {"occurrences": _occurrences(group)},
            "properties": [
                *(_property("vendor", vendor) for vendor in sorted({one["vendor"] for one in group})),
                *(_property("route", route) for route in sorted({one["route"] for one in group})),
                *(_property("via", " > ".join(one["via"])) for one in group if one["via"]),
            ],
        }
        known = versions[ecosystem, name]
        if len(known) == 1:
            component["version"] = next(iter(known))
        if ecosystem in PURL_TYPES:
            component["purl"] = _purl(PURL_TYPES[ecosystem], name, component.get("version", ""))
        found.append(component)
    return found


def _purl(kind: str, name: str, version: str) -> str:
    path = "/".join(quote(part, safe="") for part in name.replace(":", "/").split("/"))
    return f"pkg:{kind}/{path}" + (f"@{quote(version, safe='')}" if version else "")


def _occurrences(group: Sequence[JsonObject]) -> list[JsonObject]:
    occurrences = []
    for number, one in enumerate(group):
        entry: JsonObject = {"bom-ref": f"{one['id']}:{number}", "location": one["path"]}
        if one["line"]:
            entry["line"] = one["line"]
        entry["additionalContext"] = f"{one['kind']}, {one['confidence']}: {one['message']}"
        occurrences.append(entry)
    return occurrences


def _place(one: JsonObject) -> str:
    return f"{one['path']}:{one['line']}" if one["line"] else str(one["path"])


def _property(name: str, value: str) -> JsonObject:
    return {"name": f"offramp:{name}", "value": value}
