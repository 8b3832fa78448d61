"""pub: pubspec.yaml and pubspec.lock, which says what is direct but not what pulls the rest in."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Package, lines, sections, text
from offramp.inventory.source import Source

TABLES = (b"dependencies", b"dev_dependencies", b"dependency_overrides")
TOP = re.compile(rb"^([\w-]+):")
NAME = re.compile(rb"^ {2}(\w+):")
LOCKED = re.compile(rb"^ {2}(\w+):[ \t]*\r?$", re.MULTILINE)
DIRECT = re.compile(rb'^ {4}dependency: "?direct', re.MULTILINE)


def pubspec(source: Source) -> Iterator[Package]:
    """The names under the three tables of dependencies."""
    is_wanted = False
    for start, line in lines(source.data):
        top = TOP.match(line)
        if top is not None:
            is_wanted = top[1] in TABLES
        elif is_wanted:
            name = NAME.match(line)
            if name is not None:
                yield Package(text(name[1]), start + name.start(1), start + name.end(1))


def pubspec_lock(source: Source) -> Iterator[Package]:
    """Every locked package; each says itself whether it is direct."""
    for head, end in sections(source.data, LOCKED):
        is_direct = DIRECT.search(source.data, head.end(), end) is not None
        yield Package(text(head[1]), head.start(1), head.end(1), is_direct)
