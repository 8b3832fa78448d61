"""Makes findings of what detectors reported: one for each place, mentions only where nothing is used."""

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator

from offramp.core.findings import Finding, FindingKind
from offramp.core.ids import VendorId, finding_id
from offramp.inventory.sheet import Found
from offramp.inventory.source import Source

PRECEDENCE = {
    kind: rank
    for rank, kind in enumerate(
        (
            FindingKind.AGENT_CONFIG,
            FindingKind.IAC,
            FindingKind.CI,
            FindingKind.CONTAINER,
            FindingKind.AGENT_CLI,
            FindingKind.TRANSITIVE_DEPENDENCY,
            FindingKind.DEPENDENCY,
            FindingKind.SDK_IMPORT,
            FindingKind.SDK_CALL,
            FindingKind.CREDENTIAL,
            FindingKind.ENDPOINT,
            FindingKind.MODEL_ID,
            FindingKind.PROVIDER_SELECTOR,
            FindingKind.LOG_TRAFFIC,
            FindingKind.DECLARED,
            FindingKind.MENTION,
        )
    )
}
"""Which of two readings of the same text stands, when neither is longer."""

LONG_RUN = re.compile(r"[A-Za-z0-9]{16}")
RANDOM = re.compile(r"(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,}")
"""A run of capitals, small letters and digits that no name has: a key, or part of one."""


def merge(source: Source, reported: Iterable[tuple[str, Found]]) -> Iterator[Finding]:
    """Findings in order of place, from pairs of detector slug and report."""
    kept = _without_overlaps(reported)
    used: set[tuple[VendorId, int]] = set()
    placed = []
    for slug, found in kept:
        line, column = (0, 0) if found.is_whole_file else source.position(found.start)
        placed.append((slug, found, line, column))
        if found.kind is not FindingKind.MENTION:
            used.add((found.vendor, line))
    seen: Counter[tuple[str, str, str]] = Counter()
    repeated: set[tuple[VendorId, FindingKind, int, str]] = set()
    for slug, found, line, column in placed:
        is_mention = found.kind is FindingKind.MENTION
        if is_mention and (found.vendor, line) in used:
            continue
        once = (found.vendor, found.kind, line, "" if is_mention else found.matched.casefold())
        if once in repeated:
            continue
        repeated.add(once)
        key = (found.vendor, found.kind, found.matched)
        ordinal = seen[key]
        seen[key] += 1
        yield Finding(
            id=finding_id(found.vendor, found.kind, source.path, found.matched, ordinal),
            vendor=found.vendor,
            kind=found.kind,
            context=source.context,
            route=found.route,
            path=source.path,
            line=line,
            column=column,
            detector=slug,
            confidence=found.confidence,
            message=_without_keys(found.message),
            via=found.via,
            model=_without_keys(found.model),
        )


def _without_keys(text: str) -> str:
    """`text` as it can be shown, where a key was written so close to a name that it was taken for its end."""
    return RANDOM.sub("***", text) if LONG_RUN.search(text) else text


def _without_overlaps(reported: Iterable[tuple[str, Found]]) -> list[tuple[str, Found]]:
    """Of reports about the same text and vendor the longest stands, then the first in precedence."""
    ordered = sorted(
        reported,
        key=lambda pair: (
            pair[1].kind is FindingKind.MENTION,
            pair[1].start - pair[1].end,
            PRECEDENCE[pair[1].kind],
            pair[1].start,
        ),
    )
    taken: dict[VendorId, list[tuple[int, int]]] = {}
    kept: list[tuple[str, Found]] = []
    for slug, found in ordered:
        spans = taken.setdefault(found.vendor, [])
        if not found.is_whole_file:
            index = bisect_left(spans, (found.start, found.end))
            if _touches(spans[max(0, index - 1) : index + 1], found):
                continue
            insort(spans, (found.start, found.end))
        kept.append((slug, found))
    kept.sort(key=lambda pair: (pair[1].start, pair[1].end, pair[1].vendor, PRECEDENCE[pair[1].kind]))
    return kept


def _touches(neighbours: Iterable[tuple[int, int]], found: Found) -> bool:
    """Whether a kept span, none of which overlap, shares text with this one."""
    return any(found.start < end and start < found.end for start, end in neighbours)
