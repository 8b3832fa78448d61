"""Composer: composer.json and composer.lock."""

from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, beside
from offramp.inventory.packages.json_places import members
from offramp.inventory.source import Source

ASKS = ("require", "require-dev")


def composer_json(source: Source) -> Iterator[Package]:
    """`require` and `require-dev`."""
    for one in members(source.data):
        if len(one.path) == 1 and one.path[0] in ASKS and "/" in one.key:
            yield Package(one.key.lower(), one.start, one.end)


def composer_lock(source: Source) -> Iterator[Package]:
    """Locked packages with their chains; direct where composer.json beside it asks for them."""
    graph = Graph(roots=beside(source, "composer.json", composer_json))
    places: list[tuple[str, int, int]] = []
    name = ""
    for one in members(source.data):
        if len(one.path) < 2 or one.path[0] not in ("packages", "packages-dev") or one.path[1]:
            continue
        if len(one.path) == 2 and one.key == "name":
            name = one.value.lower()
            graph.add(name, ())
            places.append((name, one.value_start, one.value_end))
        elif len(one.path) == 3 and one.path[2] == "require" and name and "/" in one.key:
            graph.add(name, (one.key.lower(),))
    graph.assume_roots()
    chains = graph.chains()
    for name, start, end in places:
        is_direct = name in graph.roots
        yield Package(name, start, end, is_direct, () if is_direct else chains.get(name) or ())
