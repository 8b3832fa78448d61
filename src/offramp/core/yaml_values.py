"""Typed values out of YAML nodes: every problem is collected with its place, none stops the reading.

Every reading method gives something usable even after a problem, so that one pass finds them all. Knows
nothing of what a file is for: the rooms that own a format do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from offramp.core.errors import OfframpError, did_you_mean
from offramp.core.spans import Span
from offramp.core.verdicts import FactValue
from offramp.core.yaml_nodes import Listing, Node, Scalar, Table, parse

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """What a format calls its problems. Codes are promises, and the formats made theirs separately."""

    missing: str
    shape: str
    """Names with values are expected, and something else stands there."""
    value: str
    """A value is of the wrong kind, or out of bounds."""
    word: str
    """A word is not one of a closed set."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file being read, and the problems found in it so far."""

    path: str
    codes: Codes
    problems: list[OfframpError]


@dataclass(frozen=True, slots=True)
class Value:
    """One node, and what a message calls it."""

    node: Node
    what: str
    sheet: Sheet
    named_at: Span
    """Where its name stands; its own place where it has none."""

    @property
    def span(self) -> Span:
        """Where it begins."""
        return self.node.span

    @property
    def raw(self) -> str:
        """A single value as written; empty for anything else."""
        return self.node.text if isinstance(self.node, Scalar) else ""

    @property
    def is_scalar(self) -> bool:
        """Whether it is a single value."""
        return isinstance(self.node, Scalar)

    @property
    def is_table(self) -> bool:
        """Whether it is names with values."""
        return isinstance(self.node, Table)

    @property
    def is_empty(self) -> bool:
        """Whether it is written as nothing (`~` or left blank)."""
        return isinstance(self.node, Scalar) and self.node.value is None

    def problem(self, code: str, message: str, help: str, where: Span | None = None) -> None:  # noqa: A002
        """Record a problem here, or at `where`; the reading goes on."""
        self.sheet.problems.append(OfframpError(code, message, help=help, where=where or self.span))

    def text(self) -> str:
        """A piece of text. Numbers are text as written; a bare `true` is not."""
        if isinstance(self.node, Scalar) and not isinstance(self.node.value, bool) and self.raw.strip():
            return self.raw.strip()
        self._wrong("text" if not self.is_scalar or self.raw.strip() else "text that is not empty")
        return ""

    def flag(self) -> bool:
        """`true` or `false`."""
        if isinstance(self.node, Scalar) and isinstance(self.node.value, bool):
            return self.node.value
        self._wrong("`true` or `false`")
        return False

    def number(self, *, least: int | None = None, most: int | None = None, default: int = 0) -> int:
        """A whole number, within the bounds given."""
        number = self.node.value if isinstance(self.node, Scalar) else None
        if isinstance(number, int) and not isinstance(number, bool) and _lies(number, least, most):
            return number
        bounds = [f"from {least}"] * (least is not None) + [f"to {most}"] * (most is not None)
        self._wrong(" ".join(("a whole number", *bounds)))
        return default

    def fact(self) -> FactValue | None:
        """Text, a whole number, `true` or `false`."""
        if isinstance(self.node, Scalar) and self.node.value is not None:
            return self.node.value
        self._wrong("text, a whole number, `true` or `false`")
        return None

    def choice(self, kind: type[Choice], otherwise: Choice) -> Choice:
        """One of a closed set of words."""
        if not self.is_scalar:
            self._wrong("a word")
            return otherwise
        try:
            return kind(self.raw)
        except ValueError:
            help_line = did_you_mean(self.raw, [option.value for option in kind])
            self.problem(self.sheet.codes.word, f"{self.what} cannot be `{self.raw}`", help_line)
            return otherwise

    def items(self, what: str = "") -> "tuple[Value, ...]":
        """What a list holds; a single value is a list of one."""
        if isinstance(self.node, Listing):
            return tuple(Value(item, what or self.what, self.sheet, item.span) for item in self.node.items)
        if self.is_scalar and not self.is_empty:
            return (replace(self, what=what or self.what),)
        if not self.is_empty:
            self._wrong("a list")
        return ()

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text."""
        return tuple(item.text() for item in self.items())

    def entries(self, what: str = "entry") -> "dict[str, Value]":
        """Names with values, where the names are the writer's own; `what` is one of them called."""
        if not isinstance(self.node, Table):
            self._wrong("names with values")
            return {}
        return {
            key.text: Value(node, f"{what} `{key.text}`", self.sheet, key.span) for key, node in self.node
        }

    def fields(self, known: Sequence[str], *, required: Sequence[str] = ()) -> "Fields":
        """Names with values, where the names are known. What is missing and what is unknown is recorded."""
        if not isinstance(self.node, Table):
            self._wrong("names with values", self.sheet.codes.shape, f"write `{known[0]}: …` under it")
            return Fields(self, {})
        given: dict[str, Value] = {}
        for key, node in self.node:
            value = Value(node, f"`{key.text}` of {self.what}", self.sheet, key.span)
            if key.text not in known:
                help_line = did_you_mean(key.text, known)
                self.problem("key-unknown", f"{self.what} has no `{key.text}`", help_line, key.span)
            elif not value.is_empty:
                given[key.text] = value
        for name in required:
            if name not in given:
                self.problem(self.sheet.codes.missing, f"{self.what} needs `{name}`", f"add `{name}: …`")
        return Fields(self, given)

    def _wrong(self, expected: str, code: str = "", help: str = "") -> None:  # noqa: A002
        match self.node:
            case Table():
                got = "names with values"
            case Listing():
                got = "a list"
            case _:
                got = f"`{self.raw}`" if self.raw else "nothing"
        self.problem(
            code or self.sheet.codes.value,
            f"{self.what} must be {expected}, not {got}",
            help or f"write {expected}",
        )


