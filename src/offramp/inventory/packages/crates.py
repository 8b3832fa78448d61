"""Rust: Cargo.toml and Cargo.lock."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, lines, sections, text
from offramp.inventory.source import Source

NAME = rb"[A-Za-z0-9][A-Za-z0-9_-]*"
SECTION = re.compile(rb"^\s*\[{1,2}[ \t]*([^\[\]\s][^\[\]\n]*)\]")
KEY = re.compile(rb"""^\s*["']?(""" + NAME + rb""")["']?(?:\.[\w-]+)?\s*=([^\n]*)$""")
RENAMED = re.compile(rb"""\bpackage\s*=\s*["'](""" + NAME + rb""")["']""")
FEATURES = re.compile(rb"""\bfeatures\s*=\s*\[([^\]\n]*)\]""")
OPEN_FEATURES = re.compile(rb"""\bfeatures\s*=\s*\[([^\]\n]*)$""")
"""A list of features that goes on over the next lines."""
FEATURE = re.compile(rb"""["']([\w-]+)["']""")
ENTRY = re.compile(rb"^\[\[package\]\][ \t]*\r?$", re.MULTILINE)
LOCK_NAME = re.compile(rb'^name\s*=\s*"([^"\n]+)"', re.MULTILINE)
FETCHED = re.compile(rb"^source\s*=", re.MULTILINE)
NEEDS = re.compile(rb"^dependencies\s*=\s*\[([^\]]*)\]", re.MULTILINE)
NEED = re.compile(rb'"([^"\s]+)[^"\n]*"')


def cargo_toml(source: Source) -> Iterator[Package]:
    """Keys of dependency tables, tables of their own, and the package behind another name."""
    is_wanted = False
    asks, owner = "", b""
    for start, line in lines(source.data):
        if asks:
            yield from _features(asks, line.partition(b"#")[0], start)
            asks = "" if b"]" in line.partition(b"#")[0] else asks
            continue
        header = SECTION.match(line)
        if header is not None:
            table = header[1].strip()
            head, _, name = table.rpartition(b".")
            is_wanted = table.endswith(b"dependencies")
            owner = name if head.endswith(b"dependencies") else b""
            if head.endswith(b"dependencies"):
                at = start + line.find(name)
                yield Package(text(name), at, at + len(name))
            continue
        renamed = RENAMED.search(line)
        if renamed is not None and not line.lstrip().startswith(b"#"):
            yield Package(text(renamed[1]), start + renamed.start(1), start + renamed.end(1))
            continue
        key = KEY.match(line)
        if key is None:
            continue
        goes_on = OPEN_FEATURES.search(line)
        if is_wanted:
            extras = FEATURES.search(key[2])
            names = FEATURE.findall(extras[1]) if extras else []
            yield Package(
                text(key[1]), start + key.start(1), start + key.end(1), extras=tuple(map(text, names))
            )
        elif owner and key[1] == b"features" and goes_on is None:
            yield from _features(text(owner), key[2], start + key.start(2))
        if goes_on is not None and (is_wanted or owner):
            asks = text(key[1] if is_wanted else owner)
            yield from _features(asks, goes_on[1], start + goes_on.start(1))


def _features(name: str, some: bytes, start: int) -> Iterator[Package]:
    """A package once for each of its features, where the feature stands."""
    for one in FEATURE.finditer(some):
        yield Package(name, start + one.start(1), start + one.end(1), extras=(text(one[1]),))


def cargo_lock(source: Source) -> Iterator[Package]:
    """Cargo.lock: dependencies are lists of names; what has no source is the project's own."""
    graph = Graph()
    places = []
    for head, end in sections(source.data, ENTRY):
        name = LOCK_NAME.search(source.data, head.end(), end)
        if name is None:
            continue
        needs = NEEDS.search(source.data, head.end(), end)
        found = [text(one[1]) for one in NEED.finditer(needs[1])] if needs is not None else []
        if FETCHED.search(source.data, head.end(), end) is None:
            graph.roots.update(found)
        graph.add(text(name[1]), found)
        places.append(name)
    graph.assume_roots()
    chains = graph.chains()
    for name in places:
        via = chains.get(text(name[1])) or ()
        yield Package(text(name[1]), name.start(1), name.end(1), text(name[1]) in graph.roots, via)
