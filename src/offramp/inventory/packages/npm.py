"""JavaScript: package.json, and the locks of npm, yarn and pnpm."""

import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from offramp.inventory.packages.interface import Graph, Package
from offramp.inventory.source import Source

BLOCK = re.compile(
    rb'"(?:dependencies|devDependencies|peerDependencies|optionalDependencies|resolutions|overrides)"\s*:\s*\{([^{}]*)\}'
)
ENTRY = re.compile(rb'"((?:@[\w.~-]+/)?[\w.~-]+)"\s*:\s*"')
INSTALLED = re.compile(rb'"((?:[^"\n]*/)?node_modules/[^"\n]+)"\s*:\s*\{')
NESTED = re.compile(rb'"((?:@[\w.~-]+/)?[\w.~-]+)"\s*:\s*\{\s*"version"\s*:')
YARN_HEAD = re.compile(rb'^"?((?:@[\w.~-]+/)?[\w.~-]+)@[^\n]*:$', re.MULTILINE)
YARN_NEED = re.compile(rb'^ {4}"?((?:@[\w.~-]+/)?[\w.~-]+)"?[: ]', re.MULTILINE)
PNPM_HEAD = re.compile(
    rb"^ {2}'?/?((?:@[\w.~-]+/)?[\w.~-]+)[@/][^\n]*:[^\S\n]*(?:\{[^\n]*\})?$", re.MULTILINE
)
PNPM_NEED = re.compile(rb"^ {6}'?((?:@[\w.~-]+/)?[\w.~-]+)'?: ", re.MULTILINE)


def package_json(source: Source) -> Iterator[Package]:
    """The blocks that list dependencies."""
    for block in BLOCK.finditer(source.data):
        for match in ENTRY.finditer(source.data, block.start(1), block.end(1)):
            yield Package(match[1].decode("utf-8", "replace"), match.start(1), match.end(1))


def package_lock(source: Source) -> Iterator[Package]:
    """Every installed package, with the chain that pulls it in; lock versions 1 to 3."""
    try:
        content = json.loads(source.text)
    except (ValueError, RecursionError):
        return
    packages = content.get("packages") if isinstance(content, dict) else None
    if not isinstance(packages, dict):
        yield from _by_name(source, NESTED, Graph())
        return
    chains = _chains({str(path): one for path, one in packages.items() if isinstance(one, dict)})
    for match in INSTALLED.finditer(source.data):
        path = match[1].decode("utf-8", "replace")
        name = path.rpartition("node_modules/")[2]
        via = chains.get(path)
        if via is None:
            via = tuple(part.strip("/") for part in path.split("node_modules/")[1:-1])
            yield Package(name, match.start(1), match.end(1), False, via)
        else:
            yield Package(name, match.start(1), match.end(1), not via, via)


def _chains(packages: dict[str, dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """For each installed path, the names above it, found as node resolves them."""
    found: dict[str, tuple[str, ...]] = {}
    workspaces = [path for path in packages if "node_modules/" not in path]
    queue: deque[tuple[str, tuple[str, ...]]] = deque((path, ()) for path in workspaces)
    while queue:
        path, via = queue.popleft()
        name = path.rpartition("node_modules/")[2]
        above = via if path in workspaces else (*via, name)
        for need in _needs(packages[path], is_root=path in workspaces):
            place = _resolve(path, need, packages)
            if place and place not in found:
                found[place] = above
                queue.append((place, above))
    return found


def _needs(entry: dict[str, Any], *, is_root: bool) -> list[str]:
    kinds = ["dependencies", "optionalDependencies", "peerDependencies"] + (
        ["devDependencies"] if is_root else []
    )
    return [str(name) for kind in kinds if isinstance(entry.get(kind), dict) for name in entry[kind]]


def _resolve(path: str, name: str, packages: dict[str, dict[str, Any]]) -> str:
    while True:
        place = f"{path}/node_modules/{name}" if path else f"node_modules/{name}"
        if place in packages:
            return place
        if not path:
            return ""
        path = path.rpartition("/node_modules/")[0] if "/node_modules/" in path else ""


def yarn_lock(source: Source) -> Iterator[Package]:
    """yarn 1 and later."""
    yield from _by_name(source, YARN_HEAD, _graph(source.data, YARN_HEAD, YARN_NEED))


def pnpm_lock(source: Source) -> Iterator[Package]:
    """The packages and snapshots of pnpm, read line by line."""
    begin = max(
        0,
        min(
            (at for at in (source.data.find(b"\npackages:"), source.data.find(b"\nsnapshots:")) if at >= 0),
            default=0,
        ),
    )
    yield from _by_name(source, PNPM_HEAD, _graph(source.data, PNPM_HEAD, PNPM_NEED), begin)


def _graph(data: bytes, heads: re.Pattern[bytes], needs: re.Pattern[bytes]) -> Graph:
    graph = Graph()
    matches = list(heads.finditer(data))
    for match, following in zip_longest(matches, matches[1:]):
        end = following.start() if following is not None else len(data)
        found = (need[1].decode("utf-8", "replace") for need in needs.finditer(data, match.end(), end))
        graph.add(match[1].decode("utf-8", "replace"), found)
    return graph


def _by_name(source: Source, heads: re.Pattern[bytes], graph: Graph, begin: int = 0) -> Iterator[Package]:
    manifest = Source("package.json", source.sibling("package.json"), source.language)
    graph.roots |= {package.name for package in package_json(manifest)}
    has_manifest = bool(graph.roots)
    graph.assume_roots()
    chains = graph.chains()
    for match in heads.finditer(source.data, begin):
        name = match[1].decode("utf-8", "replace")
        via = chains.get(name, ())
        is_direct = name in graph.roots if has_manifest or graph.edges else False
        yield Package(name, match.start(1), match.end(1), is_direct, () if is_direct else via)
