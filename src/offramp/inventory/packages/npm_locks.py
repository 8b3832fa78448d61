"""The locks of npm (1 to 3), yarn (classic and berry), pnpm (5 to 9), bun and deno."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from offramp.inventory.packages.interface import Chains, Graph, Package, beside, sections, text
from offramp.inventory.packages.npm import deno_json, package_json
from offramp.inventory.source import Source

NAME = rb"(?:@[\w.~-]+/)?[\w.~-]+"
INSTALLED = re.compile(rb'"((?:[^"\n]*/)?node_modules/[^"\n]+)"\s*:\s*\{')
NESTED = re.compile(rb'"(' + NAME + rb')"\s*:\s*\{\s*"version"\s*:')
YARN_HEAD = re.compile(rb'^"?(' + NAME + rb")@([^\n]*):[ \t]*\r?$", re.MULTILINE)
YARN_NEED = re.compile(rb'^ {4}"?(' + NAME + rb')"?(?::? )', re.MULTILINE)
YARN_ALIAS = re.compile(rb"npm:(" + NAME + rb")@")
PNPM_HEAD = re.compile(
    rb"^ {2}['\"]?/?(" + NAME + rb")(?:@|/(?=\d))[^\n]*:[^\S\n]*(?:\{[^\n]*\})?\r?$", re.MULTILINE
)
PNPM_NEED = re.compile(rb"^ {6}['\"]?(" + NAME + rb")['\"]?: ", re.MULTILINE)
PNPM_IMPORTED = re.compile(
    rb"^(?: {2}| {6})['\"]?(" + NAME + rb")['\"]?:(?:[ \t]+\S+)?[ \t]*\r?$", re.MULTILINE
)
PNPM_TABLE = re.compile(
    rb"^((?: {4})?)(dependencies|devDependencies|optionalDependencies):[ \t]*\r?$|^[ \t]{0,4}[^\s#][^\n]*$",
    re.MULTILINE,
)
BUN_HEAD = re.compile(
    rb'^ {4}"((?:' + NAME + rb"/)*(" + NAME + rb'))": \["(' + NAME + rb")@([^\n]*)$", re.MULTILINE
)
BUN_NEEDS = re.compile(rb'"(?:dependencies|optionalDependencies|peerDependencies)": \{([^{}]*)\}')
BUN_NEED = re.compile(rb'"(' + NAME + rb')": "')
DENO_HEAD = re.compile(rb'^ {4}"(' + NAME + rb')@[^"\n]*": \{', re.MULTILINE)
DENO_NEED = re.compile(rb'^ {8}"(' + NAME + rb')(?:@[^"\n]*)?"', re.MULTILINE)
DENO_ASKED = re.compile(rb'"(?:npm|jsr):(' + NAME + rb')@[^"\n]*"')


def package_lock(source: Source) -> Iterator[Package]:
    """Every installed package, with the chain that pulls it in; lock versions 1 to 3."""
    try:
        content = json.loads(source.text)
    except (ValueError, RecursionError):
        content = None
    packages = content.get("packages") if isinstance(content, dict) else None
    if not isinstance(packages, dict):
        yield from _first_version(source, content)
        return
    chains = _chains({str(path): one for path, one in packages.items() if isinstance(one, dict)})
    for match in INSTALLED.finditer(source.data):
        path = text(match[1])
        name = path.rpartition("node_modules/")[2]
        via = chains.get(path)
        if via is None:
            above = tuple(part.strip("/") for part in path.split("node_modules/")[1:-1])
            yield Package(name, match.start(1), match.end(1), False, above)
        else:
            yield Package(name, match.start(1), match.end(1), not via, via)


def _first_version(source: Source, content: object) -> Iterator[Package]:
    """Lock version 1: a tree of `dependencies` whose entries say what they `require`."""
    graph = Graph()
    todo = [content.get("dependencies")] if isinstance(content, dict) else []
    while todo:
        table = todo.pop()
        for name, entry in table.items() if isinstance(table, dict) else ():
            if isinstance(entry, dict):
                needs = entry.get("requires")
                graph.add(str(name), map(str, needs) if isinstance(needs, dict) else ())
                todo.append(entry.get("dependencies"))
    yield from _by_name(source, NESTED, graph, beside(source, "package.json", package_json))


def _chains(packages: dict[str, dict[str, Any]]) -> Chains:
    """What stands above each installed path, found as node resolves names."""
    parents: dict[str, str | None] = {}
    workspaces = {path for path in packages if "node_modules/" not in path}
    queue = deque(workspaces)
    while queue:
        path = queue.popleft()
        for need in _needs(packages[path], is_root=path in workspaces):
            place = _resolve(path, need, packages)
            if place and place not in parents:
                parents[place] = None if path in workspaces else path
                queue.append(place)
    return _Named(parents)


class _Named(Chains):
    """Chains of installed paths, told by the names at their ends."""

    def get(self, name: str) -> tuple[str, ...] | None:
        above = super().get(name)
        return above and tuple(path.rpartition("node_modules/")[2] for path in above)


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
    """yarn 1 and later. Berry's entries of the workspace itself say what the project asks for."""
    graph = Graph(roots=beside(source, "package.json", package_json))
    for head, end in sections(source.data, YARN_HEAD):
        needs = [text(need[1]) for need in YARN_NEED.finditer(source.data, head.end(), end)]
        if b"@workspace:" in head[0]:
            graph.roots.update(needs)
        else:
            graph.add(text(head[1]), needs)
            alias = YARN_ALIAS.search(head[2])
            if alias is not None:
                graph.add(text(head[1]), [text(alias[1])])
    roots = set(graph.roots)
    for package in _by_name(source, YARN_HEAD, graph, roots):
        line = source.data[package.start : source.data.find(b"\n", package.end)]
        if b"@workspace:" in line:
            continue
        alias = YARN_ALIAS.search(line)
        if alias is not None and text(alias[1]) != package.name:
            yield Package(text(alias[1]), package.start, package.end, package.is_direct, package.via)
        yield package


