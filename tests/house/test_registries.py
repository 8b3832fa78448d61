"""One name, many places: every entry of a registry has its code, its case and its heading under one slug."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from offramp.cli.commands import COMMANDS
from offramp.report import FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Where the entries of one registry live: `{slug}` in kebab-case, `{module}` in snake_case."""

    name: str
    slugs: tuple[str, ...]
    code: str
    folder: str
    """Glob of the folder whose every entry must be listed."""
    cases: str = ""
    """Glob of case files, one of which must be about the slug; empty where none are kept."""
    page: str
    """A page with a heading for the slug."""
    beside: tuple[str, ...] = ()
    """Files in that folder that are no entries: what an entry is, and what is asked at another moment."""


def slugs_of(room: str, registry: str) -> tuple[str, ...]:
    """The slugs of a registry in a room that may not be built yet."""
    try:
        module = __import__(f"offramp.{room}", fromlist=[registry])
    except ModuleNotFoundError:
        return ()
    entries: object = getattr(module, registry, ())
    if isinstance(entries, Mapping):
        return tuple(entries)
    assert isinstance(entries, tuple), f"offramp.{room}.{registry} is not a tuple or a mapping"
    return tuple(entry if isinstance(entry, str) else entry.slug for entry in entries)


REGISTRIES = (
    Registry(
        name="analyses",
        slugs=slugs_of("instruments.analyses", "ANALYSES"),
        code="src/offramp/instruments/analyses/{module}.py",
        folder="src/offramp/instruments/analyses/*.py",
        cases="tests/cases/analyses/*.md",
        page="docs/explain/analyses.md",
    ),
    Registry(
        name="commands",
        slugs=COMMANDS,
        code="src/offramp/cli/commands/{module}.py",
        folder="src/offramp/cli/commands/*.py",
        page="docs/reference/commands.md",
    ),
    Registry(
        name="report formats",
        slugs=tuple(FORMATS),
        code="src/offramp/report/formats/{module}.py",
        folder="src/offramp/report/formats/*.py",
        page="docs/reference/formats.md",
    ),
    Registry(
        name="detectors",
        slugs=slugs_of("inventory.detectors", "DETECTORS"),
        code="src/offramp/inventory/detectors/{module}.py",
        folder="src/offramp/inventory/detectors/*.py",
        cases="tests/cases/detectors/*.md",
        page="docs/reference/detectors.md",
    ),
    Registry(
        name="dialects",
        slugs=slugs_of("dialects", "DIALECTS"),
        code="src/offramp/dialects/{module}/__init__.py",
        folder="src/offramp/dialects/*/__init__.py",
        cases="tests/cases/dialects/*.md",
        page="docs/reference/dialects.md",
    ),
    Registry(
        name="guards",
        slugs=tuple(
            sorted((*slugs_of("control.guards", "GUARDS"), *slugs_of("control.guards", "CALL_GUARDS")))
        ),
        code="src/offramp/control/guards/{module}.py",
        folder="src/offramp/control/guards/*.py",
        cases="tests/cases/*guards/*.md",
        page="docs/reference/guards.md",
        beside=("clauses.py", "interface.py", "registry.py"),
    ),
    Registry(
        name="statements",
        slugs=slugs_of("evidence.statements", "PREDICATES"),
        code="src/offramp/evidence/statements/predicates/{module}.py",
        folder="src/offramp/evidence/statements/predicates/*.py",
        cases="tests/cases/statements/*.md",
        page="docs/reference/statements.md",
    ),
    Registry(
        name="vendors",
        slugs=slugs_of("vendors", "VENDORS"),
        code="src/offramp/vendors/profiles/{slug}.toml",
        folder="src/offramp/vendors/profiles/*.toml",
        cases="tests/cases/vendors/*.md",
        page="docs/reference/vendors.md",
    ),
)

each = pytest.mark.parametrize("registry", REGISTRIES, ids=lambda each: each.name)


def fill(pattern: str, slug: str) -> str:
    return pattern.format(slug=slug, module=slug.replace("-", "_"))


def headings(page: Path) -> set[str]:
    """The headings of a page, without backticks and the product's name."""
    lines = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    return {line.lstrip("#").strip().strip("`").removeprefix("offramp ") for line in lines if line[:1] == "#"}


@each
def test_entries_are_listed_alphabetically(registry: Registry) -> None:
    assert list(registry.slugs) == sorted(registry.slugs), f"sort the {registry.name}"


@each
def test_every_entry_has_its_code(registry: Registry, root: Path) -> None:
    missing = [path for slug in registry.slugs if not (root / (path := fill(registry.code, slug))).exists()]
    assert not missing, f"{registry.name} without code:\n" + "\n".join(missing)


@each
def test_every_file_is_listed(registry: Registry, root: Path) -> None:
    listed = {root / fill(registry.code, slug) for slug in registry.slugs}
    parents = {"__init__.py"} if not registry.folder.endswith("__init__.py") else set()
    strays = [
        path.relative_to(root).as_posix()
        for path in sorted(root.glob(registry.folder))
        if path not in listed and path.name not in {*parents, *registry.beside} and path.name[0] != "_"
    ]
    assert not strays, f"add these to the list of {registry.name}:\n" + "\n".join(strays)


@pytest.mark.parametrize("registry", [each for each in REGISTRIES if each.cases], ids=lambda each: each.name)
def test_every_entry_has_its_case(registry: Registry, root: Path) -> None:
    cases = {path.stem: path.read_text(encoding="utf-8") for path in root.glob(registry.cases)}
    missing = [
        slug
        for slug in registry.slugs
        if slug not in cases and not any(holds(text, slug) for text in cases.values())
    ]
    assert not missing, f"no case in {registry.cases} is about: {', '.join(missing)}"


def holds(text: str, slug: str) -> bool:
    """The slug stands in the text as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(slug)}(?![\w-])", text) is not None


@each
def test_every_entry_has_its_heading(registry: Registry, root: Path) -> None:
    missing = sorted(set(registry.slugs) - headings(root / registry.page))
    assert not missing, f"{registry.page} needs a heading for each of: {', '.join(missing)}"
