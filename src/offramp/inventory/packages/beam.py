"""Hex: mix.exs, mix.lock, rebar.config and gleam.toml."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, beside, sections, text
from offramp.inventory.source import Source

MIX = re.compile(rb"\{\s*:(\w+)\s*,\s*(?=[\"\[]|~|git:|github:|path:|only:|in_umbrella:|hex:)")
LOCKED = re.compile(rb'^\s*"(\w+)"\s*:\s*\{:(?:hex|git)', re.MULTILINE)
NEED = re.compile(rb"\{:(\w+),\s*\"")
REBAR = re.compile(rb"\{\s*(\w+)\s*,\s*(?:\"[\d~><=]|\{(?:git|hg|pkg))")
GLEAM_TABLE = re.compile(rb"^\[([\w-]+)\]", re.MULTILINE)
GLEAM = re.compile(rb"^(\w+)\s*=\s*[\"{]", re.MULTILINE)


def mix_exs(source: Source) -> Iterator[Package]:
    """Tuples of a name and a version, a place or options."""
    for match in MIX.finditer(source.data):
        yield Package(text(match[1]), match.start(1), match.end(1))


def mix_lock(source: Source) -> Iterator[Package]:
    """mix.lock: one entry a line with what it needs; mix.exs beside it says what was asked for."""
    graph = Graph(roots=beside(source, "mix.exs", mix_exs))
    places = []
    for head, end in sections(source.data, LOCKED):
        graph.add(text(head[1]), (text(one[1]) for one in NEED.finditer(source.data, head.end(), end)))
        places.append(head)
    graph.assume_roots()
    chains = graph.chains()
    for head in places:
        name = text(head[1])
        is_direct = name in graph.roots
        yield Package(
            name, head.start(1), head.end(1), is_direct, () if is_direct else chains.get(name) or ()
        )


def rebar(source: Source) -> Iterator[Package]:
    """Tuples of rebar.config's `deps`."""
    for match in REBAR.finditer(source.data):
        yield Package(text(match[1]), match.start(1), match.end(1))


def gleam(source: Source) -> Iterator[Package]:
    """Keys of gleam.toml's tables of dependencies."""
    for head, end in sections(source.data, GLEAM_TABLE):
        if head[1] in (b"dependencies", b"dev-dependencies"):
            for match in GLEAM.finditer(source.data, head.end(), end):
                yield Package(text(match[1]), match.start(1), match.end(1))