@dataclass(frozen=True, slots=True)
class Fields:
    """The known names of one table and their values; those left empty count as absent."""

    table: Value
    given: Mapping[str, Value]

    @property
    def what(self) -> str:
        """What a message calls the table."""
        return self.table.what

    @property
    def named_at(self) -> Span:
        """Where the table's own name stands."""
        return self.table.named_at

    def __contains__(self, key: str) -> bool:
        return key in self.given

    def __getitem__(self, key: str) -> Value:
        return self.given[key]

    def get(self, key: str) -> Value | None:
        """The value under `key`, or nothing."""
        return self.given.get(key)

    def over(self, other: "Fields") -> "Fields":
        """These values, and those of `other` where these say nothing."""
        return Fields(self.table, {**other.given, **self.given})

    def problem(self, code: str, message: str, help: str, where: Span | None = None) -> None:  # noqa: A002
        """Record a problem of the table as a whole, or at `where`."""
        self.table.problem(code, message, help, where)

    def span(self, key: str) -> Span:
        """Where the value of `key` stands, or the table itself where it is missing."""
        return (self.given.get(key) or self.table).span

    def text(self, key: str, default: str = "") -> str:
        """The text under `key`."""
        return self.given[key].text() if key in self.given else default

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts under `key`; one text is a list of one."""
        return self.given[key].texts() if key in self.given else ()

    def number(self, key: str, *, default: int = 0, least: int | None = None, most: int | None = None) -> int:
        """The whole number under `key`, within the bounds given."""
        return (
            self.given[key].number(least=least, most=most, default=default) if key in self.given else default
        )

    def flag(self, key: str, *, default: bool = False) -> bool:
        """`true` or `false` under `key`."""
        return self.given[key].flag() if key in self.given else default

    def choice(self, key: str, kind: type[Choice], default: Choice) -> Choice:
        """One of a closed set of words under `key`."""
        return self.given[key].choice(kind, default) if key in self.given else default

    def items(self, key: str, what: str) -> tuple[Value, ...]:
        """What the list under `key` holds, each called `what`."""
        return self.given[key].items(what) if key in self.given else ()

    def tables(
        self, key: str, what: str, known: Sequence[str], *, required: Sequence[str] = ()
    ) -> Iterator[tuple[str, "Fields"]]:
        """The tables under `key` by the writer's own names for them, in the order written."""
        for name, value in self.given[key].entries(what).items() if key in self.given else ():
            fields = value.fields(known, required=required)
            if value.is_table:
                yield name, fields

    def facts(self, key: str) -> dict[str, FactValue]:
        """Facts by the writer's own names for them."""
        named = self.given[key].entries("fact") if key in self.given else {}
        read = {name: value.fact() for name, value in named.items()}
        return {name: fact for name, fact in read.items() if fact is not None}


def read(text: str, path: str, what: str, codes: Codes, problems: list[OfframpError]) -> Value | None:
    """The one document in `text`, called `what` in messages; None where there is none.

    Problems with keys go to `problems`, as will those of every value. Raises what `yaml_nodes.parse` does.
    """
    node, found = parse(text, path)
    problems.extend(found)
    return None if node is None else Value(node, what, Sheet(path, codes, problems), node.span)


def _lies(number: int, least: int | None, most: int | None) -> bool:
    return (least is None or least <= number) and (most is None or number <= most)
