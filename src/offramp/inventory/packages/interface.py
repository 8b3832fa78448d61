"""What a reader of manifests returns, and the graph lock files are turned into."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from offramp.inventory.source import Source

LONGEST_CHAIN = 32
"""Names of a chain that are told; what lies between its two ends is left out beyond that."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package named in a file."""

    name: str
    start: int
    end: int
    is_direct: bool = True
    via: tuple[str, ...] = ()
    """What pulls it in, outermost first."""
    extras: tuple[str, ...] = ()


Reader = Callable[[Source], Iterable[Package]]
"""Reads one file. Never raises on content: what it cannot read it leaves out."""


@dataclass(frozen=True, slots=True)
class Chains:
    """The shortest way from something the project asks for to each package of a lock."""

    parents: Mapping[str, str | None]
    """The name above each reachable name; None for what the project asks for itself."""

    def get(self, name: str) -> tuple[str, ...] | None:
        """The names above `name`, outermost first; empty for a root, None for what nothing reaches."""
        if name not in self.parents:
            return None
        above: list[str] = []
        current = self.parents[name]
        while current is not None:
            above.append(current)
            current = self.parents[current]
        above.reverse()
        if len(above) > LONGEST_CHAIN:
            half = LONGEST_CHAIN // 2
            above[half:-half] = ["…"]
        return tuple(above)


@dataclass(slots=True)
class Graph:
    """Packages and what they depend on, by name."""

    edges: dict[str, tuple[str, ...]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)
    """Names the project itself asks for."""

    def add(self, name: str, needs: Iterable[str]) -> None:
        """Merge what one entry needs."""
        self.edges[name] = tuple(dict.fromkeys((*self.edges.get(name, ()), *needs)))

    def assume_roots(self) -> None:
        """Without a list of roots, whatever nobody needs is one."""
        if not self.roots:
            needed = {need for needs in self.edges.values() for need in needs}
            self.roots = set(self.edges) - needed

    def chains(self) -> Chains:
        """The shortest chain to every name that can be reached."""
        parents: dict[str, str | None] = dict.fromkeys(sorted(self.roots))
        queue = deque(parents)
        while queue:
            name = queue.popleft()
            for need in self.edges.get(name, ()):
                if need not in parents:
                    parents[need] = name
                    queue.append(need)
        return Chains(parents)


def text(value: bytes | None) -> str:
    """Bytes of a name as text."""
    return (value or b"").decode("utf-8", "replace")


def lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line without its end, and where it begins."""
    start = 0
    for line in data.splitlines(keepends=True):
        yield start, line.rstrip(b"\r\n")
        start += len(line)


def sections(data: bytes, heads: re.Pattern[bytes]) -> Iterator[tuple[re.Match[bytes], int]]:
    """Each head and where what belongs to it ends: at the next head, or with the data."""
    last: re.Match[bytes] | None = None
    for match in heads.finditer(data):
        if last is not None:
            yield last, match.start()
        last = match
    if last is not None:
        yield last, len(data)


def matches(expression: re.Pattern[bytes], *, is_direct: bool = True) -> Reader:
    """A reader for files whose every match is a package."""

    def read(source: Source) -> Iterator[Package]:
        for match in expression.finditer(source.data):
            yield Package(text(match[1]), match.start(1), match.end(1), is_direct)

    return read


def beside(source: Source, name: str, reader: Reader, normal: Callable[[str], str] = str) -> set[str]:
    """The names another file of the same folder lists."""
    other = Source(name, source.sibling(name), source.language)
    return {normal(package.name) for package in reader(other)}
