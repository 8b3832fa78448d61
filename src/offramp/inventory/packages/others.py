"""The other ecosystems, by the shape of their lines: Go, crates, Maven, NuGet, gems, Composer, pub, Hex."""

import re
from collections.abc import Callable, Iterator
from itertools import zip_longest

from offramp.inventory.packages.interface import Graph, Package
from offramp.inventory.packages.pypi import KEY, LOCK_NAME, SECTION
from offramp.inventory.source import Source

GO = re.compile(rb"^\s*(?:require\s+)?([\w.~-]+\.[\w.~/-]+)\s+v[^\s]+([^\n]*)$", re.MULTILINE)
MAVEN = re.compile(rb"<groupId>\s*([\w.-]+)\s*</groupId>\s*<artifactId>\s*([\w.-]+)\s*</artifactId>")
GRADLE = re.compile(rb"""["']([\w.-]+:[\w.-]+)(?::[^"'\n]*)?["']""")
CATALOG = re.compile(
    rb"""(?:module\s*=\s*["']([\w.-]+:[\w.-]+)["'])|(?:group\s*=\s*["']([\w.-]+)["']\s*,\s*name\s*=\s*["']([\w.-]+)["'])"""
)
NUGET = re.compile(
    rb"""<(?:PackageReference|PackageVersion|package)\s[^>]*?(?:Include|Update|id)\s*=\s*["']([\w.-]+)["']""",
    re.IGNORECASE,
)
NUGET_LOCK = re.compile(rb'"([\w.-]+)"\s*:\s*\{\s*"type"\s*:\s*"(Direct|Transitive)"')
GEM = re.compile(
    rb"""^\s*(?:gem|\w+\.add_(?:runtime_|development_)?dependency)\s*\(?\s*["']([\w.-]+)["']""", re.MULTILINE
)
GEM_LOCK = re.compile(rb"^ {4}([\w.-]+)(?: \(|$)", re.MULTILINE)
GEM_NEED = re.compile(rb"^ {6}([\w.-]+)", re.MULTILINE)
GEM_ROOT = re.compile(rb"^ {2}([\w.-]+)", re.MULTILINE)
COMPOSER = re.compile(rb'"(?:require|require-dev)"\s*:\s*\{([^{}]*)\}')
COMPOSER_NAME = re.compile(rb'"([\w.-]+/[\w.-]+)"\s*:')
COMPOSER_LOCK = re.compile(rb'"name"\s*:\s*"([\w.-]+/[\w.-]+)"\s*,\s*"version"')
PUB = re.compile(rb"^ {2}([\w]+):", re.MULTILINE)
HEX = re.compile(rb"\{\s*:(\w+)\s*,")
HEX_LOCK = re.compile(rb'^\s*"(\w+)"\s*:\s*\{:hex', re.MULTILINE)


def go_mod(source: Source) -> Iterator[Package]:
    """`require` lines; go.mod itself says which are indirect, though not why."""
    for match in GO.finditer(source.data):
        yield Package(_text(match[1]), match.start(1), match.end(1), b"// indirect" not in match[2])


def cargo_toml(source: Source) -> Iterator[Package]:
    """Keys of dependency tables, and tables of their own."""
    section = b""
    start = 0
    for line in source.data.splitlines(keepends=True):
        header, key = SECTION.match(line), KEY.match(line)
        if header is not None:
            section = header[1]
            head, _, name = section.rpartition(b".")
            if head.endswith(b"dependencies"):
                yield Package(_text(name), start + line.find(name), start + line.find(name) + len(name))
        elif key is not None and section.endswith(b"dependencies"):
            yield Package(_text(key[1]), start + key.start(1), start + key.end(1))
        start += len(line)


def pom(source: Source) -> Iterator[Package]:
    """`groupId:artifactId` of every dependency."""
    for match in MAVEN.finditer(source.data):
        yield Package(f"{_text(match[1])}:{_text(match[2])}", match.start(2), match.end(2))


