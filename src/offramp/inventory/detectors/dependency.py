"""Packages a project itself asks for.

# What it finds
A vendor's package, or a framework's extra that brings one in, in manifests: requirements, pyproject (PEP 621,
poetry, pdm, uv, hatch), setup files, Pipfile, conda, pixi, the metadata block of a Python script;
package.json, pnpm and yarn catalogues, deno.json; go.mod; Cargo.toml; Maven, Gradle with its catalogues, sbt,
Mill, deps.edn, Leiningen; NuGet projects, central versions, packages.config, Paket; Gemfile and gem
specifications; composer.json; Podfile and pod specifications; Package.swift and Xcode projects; pubspec;
mix.exs, rebar.config, gleam.toml. Also direct entries of lock files, install commands of scripts and
notebooks, and what scripts in compiled languages ask for in their text (`#r "nuget: …"`, `//DEPS`, `%maven`).

# Why it matters
A dependency is what a build will fetch. Taking it out is the last step of a move and the proof of it.

# What to do
Remove it once nothing imports it, and check that no other package pulls it back in.

# Limits
A package that is used without being declared is found by its import only. Versions are not solved; names
computed by a program are not read. A package bought in under another name is not recognised. `bun.lockb` and
`flake.lock` are not read.
"""

from collections.abc import Iterable, Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.commands import installs, is_ci, is_container
from offramp.inventory.languages import PROSE
from offramp.inventory.packages import Package, script
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Detector, Found, Sheet


def detect(sheet: Sheet) -> Iterator[Found]:
    """Direct entries of manifests and locks, and install commands outside containers and pipelines."""
    manifest = sheet.manifest
    if manifest is not None:
        asked = (one for one in sheet.packages if one.is_direct)
        if not manifest.is_lock:
            asked = (one for one in asked if not _is_commented_out(sheet, one))
        yield from _known(sheet, asked, manifest.ecosystem, "locks" if manifest.is_lock else "depends on")
        return
    if sheet.source.language.tree == "python":
        yield from _known(sheet, script(sheet.source), "pypi", "depends on")
    if sheet.source.language is not PROSE and not is_ci(sheet) and not is_container(sheet):
        for one in installs(sheet):
            yield Found(
                vendor=one.package.vendor,
                kind=FindingKind.DEPENDENCY,
                start=one.start,
                end=one.end,
                matched=one.name,
                message=f"installs `{one.name}`",
                route=one.package.route,
                confidence=Confidence.LIKELY,
            )


def _known(sheet: Sheet, packages: Iterable[Package], ecosystem: str, verb: str) -> Iterator[Found]:
    for package in packages:
        for known in sheet.knowledge.packages_named(package.name, ecosystem, package.extras):
            if not known.extra and _is_of_an_extra(sheet, package):
                continue
            shown = f"{package.name}[{known.extra}]" if known.extra else package.name
            yield Found(
                vendor=known.vendor,
                kind=FindingKind.DEPENDENCY,
                start=package.start,
                end=package.end,
                matched=shown,
                message=f"{verb} `{shown}` ({ecosystem})",
                route=known.route,
            )


def _is_of_an_extra(sheet: Sheet, package: Package) -> bool:
    """Whether it stands for one of a package's extras, on a line of its own."""
    text = sheet.source.data[package.start : package.end].decode("utf-8", "replace")
    return text in package.extras and text != package.name


def _is_commented_out(sheet: Sheet, package: Package) -> bool:
    return sheet.source.place(package.start, package.end) is Place.COMMENT


DETECTOR = Detector("dependency", detect)
