"""Python: requirements, pyproject, setup files, Pipfile, pixi, conda environments, script metadata."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, lines, text
from offramp.inventory.source import Source

NAME = rb"[A-Za-z0-9][A-Za-z0-9._-]*"
REQUIREMENT = re.compile(rb"\s*(" + NAME + rb")\s*(?:\[([^\]\n]*)\])?\s*(?=$|[;#\s<>=!~@,\\(])")
QUOTED = re.compile(
    rb"""(["'])(""" + NAME + rb""")\s*(?:\[([^\]"'\n]*)\])?\s*(?:[<>=!~@;,(](?:(?!\1)[^\n])*)?\1"""
)
SECTION = re.compile(rb"^\s*\[{1,2}[ \t]*([^\[\]\s][^\[\]\n]*)\]")
KEY = re.compile(rb"""^\s*["']?(""" + NAME + rb""")["']?\s*=([^\n]*)$""")
EXTRAS = re.compile(rb"""\bextras\s*=\s*\[([^\]\n]*)\]""")
TABLES = re.compile(rb"(?:^|\.)(?:dependencies|dev-dependencies|pypi-dependencies|packages|dev-packages)$")
LISTS = re.compile(
    rb"^(?:project\.optional-dependencies|dependency-groups|build-system|tool\.uv|tool\.pdm\.dev-dependencies"
    rb"|tool\.hatch\.envs\..*)$"
)
CONDA = re.compile(
    rb"^\s*-\s+[\"']?(?:[\w.-]+::)?(" + NAME + rb")(?:\[([^\]\n]*)\])?(?=$|[\s=<>!~;\"'])", re.MULTILINE
)
CONDA_TABLE = re.compile(rb"^([\w-]+):", re.MULTILINE)
VIA = re.compile(rb"^\s*#\s+via(?:\s+(\S[^\n]*))?$")
VIA_MORE = re.compile(rb"^\s*#\s{2,}(\S[^\n]*)$")
SCRIPT = re.compile(rb"^# /// script[ \t]*\r?\n((?:#[^\n]*\n)*?)# ///", re.MULTILINE)
WANTED = re.compile(
    rb"^(?:install_requires|setup_requires|tests_require|requires|[\w.-]+)\s*=\s*(\S[^\n]*)?$"
)


def normal(name: str) -> str:
    """The one spelling of a name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(source: Source) -> Iterator[Package]:
    """A requirement on each line; what a compiled file says of who asked for one makes the chain."""
    found: list[tuple[Package, list[bytes]]] = []
    is_told = False
    for start, line in lines(source.data):
        more = VIA_MORE.match(line) if is_told else None
        told = VIA.match(line)
        if told is not None and found:
            is_told = True
            found[-1][1].extend([told[1]] if told[1] else [])
            continue
        if more is not None and found:
            found[-1][1].append(more[1])
            continue
        is_told = False
        if line.lstrip().startswith((b"#", b"-")):
            continue
        match = REQUIREMENT.match(line)
        if match is not None:
            inline = re.search(rb"#\s+via\s+(\S[^\n]*)$", line)
            told_here = [part.strip() for part in inline[1].split(b",")] if inline is not None else []
            found.append((_package(match[1], match[2], start + match.start(1)), told_here))
    if any(told for _, told in found):
        yield from _compiled(found)
    else:
        yield from (package for package, _ in found)


def _compiled(found: list[tuple[Package, list[bytes]]]) -> Iterator[Package]:
    """Packages of a compiled file: asked for by a file, or by the packages named after `via`."""
    graph = Graph()
    for package, told in found:
        name = normal(package.name)
        parents = [match for one in told if (match := REQUIREMENT.match(one)) and not one.startswith(b"-")]
        if len(parents) < len(told) or not told:
            graph.roots.add(name)
        for parent in parents:
            if b"(" in parent.string[parent.end(1) :]:
                graph.roots.add(name)  # `name (pyproject.toml)` is the project itself
            else:
                graph.add(normal(text(parent[1])), [name])
    chains = graph.chains()
    for package, _ in found:
        via = chains.get(normal(package.name))
        yield Package(package.name, package.start, package.end, via == (), via or (), package.extras)


def pyproject(source: Source) -> Iterator[Package]:
    """PEP 621, dependency groups, poetry, uv, pdm, hatch, pixi and Pipfile tables."""
    section, in_list = b"", False
    for start, line in lines(source.data):
        header = SECTION.match(line)
        if header is not None and not in_list:
            section = header[1].replace(b'"', b"").strip()
            head, _, name = section.rpartition(b".")
            if TABLES.search(head) and not section.startswith(b"project"):
                at = line.find(name)
                yield _package(name, b"", start + max(at, 0))
            continue
        if line.lstrip().startswith(b"#"):
            continue
        if TABLES.search(section) and not section.startswith(b"project"):
            match = KEY.match(line)
            if match is not None:
                extras = EXTRAS.search(match[2])
                yield _package(match[1], extras[1] if extras else b"", start + match.start(1))
            continue
        opens = re.match(rb"""\s*["']?([\w.-]+)["']?\s*=\s*\[""", line)
        if opens is not None:
            is_wanted = bool(LISTS.match(section)) or (section == b"project" and opens[1] == b"dependencies")
            in_list = is_wanted
        if in_list:
            body = line[opens.end() :] if opens is not None else line
            for match in QUOTED.finditer(body):
                yield _package(match[2], match[3], start + len(line) - len(body) + match.start(2))
            in_list = b"]" not in re.sub(rb"""(["'])(?:(?!\1).)*\1""", b"", body).partition(b"#")[0]


def quoted(source: Source) -> Iterator[Package]:
    """Every quoted requirement, for files that are programs."""
    for match in QUOTED.finditer(source.data):
        yield _package(match[2], match[3], match.start(2))


def script(source: Source) -> Iterator[Package]:
    """The `dependencies` of a script's own metadata block."""
    for block in SCRIPT.finditer(source.data):
        asked = re.search(rb"^#\s*dependencies\s*=\s*\[", block[1], re.MULTILINE)
        if asked is not None:
            begin = block.start(1) + asked.end()
            end = source.data.find(b"\n# ]", begin, block.end(1))
            for match in QUOTED.finditer(source.data, begin, end if end >= 0 else block.end(1)):
                yield _package(match[2], match[3], match.start(2))


def setup_cfg(source: Source) -> Iterator[Package]:
    """What stands under or after `install_requires`, the other lists of requirements, and the extras."""
    section, is_wanted = b"", False
    for start, line in lines(source.data):
        header = SECTION.match(line)
        if header is not None:
            section, is_wanted = header[1], False
            continue
        if not line[:1].isspace():
            match = WANTED.match(line)
            if match is None:
                continue
            is_wanted = section == b"options.extras_require" or b"requires" in line.partition(b"=")[0]
            if is_wanted and match[1]:
                found = REQUIREMENT.match(match[1])
                if found is not None:
                    yield _package(found[1], found[2], start + match.start(1) + found.start(1))
        elif is_wanted:
            found = REQUIREMENT.match(line)
            if found is not None:
                yield _package(found[1], found[2], start + found.start(1))


def conda(source: Source) -> Iterator[Package]:
    """List items under `dependencies` of an environment file, and of the pip list inside it."""
    tables = list(CONDA_TABLE.finditer(source.data))
    for match in CONDA.finditer(source.data):
        above = next((one[1] for one in reversed(tables) if one.start() < match.start()), b"dependencies")
        if above == b"dependencies":
            yield _package(match[1], match[2], match.start(1))


def _package(name: bytes, extras: bytes | None, start: int) -> Package:
    found = tuple(part.strip(b" \t\"'").decode("utf-8", "replace") for part in (extras or b"").split(b","))
    return Package(
        name.decode("ascii", "replace"), start, start + len(name), extras=tuple(one for one in found if one)
    )
