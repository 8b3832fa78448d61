"""Command lines inside files: where one begins, and which packages an install command names.

Shared by the detectors of dependencies, containers, CI and agents; reports nothing itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from offramp.inventory.knowledge import KnownPackage
from offramp.inventory.languages import YAML
from offramp.inventory.matching import Hit
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Sheet
from offramp.inventory.signals import Sign

INSTALL = re.compile(
    rb"""(?<![\w./-])(?:
      (?P<pypi>(?:python[\d.]*\s+-m\s+)?pip[\d.]*\s+install|uv\s+(?:pip\s+install|add|tool\s+install)|uvx|pipx\s+(?:install|run)|llm\s+install
        |poetry\s+add|pdm\s+add|(?:conda|mamba|micromamba)\s+install)
      |(?P<npm>npm\s+(?:install|i|add|ci)|pnpm\s+(?:install|i|add|dlx)|yarn\s+(?:global\s+)?(?:add|dlx)|bun\s+(?:add|install|i)|npx|bunx)
      |(?P<go>go\s+(?:get|install))
      |(?P<crates>cargo\s+(?:add|install))
      |(?P<rubygems>gem\s+install|bundle\s+add)
      |(?P<composer>composer\s+require)
      |(?P<nuget>dotnet\s+add\s+(?:\S+\s+)?package)
    )(?=\s)""",
    re.VERBOSE,
)
INSTALL_WORDS = (b"install", b"uvx", b"pipx", b" add", b"npm ", b"dlx", b"bun", b"npx", b"go get", b"require")
"""One of these stands in every install command; looking for them first costs next to nothing."""
LONGEST_COMMAND = 4_000
"""How far before its last package an install command may begin."""
REST = re.compile(rb"""(?:\\\r?\n|"[\w@][^"\s]*"(?=\s|$)|'[\w@][^'\s]*'(?=\s|$)|[<>]=|[^\n;&|<>)`])*""")
"""What follows an install command; the bounds of a version are no redirection."""
TOKEN = re.compile(
    rb"""["']?((?:@[\w.~-]+/)?[\w][\w./~-]*?)(?:\[([\w,\s-]*)\])?(?:(?:[=<>~!]=|[<>]|@|==)[^\s"']*)?["']?(?=\s|$|\\|["'])"""
)
ASKED = re.compile(
    rb"""(?m)^[ \t]*(?:\#r[ \t]+"nuget:[ \t]*(?P<nuget>[\w.-]+)
    |(?:%maven|%dependency[ \t]+/add|@file:DependsOn\(|//DEPS|@Grab\(|import[ \t]+\$ivy\.)
     [ \t]*["'`]?(?P<maven>[\w.-]+::?[\w.-]+))""",
    re.VERBOSE,
)
"""How scripts and notebooks of compiled languages ask for packages."""

CI_PATH = re.compile(
    r"(?:^|/)(?:\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml|action\.ya?ml|\.tekton/.*\.ya?ml"
    r"|buildspec[^/]*\.ya?ml|codefresh.*\.ya?ml|\.semaphore/.*\.ya?ml|\.teamcity/.*\.kts|[^/]*\.jenkinsfile"
    r"|\.azure-?(?:pipelines|devops)/.*\.ya?ml|pipelines/.*\.ya?ml|\.gitlab-ci.*\.ya?ml|\.gitlab/.*\.ya?ml"
    r"|azure-pipelines.*\.ya?ml|\.circleci/.*\.ya?ml|bitbucket-pipelines\.ya?ml|jenkinsfile[^/]*|\.travis\.ya?ml"
    r"|\.drone\.ya?ml|\.buildkite/.*|cloudbuild.*\.ya?ml|\.woodpecker.*\.ya?ml|appveyor\.ya?ml)$",
    re.IGNORECASE,
)
JOBS = re.compile(rb"(?m)^jobs:[ \t]*(?:#[^\n]*)?\r?$")
STEPS = re.compile(rb"(?m)^[ \t]+steps:[ \t]*(?:#[^\n]*)?\r?$")
CONTAINER_PATH = re.compile(
    r"(?:^|/)(?:(?:dockerfile|containerfile)[^/]*|[^/]*\.(?:dockerfile|containerfile)"
    r"|(?:docker-)?compose[^/]*\.ya?ml|devcontainer\.json|bake\.hcl|docker-bake\.(?:hcl|json))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Install:
    """A known package that an install command names."""

    package: KnownPackage
    name: str
    start: int
    end: int


def is_ci(sheet: Sheet) -> bool:
    """Whether the file is a pipeline, by its path or by being written as a workflow is."""
    return bool(CI_PATH.search(sheet.source.path)) or is_workflow(sheet)


def is_workflow(sheet: Sheet) -> bool:
    """Whether a YAML file kept anywhere has jobs with steps: a workflow to copy, or one of another host."""
    source = sheet.source
    return source.language is YAML and bool(JOBS.search(source.data)) and bool(STEPS.search(source.data))


def is_container(sheet: Sheet) -> bool:
    """Whether the file describes an image or containers."""
    return bool(CONTAINER_PATH.search(sheet.source.path))


def _commands_before(data: bytes, packages: Sequence[Hit]) -> Iterator[re.Match[bytes]]:
    """Every install command that one of the packages may be an argument of."""
    done = 0
    for hit in packages:
        if hit.start > done:
            first, done = max(done, hit.start - LONGEST_COMMAND), hit.start
            if any(word in data[first:done] for word in INSTALL_WORDS):
                yield from INSTALL.finditer(data, first, done)


def may_install(data: bytes, hits: Sequence[Hit]) -> bool:
    """Whether an install command stands before any of the packages."""
    packages = [hit for hit in hits if hit.signal.sign is Sign.PACKAGE]
    return next(_commands_before(data, packages), None) is not None


def installs(sheet: Sheet) -> Iterator[Install]:
    """Every known package named by an install command that is not in a comment."""
    data = sheet.source.data
    if sheet.source.language.module_scope in ("java", "csharp"):
        yield from _asked(sheet)
    packages = [hit for hit in sheet.hits if hit.signal.sign is Sign.PACKAGE]
    for command in _commands_before(data, packages):
        if sheet.source.place(command.start(), command.end()) is Place.COMMENT:
            continue
        ecosystem = command.lastgroup or ""
        rest = REST.match(data, command.end())
        end = rest.end() if rest is not None else command.end()
        for token in TOKEN.finditer(data, command.end(), end):
            if data[token.start() - 1 : token.start()] == b"-" or token[1].startswith(b"-"):
                continue
            name = token[1].decode("utf-8", "replace")
            extras = [one.strip() for one in (token[2] or b"").decode("utf-8", "replace").split(",")]
            for package in sheet.knowledge.packages_named(name, ecosystem, extras):
                yield Install(package, name, token.start(1), token.end(1))


def _asked(sheet: Sheet) -> Iterator[Install]:
    for match in ASKED.finditer(sheet.source.data):
        ecosystem = match.lastgroup or ""
        name = match[ecosystem].decode("latin-1").replace("::", ":")
        for package in sheet.knowledge.packages_named(name, ecosystem):
            yield Install(package, name, *match.span(ecosystem))
