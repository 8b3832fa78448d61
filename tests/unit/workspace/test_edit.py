"""Inserting a successor changes what it must and not a comment more."""

import difflib

import pytest
import yaml

from offramp.core.errors import OfframpError
from offramp.workspace.edit import with_successor

FILES = {
    "no section": "# top\nschema: x   # why\n\nroutes: {}\n# last words\n",
    "no line end": "schema: x",
    "empty section": "successors:\nschema: x # keep\n",
    "empty section with a comment": "successors:   # none yet\nschema: x\n",
    "braces, empty": "successors: {}\nschema: x\n",
    "block": "successors:\n  # the other one\n  example-c: {to: example-d}\nschema: x\n",
    "braces": "successors: {example-c: {to: example-d}}\nschema: x\n",
    "other values": "successors:\n  example-a: {to: example-z, by: 2025-01-01} # old\nschema: x\n",
    "spread out": "successors:\n  example-a:\n    to: example-z  # old\n    by: 2025-01-01\nschema: x\n",
    "spread out without a date": "successors:\n  example-a:\n    # old\n    to: example-z\nschema: x\n",
    "empty entry": "successors:\n  example-a:\nschema: x\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_the_successor_is_set_and_all_else_is_as_it_was(text: str) -> None:
    edited = with_successor(text, "example-a", "example-b", "2026-08-26")
    before, after = yaml.load(text, yaml.BaseLoader), yaml.load(edited, yaml.BaseLoader)
    expected = dict(before.get("successors") or {}) | {"example-a": {"to": "example-b", "by": "2026-08-26"}}
    assert after == before | {"successors": expected}
    for comment in [line.split("#", 1)[1] for line in text.splitlines() if "#" in line]:
        assert comment in edited


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_setting_it_twice_is_setting_it_once(text: str) -> None:
    once = with_successor(text, "example-a", "example-b", "2026-08-26")
    assert with_successor(once, "example-a", "example-b", "2026-08-26") == once


def test_an_insertion_removes_no_line() -> None:
    text = FILES["block"]
    edited = with_successor(text, "example-a", "example-b", "2026-08-26")
    assert not [
        line for line in difflib.ndiff(text.splitlines(), edited.splitlines()) if line.startswith("-")
    ]


def test_one_flow_mapping_is_left_to_the_person() -> None:
    with pytest.raises(OfframpError) as caught:
        with_successor("{schema: x}", "example-a", "example-b", "2026-08-26")
    assert caught.value.code == "edit-by-hand"
