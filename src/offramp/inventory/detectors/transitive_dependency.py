"""Packages of a vendor that another package pulls in.

# What it finds
Entries of lock files that the project does not ask for itself, with the chain of packages that leads to each
(`via`, outermost first), and the lines of go.mod that say so themselves.

# Why it matters
A use nobody wrote down: the code is in the build and may call the vendor when a framework decides to.

# What to do
Look at the first name of the chain: remove it, configure it so that the vendor's part is not installed, or
accept it in writing. An optional peer that is not installed is no entry and is not reported.

# Limits
Where a lock does not say what needs what (go.mod and go.sum, Pipfile.lock, Gradle, Package.resolved, pub) the
chain is empty: unknown, not absent. What is direct is read from the manifest in the same folder where the
lock does not say it. Of a chain of more than thirty-two names the two ends are shown.
"""

from collections.abc import Iterator

from offramp.core.findings import FindingKind
from offramp.inventory.sheet import Detector, Found, Sheet


def detect(sheet: Sheet) -> Iterator[Found]:
    """Entries the project does not ask for itself."""
    manifest = sheet.manifest
    if manifest is None:
        return
    for package in sheet.packages:
        if package.is_direct:
            continue
        for known in sheet.knowledge.packages_named(package.name, manifest.ecosystem, package.extras):
            chain = (
                f" pulled in by `{' > '.join(package.via)}`"
                if package.via
                else " pulled in by an unknown package"
            )
            yield Found(
                vendor=known.vendor,
                kind=FindingKind.TRANSITIVE_DEPENDENCY,
                start=package.start,
                end=package.end,
                matched=package.name,
                message=f"locks `{package.name}` ({manifest.ecosystem}),{chain}",
                route=known.route,
                via=package.via,
            )


DETECTOR = Detector("transitive-dependency", detect)
