"""Steps of pipelines that use a vendor.

# What it finds
Actions, components, orbs and steps published by a vendor, and install commands that fetch its packages, in
the pipelines of GitHub (and Gitea, Forgejo), GitLab, Azure, CircleCI, Jenkins, TeamCity, Bitbucket, Travis,
Drone, Buildkite, Tekton, CodeBuild, Codefresh, Semaphore and Cloud Build; also in a YAML file of any folder
that has `jobs` with `steps`.

# Why it matters
A pipeline uses a vendor without any line of the product naming it, with keys of its own.

# What to do
Replace the step, or point its settings at a gateway. Key names, model names and agents' command lines in the
same file are reported under their own kinds.

# Limits
Steps hidden in a shared action, template or image of your own are not followed.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.commands import installs, is_ci
from offramp.inventory.languages import YAML
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

VALUE = re.compile(rb"""(?:^\s*(?:-\s+)?|[{,]\s*)(?:["']?[\w.-]+["']?\s*:\s*)?["']?[\w.:/-]*$""")
"""What stands before a step on its line: it is an item or a key's whole value, not a word of a command."""


def detect(sheet: Sheet) -> Iterator[Found]:
    """Steps, then install commands."""
    if not is_ci(sheet):
        return
    for hit in sheet.of(Sign.ACTION):
        text = sheet.text(hit)
        before = sheet.source.data[sheet.source.line_start(hit.start) : hit.start]
        if sheet.source.language is YAML and not VALUE.search(before):
            continue
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.CI,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"runs the step `{text}`",
        )
    for one in installs(sheet):
        yield Found(
            vendor=one.package.vendor,
            kind=FindingKind.CI,
            start=one.start,
            end=one.end,
            matched=one.name,
            message=f"installs `{one.name}` in a pipeline",
            route=one.package.route,
            confidence=Confidence.LIKELY,
        )


DETECTOR = Detector("ci", detect)
