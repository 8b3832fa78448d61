"""Which of the declared sources were looked at: what a statement of non-use needs to know.

Declared are the workspace's own folder, its systems, and whatever `sources` in `offramp.yaml` names. A source
that is missing, could not be read, or was never asked is not looked at, and nothing here calls it clean.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from offramp.core.errors import OfframpError
from offramp.core.findings import Confidence, Context, Coverage, Finding, FindingKind, Route, Scan
from offramp.core.ids import VendorId, finding_id
from offramp.inventory.gathering import Search, gather
from offramp.inventory.probe import in_order
from offramp.vendors import Profile

if TYPE_CHECKING:
    from offramp.workspace import Workspace

MOST_FILES = 50

Answers = Mapping[str, Mapping[str, tuple[str, str]]]
"""By supplier and vendor: `yes`, `no` or `unknown`, and who said so when."""


class Declared(Protocol):
    """A source as the workspace declares it."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def place(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """A declared source, and whether it was looked at."""

    name: str
    kind: str
    place: str
    is_looked_at: bool
    note: str
    """How, or why not."""


def look_at_sources(
    workspace: "Workspace",
    own: Scan,
    profiles: Mapping[VendorId, Profile],
    answers: Answers,
    vendor: str = "",
) -> tuple[Scan, tuple[SourceSeen, ...]]:
    """The scan of the workspace's folder with those of its other sources, and what was looked at.

    `own` is the scan of the folder and of what is declared; `answers` is what each supplier said of each
    vendor. Where a supplier says that it uses one, that is a use. With `vendor`, a supplier that said nothing
    about this one was not looked at.
    """
    asked = [one for one in workspace.sources if one.kind == "supplier"]
    scans = [replace(own, findings=in_order([*own.findings, *_used_by(asked, answers)]))]
    seen = [
        SourceSeen(
            name="the workspace's folder",
            kind="tree",
            place=".",
            is_looked_at=own.coverage.files > 0,
            note=f"{own.coverage.files} files read",
        ),
        *_systems(workspace),
    ]
    for source in workspace.sources:
        if source.kind == "supplier":
            seen.append(_asked(source, answers.get(source.place, {}), vendor))
            continue
        found = _scanned(workspace.root, source, profiles)
        if isinstance(found, str):
            seen.append(_seen(source, is_looked_at=False, note=found))
            continue
        scans.append(found)
        seen.append(_seen(source, is_looked_at=True, note=f"{found.coverage.files} files read"))
    whole = _together(scans, own.vendors)
    return whole, (*seen, *_unreadable(whole.coverage))


def _seen(source: Declared, *, is_looked_at: bool, note: str) -> SourceSeen:
    return SourceSeen(
        name=source.name, kind=str(source.kind), place=source.place, is_looked_at=is_looked_at, note=note
    )


def _systems(workspace: "Workspace") -> list[SourceSeen]:
    """Systems of which no path is scanned: something must have been declared about each."""
    told = {one.finding.system for one in workspace.declarations}
    return [
        SourceSeen(
            name=f"system {system.id}",
            kind="system",
            place=system.id,
            is_looked_at=system.id in told,
            note="as declared" if system.id in told else "it has no paths, and nothing is declared about it",
        )
        for system in workspace.systems.values()
        if not system.paths
    ]


def _asked(source: Declared, answered: Mapping[str, tuple[str, str]], vendor: str) -> SourceSeen:
    about = {one: said for one, said in answered.items() if not vendor or one == vendor}
    if not about:
        return _seen(source, is_looked_at=False, note=f"{source.place} has not answered")
    note = "; ".join(f"{one}: {uses}, said {said}" for one, (uses, said) in sorted(about.items()))
    return _seen(source, is_looked_at=all(uses != "unknown" for uses, _ in about.values()), note=note)


def _used_by(asked: Sequence[Declared], answers: Answers) -> Iterator[Finding]:
    """What suppliers say they use, as declared uses."""
    for source in asked:
        for vendor, (uses, said) in sorted(answers.get(source.place, {}).items()):
            if uses == "yes":
                path = f"supplier {source.place}"
                yield Finding(
                    id=finding_id(VendorId(vendor), FindingKind.DECLARED, path, source.name, 0),
                    vendor=VendorId(vendor),
                    kind=FindingKind.DECLARED,
                    context=Context.DOCS,
                    route=Route.RESELLER,
                    path=path,
                    line=0,
                    column=0,
                    detector="declarations",
                    confidence=Confidence.CERTAIN,
                    message=f"{source.place} answered that it uses this vendor ({said})",
                )


def _scanned(root: Path, source: Declared, profiles: Mapping[VendorId, Profile]) -> Scan | str:
    """The scan, or why there is none."""
    path = root / source.place
    searches = {
        "tree": Search(trees=(path,)),
        "image": Search(images=(path,)),
        "environment": Search(environments=(path,)),
        "sbom": Search(sboms=(path,)),
        "log": Search(logs=(path,)),
    }
    try:
        found = gather(searches[source.kind], profiles)
    except OfframpError as error:
        return error.message
    if not found.coverage.files:
        reasons = [one.reason for one in (*found.coverage.unreadable, *found.coverage.skipped)]
        return f"nothing in `{source.place}` could be read" + (f": {reasons[0]}" if reasons else "")
    return found


def _unreadable(coverage: Coverage) -> list[SourceSeen]:
    left = len(coverage.unreadable) - MOST_FILES
    found = [
        SourceSeen(name=one.path, kind="file", place=one.path, is_looked_at=False, note=one.reason)
        for one in coverage.unreadable[:MOST_FILES]
    ]
    if left > 0:
        name = f"{left} more files"
        found.append(
            SourceSeen(name=name, kind="file", place="", is_looked_at=False, note="could not be read")
        )
    return found


def _together(scans: Sequence[Scan], vendors: tuple[VendorId, ...]) -> Scan:
    first, *others = scans
    if not others:
        return first
    seen = [one.coverage for one in scans]
    return replace(
        first,
        findings=in_order([finding for one in scans for finding in one.findings]),
        coverage=Coverage(
            files=sum(one.files for one in seen),
            bytes=sum(one.bytes for one in seen),
            sources=tuple(source for one in seen for source in one.sources),
            skipped=tuple(left for one in seen for left in one.skipped),
            unreadable=tuple(left for one in seen for left in one.unreadable),
        ),
        vendors=vendors,
    )
