"""Which file is a manifest or lock of which ecosystem, and who reads it. Order matters: first match wins."""

import re
from dataclasses import dataclass
from functools import lru_cache

from offramp.inventory.packages import (
    apple,
    beam,
    crates,
    dart,
    dotnet,
    golang,
    jvm,
    npm,
    npm_locks,
    php,
    pypi,
    pypi_locks,
    ruby,
)
from offramp.inventory.packages.interface import Reader, matches


@dataclass(frozen=True, slots=True)
class Manifest:
    """A kind of file that names packages."""

    names: re.Pattern[str]
    """Matches the whole file name, in lower case."""
    ecosystem: str
    reader: Reader
    is_lock: bool = False


def _manifest(names: str, ecosystem: str, reader: Reader) -> Manifest:
    return Manifest(re.compile(names), ecosystem, reader)


def _lock(names: str, ecosystem: str, reader: Reader) -> Manifest:
    return Manifest(re.compile(names), ecosystem, reader, is_lock=True)


READERS: tuple[Manifest, ...] = (
    _manifest(
        r"(requirements|constraints)([-_.].*)?\.(txt|in)|.*[-_.]requirements\.(txt|in)",
        "pypi",
        pypi.requirements,
    ),
    _manifest(r"pyproject\.toml|pipfile|pixi\.toml", "pypi", pypi.pyproject),
    _manifest(r"setup\.py|noxfile\.py", "pypi", pypi.quoted),
    _manifest(r"setup\.cfg", "pypi", pypi.setup_cfg),
    _lock(r"(.*[-_.])?conda-lock\.ya?ml", "pypi", pypi_locks.conda_lock),
    _manifest(r"(.*[-_.])?(environment|conda|conda-env)([-_.].*)?\.ya?ml", "pypi", pypi.conda),
    _lock(r"(uv|poetry|pdm)\.lock|pylock(\..*)?\.toml", "pypi", pypi_locks.toml_lock),
    _lock(r"pipfile\.lock", "pypi", pypi_locks.pipfile_lock),
    _lock(r"pixi\.lock", "pypi", pypi_locks.pixi_lock),
    _manifest(r"package\.json", "npm", npm.package_json),
    _manifest(r"pnpm-workspace\.yaml|\.yarnrc\.yml", "npm", npm.pnpm_workspace),
    _manifest(r"deno\.jsonc?|import_?map\.json", "npm", npm.deno_json),
    _lock(r"package-lock\.json|npm-shrinkwrap\.json|\.package-lock\.json", "npm", npm_locks.package_lock),
    _lock(r"yarn\.lock", "npm", npm_locks.yarn_lock),
    _lock(r"pnpm-lock\.yaml", "npm", npm_locks.pnpm_lock),
    _lock(r"bun\.lock", "npm", npm_locks.bun_lock),
    _lock(r"deno\.lock", "npm", npm_locks.deno_lock),
    _manifest(r"go\.mod", "go", golang.go_mod),
    _lock(r"go\.sum|go\.work\.sum", "go", golang.go_sum),
    _manifest(r"cargo\.toml", "crates", crates.cargo_toml),
    _lock(r"cargo\.lock", "crates", crates.cargo_lock),
    _manifest(r"pom\.xml|.*\.pom", "maven", jvm.pom),
    _manifest(r".*\.gradle(\.kts)?|.*\.versions\.toml", "maven", jvm.gradle),
    _lock(r"(.*[-_.])?gradle\.lockfile", "maven", jvm.gradle_lock),
    _manifest(r".*\.sbt|build\.sc|build\.mill", "maven", jvm.sbt),
    _manifest(r"deps\.edn|project\.clj", "maven", jvm.clojure),
    _manifest(
        r".*\.(cs|fs|vb)proj|packages\.config|.*\.props|.*\.targets|.*\.nuspec", "nuget", dotnet.project
    ),
    _lock(r"packages\.lock\.json", "nuget", dotnet.nuget_lock),
    _manifest(r"paket\.dependencies", "nuget", matches(dotnet.PAKET)),
    _lock(r"paket\.lock", "nuget", dotnet.paket_lock),
    _manifest(r"(?:.*\.)?gemfile|gems\.rb|.*\.gemspec", "rubygems", matches(ruby.GEM)),
    _lock(r"(?:.*\.)?gemfile\.lock|gems\.locked", "rubygems", ruby.gem_lock),
    _manifest(r"composer\.json", "composer", php.composer_json),
    _lock(r"composer\.lock", "composer", php.composer_lock),
    _manifest(r"podfile|.*\.podspec", "cocoapods", apple.podfile),
    _lock(r"podfile\.lock", "cocoapods", apple.podfile_lock),
    _manifest(r"package(@swift-[\d.]+)?\.swift", "swift", apple.package_swift),
    _manifest(r"project\.pbxproj", "swift", apple.xcode_project),
    _lock(r"package\.resolved", "swift", apple.package_resolved),
    _manifest(r"pubspec(_overrides)?\.yaml", "pub", dart.pubspec),
    _lock(r"pubspec\.lock", "pub", dart.pubspec_lock),
    _manifest(r"mix\.exs", "hex", beam.mix_exs),
    _lock(r"mix\.lock", "hex", beam.mix_lock),
    _manifest(r"rebar\.config", "hex", beam.rebar),
    _manifest(r"gleam\.toml", "hex", beam.gleam),
)

OTHER_LOCKS = re.compile(
    r"bun\.lockb|flake\.lock|rebar\.lock|manifest\.toml|\.terraform\.lock\.hcl|npm-debug\.log"
)
"""Locks nothing here reads; names in them are neither uses nor mentions."""


@lru_cache(maxsize=4096)
def manifest_of(name: str, folder: str = "") -> Manifest | None:
    """The manifest a file is, by its name and that of its folder; None for any other file."""
    lower = name.lower()
    if folder.lower() == "requirements" and lower.endswith((".txt", ".in")):
        return READERS[0]
    return next((one for one in READERS if one.names.fullmatch(lower)), None)


def is_lock(name: str) -> bool:
    """Whether a file is a lock, read here or not."""
    found = manifest_of(name)
    return bool(OTHER_LOCKS.fullmatch(name.lower())) or (found is not None and found.is_lock)


def normal(name: str, ecosystem: str) -> str:
    """The one spelling of a name in its ecosystem."""
    if ecosystem == "pypi":
        return pypi.normal(name)
    if ecosystem == "go":
        return re.sub(r"/v\d+$", "", name)
    if ecosystem == "swift":
        return apple.normal(name)
    if ecosystem == "maven":
        return re.sub(r"_(?:2\.\d+|3)$", "", name)
    return name if ecosystem == "npm" else name.lower()
