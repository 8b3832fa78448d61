"""What a bill of materials lists: services by vendor and route, models, libraries, each with its places.

Mentions, and signs of writing assistants, are left out.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from offramp.core.digests import JsonObject
from offramp.core.ids import VendorId
from offramp.report.bill.cards import model_card
from offramp.vendors import VENDORS

PACKAGE_KINDS = ("dependency", "transitive-dependency")
PURL_TYPES = {
    "crates": "cargo", "go": "golang", "rubygems": "gem", "npm": "npm", "pypi": "pypi", "maven": "maven",
    "nuget": "nuget", "composer": "composer", "pub": "pub", "hex": "hex", "swift": "swift",
    "cocoapods": "cocoapods",
}  # fmt: skip
PACKAGE = re.compile(r"`(?P<name>[^`\[]+)(?:\[[^`]*\])?`(?: (?P<version>[^\s(]+))? \((?P<ecosystem>[a-z]+)\)")
HOST = re.compile(r"`((?:[a-z0-9-]+\.)+[a-z]{2,})`")
SPDX = frozenset(("Apache-2.0", "MIT", "CC-BY-4.0", "CC-BY-NC-4.0", "BSD-3-Clause"))
"""Names of licences that are identifiers of SPDX; others are written as names."""
MOST_PLACES_OF_A_SERVICE = 200


def _grouped(uses: Iterable[JsonObject], *keys: str) -> Mapping[tuple[str, ...], list[JsonObject]]:
    groups: dict[tuple[str, ...], list[JsonObject]] = {}
    for one in uses:
        groups.setdefault(tuple(str(one[key]) for key in keys), []).append(one)
    return dict(sorted(groups.items()))


def services(uses: Sequence[JsonObject]) -> list[JsonObject]:
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
            property_of("vendor", vendor),
            property_of("route", route),
            property_of("uses", str(len(group))),
            *(property_of("model", model) for model in models),
            *(property_of("place", _place(one)) for one in group),
        ]
        services.append(service)
    return services


def models(uses: Sequence[JsonObject], trials: Sequence[JsonObject]) -> list[JsonObject]:
    """Each model that is named, with a card of what is known here and the licence of open weights."""
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
                **_licences(vendor, serving),
                "evidence": {"occurrences": _occurrences(group)},
                "modelCard": model_card(f"model:{vendor}:{model}", model, group, trials),
                "properties": [
                    property_of("vendor", vendor),
                    *(property_of("route", route) for route in routes),
                    *(property_of("serving", one) for one in serving),
                    *_possible_licences(vendor, serving),
                ],
            }
        )
    return found


def _open_licences(vendor: str, serving: Sequence[str]) -> tuple[str, ...]:
    """Under which the vendor gives its weights away, where this model's are; none for a vendor's service."""
    profile = VENDORS.get(VendorId(vendor)) if set(serving) & {"weights", "unknown"} else None
    return profile.weights.licences if profile is not None and profile.weights is not None else ()


def _licences(vendor: str, serving: Sequence[str]) -> JsonObject:
    """The licence, where the vendor's open weights have only one."""
    names = _open_licences(vendor, serving)
    if len(names) != 1:
        return {}
    kind = "id" if names[0] in SPDX else "name"
    return {"licenses": [{"license": {kind: names[0], "acknowledgement": "declared"}}]}


def _possible_licences(vendor: str, serving: Sequence[str]) -> Iterable[JsonObject]:
    names = _open_licences(vendor, serving)
    if not names:
        return [property_of("licence", "not known: the vendor's terms")]
    return [property_of("licence-one-of", one) for one in names] if len(names) > 1 else []


def libraries(uses: Sequence[JsonObject]) -> list[JsonObject]:
    """Each package of a vendor or for one, with its versions where there is one."""
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
                *(property_of("vendor", vendor) for vendor in sorted({one["vendor"] for one in group})),
                *(property_of("route", route) for route in sorted({one["route"] for one in group})),
                *(property_of("via", " > ".join(one["via"])) for one in group if one["via"]),
                property_of("licence", "not looked up: the package says it"),
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


def property_of(name: str, value: str) -> JsonObject:
    """A property in a name space of its own."""
    return {"name": f"offramp:{name}", "value": value}
