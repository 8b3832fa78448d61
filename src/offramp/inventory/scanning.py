"""The scan: walk, read, match, detect, merge. Everything that was not looked at is counted."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.findings import Coverage, Finding, NotSeen, Scan
from offramp.core.ids import VendorId
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.detectors.declared import accepted
from offramp.inventory.examining import examine
from offramp.inventory.knowledge import Knowledge, compile_knowledge
from offramp.inventory.matching import Engine, Matcher
from offramp.inventory.packages import manifest_of
from offramp.inventory.probe import Probe
from offramp.inventory.reading import NotRead, read, source_of
from offramp.inventory.sbom import is_sbom_name, sbom_findings
from offramp.inventory.sheet import Detector, Sheet
from offramp.inventory.walk import Leaf, Omitted, walk
from offramp.vendors import Profile, load_clouds, profile

Progress = Callable[[int], None]
"""Called with the number of files read so far."""


@dataclass(slots=True)
class _Tally:
    """What a running scan has seen."""

    findings: list[Finding] = field(default_factory=list)
    skipped: list[NotSeen] = field(default_factory=list)
    unreadable: list[NotSeen] = field(default_factory=list)
    files: int = 0
    bytes: int = 0


def scan(
    roots: Sequence[Path],
    profiles: Mapping[VendorId, Profile],
    *,
    vendors: Sequence[VendorId] | None = None,
    declared: Sequence[Finding] = (),
    on_progress: Progress | None = None,
    salt: bytes | None = None,
    detectors: Sequence[Detector] = DETECTORS,
    engine: Engine | None = None,
) -> Scan:
    """Look for uses of the vendors under every root.

    `vendors` narrows the search; None means every profile. Findings and coverage are complete when this
    returns: a file or a detector that failed is named in the coverage. Nothing scanned is imported or run.
    `salt` goes into the digests of key-like literals; without one they compare within this scan only.
    Without an `engine` the fastest one installed looks. Raises `path-missing` for a root that does
    not exist and `vendor-unknown` for a vendor without a profile.
    """
    chosen = (
        tuple(profiles) if vendors is None else tuple(VendorId(profile(one, profiles).id) for one in vendors)
    )
    for root in roots:
        if not root.exists():
            raise OfframpError("path-missing", f"no file or folder `{root}`", help="name one that exists")
    knowledge = compile_knowledge(profiles, load_clouds(), chosen)
    matcher = Matcher(knowledge.signals, engine)
    salt = salt or secrets.token_bytes(16)
    one_scan = _Scanner(knowledge, matcher, salt, detectors, Probe(knowledge, matcher, profiles, salt))
    tally = _Tally()
    for root in roots:
        prefix = f"{root.as_posix().rstrip('/')}/" if len(roots) > 1 and root.is_dir() else ""
        for one in walk(root):
            one_scan.look(one, prefix, tally)
            if on_progress is not None and isinstance(one, Leaf):
                on_progress(tally.files)
    tally.findings.extend(accepted(declared, chosen))
    sources = tuple(str(root) for root in roots) + (("declarations",) if declared else ())
    return Scan(
        findings=tuple(sorted(tally.findings, key=_order)),
        coverage=Coverage(
            files=tally.files,
            bytes=tally.bytes,
            sources=sources,
            skipped=tuple(tally.skipped),
            unreadable=tuple(tally.unreadable),
        ),
        vendors=chosen,
    )


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path, finding.line, finding.column, finding.vendor, finding.kind


@dataclass(frozen=True, slots=True)
class _Scanner:
    """What one scan uses for every file."""

    knowledge: Knowledge
    matcher: Matcher
    salt: bytes
    detectors: Sequence[Detector]
    probe: Probe
    """For files that hold what others found."""

    def look(self, one: Leaf | Omitted, prefix: str, tally: _Tally) -> None:
        """Read one file and add what it holds, or why it was not read."""
        if isinstance(one, Omitted):
            seen = NotSeen(prefix + one.seen.path, one.seen.reason)
            (tally.unreadable if one.is_unreadable else tally.skipped).append(seen)
            return
        leaf = Leaf(one.path, prefix + one.shown, one.size)
        try:
            data = read(leaf)
        except NotRead as reason:
            tally.skipped.append(NotSeen(leaf.shown, str(reason)))
            return
        except OSError as error:
            tally.unreadable.append(NotSeen(leaf.shown, (error.strerror or "cannot be read").lower()))
            return
        tally.files += 1
        tally.bytes += len(data)
        listed = sbom_findings(leaf.shown, data, self.probe) if is_sbom_name(leaf.shown) else None
        if listed is not None:
            tally.findings.extend(listed)
            return
        is_named = any(rule.paths.fullmatch(leaf.shown) for rule in self.knowledge.agent_files)
        starts = self.matcher.starts(data)
        if starts or is_named:
            source = source_of(leaf, data)
            if source.data is not data:
                starts = self.matcher.starts(source.data)
            hits = self.matcher.hits(source.data, starts)
            if hits or is_named or manifest_of(source.name) is not None:
                self._detect(Sheet(source, hits, self.knowledge, self.salt), tally)

    def _detect(self, sheet: Sheet, tally: _Tally) -> None:
        examined = examine(sheet, self.detectors)
        tally.findings.extend(examined.findings)
        tally.unreadable.extend(examined.failures)
