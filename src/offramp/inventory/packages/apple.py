"""Swift packages by their repository, and CocoaPods."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, beside, sections, text
from offramp.inventory.source import Source

REPOSITORY = rb"(?:https?://|ssh://|git@)(?:[\w-]+@)?([\w.-]+[/:][\w./~-]+?)(?:\.git)?/?"
SWIFT = re.compile(rb"\.package\(\s*(?:name:\s*\"[^\"\n]*\",\s*)?url:\s*\"" + REPOSITORY + rb'"')
PRODUCT = re.compile(rb'\.product\([^()]{0,200}?package:\s*"([\w.-]+)"')
RESOLVED = re.compile(rb'"(?:location|repositoryURL)"\s*:\s*"' + REPOSITORY + rb'"')
XCODE = re.compile(rb'repositoryURL\s*=\s*"' + REPOSITORY + rb'"')
POD = re.compile(
    rb"""^\s*(?:pod|\w+\.(?:\w+\.)?dependency)\s*\(?\s*["']([\w.+-]+)(?:/[\w.+/-]+)?["']""", re.MULTILINE
)
PODS_ENTRY = re.compile(rb'^ {2}- "?([\w.+-]+)(?:/[\w.+/-]+)?[" (:\r\n]', re.MULTILINE)
PODS_NEED = re.compile(rb'^ {4}- "?([\w.+-]+)', re.MULTILINE)


def normal(name: str) -> str:
    """A repository's one spelling: host and path, whatever reaches it."""
    return name.replace(":", "/").removesuffix(".git").strip("/").lower()


def package_swift(source: Source) -> Iterator[Package]:
    """`.package(url: …)` of a package's manifest, and `.product(…)` of a target that takes part of one."""
    known = {}
    for package in _repositories(source, SWIFT):
        known[package.name.rpartition("/")[2].lower()] = package.name
        yield package
    for match in PRODUCT.finditer(source.data):
        whole = known.get(text(match[1]).lower())
        if whole is not None:
            yield Package(whole, match.start(1), match.end(1))


def xcode_project(source: Source) -> Iterator[Package]:
    """Remote packages an Xcode project refers to."""
    yield from _repositories(source, XCODE)


def package_resolved(source: Source) -> Iterator[Package]:
    """Package.resolved, versions 1 to 3: direct where Package.swift beside it names one; no chains."""
    roots = beside(source, "Package.swift", package_swift, normal)
    for package in _repositories(source, RESOLVED):
        yield Package(package.name, package.start, package.end, normal(package.name) in roots)


def _repositories(source: Source, expression: re.Pattern[bytes]) -> Iterator[Package]:
    for match in expression.finditer(source.data):
        name = text(match[1]).replace(":", "/").strip("/")
        yield Package(name, match.start(1), match.end(1))


def podfile(source: Source) -> Iterator[Package]:
    """`pod` lines of a Podfile, `dependency` lines of a pod's specification; a sub-spec is its pod."""
    for match in POD.finditer(source.data):
        yield Package(text(match[1]), match.start(1), match.end(1))


def podfile_lock(source: Source) -> Iterator[Package]:
    """Podfile.lock: `PODS` with what each needs, then what the project asks for."""
    data = source.data
    asked_at = data.find(b"\nDEPENDENCIES:")
    pods_end = asked_at if asked_at >= 0 else len(data)
    asked_end = data.find(b"\n\n", asked_at + 1) if asked_at >= 0 else 0
    asked = data[pods_end : asked_end if asked_end > 0 else len(data)]
    graph = Graph(roots={text(one[1]).lower() for one in PODS_ENTRY.finditer(asked)})
    places = []
    for head, end in sections(data[:pods_end], PODS_ENTRY):
        name = text(head[1]).lower()
        graph.add(name, (text(one[1]).lower() for one in PODS_NEED.finditer(data, head.end(), end)))
        places.append(head)
    graph.assume_roots()
    chains = graph.chains()
    for head in places:
        name = text(head[1])
        is_direct = name.lower() in graph.roots
        via = () if is_direct else chains.get(name.lower()) or ()
        yield Package(name, head.start(1), head.end(1), is_direct, via)
