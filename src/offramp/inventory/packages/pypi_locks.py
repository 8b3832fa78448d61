"""Python's locks: uv, poetry, pdm, PEP 751, Pipfile.lock, conda-lock and pixi, read by their known layout."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Graph, Package, beside, sections, text
from offramp.inventory.packages.json_places import members
from offramp.inventory.packages.pypi import NAME, conda, normal, pyproject
from offramp.inventory.source import Source

ENTRY = re.compile(rb"^\[\[packages?\]\][ \t]*\r?$", re.MULTILINE)
LOCK_NAME = re.compile(rb'^name\s*=\s*"([^"\n]+)"', re.MULTILINE)
OWN = re.compile(rb"^source\s*=\s*\{\s*(?:virtual|editable)\s*=", re.MULTILINE)
NEEDED = re.compile(rb'\{\s*name\s*=\s*"([^"\n]+)"')
TABLE = re.compile(
    rb"^\[(package\.(?:dependencies|dev-dependencies|optional-dependencies|metadata[\w.-]*))\]", re.MULTILINE
)
KEY = re.compile(rb'^"?(' + NAME + rb')"?[ \t]*=', re.MULTILINE)
PDM_ASKED = re.compile(rb"^dependencies\s*=\s*\[", re.MULTILINE)
PDM_NEED = re.compile(rb'^\s+"(' + NAME + rb')(?:\[[^\]\n]*\])?[^"\n]*",?\s*$', re.MULTILINE)
CONDA_NAME = re.compile(rb"^(?:- |  )name: ['\"]?(" + NAME + rb")['\"]?[ \t]*\r?$", re.MULTILINE)
CONDA_NEED = re.compile(rb"^ {4}['\"]?(" + NAME + rb")['\"]?:", re.MULTILINE)
PIXI_NAME = re.compile(
    rb"^- (?:pypi|conda): [^\n]*/([A-Za-z0-9][A-Za-z0-9._]*?(?:-[A-Za-z_][\w.]*)*)-\d[^\n/]*$", re.MULTILINE
)
PIXI_NEED = re.compile(rb"^ {2}- (?:['\"])?(" + NAME + rb")(?=[\s=<>!~;\[\"']|$)", re.MULTILINE)


def toml_lock(source: Source) -> Iterator[Package]:
    """uv.lock, poetry.lock, pdm.lock and pylock.toml: every entry with the chain that pulls it in."""
    data = source.data
    graph = Graph(roots=beside(source, "pyproject.toml", pyproject, normal))
    places: list[re.Match[bytes]] = []
    for head, end in sections(data, ENTRY):
        name = LOCK_NAME.search(data, head.end(), end)
        if name is None:
            continue
        needs = _needs(data, head.end(), end)
        if OWN.search(data, head.end(), end):
            graph.roots.update(needs)
        else:
            graph.add(normal(text(name[1])), needs)
            places.append(name)
    yield from located(graph, places)


def _needs(data: bytes, start: int, end: int) -> list[str]:
    """What one entry depends on: inline tables (uv), a table of its own (poetry), or strings (pdm)."""
    cut = next((one.start() for one in TABLE.finditer(data, start, end) if b"metadata" in one[1]), end)
    found = [text(one[1]) for one in NEEDED.finditer(data, start, cut)]
    for table in TABLE.finditer(data, start, cut):
        stop = data.find(b"\n[", table.end(), cut)
        stop = cut if stop < 0 else stop
        if b"optional" not in table[1]:
            found += [text(one[1]) for one in KEY.finditer(data, table.end(), stop)]
    asked = PDM_ASKED.search(data, start, cut)
    if asked is not None:
        close = data.find(b"\n]", asked.end(), cut)
        found += [text(one[1]) for one in PDM_NEED.finditer(data, asked.end(), cut if close < 0 else close)]
    return list(dict.fromkeys(map(normal, found)))


def located(graph: Graph, names: list[re.Match[bytes]]) -> Iterator[Package]:
    """The entries of a lock file at their places, each with its chain."""
    graph.assume_roots()
    chains = graph.chains()
    for match in names:
        name = normal(text(match[1]))
        via = chains.get(name)
        yield Package(name, match.start(1), match.end(1), via == (), via or ())


def pipfile_lock(source: Source) -> Iterator[Package]:
    """Pipfile.lock: direct where an entry has an index or the Pipfile beside it asks for it; no chains."""
    roots = beside(source, "Pipfile", pyproject, normal)
    found: dict[int, tuple[str, int]] = {}
    asked: set[int] = set()
    last = 0
    for one in members(source.data):
        if one.key and one.path in (("default",), ("develop",)):
            found[one.start] = (one.key, one.end)
            last = one.start
        elif len(one.path) == 2 and one.path[0] in ("default", "develop") and one.key == "index":
            asked.add(last)
    for start, (name, end) in found.items():
        yield Package(name, start, end, normal(name) in roots if roots else start in asked)


def conda_lock(source: Source) -> Iterator[Package]:
    """conda-lock.yml: entries and what each needs; the environment file beside it is what was asked for."""
    graph = Graph(roots=beside(source, "environment.yml", conda, normal))
    places = []
    for head, end in sections(source.data, CONDA_NAME):
        needs = (normal(text(one[1])) for one in CONDA_NEED.finditer(source.data, head.end(), end))
        graph.add(normal(text(head[1])), needs)
        places.append(head)
    yield from located(graph, places)


def pixi_lock(source: Source) -> Iterator[Package]:
    """pixi.lock: packages by their file's name, with what conda or PyPI says each needs."""
    graph = Graph(
        roots=beside(source, "pixi.toml", pyproject, normal)
        | beside(source, "pyproject.toml", pyproject, normal)
    )
    places = []
    for head, end in sections(source.data, PIXI_NAME):
        needs = (normal(text(one[1])) for one in PIXI_NEED.finditer(source.data, head.end(), end))
        graph.add(normal(text(head[1])), needs)
        places.append(head)
    yield from located(graph, places)
