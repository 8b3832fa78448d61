"""Files and settings of a vendor's coding agents.

# What it finds
Files only a vendor's agent reads, by their path, links among them; identifiers of editor extensions, plug-ins
and dev-container features in settings and in an editor's own scripts; and a vendor's packages that a
configuration of tool servers (MCP) starts.

# Why it matters
Whoever opens the folder with that agent sends code to the vendor; the file shows that somebody does.

# What to do
Ask the owner whether the agent is in use, move the instructions to a neutral file, remove the rest.

# Limits
Files that several vendors' agents share are not reported for any. That a file is there does not prove that
the agent runs, and an agent may run without any file.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.matching import Hit
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

SERVERS = re.compile(rb"""["']?(?:mcpServers|mcp_servers|context_servers|servers)["']?\s*[:.\]=]""")
LISTED = re.compile(
    rb"""[\[,]\s*["']$|^\s*-\s+["']?$|\b(?:npx|bunx|uvx|pipx run)\s+(?:-y\s+|--yes\s+)?$""", re.MULTILINE
)
"""What stands before an item of a list of arguments, or after a command that fetches and runs."""
STARTS = re.compile(rb"(?i)\b(?:args|arguments|command|cmd|npx|bunx|uvx|pipx)\b")
NEAR = 400
"""How far before a package its server's command is looked for."""
ENDS = re.compile(rb"""(?:@[\w.^~-]+)?(?:["']|\s*$)""", re.MULTILINE)
EDITOR_SCRIPT = re.compile(r"(?:\.lua|\.vim|(?:^|/)\.?(?:vimrc|ideavimrc)|\.el)$")


def detect(sheet: Sheet) -> Iterator[Found]:
    """Files by path, then identifiers in settings."""
    is_named = sheet.knowledge.is_agent_file(sheet.source.path)
    for one in sheet.knowledge.agent_files if is_named else ():
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
    yield from _tool_servers(sheet)
    if not sheet.source.language.is_data and not EDITOR_SCRIPT.search(sheet.source.path):
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


def _tool_servers(sheet: Sheet) -> Iterator[Found]:
    """Packages in a file that lists the servers an agent starts."""
    data = sheet.source.data
    if sheet.manifest is not None or not sheet.source.language.is_data:
        return
    if b"ervers" not in data or not SERVERS.search(data):
        return
    for hit in sheet.of(Sign.PACKAGE):
        if hit.signal.scope not in ("npm", "pypi") or not _is_an_argument(data, hit):
            continue
        for known in sheet.knowledge.packages_named(sheet.text(hit), hit.signal.scope):
            if known.vendor == hit.signal.vendor:
                yield Found(
                    vendor=hit.signal.vendor,
                    kind=FindingKind.AGENT_CONFIG,
                    start=hit.start,
                    end=hit.end,
                    matched=sheet.text(hit),
                    message=f"starts the tool server `{sheet.text(hit)}`",
                    route=known.route,
                )


def _is_an_argument(data: bytes, hit: Hit) -> bool:
    """Whether the text is a whole argument, with a version or without."""
    before = data[max(0, hit.start - 60) : hit.start]
    is_listed = bool(LISTED.search(before)) and bool(ENDS.match(data, hit.end))
    return is_listed and STARTS.search(data, max(0, hit.start - NEAR), hit.start) is not None


DETECTOR = Detector("agent-config", detect)
