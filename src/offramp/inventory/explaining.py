"""Why a finding is one: the signals on its line, the profile's block of each, a redacted excerpt.

The excerpt is the line as it is now. What stands in an archive or a log is not opened again.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from offramp.core.findings import Explanation, Finding, FindingKind, Reason
from offramp.core.ids import VendorId
from offramp.inventory.matching import Hit
from offramp.inventory.merging import RANDOM
from offramp.inventory.probe import Probe, make_probe
from offramp.inventory.reading import LARGEST_FILE
from offramp.inventory.revisions import Revision, is_bare, revision
from offramp.inventory.signals import Sign
from offramp.vendors import Block, Profile

LONGEST_EXCERPT = 200
BLOCK_OF = {
    Sign.MODEL: ("models", "hosted"), Sign.MODEL_IN_CONTEXT: ("models",), Sign.HOST: ("endpoints",),
    Sign.SITE: ("endpoints",), Sign.HEADER: ("endpoints",), Sign.ADDRESS_NAME: ("endpoints",),
    Sign.ADDRESS_SPELLING: ("endpoints",),
    Sign.KEY_NAME: ("credentials",), Sign.KEY: ("credentials",), Sign.KEY_SPELLING: ("credentials",),
    Sign.SELECTOR: ("selectors",),
    Sign.PREFIX: ("selectors",), Sign.MODULE: ("imports",), Sign.PACKAGE: ("packages",),
    Sign.CLIENT: ("clients",),
    Sign.COMMAND: ("agents",), Sign.INSTALLER: ("agents",), Sign.ACTION: ("agents",),
    Sign.IMAGE: ("agents",), Sign.EXTENSION: ("agents",),
    Sign.RESOURCE: ("infrastructure",), Sign.NAME: ("words",),
}  # fmt: skip
KIND_BLOCK = {
    FindingKind.DEPENDENCY: ("packages",), FindingKind.TRANSITIVE_DEPENDENCY: ("packages",),
    FindingKind.AGENT_CONFIG: ("agents",), FindingKind.SDK_IMPORT: ("imports", "clients"),
    FindingKind.SDK_CALL: ("clients", "imports"), FindingKind.MODEL_ID: ("models", "weights"),
    FindingKind.LOG_TRAFFIC: ("endpoints", "models"), FindingKind.ENDPOINT: ("endpoints",),
    FindingKind.CREDENTIAL: ("credentials",),
}  # fmt: skip
VALUE = re.compile(
    r"""((?:key|token|secret|password|auth)\w*["']?\s*[:=]\s*["']?)([^\s"',}]{6,})""", re.IGNORECASE
)
NOT_COUNTED = {
    FindingKind.SDK_IMPORT: "a module of another package of this name; a line in a comment or a docstring",
    FindingKind.SDK_CALL: "a call of something that only has the client's name; a line in a comment",
    FindingKind.DEPENDENCY: "the package is taken out of the file, or is another one of the same name",
    FindingKind.TRANSITIVE_DEPENDENCY: "the package at the head of the chain no longer pulls it in",
    FindingKind.MODEL_ID: "the name stands in a sentence, a comment or prose; another model has the name",
    FindingKind.ENDPOINT: "the host stands in a sentence or a comment; the setting holds another address",
    FindingKind.CREDENTIAL: "the name stands in a sentence or a comment, or means another key",
    FindingKind.LOG_TRAFFIC: "the record is of a test, or the log was written elsewhere",
    FindingKind.DECLARED: "the declaration is taken out of its file, or its last day has passed",
    FindingKind.MENTION: "it does not count now: a mention is no use",
}
OTHERWISE = "the words mean something else here, or stand in a sentence or a comment"


def explain(
    one: Finding, roots: Sequence[Path | Revision], profiles: Mapping[VendorId, Profile]
) -> Explanation:
    """Look at the place of a finding again."""
    probe = make_probe(profiles, [one.vendor], b"")
    profile = profiles[one.vendor]
    line, why_none = _line_of(one, roots)
    reasons = [_reason(profile, line, hit) for hit in probe.hits(line) if hit.signal.vendor == one.vendor]
    if not reasons:
        reasons = [
            _from_block(name, block, "", one.model)
            for name in KIND_BLOCK.get(one.kind, ())
            if isinstance(block := getattr(profile, name), Block)
        ]
    weights = profile.weights if one.serving is not None else None
    return Explanation(
        finding=one,
        vendor_name=profile.name,
        reasons=tuple(dict.fromkeys(reasons)),
        excerpt=_redacted(line, probe),
        without_excerpt=why_none,
        not_counted=(
            NOT_COUNTED.get(one.kind, OTHERWISE),
            "its file is left out by `.offrampignore`, and then counted as left out",
        ),
        undecided=weights.undecided if weights is not None else (),
        spares=weights.spares if weights is not None else (),
    )


def _line_of(one: Finding, roots: Sequence[Path | Revision]) -> tuple[bytes, str]:
    if not one.line:
        return b"", "it is about the whole file"
    for root in roots:
        if isinstance(root, Revision) or is_bare(root):
            at = root if isinstance(root, Revision) else revision(root, "HEAD")
            lines = at.text(one.path.removeprefix(f"{at.path.as_posix().rstrip('/')}/")).splitlines()
            if one.line <= len(lines):
                return lines[one.line - 1], ""
            continue
        place = root / one.path if root.is_dir() else root
        several = one.path.removeprefix(f"{root.as_posix().rstrip('/')}/")
        for path in (place, root / several):
            try:
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST_FILE:
                    lines = path.read_bytes().splitlines()
                    return (lines[one.line - 1], "") if one.line <= len(lines) else (b"", "the line is gone")
            except OSError:
                continue
    return b"", "it stands in an archive, a log or a file that is not here"


def _reason(profile: Profile, line: bytes, hit: Hit) -> Reason:
    text = "***" if hit.signal.sign is Sign.KEY else line[hit.start : hit.end].decode("utf-8", "replace")
    for name in BLOCK_OF.get(hit.signal.sign, ()):
        value = getattr(profile, name)
        for block in value if isinstance(value, tuple) else (value,):
            if isinstance(block, Block) and _has(block, hit):
                return _from_block(name, block, hit.signal.sign, RANDOM.sub("***", text))
    return Reason(sign=hit.signal.sign, text=text, block="", source="", basis="", checked="")


def _has(block: Block, hit: Hit) -> bool:
    route = getattr(block, "route", None)
    return route is None or route == hit.signal.route


def _from_block(name: str, block: Block, sign: str, text: str) -> Reason:
    return Reason(
        sign=sign or name,
        text=text,
        block=name,
        source=block.source,
        basis=block.basis,
        checked=block.checked.isoformat() if block.checked is not None else "",
    )


def _redacted(line: bytes, probe: Probe) -> str:
    """The line as it can be shown: keys, what follows a key's name, and runs no word has, starred out."""
    parts, end = [], 0
    for hit in probe.hits(line):
        if hit.signal.sign is Sign.KEY and hit.start >= end:
            parts += [line[end : hit.start], b"***"]
            end = hit.end
    text = b"".join([*parts, line[end:]]).decode("utf-8", "replace").strip()
    text = RANDOM.sub("***", VALUE.sub(r"\1***", text))
    return text[:LONGEST_EXCERPT] + ("…" if len(text) > LONGEST_EXCERPT else "")
