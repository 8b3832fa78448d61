"""A cursor over YAML that knows where everything stands and collects problems instead of stopping.

Every reading method returns something usable even after a problem, so that one pass finds them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from offramp.core.errors import OfframpError
from offramp.core.spans import Span

MAX_CHARACTERS = 2_000_000
MAX_DEPTH = 40

Choice = TypeVar("Choice", bound=StrEnum)


class _Composer(yaml.SafeLoader):
    """Safe nodes without aliases: an alias can make a small file expand without end."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not used here", problem_mark=self._here())
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=self._here())
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self.depth -= 1
        return node

    def _here(self) -> Any:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        return event.start_mark


@dataclass(frozen=True, slots=True)
class Value:
    """One YAML node, its file, and the list problems go to."""

    node: yaml.Node
    path: str
    problems: list[OfframpError]

    @property
    def span(self) -> Span:
        """Where the node begins."""
        mark = self.node.start_mark
        return Span(self.path, mark.line + 1, mark.column + 1)

    @property
    def raw(self) -> str:
        """The scalar as written; empty for anything else."""
        return self.node.value if isinstance(self.node, yaml.ScalarNode) else ""

    @property
    def is_scalar(self) -> bool:
        """Whether it is a single value."""
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_empty(self) -> bool:
        """Whether it is written as nothing (`~` or left blank)."""
        return self.is_scalar and self.node.tag == "tag:yaml.org,2002:null"

    def problem(self, code: str, message: str, help: str) -> None:  # noqa: A002 - the word users see
        """Record a problem at this node."""
        self.problems.append(OfframpError(code, message, help=help, where=self.span))

    def entries(self) -> dict[str, "Value"]:
        """The entries of a mapping, keys as written."""
        if not isinstance(self.node, yaml.MappingNode):
            self._wrong("a mapping")
            return {}
        found: dict[str, Value] = {}
        for key, node in self.node.value:
            at_key = Value(key, self.path, self.problems)
            if not at_key.is_scalar:
                at_key.problem("key-unreadable", "a key must be a word", "write `name: value`")
            elif at_key.raw in found:
                at_key.problem("key-twice", f"`{at_key.raw}` stands here twice", "keep one of them")
            else:
                found[at_key.raw] = Value(node, self.path, self.problems)
        return found

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, "Value"]:
        """The entries of a mapping whose keys are known. Empty values count as absent."""
        found = self.entries()
        known = (*required, *optional)
        if isinstance(self.node, yaml.MappingNode):
            for key, _ in self.node.value:
                if isinstance(key, yaml.ScalarNode) and key.value not in known:
                    at_key = Value(key, self.path, self.problems)
                    at_key.problem("key-unknown", f"no key `{key.value}` here", _suggest(key.value, known))
            for name in required:
                if name not in found or found[name].is_empty:
                    self.problem("key-missing", f"`{name}` is missing", f"add `{name}: …`")
        return {name: value for name, value in found.items() if name in known and not value.is_empty}

    def items(self) -> list["Value"]:
        """The items of a list; a single value counts as a list of one."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Value(node, self.path, self.problems) for node in self.node.value]
        if self.is_scalar and not self.is_empty:
            return [self]
        if not self.is_empty:
            self._wrong("a list")
        return []

    def text(self) -> str:
        """A piece of text."""
        if not self.is_scalar or self.is_empty:
            self._wrong("text")
            return ""
        return self.raw.strip()

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text."""
        return tuple(item.text() for item in self.items())

    def flag(self) -> bool:
        """True or false."""
        if self.is_scalar and self.node.tag == "tag:yaml.org,2002:bool":
            return self.raw.lower() in ("true", "yes", "on")
        self._wrong("true or false")
        return False

    def number(self) -> int:
        """A whole number."""
        if self.is_scalar and self.node.tag == "tag:yaml.org,2002:int":
            try:
                return int(self.raw.replace("_", ""))
            except ValueError:
                pass
        self._wrong("a whole number")
        return 0

    def choice(self, kind: type[Choice], otherwise: Choice) -> Choice:
        """One of a closed set of words."""
        word = self.text()
        try:
            return kind(word)
        except ValueError:
            self.problem(
                "word-unknown", f"`{word}` is not one of the words allowed here", _suggest(word, tuple(kind))
            )
            return otherwise

    def _wrong(self, expected: str) -> None:
        match self.node:
            case yaml.MappingNode():
                got = "a mapping"
            case yaml.SequenceNode():
                got = "a list"
            case _:
                got = f"`{self.raw}`"
        self.problem("type-wrong", f"expected {expected}, found {got}", f"write {expected} here")


def compose(path: str, text: str, problems: list[OfframpError]) -> Value | None:
    """The root of one YAML document, or None with the problem recorded."""
    if len(text) > MAX_CHARACTERS:
        problems.append(
            OfframpError(
                "document-too-large",
                f"`{path}` is larger than two million characters",
                help="split it",
                where=Span(path),
            )
        )
        return None
    try:
        node = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Span(path, mark.line + 1, mark.column + 1) if mark else Span(path)
        problems.append(
            OfframpError(
                "yaml-unreadable",
                f"this is not readable YAML: {error.problem or error.context}",
                help="check the indentation and the quotes at this place",
                where=where,
            )
        )
        return None
    except yaml.YAMLError:
        problems.append(
            OfframpError(
                "yaml-unreadable",
                "this is not text YAML can hold",
                help="save the file as UTF-8 text",
                where=Span(path),
            )
        )
        return None
    if node is None:
        problems.append(
            OfframpError(
                "document-empty",
                f"`{path}` is empty",
                help="start it with `schema: offramp.instruments/v1`",
                where=Span(path),
            )
        )
        return None
    return Value(node, path, problems)


def parents(value: Value) -> Mapping[str, tuple[str, ...]]:
    """Names to parents, written as a mapping of names to lists."""
    return {name: () if item.is_empty else item.texts() for name, item in value.entries().items()}


def _suggest(word: str, known: tuple[str, ...]) -> str:
    close = [name for name in known if _distance_is_small(word, name)]
    listed = ", ".join(sorted(known))
    return f"did you mean `{close[0]}`? known: {listed}" if close else f"use one of: {listed}"


def _distance_is_small(word: str, name: str) -> bool:
    return SequenceMatcher(None, word, name).ratio() >= 0.75
