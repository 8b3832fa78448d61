"""The scan: walk, recall, look, merge. Everything that was not looked at is counted."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.findings import Coverage, Finding, NotSeen, Scan
from offramp.core.ids import VendorId
from offramp.inventory.as_text import as_text, ending
from offramp.inventory.callers import Wrappers, caller_of, joined, may_call
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.detectors.declared import accepted
from offramp.inventory.engines import Engine
from offramp.inventory.fingerprint import fingerprint, read_again
from offramp.inventory.keeping import Kept, recall_all
from offramp.inventory.knowledge import Knowledge, compile_knowledge
from offramp.inventory.linked import linked
from offramp.inventory.looking import Looker
from offramp.inventory.matching import Matcher
from offramp.inventory.outcome import Outcome
from offramp.inventory.places import Look, Place, place_of
from offramp.inventory.processes import (
    FEWEST_BYTES,
    FEWEST_FILES,
    Chunk,
    Results,
    chunks,
    how_many,
    look_at_all,
)
from offramp.inventory.revisions import Revision
from offramp.inventory.sheet import Detector
from offramp.inventory.walk import A_LINK, Leaf, Omitted
from offramp.vendors import Profile, load_clouds, profile

IDLE = "a waiver beside which no use was found"
Progress = Callable[[int], None]
"""Called with the number of files looked at so far."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a scan works with; none of it changes what is found."""

    cache: Path | None = None
    """Folder where compiled patterns and results are kept between scans; None keeps nothing."""
    engine: Engine | None = None
    """Without one the fastest that is installed looks."""
    processes: int | None = None
    """Without a number one for each processor."""
    detectors: Sequence[Detector] = DETECTORS


def scan(
    roots: Sequence[Path | Revision],
    profiles: Mapping[VendorId, Profile],
    *,
    vendors: Sequence[VendorId] | None = None,
    declared: Sequence[Finding] = (),
    on_progress: Progress | None = None,
    salt: bytes | None = None,
    means: Means | None = None,
) -> Scan:
    """Look for uses of the vendors under every root: folders, files, or revisions of a repository.

    `vendors` narrows the search; None means every profile. Findings and coverage are complete when this
    returns: a file or a detector that failed is named in the coverage. Nothing scanned is imported or run.
    `salt` goes into the digests of key-like literals; without one they compare within this scan only, or,
    with a cache, from scan to scan of one root. Raises `path-missing` for a root that does not exist and
    `vendor-unknown` for a vendor without a profile.
    """
    chosen = (
        tuple(profiles) if vendors is None else tuple(VendorId(profile(one, profiles).id) for one in vendors)
    )
    for root in roots:
        if isinstance(root, Path) and not root.exists():
            raise OfframpError("path-missing", f"no file or folder `{root}`", help="name one that exists")
    running = _Scan(profiles, chosen, salt, secrets.token_bytes(16), means or Means(), on_progress)
    for root in roots:
        running.look(place_of(root, is_one_of_many=len(roots) > 1))
    sources = tuple(root.shown if isinstance(root, Revision) else str(root) for root in roots)
    findings = [*running.findings, *accepted(declared, chosen)]
    return Scan(
        findings=tuple(sorted(findings, key=_order)),
        coverage=Coverage(
            files=running.files,
            bytes=running.size,
            sources=sources + (("declarations",) if declared else ()),
            skipped=tuple(running.skipped),
            unreadable=tuple(running.unreadable),
            as_text=as_text(running.endings),
            idle_waivers=tuple(running.idle_waivers),
        ),
        vendors=chosen,
    )


def _order(one: Finding) -> tuple[str, int, int, str, str]:
    return one.path, one.line, one.column, one.vendor, one.kind