def gradle(source: Source) -> Iterator[Package]:
    """Coordinates in quotes, in build files and version catalogues."""
    for match in CATALOG.finditer(source.data):
        group = 1 if match[1] else 3
        name = _text(match[1]) if match[1] else f"{_text(match[2])}:{_text(match[3])}"
        yield Package(name, match.start(group), match.end(group))
    for match in GRADLE.finditer(source.data):
        if not source.data[: match.start()].rstrip().endswith(b"="):
            yield Package(_text(match[1]), match.start(1), match.end(1))


def nuget_lock(source: Source) -> Iterator[Package]:
    """packages.lock.json says itself which are direct."""
    for match in NUGET_LOCK.finditer(source.data):
        yield Package(_text(match[1]), match.start(1), match.end(1), match[2] == b"Direct")


def gem_lock(source: Source) -> Iterator[Package]:
    """The specs of a Gemfile.lock and what each needs."""
    roots_at = source.data.find(b"\nDEPENDENCIES")
    specs_end = roots_at if roots_at >= 0 else len(source.data)
    graph = Graph(roots={_text(one[1]) for one in GEM_ROOT.finditer(source.data, specs_end)})
    matches = list(GEM_LOCK.finditer(source.data, 0, specs_end))
    for match, following in zip_longest(matches, matches[1:]):
        end = following.start() if following is not None else specs_end
        graph.add(
            _text(match[1]), (_text(one[1]) for one in GEM_NEED.finditer(source.data, match.end(), end))
        )
    graph.assume_roots()
    chains = graph.chains()
    for match in matches:
        via = chains.get(_text(match[1]), ())
        yield Package(_text(match[1]), match.start(1), match.end(1), _text(match[1]) in graph.roots, via)


def composer_json(source: Source) -> Iterator[Package]:
    """`require` and `require-dev`."""
    for block in COMPOSER.finditer(source.data):
        for match in COMPOSER_NAME.finditer(source.data, block.start(1), block.end(1)):
            yield Package(_text(match[1]), match.start(1), match.end(1))


def composer_lock(source: Source) -> Iterator[Package]:
    """Locked packages; direct where composer.json beside it asks for them."""
    manifest = Source("composer.json", source.sibling("composer.json"), source.language)
    roots = {package.name for package in composer_json(manifest)}
    for match in COMPOSER_LOCK.finditer(source.data):
        yield Package(_text(match[1]), match.start(1), match.end(1), _text(match[1]) in roots)


def lines_of(
    expression: re.Pattern[bytes], *, is_direct: bool = True
) -> Callable[[Source], Iterator[Package]]:
    """A reader for files whose every match is a package."""

    def read(source: Source) -> Iterator[Package]:
        for match in expression.finditer(source.data):
            yield Package(_text(match[1]), match.start(1), match.end(1), is_direct)

    return read


def cargo_lock(source: Source) -> Iterator[Package]:
    """Cargo.lock: dependencies are lists of names, roots have no source."""
    graph = Graph()
    for block in source.text.split("[[package]]")[1:]:
        name = re.search(r'^name\s*=\s*"([^"\n]+)"', block, re.MULTILINE)
        needs = re.search(r"^dependencies\s*=\s*\[(.*?)\]", block, re.MULTILINE | re.DOTALL)
        found = [one.split(" ")[0] for one in re.findall(r'"([^"\n]+)"', needs[1])] if needs else []
        if name is None:
            continue
        if not re.search(r"^source\s*=", block, re.MULTILINE):
            graph.roots |= set(found)
        graph.add(name[1], found)
    graph.assume_roots()
    chains = graph.chains()
    for match in LOCK_NAME.finditer(source.data):
        via = chains.get(_text(match[1]), ())
        yield Package(_text(match[1]), match.start(1), match.end(1), _text(match[1]) in graph.roots, via)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
