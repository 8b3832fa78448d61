"""Command lines that run a vendor's agent, or another command that the vendor publishes.

# What it finds
A vendor's command in the place of a command, with or without a path: in shell scripts, Dockerfiles,
makefiles, command lines of notebooks, pipelines and their shell steps, scripts of package.json, units and
timetables of a machine, and as the first word of an argument list in code. Also a vendor's script fetched to
be run (`curl … | sh`, `irm … | iex`), which installs its agent.

# Why it matters
An agent on a schedule or in a pipeline reads whole trees and sends them on; no SDK shows it.

# What to do
Take the call out, or give the agent another model through a gateway that speaks its protocol.

# Limits
Aliases, wrappers and commands put together at run time are not found. In YAML and JSON the command must
be followed by an option, a quoted text, a redirection or an everyday sub-command (`serve`, `pull`, …), for
a bare word there is more often a name.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.commands import is_ci
from offramp.inventory.matching import Hit
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign
from offramp.inventory.source import Source

OPENS = re.compile(
    rb"""(?:
      ^|[;&|(`{!]|\$\(
      |\b(?:exec|sudo|npx|bunx|uvx|pnpx|dlx|time|nohup|then|do|else|if|while|env|xargs|command)\s
      |\b(?:npx|bunx|pnpx|dlx)\s+(?:-y|--yes)\s|(?<!\S)--\s|\btimeout\s+\S+\s
      |\b(?:sh|bat|powershell|pwsh)\s*\(?\s*(?:script\s*:\s*)?["']{1,3}
      |\b(?:run|script|command|cmd|entrypoint|before_script|test|bash|pwsh|powershell)\s*:\s*["'|>-]?
      |\b(?:docker|podman|kubectl)(?:[ -]compose)?\s+(?:exec|run)\s+(?:-\S+\s+)*[\w./$\{][\w./:$\{}-]*\s
      |\s-l?c["']?,?\s*["']|\b(?:command\s+-v|which)\s
      |^\s*(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK\s+CMD)\s+(?:\[\s*["'])?|^\s*-\s+|^\s*@
    )\s*(?:[A-Za-z_]\w*=\S*\s+)*["']?(?:[\w.~${}-]*/)*$""",
    re.VERBOSE,
)
"""What stands before a command on its line."""
TIMED = re.compile(rb"(?:^\s*ExecStart(?:Pre|Post)?=-?|^\s*(?:[\d*/,-]+\s+){5}(?:\w+\s+)?)(?:[\w.~-]*/)*$")
"""A unit of a service manager, or a line of a timetable."""
UNIT = re.compile(r"(?:^|.*\.)(?:service|timer|crontab|cron)$|^crontab.*$|.*/cron\.[dh]\w*/.*")
CASE = re.compile(rb"[\"']?(?:\s*\|\s*[\w.*\"'-]+)*\s*\)\s*(?!\S)")
"""The rest of a pattern in a shell's `case`."""
GIVEN = re.compile(rb"""^[^#]*[\w\]]\+?=(?:\(|["'])\s*$""")
"""A line that begins a list, or a text of several lines."""
MOST_ITEMS = 200
OPTION = re.compile(rb"\s+-{1,2}\w")
ARGUES = re.compile(rb"\s+(?:-{1,2}[\w?]|[\"'$<>|]|<)|\s*[<|]")
VERBS = re.compile(
    rb"\s+(?:serve|pull|push|run|exec|login|auth|download|upload|mcp|list|create|start|stop|ps|show|cp|rm|chat|review|resume)\b(?!\s*:)"
)
"""What a command line of an agent or a model server goes on with."""
LISTED = re.compile(
    rb"""\b(?:command|args|entrypoint|cmd|test)["']?\s*:\s*\[\s*(?:["']CMD["']\s*,\s*)?["']$"""
)
"""The first word of a command that is written as a list in configuration."""
SCRIPT = re.compile(
    rb"""^\s*(?:-\s+)?["']?(?:run|script|\w+_script|command|commands|cmd|cmds|args|entrypoint|bash|pwsh|powershell
    |inline(?:script)?|test|postCreate|install|pre_build|build|post_build)["']?\s*:\s*(?:[|>][+-]?\d?)?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
"""The key whose lines or items are commands."""
COMMANDS_FILE = re.compile(r"(?:^|/)(?:package|deno|composer|devcontainer|tasks|launch|\.?mcp)\.jsonc?$")
SCRIPTS_FILES = frozenset(("package.json", "deno.json", "composer.json"))
TOLD = re.compile(rb"""(?i)"(?:name|description|keywords|title|label)"\s*:\s*\[?\s*"$""")
JOINED = re.compile(rb"(?:&&?|;|\||npx(?:\s+-y)?|\\\")\s*$")
"""What stands before a command inside a text of JSON."""
KEYED = re.compile(rb"""(?:[cC]ommand)"\s*:\s*(?:\[\s*)?"$""")
VECTOR_BEFORE = re.compile(rb"""[\[(,]\s*["']$""")
VECTOR_OPENS = re.compile(rb"""\[\s*["']\Z""")
"""The first item of a list, on a line of its own."""
VECTOR_AFTER = re.compile(rb"""["']\s*,\s*(?:\[\s*)?["']-""")
STARTED = re.compile(
    rb"""(?:run|call|check_call|check_output|Popen|spawn|spawnSync|execa|execFile|exec|Command|subprocess_exec)
    \(\s*(?:\w+,\s*)?\[?\s*["']$""",
    re.VERBOSE,
)
FETCHED = re.compile(rb"(?i)\b(?:curl|wget|irm|iwr|Invoke-RestMethod|Invoke-WebRequest)\b")
RUN = re.compile(
    rb"(?i)\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:\S*/)?(?:ba|z|da)?sh\b|\|\s*iex\b|\b(?:ba|z)?sh\s+(?:-c\s+)?[\"'<$(]"
)
LOOKED_UP = re.compile(rb"""(?:which|command_exists|commandExists|lookpath|LookPath)\(\s*["']$""")


def detect(sheet: Sheet) -> Iterator[Found]:
    """Commands in the place of a command."""
    if sheet.source.language.is_prose:
        return
    for hit in sheet.hits:
        if hit.signal.sign is Sign.COMMAND and sheet.place(hit) is not Place.COMMENT and _runs(sheet, hit):
            text = sheet.text(hit)
            yield Found(
                vendor=hit.signal.vendor,
                kind=FindingKind.AGENT_CLI,
                start=hit.start,
                end=hit.end,
                matched=text,
                message=f"runs the command `{text}`",
                confidence=Confidence.LIKELY,
            )

    for hit in sheet.of(Sign.INSTALLER):
        line = sheet.source.line_text(hit.start)
        if FETCHED.search(line) and RUN.search(line):
            text = sheet.text(hit)
            yield Found(
                vendor=hit.signal.vendor,
                kind=FindingKind.AGENT_CLI,
                start=hit.start,
                end=hit.end,
                matched=text,
                message=f"installs an agent by `{text}`",
                confidence=Confidence.LIKELY,
            )


def _runs(sheet: Sheet, hit: Hit) -> bool:
    data, language = sheet.source.data, sheet.source.language
    before = data[sheet.source.line_start(hit.start) : hit.start]
    after = data[hit.end : hit.end + 80].partition(b"\n")[0]
    if sheet.place(hit) is Place.STRING and is_ci(sheet) and not language.is_data:
        return bool(OPENS.search(before)) and bool(ARGUES.match(after))
    if language.tree == "python" and before.lstrip().startswith(b"!"):
        return bool(OPENS.search(before))
    if sheet.place(hit) is Place.STRING and not language.is_shell and not language.is_data:
        is_vector = VECTOR_BEFORE.search(before) or (
            before.strip() in (b'"', b"'") and VECTOR_OPENS.search(data, max(0, hit.start - 80), hit.start)
        )
        is_vector = is_vector and VECTOR_AFTER.match(data, hit.end)
        return bool(is_vector or STARTED.search(before) or LOOKED_UP.search(before))
    if language.is_shell:
        is_a_case = CASE.match(after) and not before.rstrip().endswith(b"$(")
        is_a_word = not before.strip() and not OPTION.match(after) and _is_listed(sheet.source, hit.start)
        is_named = is_a_case or is_a_word or re.match(rb"\s*(?:\(\)|=)", after)
        return bool(OPENS.search(before)) and not is_named
    if language.name == "json":
        return bool(COMMANDS_FILE.search(sheet.source.path)) and _runs_in_json(sheet, hit, before, after)
    if UNIT.match(sheet.source.name) or UNIT.match(sheet.source.path):
        return bool(TIMED.search(before))
    if is_ci(sheet) or language.name == "yaml":
        return _runs_in_yaml(sheet, hit, before, after)
    return False


def _is_listed(source: Source, start: int) -> bool:
    """Whether the line lies in a list or a text of several lines that a shell's variable is given."""
    begin = source.line_start(start)
    for _ in range(MOST_ITEMS):
        if not begin:
            return False
        line = source.line_text(begin - 1)
        if GIVEN.search(line):
            return True
        if line[:1] in (b")", b"}", b'"', b"'") or line.lstrip()[:1] in (b")", b'"', b"'"):
            return False
        begin = source.line_start(begin - 1)
    return False


def _runs_in_json(sheet: Sheet, hit: Hit, before: bytes, after: bytes) -> bool:
    start, end = sheet.source.scalar(hit.start)
    if start == hit.start and end == hit.end and KEYED.search(before):
        return True
    is_keyed = sheet.source.name in SCRIPTS_FILES and TOLD.search(before) is None
    opens = is_keyed or KEYED.search(before) if start == hit.start else JOINED.search(before)
    return bool(opens) and bool(ARGUES.match(after) or VERBS.match(after))


def _runs_in_yaml(sheet: Sheet, hit: Hit, before: bytes, after: bytes) -> bool:
    if LISTED.search(before):
        return True
    if OPENS.search(before) is None:
        return False
    if ARGUES.match(after):
        return True
    if not before.strip(b" \t-"):
        is_alone = not after.strip() and before.strip() == b"-"
        return bool(is_alone or VERBS.match(after)) and _is_a_script(sheet.source, hit.start, is_alone)
    return bool(VERBS.match(after))


def _is_a_script(source: Source, start: int, is_first: bool) -> bool:
    """Whether the line lies under a key whose lines or items are commands; of an item, directly under it."""
    begin = source.line_start(start)
    depth = _indent(source.line_text(start))
    while begin > 0:
        line = source.line_text(begin - 1)
        begin = source.line_start(begin - 1)
        if line.strip() and (_indent(line) < depth or SCRIPT.match(line)):
            return SCRIPT.match(line) is not None
        if is_first and line.strip():
            return False
    return False


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip())


DETECTOR = Detector("agent-cli", detect)
