"""What a detector is given and what it returns. One detector a file, named for the kind it finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.core.ids import VendorId
from offramp.inventory.code import Sdk, sdk_of
from offramp.inventory.knowledge import Knowledge
from offramp.inventory.matching import Hit
from offramp.inventory.model_blocks import ModelBlocks
from offramp.inventory.packages import Manifest, Package, manifest_of
from offramp.inventory.regions import Place
from offramp.inventory.signals import Sign
from offramp.inventory.source import Source
from offramp.inventory.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a detector reports: a span of the source and what it means."""

    vendor: VendorId
    kind: FindingKind
    start: int
    end: int
    matched: str
    """The text the finding's id is made from; never a secret's value."""
    message: str
    route: Route = Route.DIRECT
    confidence: Confidence = Confidence.CERTAIN
    via: tuple[str, ...] = ()
    model: str = ""
    is_whole_file: bool = False


class Sheet:
    """One source with everything detectors share about it, worked out when first asked for."""

    def __init__(self, source: Source, hits: Sequence[Hit], knowledge: Knowledge, salt: bytes) -> None:
        self.source = source
        self.hits = hits
        self.knowledge = knowledge
        self.salt = salt
        self._places: dict[tuple[int, int], Place] = {}
        self._at: dict[Sign, dict[int, list[Hit]]] = {}
        self._of: dict[tuple[Sign, ...], tuple[Hit, ...]] = {}

    def place(self, hit: Hit) -> Place:
        """What sort of text a hit stands in."""
        key = (hit.start, hit.end)
        if key not in self._places:
            self._places[key] = self.source.place(hit.start, hit.end)
        return self._places[key]

    def of(self, *signs: Sign) -> tuple[Hit, ...]:
        """Hits of these signs that stand in code or in a value, not in words for a person."""
        found = self._of.get(signs)
        if found is None:
            found = self._of[signs] = tuple(
                hit
                for hit in self.hits
                if hit.signal.sign in signs and self.place(hit) in (Place.CODE, Place.STRING)
            )
        return found

    def at(self, start: int, sign: Sign) -> Sequence[Hit]:
        """Hits of this sign that begin there, whatever they stand in."""
        if sign not in self._at:
            found = self._at[sign] = {}
            for hit in self.hits:
                if hit.signal.sign is sign:
                    found.setdefault(hit.start, []).append(hit)
        return self._at[sign].get(start, ())

    def text(self, hit: Hit) -> str:
        """The text of a hit as it stands in the source; put together where it is written in parts."""
        return hit.joined or self.source.data[hit.start : hit.end].decode("utf-8", "replace")

    def name(self, vendor: VendorId) -> str:
        """The vendor's name for messages."""
        return self.knowledge.names[vendor]

    @cached_property
    def sdk(self) -> Sdk:
        """Imports and calls, where the language has modules and something in the file asks for them."""
        wanted = {Sign.MODULE, Sign.CLIENT, Sign.SERVICE, Sign.WORD}
        if not self.source.language.tree:  # reading by words is cheap, and short names start no file
            wanted.add(Sign.NAME)
        if not self.source.language.module_scope or not any(hit.signal.sign in wanted for hit in self.hits):
            return Sdk()
        modules = self.knowledge.modules.get(self.source.language.module_scope, {})
        return sdk_of(self.source, modules, self.knowledge.clients, self.knowledge.naming)

    @cached_property
    def manifest(self) -> Manifest | None:
        """The manifest or lock this file is."""
        parts = self.source.path.split("/")
        return manifest_of(parts[-1], parts[-2] if len(parts) > 1 else "")

    @cached_property
    def packages(self) -> tuple[Package, ...]:
        """Packages named by a manifest or lock, in order."""
        return tuple(self.manifest.reader(self.source)) if self.manifest is not None else ()

    @cached_property
    def tables(self) -> Tables:
        """Tables of models, where the file is data."""
        return Tables(self.source.data if self.source.language.is_data else b"")

    @cached_property
    def model_blocks(self) -> ModelBlocks:
        """Lists, tables and functions that are called models, where the file is a program."""
        return ModelBlocks(self.source)

    @cached_property
    def service_routes(self) -> frozenset[Route]:
        """Clouds and resellers whose services the file names in code."""
        return frozenset(hit.signal.route for hit in self.of(Sign.SERVICE))

    @cached_property
    def client_routes(self) -> dict[VendorId, frozenset[Route]]:
        """How the file's SDK clients reach each vendor."""
        found: dict[VendorId, set[Route]] = {}
        for one in self.sdk.calls:
            found.setdefault(one.vendor, set()).add(one.route)
        return {vendor: frozenset(routes) for vendor, routes in found.items()}

    def route_of(self, hit: Hit) -> Route:
        """The route a hit names, or the only one the file's clients use for its vendor."""
        if hit.signal.route is not Route.DIRECT:
            return hit.signal.route
        routes = self.client_routes.get(hit.signal.vendor, frozenset())
        return next(iter(routes)) if len(routes) == 1 else Route.DIRECT


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector of the registry."""

    slug: str
    detect: Callable[[Sheet], Iterable[Found]]
