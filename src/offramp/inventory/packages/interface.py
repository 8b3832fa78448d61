"""What a reader of manifests returns, and the graph lock files are turned into."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from offramp.inventory.source import Source


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

    def chains(self) -> Mapping[str, tuple[str, ...]]:
        """For each reachable name, the shortest chain of names above it; empty for a root."""
        found: dict[str, tuple[str, ...]] = dict.fromkeys(sorted(self.roots), ())
        queue = deque(found)
        while queue:
            name = queue.popleft()
            for need in self.edges.get(name, ()):
                if need not in found:
                    found[need] = (*found[name], name)
                    queue.append(need)
        return found
