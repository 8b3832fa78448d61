"""Images and containers that bring a vendor's software in.

# What it finds
Install commands in Dockerfiles, compose files and dev containers that fetch a vendor's packages, images
published by a vendor or called just as its software is, and charts called after one that another chart
brings in.

# Why it matters
What an image holds is deployed with it, whatever the source beside it says.

# What to do
Take the install line out and build again. Settings in the same file (keys, addresses, model names) are
reported under their own kinds.

# Limits
Layers of base images are not opened. Packages copied into an image are found where they come from, not here.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.commands import installs, is_container
from offramp.inventory.matching import Hit
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

REST = re.compile(rb"[\w./-]*(?::[\w.${}-]+)?(?:@sha256:[0-9a-f]+)?")
TAG = re.compile(rb"(?::[\w$]|@sha256:|:\{\{)")
PLACED = re.compile(
    rb"""(?i)(?:^\s*FROM\s|--from=|image[\w.-]*["']?\s*(?::|=|,|\()|\brepository["']?\s*[:=]
    |\b(?:docker|podman|nerdctl|crictl|kubectl|oras|skopeo)\s)""",
    re.VERBOSE,
)
"""What stands before an image's name on its line."""
CHART = re.compile(r"(?:Chart|requirements)\.ya?ml")
DEPENDS = re.compile(rb"(?m)^dependencies:[ \t]*\r?$")
CHART_NAME = re.compile(rb"(?m)^[ \t]*(?:-[ \t]+)?name:[ \t]*[\"']?([a-z][a-z-]*)[\"']?[ \t]*\r?$")
CALLED = re.compile(
    rb"""^[ \t]*(?:-[ \t]+)?(?:["']?(?:image|repository|imageName)["']?[ \t]*:[ \t]*|FROM[ \t]+)["']?
    (?:[\w.-]+(?::\d+)?/)+([a-z][a-z0-9-]*)(?:[:@][\w.${}:-]+)?["']?(?:[ \t]+AS[ \t]+\S+)?[ \t]*,?
    [ \t]*\r?$""",
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)
"""An image that is called just as a vendor's software is, whoever published it."""
HOSTED_CODE = re.compile(rb"(?i)(?:github|gitlab|bitbucket)[\w.-]*/$")
"""A name of two parts is a repository's too."""


def detect(sheet: Sheet) -> Iterator[Found]:
    """Images anywhere, install commands in containers."""
    for hit in sheet.of(Sign.IMAGE):
        end = _end_of_image(sheet, hit)
        if not end:
            continue
        text = sheet.text(hit)
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.CONTAINER,
            start=hit.start,
            end=end,
            matched=text,
            message=f"uses an image of `{text}`",
            confidence=Confidence.LIKELY,
        )
    if CHART.fullmatch(sheet.source.name):
        yield from _charts(sheet)
    if sheet.source.language.is_data or sheet.source.language.is_shell:
        yield from _named(sheet)
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


def _charts(sheet: Sheet) -> Iterator[Found]:
    """Charts that a chart depends on, told by their names."""
    data = sheet.source.data
    head = DEPENDS.search(data)
    for item in CHART_NAME.finditer(data, head.end()) if head is not None else ():
        name = item[1].decode("latin-1")
        signal = sheet.knowledge.selectors.get(name)
        if signal is not None and name not in sheet.knowledge.everyday:
            yield Found(
                vendor=signal.vendor,
                kind=FindingKind.CONTAINER,
                start=item.start(1),
                end=item.end(1),
                matched=name,
                message=f"brings in the chart `{name}`",
                route=signal.route,
                confidence=Confidence.LIKELY,
            )


def _named(sheet: Sheet) -> Iterator[Found]:
    """Images that somebody made of a vendor's software and called after it."""
    if not any(hit.signal.sign is Sign.WORD for hit in sheet.hits):
        return
    for match in CALLED.finditer(sheet.source.data):
        name = match[1].decode("latin-1")
        found = sheet.knowledge.naming.named(name)
        if found is None or found.end - found.start < len(name):
            continue
        if sheet.source.place(*match.span(1)) in (Place.CODE, Place.STRING):
            yield Found(
                vendor=found.vendor,
                kind=FindingKind.CONTAINER,
                start=match.start(1),
                end=match.end(1),
                matched=name,
                message=f"uses an image called `{name}`",
                confidence=Confidence.LIKELY,
            )


def _end_of_image(sheet: Sheet, hit: Hit) -> int:
    """Where the name of an image ends that begins here, with its tag; 0 where it is none."""
    data, begin = sheet.source.data, sheet.source.line_start(hit.start)
    before = data[max(begin, hit.start - 200) : hit.start]
    if b"://" in before[-60:] or HOSTED_CODE.search(before):
        return 0  # a page, or the code
    rest = REST.match(data, hit.end)
    end = rest.end() if rest is not None else hit.end
    if hit.signal.text.endswith("/"):
        return hit.end if end > hit.end else 0
    if data[hit.end : hit.end + 1] in (b"/", b"-", b"."):
        return 0  # another image, of a longer name
    is_told = TAG.match(data, hit.end) is not None or PLACED.search(before) is not None
    return end if is_told else 0


DETECTOR = Detector("container", detect)