def pnpm_lock(source: Source) -> Iterator[Package]:
    """The packages and snapshots of pnpm, read line by line; `importers` says what projects ask for."""
    data = source.data
    begin = min((at for at in (data.find(b"\npackages:"), data.find(b"\nsnapshots:")) if at >= 0), default=0)
    graph = Graph(roots=beside(source, "package.json", package_json) | _imported(data, begin))
    for head, end in sections(data, PNPM_HEAD):
        if head.start() >= begin:
            graph.add(text(head[1]), (text(need[1]) for need in PNPM_NEED.finditer(data, head.end(), end)))
    yield from _by_name(source, PNPM_HEAD, graph, set(graph.roots), begin)


def _imported(data: bytes, end: int) -> set[str]:
    """Names under the dependency tables of every project, before the packages begin."""
    found: set[str] = set()
    for head, stop in sections(data[:end], PNPM_TABLE):
        if head[2] is not None:
            indent = len(head[1]) + 2
            for match in PNPM_IMPORTED.finditer(data, head.end(), stop):
                if match.start(1) - match.start() in (indent, indent + 1):
                    found.add(text(match[1]))
    return found


def bun_lock(source: Source) -> Iterator[Package]:
    """bun's text lock: one entry a line, workspaces first."""
    data = source.data
    begin = max(0, data.find(b'"packages": {'))
    graph = Graph(roots=beside(source, "package.json", package_json))
    for table in re.finditer(rb'"(?:d|devD|optionalD|peerD)ependencies": \{([^{}]*)\}', data[:begin]):
        graph.roots.update(text(name[1]) for name in BUN_NEED.finditer(table[1]))
    heads = list(BUN_HEAD.finditer(data, begin))
    for head in heads:
        tables = BUN_NEEDS.finditer(head[4])
        graph.add(text(head[2]), (text(name[1]) for table in tables for name in BUN_NEED.finditer(table[1])))
    graph.assume_roots()
    chains = graph.chains()
    for head in heads:
        name = text(head[2])
        via = chains.get(name) or ()
        is_direct = name in graph.roots and head[1] == head[2]
        yield Package(text(head[3]), head.start(1), head.end(1), is_direct, () if is_direct else via)


def deno_lock(source: Source) -> Iterator[Package]:
    """deno.lock: its npm packages; direct where deno.json or package.json asks for them."""
    data = source.data
    asked = {text(match[1]) for match in DENO_ASKED.finditer(data)}
    roots = beside(source, "deno.json", deno_json) | beside(source, "package.json", package_json) | asked
    graph = Graph(roots=roots)
    for head, end in sections(data, DENO_HEAD):
        graph.add(text(head[1]), (text(need[1]) for need in DENO_NEED.finditer(data, head.end(), end)))
    yield from _by_name(source, DENO_HEAD, graph, roots)


def _by_name(
    source: Source, heads: re.Pattern[bytes], graph: Graph, roots: Iterable[str], begin: int = 0
) -> Iterator[Package]:
    graph.roots |= set(roots)
    is_known = bool(graph.roots or graph.edges)
    graph.assume_roots()
    chains = graph.chains()
    for match in heads.finditer(source.data, begin):
        name = text(match[1])
        is_direct = is_known and name in graph.roots
        yield Package(
            name, match.start(1), match.end(1), is_direct, () if is_direct else chains.get(name) or ()
        )
