"""YAML text as a tree in which every value knows its place.

Scalars follow the YAML 1.2 core schema: `true` and `false` are booleans, digits are integers, `yes`, `on`
and dates stay text. Anchors and aliases are refused: a value written once and meant twice is hard to cite,
and a few lines of them can grow without bound. What the values mean is not decided here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from offramp.core.errors import OfframpError
from offramp.core.spans import Span

DEEPEST = 32
LARGEST_CHARACTERS = 4 * 1024 * 1024

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: text, integer, boolean or nothing."""

    value: str | int | bool | None
    text: str
    """As written, without quotes."""
    span: Span


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence of nodes."""

    items: tuple["Node", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with text keys, in the order written."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    span: Span

    def get(self, key: str) -> "Node | None":
        """The value under `key`, or nothing."""
        for name, node in self.entries:
            if name.text == key:
                return node
        return None

    def __iter__(self) -> Iterator[tuple[Scalar, "Node"]]:
        return iter(self.entries)


Node = Scalar | Listing | Table


def parse(text: str, path: str) -> tuple[Node | None, tuple[OfframpError, ...]]:
    """The tree of the one document in `text`, and every duplicate key in it.

    Raises `yaml-unreadable` with its place where the text is not YAML. An empty text is no node.
    """
    if len(text) > LARGEST_CHARACTERS:
        raise OfframpError(
            "yaml-too-large",
            f"`{path}` has more than {LARGEST_CHARACTERS} characters",
            help="split it into several files",
            where=Span(path),
        )
    try:
        root = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Span(path, mark.line + 1, mark.column + 1) if mark else Span(path)
        detail = " ".join((error.problem or "not YAML").split())
        raise OfframpError(
            "yaml-unreadable", detail, help="correct the YAML at this place", where=where
        ) from None
    except yaml.reader.ReaderError as error:
        raise OfframpError(
            "yaml-unreadable",
            f"character {error.character!r} is not allowed in YAML",
            help="remove the control character",
            where=Span(path),
        ) from None
    if root is None:
        return None, ()
    problems: list[OfframpError] = []
    return _convert(root, path, problems), tuple(problems)


class _Composer(yaml.SafeLoader):
    """Composes nodes; refuses aliases and depth before they can cost anything."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not read here: write the value out",
                problem_mark=event.start_mark,
            )
        if self.depth >= DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"values are nested deeper than {DEEPEST} levels", problem_mark=event.start_mark
            )
        self.depth += 1
        try:
            return super().compose_node(parent, index)  # type: ignore[arg-type]
        finally:
            self.depth -= 1


def _convert(node: yaml.Node, path: str, problems: list[OfframpError]) -> Node:
    span = Span(path, node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_convert(item, path, problems) for item in node.value)
        return Listing(items, span)
    if isinstance(node, yaml.MappingNode):
        return Table(_entries(node, path, problems), span)
    assert isinstance(node, yaml.ScalarNode)
    text = str(node.value)
    return Scalar(_value(node, text), text, span)


def _entries(
    node: yaml.MappingNode, path: str, problems: list[OfframpError]
) -> tuple[tuple[Scalar, Node], ...]:
    entries: list[tuple[Scalar, Node]] = []
    first: dict[str, Span] = {}
    for key_node, value_node in node.value:
        span = Span(path, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(
                OfframpError("key-not-text", "a key must be plain text", help="write a name here", where=span)
            )
            continue
        name = str(key_node.value)
        if name in first:
            problems.append(
                OfframpError(
                    "key-twice",
                    f"`{name}` is written twice, first at line {first[name].line}",
                    help="keep one of the two",
                    where=span,
                )
            )
            continue
        first[name] = span
        key = Scalar(name, name, span)
        entries.append((key, _convert(value_node, path, problems)))
    return tuple(entries)


def _value(node: yaml.ScalarNode, text: str) -> str | int | bool | None:
    if node.style is not None:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return int(text) if _INTEGER.match(text) and len(text) < 16 else text
