"""Gives each finding the system it belongs to, by the globs of the workspace."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from offramp.core.findings import Finding
from offramp.core.ids import SystemId


def assign(
    findings: Sequence[Finding], systems: Mapping[SystemId, Sequence[str]], prefix: str = ""
) -> tuple[Finding, ...]:
    """Findings with the first system one of whose globs matches; a system already set stays.

    Globs are relative to the workspace root: `**` crosses folders, `*` does not. `prefix` is the path from
    the workspace root to the scanned root, empty or ending in `/`.
    """
    return tuple(
        finding
        if finding.system is not None
        else replace(finding, system=_owner(prefix + finding.path, systems))
        for finding in findings
    )


def _owner(path: str, systems: Mapping[SystemId, Sequence[str]]) -> SystemId | None:
    return next(
        (one for one, globs in systems.items() if any(_glob(glob).fullmatch(path) for glob in globs)), None
    )


@cache
def _glob(glob: str) -> re.Pattern[str]:
    """`**/` is any folders, `**` anything, `*` and `?` stay within a name; a folder means all in it."""
    pattern = ""
    rest = glob.rstrip("/") + "/**" if glob.endswith("/") else glob
    while rest:
        if rest.startswith("**/"):
            pattern, rest = pattern + r"(?:[^/]+/)*", rest[3:]
        elif rest.startswith("**"):
            pattern, rest = pattern + r".*", rest[2:]
        elif rest[0] == "*":
            pattern, rest = pattern + r"[^/]*", rest[1:]
        elif rest[0] == "?":
            pattern, rest = pattern + r"[^/]", rest[1:]
        else:
            pattern, rest = pattern + re.escape(rest[0]), rest[1:]
    return re.compile(pattern, re.DOTALL)
