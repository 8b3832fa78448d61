"""Python: requirements, pyproject, setup files, Pipfile, conda, and the locks of uv, poetry and pdm."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from offramp.inventory.packages.interface import Graph, Package
from offramp.inventory.source import Source

NAME = rb"[A-Za-z0-9][A-Za-z0-9._-]*"
REQUIREMENT = re.compile(rb"\s*(" + NAME + rb")\s*(?:\[([^\]\n]*)\])?\s*(?=$|[;#\s<>=!~@,\\(])")
QUOTED = re.compile(rb"""(["'])(""" + NAME + rb""")\s*(?:\[([^\]"'\n]*)\])?\s*(?:[<>=!~@;,(][^"'\n]*)?\1""")
SECTION = re.compile(rb"^\s*\[+\s*([^\]\n]+?)\s*\]+")
KEY = re.compile(rb"""^\s*["']?(""" + NAME + rb""")["']?\s*=""")
TABLES = re.compile(rb"(?:^|\.)(?:dependencies|dev-dependencies|packages|dev-packages)$")
LISTS = re.compile(
    rb"^(?:project\.optional-dependencies|dependency-groups|build-system|tool\.uv|tool\.pdm\.dev-dependencies)$"
)
CONDA = re.compile(
    rb"^\s*-\s+[\"']?(?:[\w.-]+::)?(" + NAME + rb")(?:\[([^\]\n]*)\])?(?=$|[\s=<>!~;\"'])", re.MULTILINE
)
LOCK_NAME = re.compile(rb'^name\s*=\s*"([^"\n]+)"', re.MULTILINE)


def normal(name: str) -> str:
    """The one spelling of a name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(source: Source) -> Iterator[Package]:
    """A requirement on each line; options and comments apart."""
    for start, line in _lines(source.data):
        if line.lstrip().startswith((b"#", b"-")):
            continue
        match = REQUIREMENT.match(line)
        if match is not None:
            yield _package(match[1], match[2], start + match.start(1))


def pyproject(source: Source) -> Iterator[Package]:
    """PEP 621, dependency groups, poetry, uv, pdm and Pipfile tables."""
    section, in_list = b"", False
    for start, line in _lines(source.data):
        header = SECTION.match(line)
        if header is not None and not in_list:
            section = header[1].replace(b'"', b"")
            continue
        if line.lstrip().startswith(b"#"):
            continue
        if TABLES.search(section) and not section.startswith(b"project"):
            match = KEY.match(line)
            if match is not None:
                yield _package(match[1], b"", start + match.start(1))
            continue
        opens = re.match(rb"\s*([\w-]+)\s*=\s*\[", line)
        if opens is not None:
            is_wanted = bool(LISTS.match(section)) or (section == b"project" and opens[1] == b"dependencies")
            in_list = is_wanted
        if in_list:
            body = line[opens.end() :] if opens is not None else line
            for match in QUOTED.finditer(body):
                yield _package(match[2], match[3], start + len(line) - len(body) + match.start(2))
            in_list = b"]" not in re.sub(rb"""(["'])(?:(?!\1).)*\1""", b"", body)


def quoted(source: Source) -> Iterator[Package]:
    """Every quoted requirement, for files that are programs."""
    for match in QUOTED.finditer(source.data):
        yield _package(match[2], match[3], match.start(2))


def setup_cfg(source: Source) -> Iterator[Package]:
    """Indented lines under `install_requires` and the extras."""
    for start, line in _lines(source.data):
        if line[:1].isspace():
            match = REQUIREMENT.match(line)
            if match is not None:
                yield _package(match[1], match[2], start + match.start(1))


def conda(source: Source) -> Iterator[Package]:
    """List items of an environment file, and of the pip list inside it."""
    for match in CONDA.finditer(source.data):
        yield _package(match[1], match[2], match.start(1))


def toml_lock(source: Source) -> Iterator[Package]:
    """uv.lock and poetry.lock: every entry with the chain that pulls it in."""
    try:
        content: dict[str, Any] = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    entries = content.get("package")
    graph = Graph()
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            continue
        name, needs = normal(entry["name"]), set(_needs(entry))
        origin = entry.get("source")
        if isinstance(origin, dict) and ("virtual" in origin or "editable" in origin):
            graph.roots |= needs
        else:
            graph.add(name, sorted(needs))
    for package in pyproject(Source("pyproject.toml", source.sibling("pyproject.toml"), source.language)):
        graph.roots.add(normal(package.name))
    yield from located(source, graph, LOCK_NAME)


def located(source: Source, graph: Graph, names: re.Pattern[bytes]) -> Iterator[Package]:
    """The entries of a lock file at their places, each with its chain."""
    graph.assume_roots()
    chains = graph.chains()
    for match in names.finditer(source.data):
        name = normal(match[1].decode("utf-8", "replace"))
        via = chains.get(name)
        yield Package(name, match.start(1), match.end(1), via == (), via or ())


def _needs(entry: dict[str, Any]) -> Iterator[str]:
    for key in ("dependencies", "optional-dependencies", "dev-dependencies"):
        yield from _names(entry.get(key))


def _names(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                yield normal(one["name"])
    elif isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, list) and one and isinstance(one[0], dict) and "name" in one[0]:
                yield from _names(one)
            else:
                yield normal(str(key))


def _package(name: bytes, extras: bytes | None, start: int) -> Package:
    found = tuple(
        part.strip().decode("utf-8", "replace") for part in (extras or b"").split(b",") if part.strip()
    )
    return Package(name.decode("ascii", "replace"), start, start + len(name), extras=found)


def _lines(data: bytes) -> Iterable[tuple[int, bytes]]:
    start = 0
    for line in data.splitlines(keepends=True):
        yield start, line.rstrip(b"\r\n")
        start += len(line)
