"""Everything the scan knows of the chosen vendors, compiled once: signals, package tables, agent files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.inventory.naming import Naming
from offramp.inventory.packages import normal
from offramp.inventory.signals import Sign, Signal, scopes, signals
from offramp.inventory.tables import shapes_of
from offramp.vendors import Cloud, Profile, route_in

WAIVES = "offramp: waive"
"""A file that has one is read whole, so that a waiver of nothing is told."""
GLOB = re.compile(r"[*?\[\]]")


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """A package that brings a vendor in, always or only with an extra."""

    vendor: VendorId
    route: Route
    extra: str
    """Empty when the package alone is enough."""


@dataclass(frozen=True)
class AgentFile:
    """A file a vendor's coding agent reads."""

    vendor: VendorId
    glob: str

    @cached_property
    def paths(self) -> re.Pattern[str]:
        """What the whole path of such a file looks like; compiled when first needed."""
        return re.compile(rf"(?s:(?:.*/)?{translate(self.glob)})")


@dataclass(frozen=True)
class OpenWeights:
    """Names of a vendor's models that anybody can run, and what running one amounts to."""

    patterns: tuple[str, ...]
    meets: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What such a name looks like; compiled when first needed."""
        return re.compile(rf"(?i)(?<![a-z0-9])(?:{'|'.join(self.patterns)})")


@dataclass(frozen=True)
class Knowledge:
    """What the chosen profiles come to."""

    vendors: tuple[VendorId, ...]
    names: Mapping[VendorId, str]
    signals: tuple[Signal, ...]
    packages: Mapping[tuple[str, str], tuple[KnownPackage, ...]]
    """By ecosystem and normal name."""
    agent_files: tuple[AgentFile, ...]
    weights: Mapping[VendorId, OpenWeights]
    agent_names: frozenset[str]
    """The last parts of their paths, where they have no wildcard."""
    agent_parts: tuple[str, ...]
    """Of the others the longest part without one."""

    modules: Mapping[str, Mapping[str, Signal]]
    """Of each language, by name."""
    clients: Mapping[str, Signal]
    """Client classes by name."""
    selectors: Mapping[str, Signal]
    """Names by which frameworks are told to use a vendor, in small letters."""
    naming: Naming
    """Of names that no profile lists."""
    cloud_clients: Mapping[str, tuple[VendorId, Route]]
    """What a cloud's general client is made with to reach a service of models, and who runs that."""
    resellers: frozenset[VendorId]
    """Vendors that serve other vendors' models."""
    everyday: frozenset[str]
    """Words that are some vendor's name and other things too, in small letters."""

    @cached_property
    def _agent_part(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.agent_parts)) or r"(?!)")

    @cached_property
    def short_models(self) -> Mapping[VendorId, re.Pattern[bytes]]:
        """Short names of models, which count where something says that they are models."""
        return shapes_of(self.signals)

    def is_agent_file(self, path: str) -> bool:
        """Whether a vendor's agent reads a file of this path; most paths are told by their last part."""
        name = path.rpartition("/")[2]
        if name not in self.agent_names and not self._agent_part.search(path):
            return False
        return any(one.paths.fullmatch(path) for one in self.agent_files)

    sold: Mapping[Route, tuple[VendorId, ...]]
    """The chosen vendors whose models each cloud sells."""
    is_narrowed: bool
    """Whether some vendors were asked for, rather than every one with a profile."""

    def packages_named(self, name: str, ecosystem: str, extras: Sequence[str] = ()) -> Iterable[KnownPackage]:
        """What a package of this name, asked for with these extras, brings in; once for each vendor."""
        found = self.packages.get((ecosystem, normal(name, ecosystem)), ())
        if ecosystem == "go" and not found:
            found = next((self.packages[key] for key in self._go_parents(name) if key in self.packages), ())
        by_vendor: dict[VendorId, KnownPackage] = {}
        for one in found:
            if not one.extra or one.extra in extras:
                current = by_vendor.get(one.vendor)
                if current is None or one.extra:
                    by_vendor[one.vendor] = one
        if not any(one.extra == "" for one in found) or extras:
            for named, extra in self.naming.package(name, ecosystem, extras):
                by_vendor.setdefault(named.vendor, KnownPackage(named.vendor, named.route, extra))
        return by_vendor.values()

    @staticmethod
    def _go_parents(name: str) -> Iterable[tuple[str, str]]:
        parts = normal(name, "go").split("/")
        return (("go", "/".join(parts[:end])) for end in range(len(parts) - 1, 1, -1))


def compile_knowledge(
    profiles: Mapping[VendorId, Profile], clouds: Mapping[Route, Cloud], vendors: Sequence[VendorId]
) -> Knowledge:
    """Put the chosen vendors' profiles into the forms detectors ask."""
    packages: dict[tuple[str, str], list[KnownPackage]] = {}
    agent_files: list[AgentFile] = []
    for vendor in vendors:
        one = profiles[vendor]
        if one.packages is not None:
            for ecosystem, names in scopes(one.packages):
                for text in names:
                    name, _, extra = text.rstrip("]").partition("[")
                    known = KnownPackage(vendor, route_in(one.packages.routes, text), extra)
                    packages.setdefault((ecosystem, normal(name, ecosystem)), []).append(known)
        for glob in one.agents.files if one.agents is not None else ():
            agent_files.append(AgentFile(vendor, glob))
    naming = Naming(profiles, vendors)
    words = (
        Signal(VendorId(""), Sign.WORD, pattern, text, Route.UNKNOWN, scope)
        for pattern, text, scope in (
            *naming.triggers,
            *((f"(?i:{re.escape(one)})", one, "") for cloud in clouds.values() for one in cloud.clients[:1]),
            (f"(?i:{re.escape(WAIVES)})", WAIVES, ""),
        )
    )
    known_signals = (*signals(profiles, clouds, vendors), *words)
    modules: dict[str, dict[str, Signal]] = {}
    for signal in known_signals:
        if signal.sign is Sign.MODULE:
            modules.setdefault(signal.scope, {})[signal.text] = signal
    file_names = sorted({one.glob.rpartition("/")[2] for one in agent_files})
    return Knowledge(
        vendors=tuple(vendors),
        names={vendor: profiles[vendor].name for vendor in vendors},
        signals=known_signals,
        modules=modules,
        clients={one.text: one for one in known_signals if one.sign is Sign.CLIENT},
        selectors={one.text.lower(): one for one in known_signals if one.sign is Sign.SELECTOR},
        naming=naming,
        cloud_clients={
            text: (VendorId(cloud.vendor), route)
            for route, cloud in clouds.items()
            if cloud.vendor in vendors
            for text in cloud.clients
        },
        resellers=frozenset(vendor for vendor, one in profiles.items() if one.resells),
        everyday=frozenset(word.lower() for one in profiles.values() for word in one.words.ambiguous),
        packages={key: tuple(value) for key, value in packages.items()},
        agent_files=tuple(agent_files),
        weights={
            vendor: OpenWeights(block.patterns, block.meets)
            for vendor in vendors
            if (block := profiles[vendor].weights) is not None and block.patterns
        },
        agent_names=frozenset(name for name in file_names if not GLOB.search(name)),
        agent_parts=tuple(sorted({_longest_part(one.glob) for one in agent_files if GLOB.search(one.glob)})),
        sold={
            route: tuple(
                one for one in vendors if any(model.route is route for model in profiles[one].hosted)
            )
            for route in clouds
        },
        is_narrowed=set(vendors) != set(profiles),
    )


def _longest_part(glob: str) -> str:
    return max(GLOB.split(glob), key=len)
