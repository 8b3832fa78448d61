"""What reads imports, wrappers, tables, kept results and names ends on any bytes, within what it got."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.inventory.callers import Wrappers, caller_of
from offramp.inventory.code.imports import READERS
from offramp.inventory.code.named import named_import
from offramp.inventory.code.shapes import Import
from offramp.inventory.code.words import calls_of, target_before, typed
from offramp.inventory.keeping import recall_all
from offramp.inventory.naming import Naming
from offramp.inventory.outcome import Export
from offramp.inventory.tables import Tables
from offramp.inventory.walk import Leaf
from offramp.vendors import load_profiles

PROFILES = load_profiles(Path(__file__).parents[1] / "cases" / "profiles")
NAMING = Naming(PROFILES, [VendorId("example-a")])
PIECES = (
    b"import ", b"from ", b"use ", b"using ", b"alias ", b"require(", b"open ", b"package:", b"extern crate ",
    b"example_a", b"ExampleA", b"aria_voice", b"langchain.", b"::{", b"{", b"}", b"(", b")", b"*", b" as ",
    b"=>", b".", b"/", b"\\", b";", b"\n", b"\r\n", b" ", b"\t", b'"', b"'", b"`", b",", b"=", b":", b"\xff",
    b"\xc3\xa9", b"@", b"client", b"new ", b"const ", b"export ", b"models:", b"- name: aria", b"  ", b"#",
)  # fmt: skip
BYTES = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=5)), max_size=50).map(b"".join)


@settings(max_examples=60, deadline=None)
@given(data=BYTES)
@pytest.mark.parametrize("language", sorted(READERS))
def test_imports_lie_inside_the_file(language: str, data: bytes) -> None:
    for one in READERS[language](data):
        assert -1 <= one.start <= one.end <= len(data) + 1
        named_import(one, language, ["acme", "letters"], NAMING)


@settings(max_examples=100, deadline=None)
@given(data=BYTES, scope=st.sampled_from([*sorted(READERS), "python", "javascript"]))
def test_calls_and_types_lie_inside_the_file(data: bytes, scope: str) -> None:
    names = ("client", "ExampleA", "example_a", "self.client")
    for call in calls_of(data, names, scope):
        assert 0 <= call.start <= call.end <= len(data)
        target_before(data, call.start)
    assert all(name and kind and start < len(data) for name, kind, start in typed(data, names))


@settings(max_examples=100, deadline=None)
@given(data=BYTES)
def test_tables_end_where_the_file_does(data: bytes) -> None:
    tables = Tables(data)
    assert all(0 <= begin <= end <= len(data) or begin > len(data) - 1 for begin, end, _ in tables.spans)
    for place in range(0, len(data), 7):
        tables.holds(place)


@settings(max_examples=100, deadline=None)
@given(name=st.text(max_size=40), module=st.text(max_size=40), language=st.sampled_from(sorted(READERS)))
def test_any_name_can_be_asked_about(name: str, module: str, language: str) -> None:
    for found in (NAMING.named(name), NAMING.named_in_framework(name)):
        assert found is None or 0 <= found.start < found.end <= len(name)
    list(NAMING.package(name, "npm", [module]))
    named_import(Import(module, name, "", 0, 0), language, [], NAMING)


@settings(max_examples=100, deadline=None)
@given(data=BYTES, name=st.sampled_from(("a.py", "b.ts", "c.vue", "d.ipynb", "deep/e.js")))
def test_wrappers_are_looked_for_in_any_bytes(data: bytes, name: str) -> None:
    exports = {"lib/client.py": (Export("client", "example-a", Route.DIRECT),)}
    look = caller_of(Wrappers(exports), lambda _leaf: memoryview(data + b"\nclient"))
    outcome = look(Leaf(f"/nowhere/{name}", name, len(data)))
    assert outcome is None or all(one.line >= 0 for one in outcome.findings)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), is_sealed=st.booleans())
def test_damaged_results_are_passed_over(tmp_path: Path, body: bytes, *, is_sealed: bool) -> None:
    first = recall_all(tmp_path, ("tree",), None, b"salt")
    assert first.place is not None
    seal = hashlib.sha256(body).digest() if is_sealed else b""
    first.place.write_bytes(seal + body)
    again = recall_all(tmp_path, ("tree",), None, b"salt")
    assert again.known == {}
    assert again.salt == b"salt"
