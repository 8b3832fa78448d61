"""YAML as nodes: what scalars mean, where everything stands, and what is refused."""

import pytest

from offramp.core.errors import OfframpError
from offramp.core.yaml_nodes import DEEPEST, LARGEST_CHARACTERS, Listing, Node, Scalar, Table, parse

TEXT = """\
# a comment
name: Permit desk
"quoted é": 'it''s'   # why
list:
- 1
-   - {a: true, b: }
block: |
  first
  second
"""


def root(text: str) -> Node:
    node, problems = parse(text, "x.yaml")
    assert node is not None
    assert not problems
    return node


def scalars(node: Node) -> list[Scalar]:
    match node:
        case Scalar():
            return [node]
        case Listing():
            return [scalar for item in node.items for scalar in scalars(item)]
        case Table():
            return [scalar for key, value in node for scalar in (key, *scalars(value))]


def test_every_value_knows_its_place() -> None:
    places = {scalar.text: (scalar.span.line, scalar.span.column) for scalar in scalars(root(TEXT))}
    assert places["name"] == (2, 1)
    assert places["Permit desk"] == (2, 7)
    assert places["it's"] == (3, 13)
    assert places["1"] == (5, 3)
    assert places["a"] == (6, 8)
    assert places["true"] == (6, 11)
    assert places["first\nsecond\n"] == (7, 8)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_extents_cut_the_text_where_values_stand(mark: str, ending: str) -> None:
    text = mark + TEXT.replace("\n", ending)
    found = {scalar.text: text[scalar.extent.start : scalar.extent.end] for scalar in scalars(root(text))}
    assert found["Permit desk"] == "Permit desk"
    assert found["quoted é"] == '"quoted é"'
    assert found["it's"] == "'it''s'"
    assert found["b"] == "b"
    assert found[""] == ""


def test_a_byte_order_mark_moves_no_column() -> None:
    assert [scalar.span for scalar in scalars(root("\ufeff" + TEXT))] == [
        scalar.span for scalar in scalars(root(TEXT))
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("12", 12),
        ("-7", -7),
        ("007", 7),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.5", "1.5"),
        ("12:30", "12:30"),
        ("1" * 16, "1" * 16),
        ("2026-03-05", "2026-03-05"),
        ("2026-03-05T17:01:00-05:00", "2026-03-05T17:01:00-05:00"),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!int '3'", "3"),
        ("!!str 3", "3"),
        ("!own word", "word"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_scalars_mean_what_the_core_schema_says(written: str, meant: object) -> None:
    node = root(f"- {written}\n")
    assert isinstance(node, Listing)
    (item,) = node.items
    assert isinstance(item, Scalar)
    assert (item.value, type(item.value)) == (meant, type(meant))


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: &x 1\n", "yaml-unreadable", "x.yaml:1:4"),
        ("a: &x [1]\nb: 2\n", "yaml-unreadable", "x.yaml:1:4"),
        ("a: 1\nb: *a\n", "yaml-unreadable", "x.yaml:2:4"),
        ("*a : 1\n", "yaml-unreadable", "x.yaml:1:1"),
        ("a: 1\n---\nb: 2\n", "yaml-unreadable", "x.yaml:2:1"),
        ("a: 1\nb: [1\n", "yaml-unreadable", "x.yaml:3:1"),
        ("a: 1\n b: 2\n", "yaml-unreadable", "x.yaml:2:3"),
        ("a: 1\nb: c\x07\n", "yaml-unreadable", "x.yaml:2:5"),
        ("a: \ud800\n", "yaml-unreadable", "x.yaml:1:4"),
        ("[" * (DEEPEST + 1), "yaml-unreadable", f"x.yaml:1:{DEEPEST + 1}"),
        ("[" * 100_000, "yaml-unreadable", f"x.yaml:1:{DEEPEST + 1}"),
        ("#" * (LARGEST_CHARACTERS + 1), "document-too-large", "x.yaml"),
    ],
)
def test_what_is_refused_has_a_place(text: str, code: str, place: str) -> None:
    with pytest.raises(OfframpError) as caught:
        parse(text, "x.yaml")
    assert (caught.value.code, str(caught.value.where)) == (code, place)
    assert caught.value.help


def test_depth_is_counted_and_the_limit_is_allowed() -> None:
    node: Node = root("[" * DEEPEST + "]" * DEEPEST)
    depth = 1
    while isinstance(node, Listing) and node.items:
        node, depth = node.items[0], depth + 1
    assert depth == DEEPEST


def test_odd_keys_are_problems_and_the_rest_is_read() -> None:
    node, problems = parse("a: 1\n? [b]\n: 2\na: 3\nc: {d: 1, d: 2}\n", "x.yaml")
    assert isinstance(node, Table)
    assert [key.text for key, _ in node] == ["a", "c"]
    assert [(one.code, str(one.where)) for one in problems] == [
        ("key-not-text", "x.yaml:2:3"),
        ("key-twice", "x.yaml:4:1"),
        ("key-twice", "x.yaml:5:11"),
    ]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "\ufeff"])
def test_nothing_is_no_node(text: str) -> None:
    assert parse(text, "x.yaml") == (None, ())
