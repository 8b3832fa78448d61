"""Images and containers that bring a vendor's software in.

# What it finds
Install commands in Dockerfiles, compose files and dev containers that fetch a vendor's packages, and images
published by a vendor.

# Why it matters
What an image holds is deployed with it, whatever the source beside it says.

# What to do
Take the install line out and build again. Settings in the same file (keys, addresses, model names) are
reported under their own kinds.

# Limits
Layers of base images are not opened. Packages copied into an image are found where they come from, not here.
"""

from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.commands import installs, is_container
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign


def detect(sheet: Sheet) -> Iterator[Found]:
    """Images anywhere, install commands in containers."""
    for hit in sheet.of(Sign.IMAGE):
        text = sheet.text(hit)
        if b"://" in sheet.source.data[max(sheet.source.line_start(hit.start), hit.start - 60) : hit.start]:
            continue  # a page
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.CONTAINER,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"uses an image of `{text}`",
            confidence=Confidence.LIKELY,
        )
    if not is_container(sheet):
        return
    for one in installs(sheet):
        yield Found(
            vendor=one.package.vendor,
            kind=FindingKind.CONTAINER,
            start=one.start,
            end=one.end,
            matched=one.name,
            message=f"installs `{one.name}` into an image",
            route=one.package.route,
        )


DETECTOR = Detector("container", detect)
