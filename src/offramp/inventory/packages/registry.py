"""Which file is a manifest or lock of which ecosystem, and who reads it. Order matters: first match wins."""

import re
from dataclasses import dataclass

from offramp.inventory.packages import npm, others, pypi
from offramp.inventory.packages.interface import Reader


@dataclass(frozen=True, slots=True)
class Manifest:
    """A kind of file that names packages."""

    names: re.Pattern[str]
    """Matches the whole file name, in lower case."""
    ecosystem: str
    reader: Reader
    is_lock: bool = False


def _manifest(names: str, ecosystem: str, reader: Reader, *, is_lock: bool = False) -> Manifest:
    return Manifest(re.compile(names), ecosystem, reader, is_lock)


READERS: tuple[Manifest, ...] = (
    _manifest(
        r"(requirements|constraints)([-_.].*)?\.(txt|in)|.*[-_.]requirements\.(txt|in)",
        "pypi",
        pypi.requirements,
    ),
    _manifest(r"pyproject\.toml|pipfile", "pypi", pypi.pyproject),
    _manifest(r"setup\.py|noxfile\.py", "pypi", pypi.quoted),
    _manifest(r"setup\.cfg", "pypi", pypi.setup_cfg),
    _manifest(r"(environment|conda)([-_.].*)?\.ya?ml", "pypi", pypi.conda),
    _manifest(r"(uv|poetry|pdm)\.lock", "pypi", pypi.toml_lock, is_lock=True),
    _manifest(r"package\.json", "npm", npm.package_json),
    _manifest(r"package-lock\.json|npm-shrinkwrap\.json", "npm", npm.package_lock, is_lock=True),
    _manifest(r"yarn\.lock", "npm", npm.yarn_lock, is_lock=True),
    _manifest(r"pnpm-lock\.yaml", "npm", npm.pnpm_lock, is_lock=True),
    _manifest(r"go\.mod", "go", others.go_mod),
    _manifest(r"cargo\.toml", "crates", others.cargo_toml),
    _manifest(r"cargo\.lock", "crates", others.cargo_lock, is_lock=True),
    _manifest(r"pom\.xml|.*\.pom", "maven", others.pom),
    _manifest(r".*\.gradle(\.kts)?|libs\.versions\.toml|build\.sbt|deps\.edn", "maven", others.gradle),
    _manifest(
        r".*\.(cs|fs|vb)proj|packages\.config|.*\.props|.*\.targets", "nuget", others.lines_of(others.NUGET)
    ),
    _manifest(r"packages\.lock\.json", "nuget", others.nuget_lock, is_lock=True),
    _manifest(r"gemfile|.*\.gemspec", "rubygems", others.lines_of(others.GEM)),
    _manifest(r"gemfile\.lock", "rubygems", others.gem_lock, is_lock=True),
    _manifest(r"composer\.json", "composer", others.composer_json),
    _manifest(r"composer\.lock", "composer", others.composer_lock, is_lock=True),
    _manifest(r"pubspec\.yaml", "pub", others.lines_of(others.PUB)),
    _manifest(r"pubspec\.lock", "pub", others.lines_of(others.PUB, is_direct=False), is_lock=True),
    _manifest(r"mix\.exs", "hex", others.lines_of(others.HEX)),
    _manifest(r"mix\.lock", "hex", others.lines_of(others.HEX_LOCK, is_direct=False), is_lock=True),
)

OTHER_LOCKS = re.compile(r"go\.sum|bun\.lockb?|pipfile\.lock|pixi\.lock|deno\.lock|flake\.lock")
"""Locks nothing here reads; names in them are neither uses nor mentions."""


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
    return name if ecosystem in ("npm", "maven") else name.lower()
