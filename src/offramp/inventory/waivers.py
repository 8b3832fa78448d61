"""Inline waivers: a comment that says under which instrument a use is waived, until when and why.

`offramp: waive INSTRUMENT until YYYY-MM-DD REASON`, on the line of the use or the line above it. A waived use
stays a finding; whether the instrument exists and the day has passed is judged when the report is made.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from offramp.core.errors import OfframpError
from offramp.core.findings import Finding, Waiver, WaiverStatus
from offramp.core.instants import Instant, parse_instant
from offramp.inventory.regions import Place
from offramp.inventory.source import Source

MARK = b"offramp: waive"
LONGEST_REASON = 200
WAIVER = re.compile(
    r"offramp: waive\s+(?P<instrument>[A-Za-z0-9][\w.:/-]{0,199})"
    r"(?:\s+until\s+(?P<until>[\w-]{1,40}))?(?P<reason>[^\r\n]{0,1000})"
)
CLOSERS = re.compile(r"\s*(?:\*/|-->|#\}|%>)\s*$")


def waived(source: Source, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings with the waiver that stands on their line, or above it on a line without a finding."""
    if not findings or MARK not in source.data:
        return tuple(findings)
    waivers = {one.line: one for one in _waivers(source)}
    taken = {one.line for one in findings}
    return tuple(
        replace(one, waiver=_waiver_for(one.line, waivers, taken)) if one.line else one for one in findings
    )


def idle(source: Source, findings: Sequence[Finding]) -> tuple[int, ...]:
    """Lines of waivers in comments that none of the findings has; prose that speaks of waivers has none."""
    if MARK not in source.data or source.language.is_prose:
        return ()
    used = {one.waiver.line for one in findings if one.waiver is not None}
    return tuple(one.line for one in _waivers(source, in_comments=True) if one.line not in used)


def judged(
    findings: Sequence[Finding], at: Instant, instruments: Collection[str] | None
) -> tuple[Finding, ...]:
    """Findings whose waivers say what they are worth at `at`. None for `instruments`: no list is known."""
    return tuple(
        one
        if one.waiver is None
        else replace(one, waiver=replace(one.waiver, status=_status(one.waiver, at, instruments)))
        for one in findings
    )


def _status(waiver: Waiver, at: Instant, instruments: Collection[str] | None) -> WaiverStatus:
    if instruments is None or waiver.instrument not in instruments:
        return WaiverStatus.UNKNOWN_INSTRUMENT
    try:
        until = parse_instant(waiver.until)
    except OfframpError:
        return WaiverStatus.EXPIRED
    return WaiverStatus.LIVE if at <= until else WaiverStatus.EXPIRED


def _waiver_for(line: int, waivers: dict[int, Waiver], taken: set[int]) -> Waiver | None:
    if line in waivers:
        return waivers[line]
    return waivers.get(line - 1) if line - 1 not in taken else None


def _waivers(source: Source, *, in_comments: bool = False) -> list[Waiver]:
    found = []
    offset = source.data.find(MARK)
    while offset >= 0:
        match = WAIVER.search(source.line_text(offset).decode("utf-8", "replace"))
        if match is not None and (not in_comments or _is_comment(source, offset)):
            reason = CLOSERS.sub("", match["reason"]).strip(" \t\"',:-")[:LONGEST_REASON]
            line, _ = source.position(offset)
            found.append(Waiver(match["instrument"], match["until"] or "", reason, line))
        offset = source.data.find(MARK, offset + len(MARK))
    return found


def _is_comment(source: Source, offset: int) -> bool:
    return source.place(offset, offset + len(MARK)) is Place.COMMENT
