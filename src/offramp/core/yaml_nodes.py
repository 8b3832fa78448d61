"""YAML text as a tree in which every value knows its place: the only reader of YAML here.

Scalars follow the core schema of YAML 1.2, as far as files for people need it: `true` and `false` are
booleans, decimal digits are integers, and all else is text: `yes`, `on`, dates, other numbers, whatever is
quoted or tagged. Anchors and aliases are refused: a value written once and meant twice is hard to cite, and
a few lines of them can grow without bound. What the values mean is not decided here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

import yaml

from offramp.core.errors import OfframpError
from offramp.core.spans import Span

DEEPEST = 40
LARGEST_CHARACTERS = 2_000_000

_PARSER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
"""libyaml where PyYAML was built with it: several times as fast, and the same events at the same places."""
_BYTE_ORDER_MARK = "\ufeff"
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[-+]?[0-9]{1,15}\Z")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Extent:
    """Which characters of the text a node takes up."""

    start: int
    end: int
    column: int
    """Of the first, from 0."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: text, integer, boolean or nothing."""

    value: str | int | bool | None
    text: str
    """As written, without quotes."""
    span: Span
    extent: Extent


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence of nodes."""

    items: tuple["Node", ...]
    span: Span
    extent: Extent


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with text keys, in the order written."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    span: Span
    extent: Extent
    is_flow: bool
    """Whether it is written between braces."""

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
    """The tree of the one document in `text`, and every key in it that is not a name or stands twice.

    Raises `document-too-large`, and `yaml-unreadable` with its place where the text is not YAML, or not YAML
    that is read here. An empty text is no node.
    """
    if len(text) > LARGEST_CHARACTERS:
        raise OfframpError(
            "document-too-large",
            f"`{path}` has more than {LARGEST_CHARACTERS} characters",
            help="split it into several files",
            where=Span(path),
        )
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        raise _unprintable(text, path, unprintable.start())
    tree = _Tree(text, path)
    try:
        root = tree.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise OfframpError(
            "yaml-unreadable",
            f"this is not readable YAML: {' '.join((error.problem or error.context or 'no reason').split())}",
            help="check the indentation and the quotes at this place",
            where=Span(path, mark.line + 1, mark.column + 1) if mark else Span(path),
        ) from None
    return root, tuple(tree.problems)


def _unprintable(text: str, path: str, at: int) -> OfframpError:
    return OfframpError(
        "yaml-unreadable",
        f"character U+{ord(text[at]):04X} is not allowed in YAML",
        help="remove it",
        where=Span(path, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)),
    )


class _Tree:
    """Builds nodes from the parser's events; refuses aliases and depth before they can cost anything."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.problems: list[OfframpError] = []
        # Editors do not show the mark, so columns are counted without it.
        self.shift = 1 if text.startswith(_BYTE_ORDER_MARK) else 0
        self.parser = _PARSER(text[self.shift :])

    def document(self) -> Node | None:
        """The one document there is, or nothing."""
        root = None
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _refused("a file holds one document", event)
                root = self._node(self._next(), 1)
        return root

    def _next(self) -> yaml.Event:
        event = self.parser.get_event()
        assert event is not None
        return event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refused("anchors and aliases are not read here; write the value out", event)
        if depth > DEEPEST:
            raise _refused(f"values are nested deeper than {DEEPEST} levels", event)
        if isinstance(event, yaml.ScalarEvent):
            is_plain = event.implicit[0] and event.tag is None
            value = _value(event.value) if is_plain else event.value
            return Scalar(value, event.value, self._span(event), self._extent(event, event))
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(following := self._next(), yaml.SequenceEndEvent):
                items.append(self._node(following, depth + 1))
            return Listing(tuple(items), self._span(event), self._extent(event, following))
        assert isinstance(event, yaml.MappingStartEvent)
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(following := self._next(), yaml.MappingEndEvent):
            key = self._node(following, depth + 1)
            value_node = self._node(self._next(), depth + 1)
            if self._is_new_name(key, entries):
                entries[key.text] = (key, value_node)
        extent = self._extent(event, following)
        return Table(tuple(entries.values()), self._span(event), extent, bool(event.flow_style))

    def _is_new_name(self, key: Node, entries: dict[str, tuple[Scalar, Node]]) -> TypeGuard[Scalar]:
        if not isinstance(key, Scalar):
            problem = ("key-not-text", "a key must be plain text", "write a name here")
        elif key.text in entries:
            line = entries[key.text][0].span.line
            problem = (
                "key-twice",
                f"`{key.text}` is written twice, first at line {line}",
                "keep one of them",
            )
        else:
            return True
        code, message, help_line = problem
        self.problems.append(OfframpError(code, message, help=help_line, where=key.span))
        return False

    def _span(self, event: yaml.Event) -> Span:
        start = _mark(event.start_mark)
        return Span(self.path, start.line + 1, start.column + 1)

    def _extent(self, first: yaml.Event, last: yaml.Event) -> Extent:
        start, end = _mark(first.start_mark), _mark(last.end_mark)
        return Extent(start.index + self.shift, end.index + self.shift, start.column)


def _refused(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=_mark(event.start_mark))


def _mark(mark: Any) -> yaml.Mark:
    """Both parsers give every event its marks; libyaml's are of a class of their own, of the same shape."""
    assert mark is not None
    return cast(yaml.Mark, mark)


def _value(text: str) -> str | int | bool | None:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return int(text) if _INTEGER.match(text) else text
