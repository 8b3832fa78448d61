"""Looks at one file after the other: reads, matches, detects, merges. Holds no state but its buffer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from offramp.inventory.commands import may_install
from offramp.inventory.examining import examine
from offramp.inventory.joining import joined_hits
from offramp.inventory.knowledge import Knowledge
from offramp.inventory.languages import Language
from offramp.inventory.matching import Hit, Matcher
from offramp.inventory.naming import FRAMEWORK
from offramp.inventory.outcome import Outcome
from offramp.inventory.packages import manifest_of
from offramp.inventory.probe import Probe
from offramp.inventory.reading import NotRead, Reader, Sibling, is_own_document, siblings_of, source_of
from offramp.inventory.sbom import is_sbom_name, sbom_findings
from offramp.inventory.sheet import Detector, Sheet
from offramp.inventory.signals import Sign
from offramp.inventory.source import Source
from offramp.inventory.walk import Leaf
from offramp.inventory.wrappers import exports_of

TELL_LITTLE = (Sign.WORD, Sign.PACKAGE)
"""Words of every text, unless the file imports them, sets them or is a manifest."""
IMPORTED = re.compile(
    rb"""\b(?:import|from|require|load|use|using|include|open|alias|library)\w*\b|["'`]@?[\w./-]*\Z"""
)
"""What stands before the name of a module on its line: a word that imports, or the beginning of a string."""
GONE_INTO = re.compile(rb"[\w-]+(?:\.\w|::|\\)")
"""A name of which a part is named too."""
LONGEST_BEFORE = 200
"""How far before a name on its line a word that imports it is looked for."""
UNREAD = {"bun.lockb": "a lock in binary: `bun install --save-text-lockfile` writes one that is read"}
"""What to do about files that are left out though they would say something."""


@dataclass(slots=True)
class Looker:
    """What one process uses for every file."""

    knowledge: Knowledge
    matcher: Matcher
    salt: bytes
    detectors: Sequence[Detector]
    reader: Reader = field(default_factory=Reader)

    def look(self, leaf: Leaf) -> Outcome | None:
        """Read one file and say what it holds, or why it was not read; None for nothing."""
        try:
            view = self.reader.read(leaf)
        except NotRead as reason:
            return Outcome(reason=UNREAD.get(leaf.shown.rpartition("/")[2], str(reason)))
        except OSError as error:
            return Outcome(reason=(error.strerror or "cannot be read").lower(), is_unreadable=True)
        return self.consider(leaf, view)

    def consider(self, leaf: Leaf, view: memoryview, beside: Sibling | None = None) -> Outcome | None:
        """What the bytes of one file hold. Without `beside` the folder it stands in on disk is beside it."""
        if is_sbom_name(leaf.shown) and not is_own_document(view):
            listed = sbom_findings(leaf.shown, bytes(view), Probe(self.knowledge, self.matcher, self.salt))
            if listed is not None:
                return Outcome(findings=listed) if listed else None
        starts = self.matcher.starts(view)
        is_named = self.knowledge.is_agent_file(leaf.shown)
        if not starts and not is_named:
            return None
        beside = beside or siblings_of(leaf)
        consulted: list[str] = []

        def sibling(name: str) -> bytes:
            consulted.append(name)
            return beside(name)

        data = bytes(view)
        source = source_of(leaf, data, sibling)
        if source.data is not data:
            starts = self.matcher.starts(source.data)
        hits = self.matcher.hits(source.data, starts, source.language.module_scope)
        are_read = self._reads_names(source.language)
        if hits and (are_read or not all(one.signal.sign in TELL_LITTLE for one in hits)):
            hits += tuple(joined_hits(source, self.matcher))
        says_nothing = not hits or (
            _are_only_names(source, hits) and not (are_read and _may_import(source, hits))
        )
        if says_nothing and not is_named and manifest_of(source.name) is None:
            return None
        sheet = Sheet(source, hits, self.knowledge, self.salt)
        examined = examine(sheet, self.detectors)
        if not examined.findings and not examined.failures and not examined.idle:
            return None
        failures = tuple(one.reason for one in examined.failures)
        beside_it = tuple(dict.fromkeys(consulted))
        return Outcome("", False, examined.findings, failures, beside_it, exports_of(sheet), examined.idle)

    def _reads_names(self, language: Language) -> bool:
        """Whether names of packages and frameworks say something in a file: imported there, or set."""
        is_set = language.is_data or language.is_shell
        return is_set or self.knowledge.naming.knows_frameworks(language.module_scope)


def _are_only_names(source: Source, hits: Sequence[Hit]) -> bool:
    """Whether they are names of packages and frameworks that no command installs."""
    are_names = all(one.signal.sign is Sign.PACKAGE or one.signal.scope == FRAMEWORK for one in hits)
    return are_names and not may_install(source.data, hits)


def _may_import(source: Source, hits: Sequence[Hit]) -> bool:
    """Whether a framework's name stands where one is imported; in data and shells any may say something."""
    if source.language.is_data or source.language.is_shell:
        return True
    names = {one.signal.text for one in hits if one.signal.scope == FRAMEWORK}
    shape = "|".join(re.escape(one) for one in sorted(names))
    found = re.finditer(shape.encode(), source.data, re.IGNORECASE) if names else ()
    return any(_is_imported(source.data, one.start()) for one in found)


def _is_imported(data: bytes, start: int) -> bool:
    line = data.rfind(b"\n", max(0, start - LONGEST_BEFORE), start) + 1
    before = max(line, start - LONGEST_BEFORE)
    return bool(IMPORTED.search(data, before, start) or GONE_INTO.match(data, start))
