"""Packages a project itself asks for.

# What it finds
A vendor's package, or a framework's extra that brings one in, in a manifest (requirements, pyproject,
setup files, Pipfile, conda, package.json, go.mod, Cargo, Maven, Gradle, NuGet, gems, Composer, pub, Hex),
as a direct entry of a lock file, and in install commands of scripts and notebooks.

# Why it matters
A dependency is what a build will fetch. Taking it out is the last step of a move and the proof of it.

# What to do
Remove it once nothing imports it, and check that no other package pulls it back in.

# Limits
A package that is used without being declared is found by its import only. Versions are not solved; names
computed by a program are not read. A package bought in under another name is not recognised.
"""

from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.commands import installs, is_ci, is_container
from offramp.inventory.languages import PROSE
from offramp.inventory.sheet import Detector, Found, Sheet


def detect(sheet: Sheet) -> Iterator[Found]:
    """Direct entries of manifests and locks, and install commands outside containers and pipelines."""
    manifest = sheet.manifest
    if manifest is not None:
        for package in sheet.packages:
            if not package.is_direct:
                continue
            for known in sheet.knowledge.packages_named(package.name, manifest.ecosystem, package.extras):
                shown = f"{package.name}[{known.extra}]" if known.extra else package.name
                verb = "locks" if manifest.is_lock else "depends on"
                yield Found(
                    vendor=known.vendor,
                    kind=FindingKind.DEPENDENCY,
                    start=package.start,
                    end=package.end,
                    matched=shown,
                    message=f"{verb} `{shown}` ({manifest.ecosystem})",
                    route=known.route,
                )
    elif sheet.source.language is not PROSE and not is_ci(sheet) and not is_container(sheet):
        for one in installs(sheet):
            yield Found(
                vendor=one.package.vendor,
                kind=FindingKind.DEPENDENCY,
                start=one.start,
                end=one.end,
                matched=one.name,
                message=f"installs `{one.name}`",
                route=one.package.route,
                confidence=Confidence.LIKELY,
            )


DETECTOR = Detector("dependency", detect)