@dataclass
class _Scan:
    """A running scan: what it looks with and what it has seen."""

    profiles: Mapping[VendorId, Profile]
    chosen: tuple[VendorId, ...]
    salt: bytes | None
    fresh_salt: bytes
    means: Means
    on_progress: Progress | None
    findings: list[Finding] = field(default_factory=list)
    skipped: list[NotSeen] = field(default_factory=list)
    unreadable: list[NotSeen] = field(default_factory=list)
    idle_waivers: list[NotSeen] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    files: int = 0
    size: int = 0

    @cached_property
    def knowledge_and_matcher(self) -> tuple[Knowledge, Matcher]:
        """Compiled when the first file has to be read: a scan where nothing changed needs neither."""
        known = read_again(self.profiles, self.means.cache)
        knowledge = compile_knowledge(known, load_clouds(), self.chosen)
        return knowledge, Matcher(knowledge.signals, self.means.engine, self.means.cache)

    @cached_property
    def _fingerprint(self) -> str:
        slugs = [one.slug for one in self.means.detectors]
        return fingerprint(self.profiles, self.chosen, slugs) if self.means.cache is not None else ""

    def look(self, place: Place) -> None:
        """Look at everything in one place, and add what it holds to what was seen."""
        seen: list[Leaf | Omitted] = []

        def walked() -> Iterator[tuple[int, Leaf | Omitted]]:
            for number, one in enumerate(place.walk()):
                seen.append(one)
                yield number, one

        kept = self._kept(place.name)
        outcomes = self._outcomes(walked(), kept, lambda: place.look_with(self._looker(kept.salt)), place)
        kept.write()
        exports = {
            one.shown: outcome.exports
            for number, outcome in outcomes.items()
            if outcome.exports and isinstance(one := seen[number], Leaf)
        }
        through: Mapping[int, Outcome] = {}
        if exports:
            wrappers = Wrappers(exports)
            kept = self._kept(place.name, wrappers.digest)
            may = (
                (number, one) for number, one in enumerate(seen) if isinstance(one, Leaf) and may_call(one)
            )
            through = self._outcomes(may, kept, lambda: caller_of(wrappers, place.reader()), place)
            kept.write()
        for number, one in enumerate(seen):
            more = through.get(number)
            self._add(one, outcomes.get(number), more.findings if more is not None else ())

    def _kept(self, *what: str) -> Kept:
        return recall_all(self.means.cache, (*what, self._fingerprint), self.salt, self.fresh_salt)

    def _outcomes(
        self,
        walked: Iterable[tuple[int, Leaf | Omitted]],
        kept: Kept,
        make_look: Callable[[], Look],
        place: Place,
    ) -> Mapping[int, Outcome]:
        """What became of each file that is worth a word, by its number; read where it is not known."""
        outcomes: dict[int, Outcome] = {}
        looked = 0

        def unknown() -> Iterator[tuple[int, Leaf]]:
            nonlocal looked
            for number, one in walked:
                looked = number
                if isinstance(one, Leaf):
                    is_known, outcome = kept.recall(one)
                    if not is_known:
                        yield number, one
                    elif outcome is not None:
                        outcomes[number] = outcome

        for (first, leaves), results in self._look_at_all(unknown(), make_look, place):
            found = dict(results)
            for at, leaf in enumerate(leaves):
                outcome = found.get(at)
                kept.learn(leaf, outcome)
                if outcome is not None:
                    outcomes[first + at] = outcome
            if self.on_progress is not None:
                self.on_progress(looked)
        return outcomes

    def _looker(self, salt: bytes) -> Looker:
        knowledge, matcher = self.knowledge_and_matcher
        return Looker(knowledge, matcher, salt, self.means.detectors)

    def _look_at_all(
        self, unknown: Iterator[tuple[int, Leaf]], make_look: Callable[[], Look], place: Place
    ) -> Iterator[tuple[Chunk, Results]]:
        """Look at the files that are not known, in processes when there are enough of them."""
        head: list[tuple[int, Leaf]] = []
        size = 0
        for one in unknown:
            head.append(one)
            size += one[1].size
            if len(head) >= FEWEST_FILES or size >= FEWEST_BYTES:
                break
        if not head:
            return
        look = make_look()
        is_small = len(head) < FEWEST_FILES and size < FEWEST_BYTES
        count = 1 if is_small else (self.means.processes or how_many())
        try:
            yield from look_at_all(chunks(chain(head, unknown)), look, count)
        finally:
            place.close()

    def _add(self, one: Leaf | Omitted, outcome: Outcome | None, through: Sequence[Finding]) -> None:
        if isinstance(one, Omitted):
            (self.unreadable if one.is_unreadable else self.skipped).append(one.seen)
            if one.seen.reason == A_LINK:
                self.findings.extend(linked(one.seen.path, lambda: self.knowledge_and_matcher[0]))
            return
        if outcome is not None and outcome.reason:
            seen = NotSeen(one.shown, outcome.reason)
            (self.unreadable if outcome.is_unreadable else self.skipped).append(seen)
            return
        self.files += 1
        self.size += one.size
        self.endings[ending(one.shown)] += 1
        found = outcome.findings if outcome is not None else ()
        self.findings.extend(joined(found, through) if through else found)
        if outcome is not None:
            self.unreadable.extend(NotSeen(one.shown, failure) for failure in outcome.failures)
            self.idle_waivers.extend(NotSeen(f"{one.shown}:{line}", IDLE) for line in outcome.idle)
