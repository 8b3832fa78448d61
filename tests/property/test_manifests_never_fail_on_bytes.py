"""Law: whatever a manifest or lock holds, its reader ends, with names where they stand and bounded chains."""

import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offramp.inventory.languages import language_of
from offramp.inventory.packages import READERS, manifest_of
from offramp.inventory.packages.interface import LONGEST_CHAIN, Graph
from offramp.inventory.source import Source

NAMES = (
    "requirements.txt", "pyproject.toml", "Pipfile", "pixi.toml", "setup.py", "setup.cfg", "environment.yml",
    "conda-lock.yml", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "pixi.lock",
    "package.json", "pnpm-workspace.yaml", "deno.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml",
    "bun.lock", "deno.lock", "go.mod", "go.sum", "Cargo.toml", "Cargo.lock", "pom.xml", "build.gradle",
    "libs.versions.toml", "gradle.lockfile", "build.sbt", "deps.edn", "App.csproj", "packages.lock.json",
    "paket.dependencies", "paket.lock", "Gemfile", "Gemfile.lock", "composer.json", "composer.lock",
    "Podfile", "Podfile.lock", "Package.swift", "project.pbxproj", "Package.resolved", "pubspec.yaml",
    "pubspec.lock", "mix.exs", "mix.lock", "rebar.config", "gleam.toml",
)  # fmt: skip
PIECES = (
    b"a",
    b"example-a",
    b"@scope/name",
    b"g.h",
    b'"',
    b"'",
    b'"""',
    b"\n",
    b"\r\n",
    b" ",
    b"  ",
    b"    ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"<",
    b">",
    b"/",
    b"\\",
    b":",
    b": ",
    b"=",
    b" = ",
    b",",
    b"#",
    b"# via ",
    b"//",
    b"%",
    b"[[package]]\n",
    b'name = "x"\n',
    b"dependencies",
    b'"dependencies": {',
    b"dependencies = [\n",
    b"packages:\n",
    b'"packages": {',
    b"importers:\n",
    b"DEPENDENCIES\n",
    b"PODS:\n",
    b"require (\n",
    b"<dependency>",
    b"<groupId>g</groupId><artifactId>a</artifactId>",
    b"</dependency>",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"&a;",
    b"<PackageReference Include='x;y' />",
    b'"type": "Direct"',
    b'"node_modules/x": {',
    b"/x/1.0.0:\n",
    b"x@1:\n",
    b"{:hex, :x, ",
    b'{:x, "1"}',
    b"gem 'x'",
    b"pod 'x'",
    b'.package(url: "https://h.x/y"',
    b"1.0",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc3\xa9",
    b"version: 1",
    b"- name: x\n",
    b"- pypi: https://h/x-1.whl\n",
    b"  - x\n",
)


def check(name: str, data: bytes, beside: bytes = b"") -> None:
    manifest = manifest_of(name)
    assert manifest is not None
    source = Source(name, data, language_of(name), sibling=lambda _name: beside)
    for package in manifest.reader(source):
        assert 0 <= package.start <= package.end <= len(data)
        assert package.name
        assert len(package.via) <= LONGEST_CHAIN + 1
        assert not (package.is_direct and package.via)


def test_every_reader_is_tried() -> None:
    assert {manifest_of(name) for name in NAMES} == set(READERS)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(pieces=st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=60))
def test_any_bytes_are_read(name: str, pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    check(name, data, data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "",
                    "packages",
                    "dependencies",
                    "requires",
                    "default",
                    "name",
                    "require",
                    "net8.0",
                    "node_modules/a",
                    "a",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.endswith((".json", "Pipfile.lock", "composer.lock"))]
)
@settings(max_examples=40, deadline=None)
@given(value=JSON, indent=st.sampled_from([None, 2]))
@example(value={"packages": {"": {"dependencies": ["a"]}, "node_modules/a": 3}}, indent=None)
def test_any_json_is_read(name: str, value: object, indent: int | None) -> None:
    data = json.dumps(value, indent=indent).encode()
    check(name, data, data)


BAITS: tuple[Callable[[int], bytes], ...] = (
    lambda n: b"[" * n,
    lambda n: b'{"a":' * n,
    lambda n: b'"' + b'\\"' * n,
    lambda n: b" " * n + b"x",
    lambda n: b"a" * n,
    lambda n: b"a-" * n,
    lambda n: b"a." * n + b"!",
    lambda n: b"x = [" + b'"a", ' * n,
    lambda n: b"<a>" * n,
    lambda n: b"# via\n" * n,
    lambda n: b"[[package]]\n" * n,
    lambda n: b"\n".join(
        b'[[package]]\nname = "p%d"\ndependencies = [{ name = "p%d" }]' % (i, i + 1) for i in range(n // 50)
    ),
    lambda n: b"{:a, " * n,
    lambda n: b".package(" * n,
)


@pytest.mark.parametrize("bait", range(len(BAITS)))
def test_no_text_keeps_a_reader_busy(bait: int) -> None:
    """Twenty thousand times the same piece: a reader that takes more than linear time would not come back."""
    data = BAITS[bait](20_000)
    for name in NAMES:
        check(name, data)


@settings(max_examples=60, deadline=None)
@given(
    edges=st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), max_size=10),
    roots=st.sets(st.integers(0, 9)),
)
def test_chains_lead_from_a_root(edges: dict[int, list[int]], roots: set[int]) -> None:
    graph = Graph(
        {str(name): tuple(map(str, needs)) for name, needs in edges.items()}, {str(one) for one in roots}
    )
    graph.assume_roots()
    chains = graph.chains()
    for name in map(str, range(10)):
        chain = chains.get(name)
        if chain is None:
            continue
        assert (chain == ()) == (name in graph.roots)
        steps = (*chain, name)
        assert steps[0] in graph.roots
        for above, below in pairwise(steps):
            assert below in graph.edges.get(above, ())


def test_a_chain_without_end_is_cut_in_the_middle() -> None:
    graph = Graph({str(one): (str(one + 1),) for one in range(5000)}, {"0"})
    chain = graph.chains().get("5000")
    assert chain is not None
    assert len(chain) == LONGEST_CHAIN + 1
    assert (chain[0], chain[-1]) == ("0", "4999")
