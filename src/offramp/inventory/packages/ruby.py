"""RubyGems: Gemfile, gem specifications, Gemfile.lock."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, sections, text
from offramp.inventory.source import Source

GEM = re.compile(
    rb"""^\s*(?:gem|\w+\.add_(?:runtime_|development_)?dependency)\s*\(?\s*["']([\w.-]+)["']""", re.MULTILINE
)
LOCKED = re.compile(rb"^ {4}([\w.-]+)(?: \(|\r?$)", re.MULTILINE)
NEED = re.compile(rb"^ {6}([\w.-]+)", re.MULTILINE)
ROOT = re.compile(rb"^ {2}([\w.-]+)", re.MULTILINE)


def gem_lock(source: Source) -> Iterator[Package]:
    """The specs of a Gemfile.lock and what each needs."""
    roots_at = source.data.find(b"\nDEPENDENCIES")
    specs_end = roots_at if roots_at >= 0 else len(source.data)
    graph = Graph(roots={text(one[1]) for one in ROOT.finditer(source.data, specs_end)})
    places = []
    for head, end in sections(source.data[:specs_end], LOCKED):
        graph.add(text(head[1]), (text(one[1]) for one in NEED.finditer(source.data, head.end(), end)))
        places.append(head)
    graph.assume_roots()
    chains = graph.chains()
    for head in places:
        name = text(head[1])
        via = chains.get(name) or ()
        yield Package(name, head.start(1), head.end(1), name in graph.roots, via)
