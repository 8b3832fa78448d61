"""JavaScript: package.json and its kin, deno.json, and scripts' `npm:` names."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Package, text
from offramp.inventory.packages.json_places import members
from offramp.inventory.source import Source

NAME = r"(?:@[\w.~-]+/)?[\w.~-]+"
ALIAS = re.compile(rf"(?:npm|jsr):/?({NAME})(?:@.*)?")
LAST = re.compile(rf"({NAME})(?:@[^/>]*)?$")
"""The package at the end of a path of overrides, such as `above>name@1`."""
TABLES = {
    "dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "resolutions", "overrides",
    "bundleDependencies", "bundledDependencies", "catalog", "patchedDependencies",
}  # fmt: skip
GROUPS = {"pnpm", "catalogs", "overrides", "workspaces", "volta", "resolutions"}
WORKSPACE_LINE = re.compile(
    rb"""^[ \t]{2,}["']?((?:@[\w.~-]+/)?[\w.~-]+)["']?:[ \t]+["']?"""
    rb"""(?:npm:((?:@[\w.~-]+/)?[\w.~-]+)@)?[\^~<>=v*]?\d""",
    re.MULTILINE,
)


def package_json(source: Source) -> Iterator[Package]:
    """The tables that list dependencies, also under an alias, in overrides and catalogues."""
    for one in members(source.data):
        if not one.key:
            if one.path and one.path[0] in ("bundleDependencies", "bundledDependencies"):
                yield Package(one.value, one.start, one.end)
            continue
        if not one.path or not _is_table(one.path):
            continue
        alias = ALIAS.fullmatch(one.value)
        if alias is not None:
            yield Package(alias[1], one.value_start, one.value_end)
        elif one.value or one.path[0] in ("overrides", "resolutions", "pnpm"):
            name = LAST.search(one.key)
            if name is not None:
                yield Package(name[1], one.start, one.end)


def _is_table(path: tuple[str, ...]) -> bool:
    """`dependencies` itself, or a table of one kind inside a tool's own."""
    if path[0] in TABLES and (len(path) == 1 or path[0] in GROUPS):
        return True
    return path[0] in GROUPS and len(path) >= 2 and (path[1] in TABLES or path[0] == "catalogs")


def deno_json(source: Source) -> Iterator[Package]:
    """`imports` of deno.json and import maps whose target is a package."""
    for one in members(source.data):
        alias = ALIAS.match(one.value)
        if alias is not None and "imports" in one.path:
            yield Package(alias[1], one.value_start, one.value_end)


def pnpm_workspace(source: Source) -> Iterator[Package]:
    """The catalogues and overrides of a pnpm workspace: names with a version."""
    for match in WORKSPACE_LINE.finditer(source.data):
        group = 2 if match[2] else 1
        yield Package(text(match[group]), match.start(group), match.end(group))
