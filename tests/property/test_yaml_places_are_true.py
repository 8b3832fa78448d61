"""Every value is where PyYAML's own composer, written in Python, finds it, and means the same."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from offramp.core.errors import OfframpError
from offramp.core.yaml_nodes import Listing, Node, Scalar, Table, parse

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


class Plain(yaml.SafeLoader):
    """Composes in Python."""


def meant(node: Node | None) -> Any:
    """The value as plain Python."""
    match node:
        case Table():
            return {key.text: meant(value) for key, value in node}
        case Listing():
            return [meant(item) for item in node.items]
        case Scalar():
            return node.value
        case None:
            return None


def places(node: Node) -> list[tuple[int, int, int]]:
    """Line, column and first character of every node, in the order of the text."""
    here = (node.span.line, node.span.column, node.extent.start)
    match node:
        case Table():
            inner = [place for key, value in node for place in (*places(key), *places(value))]
        case Listing():
            inner = [place for item in node.items for place in places(item)]
        case Scalar():
            inner = []
    return [here, *inner]


def oracle(node: yaml.Node) -> list[tuple[int, int, int]]:
    """The same from nodes of PyYAML."""
    mark = node.start_mark
    assert mark is not None
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        inner = [one for pair in node.value for one in pair]
    elif isinstance(node, yaml.SequenceNode):
        inner = list(node.value)
    here = (mark.line + 1, mark.column + 1, mark.index)
    return [here, *(place for one in inner for place in oracle(one))]


@given(VALUES, st.booleans() | st.none(), st.integers(20, 120))
def test_what_was_dumped_is_read_at_its_place(value: Any, flow: bool | None, width: int) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, width=width, allow_unicode=True, sort_keys=False)
    if "&id" in text:
        return
    node, problems = parse(text, "x.yaml")
    assert node is not None
    assert not problems
    assert meant(node) == value
    composed = yaml.compose(text, Loader=Plain)
    assert composed is not None
    assert places(node) == oracle(composed)


@given(st.text(max_size=40) | st.text("ab:-,[]{}#'\"|> \n?&*!%\t", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        node, _ = parse(text, "x.yaml")
    except OfframpError as error:
        assert error.where is not None  # noqa: PT017 - either way is right
    else:
        assert node is None or all(start <= len(text) for _, _, start in places(node))
