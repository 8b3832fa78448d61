"""NuGet: project files, central versions, packages.config, packages.lock.json, Paket."""

import json
import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, sections, text
from offramp.inventory.packages.xml_places import elements
from offramp.inventory.source import Source

ASKS = {
    "PackageReference": ("Include", "Update"),
    "PackageVersion": ("Include", "Update"),
    "GlobalPackageReference": ("Include",),
    "DotNetCliToolReference": ("Include",),
    "package": ("id",),
    "dependency": ("id",),
}
LOCKED = re.compile(rb'"([\w.-]+)"\s*:\s*\{\s*"type"\s*:\s*"(Direct|Transitive|CentralTransitive|Project)"')
PAKET = re.compile(rb"^[ \t]*nuget[ \t]+([\w.-]+)", re.MULTILINE)
PAKET_LOCKED = re.compile(rb"^ {4}([\w.-]+) \(", re.MULTILINE)
PAKET_NEED = re.compile(rb"^ {6}([\w.-]+)", re.MULTILINE)


def project(source: Source) -> Iterator[Package]:
    """References and versions of packages; one that is taken away again (`Remove`) is none."""
    for one in elements(source.data):
        if one.is_end or one.name not in ASKS:
            continue
        for key in ASKS[one.name]:
            named = next((value for name, value in one.attributes.items() if name.lower() == key.lower()), "")
            for name in filter(None, (part.strip() for part in named.split(";"))):
                at = source.data.find(name.encode("utf-8", "replace"), one.start)
                at = one.start if at < 0 else at
                yield Package(name, at, at + len(name.encode("utf-8", "replace")))


def nuget_lock(source: Source) -> Iterator[Package]:
    """packages.lock.json says itself which are direct, and what each needs."""
    graph = Graph()
    try:
        content = json.loads(source.text)
    except (ValueError, RecursionError):
        content = None
    frameworks = content.get("dependencies") if isinstance(content, dict) else None
    for framework in frameworks.values() if isinstance(frameworks, dict) else ():
        for name, entry in framework.items() if isinstance(framework, dict) else ():
            if isinstance(entry, dict):
                needs = entry.get("dependencies")
                graph.add(
                    str(name).lower(), [str(one).lower() for one in needs] if isinstance(needs, dict) else ()
                )
                if entry.get("type") in ("Direct", "Project"):
                    graph.roots.add(str(name).lower())
    chains = graph.chains()
    for match in LOCKED.finditer(source.data):
        if match[2] != b"Project":
            is_direct = match[2] == b"Direct"
            via = () if is_direct else chains.get(text(match[1]).lower()) or ()
            yield Package(text(match[1]), match.start(1), match.end(1), is_direct, via)


def paket_lock(source: Source) -> Iterator[Package]:
    """paket.lock: entries and what each needs; paket.dependencies beside it says what was asked for."""
    asked = PAKET.finditer(source.sibling("paket.dependencies"))
    graph = Graph(roots={text(one[1]).lower() for one in asked})
    places = []
    for head, end in sections(source.data, PAKET_LOCKED):
        needs = (text(one[1]).lower() for one in PAKET_NEED.finditer(source.data, head.end(), end))
        graph.add(text(head[1]).lower(), needs)
        places.append(head)
    graph.assume_roots()
    chains = graph.chains()
    for head in places:
        via = chains.get(text(head[1]).lower())
        yield Package(text(head[1]), head.start(1), head.end(1), via == (), via or ())
