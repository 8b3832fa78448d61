"""Files and settings of a vendor's coding agents.

# What it finds
Files only a vendor's agent reads, by their path, and identifiers of editor extensions and dev-container
features in settings.

# Why it matters
Whoever opens the folder with that agent sends code to the vendor; the file shows that somebody does.

# What to do
Ask the owner whether the agent is in use, move the instructions to a neutral file, remove the rest.

# Limits
Files that several vendors' agents share are not reported for any. That a file is there does not prove that
the agent runs, and an agent may run without any file.
"""

from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign


def detect(sheet: Sheet) -> Iterator[Found]:
    """Files by path, then identifiers in settings."""
    for one in sheet.knowledge.agent_files:
        if one.paths.fullmatch(sheet.source.path):
            yield Found(
                vendor=one.vendor,
                kind=FindingKind.AGENT_CONFIG,
                start=0,
                end=0,
                matched=one.glob,
                message=f"a file of the vendor's coding agent (`{one.glob}`)",
                confidence=Confidence.LIKELY,
                is_whole_file=True,
            )
    if not sheet.source.language.is_data:
        return
    for hit in sheet.of(Sign.EXTENSION):
        text = sheet.text(hit)
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.AGENT_CONFIG,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"asks for the extension `{text}`",
        )


DETECTOR = Detector("agent-config", detect)
