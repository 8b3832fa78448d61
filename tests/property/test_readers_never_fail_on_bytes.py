"""Readers never fail on bytes: whatever a file holds, every detector ends with findings on its lines."""

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from offramp.core.ids import VendorId
from offramp.inventory import DETECTORS, Sheet
from offramp.inventory.knowledge import compile_knowledge
from offramp.inventory.matching import Matcher
from offramp.inventory.merging import merge
from offramp.inventory.reading import source_of
from offramp.inventory.walk import Leaf
from offramp.vendors import load_clouds, load_profiles

NAMES = (
    "a.py", "a.ts", "a.js", "a.go", "a.rs", "a.rb", "a.ipynb", "a.yaml", "a.json", "a.toml", "a.tf", "a.md",
    "a.sh", "Dockerfile", "requirements.txt", "pyproject.toml", "package.json", "package-lock.json",
    "yarn.lock", "pnpm-lock.yaml", "uv.lock", "poetry.lock", "Cargo.lock", "Gemfile.lock", "go.mod",
    "pom.xml", "composer.lock", ".github/workflows/x.yml", "setup.cfg", "environment.yml",
)  # fmt: skip
PIECES = (
    b"example_a", b"example-a", b"aria-3", b'"', b"'", b'"""', b"\n", b" ", b"import ", b"from ", b"(", b")",
    b"{", b"}", b"[", b"]", b": ", b"= ", b"#", b"//", b"/*", b"*/", b"\xff", b"\xe9", b"\xc3\xa9", b"\\",
    b"EXAMPLE_A_API_KEY", b"node_modules/", b'"cells"', b'"source"', b'"cell_type": "code"', b"pip install ",
    b"name = ", b"[[package]]", b"aria -p ", b"exa-9fK2mQ7xLp0aZr4TvB8nYc1D", b"AriaClient(", b"provider: ",
    b"foundation-model/examplea.x", b"dependencies", b"packages:\n  ", b"@example-a/sdk", b"@1:\n",
)  # fmt: skip


PROFILES = load_profiles(Path(__file__).parents[1] / "cases" / "profiles")
KNOWN = compile_knowledge(PROFILES, load_clouds(), [VendorId("example-a")])
MATCHER = Matcher(KNOWN.signals)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    pieces=st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=40),
)
@example(name="a.go", pieces=[b"aria-3", b"exa-9fK2mQ7xLp0aZr4TvB8nYc1D"])
def test_readers_never_fail_on_bytes(name: str, pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    source = source_of(Leaf(f"/nowhere/{name}", name, len(data)), data)
    sheet = Sheet(source, MATCHER.hits(source.data, MATCHER.starts(source.data)), KNOWN, b"salt")
    reported = [(one.slug, found) for one in DETECTORS for found in one.detect(sheet)]
    lines = data.count(b"\n") + 1
    for finding in merge(source, reported):
        assert 0 <= finding.line <= lines
        assert "9fK2mQ7xLp0a" not in finding.message + finding.model
