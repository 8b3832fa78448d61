"""What the detectors make of one sheet: findings with routes and waivers, and which detectors failed.

The one way from a file's content to findings, wherever the content came from: a tree, an image, a revision.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from offramp.core.findings import Finding, NotSeen
from offramp.inventory.merging import merge
from offramp.inventory.serving import rerouted, served
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.waivers import idle, waived


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings of one source, and what could not be found out."""

    findings: tuple[Finding, ...]
    failures: tuple[NotSeen, ...] = ()
    idle: tuple[int, ...] = ()
    """Lines of waivers beside which nothing was found."""


def examine(sheet: Sheet, detectors: Sequence[Detector]) -> Examined:
    """Run every detector on a sheet. One that fails is named; the others count all the same."""
    source = sheet.source
    reported: list[tuple[str, Found]] = []
    failures: list[NotSeen] = []
    for detector in detectors:
        try:
            reported.extend((detector.slug, found) for found in detector.detect(sheet))
        except Exception as error:  # noqa: BLE001 - detector isolation: its failure is told, the rest goes on
            reason = f"the detector `{detector.slug}` failed on it: {type(error).__name__}"
            failures.append(NotSeen(source.path, reason))
    merged = tuple(merge(source, rerouted(sheet, reported)))
    findings = waived(source, served(sheet, merged))
    return Examined(findings, tuple(failures), idle(source, findings))
