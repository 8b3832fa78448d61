"""The engine for content that is no file of a tree: bytes under a name in, findings out.

Images, installed packages and SBOMs use it; what is looked for and how is that of every scan.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from offramp.core.findings import Finding
from offramp.core.ids import VendorId
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.examining import Examined, examine
from offramp.inventory.knowledge import Knowledge, compile_knowledge
from offramp.inventory.matching import Hit, Matcher
from offramp.inventory.packages import manifest_of
from offramp.inventory.reading import source_named, text_bytes
from offramp.inventory.sheet import Sheet
from offramp.inventory.signals import Sign
from offramp.vendors import Profile, load_clouds

NAME_SIGNS = (Sign.MODEL, Sign.MODEL_IN_CONTEXT, Sign.PREFIX)


@dataclass(frozen=True, slots=True)
class Probe:
    """What one scan looks for, compiled once."""

    knowledge: Knowledge
    matcher: Matcher
    salt: bytes

    def examine(self, path: str, data: bytes) -> Examined:
        """Findings in `data`, read as a file called `path`. Raises `NotRead` for what is not text."""
        text = text_bytes(data)
        is_agents = self.knowledge.is_agent_file(path)
        starts = self.matcher.starts(text)
        if not starts and not is_agents:
            return Examined(())
        source = source_named(path, text)
        if source.data is not text:
            starts = self.matcher.starts(source.data)
        scope = source.language.module_scope
        hits = self.matcher.hits(source.data, starts, scope)
        if not hits and not is_agents and manifest_of(source.name) is None:
            return Examined(())
        return examine(Sheet(source, hits, self.knowledge, self.salt), DETECTORS)

    def hits(self, data: bytes) -> tuple[Hit, ...]:
        """Every signal in `data`, whatever it is."""
        return self.matcher.hits(data, self.matcher.starts(data))

    def models_named(self, names: Sequence[str]) -> Iterator[tuple[str, Hit]]:
        """The signals in names that are known to be models', each with its name."""
        for name in dict.fromkeys(names):
            data = b"model: " + name.encode("utf-8", "replace")
            for hit in self.hits(data):
                if hit.signal.sign in NAME_SIGNS:
                    yield name, hit


def make_probe(profiles: Mapping[VendorId, Profile], vendors: Sequence[VendorId], salt: bytes) -> Probe:
    """A probe for the chosen vendors."""
    knowledge = compile_knowledge(profiles, load_clouds(), vendors)
    return Probe(knowledge, Matcher(knowledge.signals), salt)


def in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings as a scan lists them."""
    return tuple(
        sorted(findings, key=lambda one: (one.path, one.line, one.column, one.vendor, one.kind, one.id))
    )
