"""Typed values out of a YAML table; every problem is collected with its place, none stops the reading.

Knows nothing of what the settings are for: `parties.py`, `routing.py` and `declarations.py` do.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TypeVar

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.core.verdicts import FactValue
from offramp.workspace.nodes import Listing, Node, Scalar, Table

Choice = TypeVar("Choice", bound=StrEnum)


def did_you_mean(word: str, options: Iterable[str], otherwise: str) -> str:
    """A help line that names the nearest option, or all of them, or `otherwise` where there are none."""
    known = sorted(options)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"use one of: {', '.join(known)}" if known else otherwise


class Fields:
    """One table being read. Unknown keys are problems from the start."""

    def __init__(self, table: Table, what: str, allowed: Sequence[str], problems: list[OfframpError]) -> None:
        self.table = table
        self.what = what
        self.problems = problems
        for key, _ in table:
            if key.text not in allowed:
                self.problem(
                    "key-unknown",
                    f"{what} has no setting `{key.text}`",
                    did_you_mean(key.text, allowed, "remove it"),
                    key.span,
                )

    @classmethod
    def of(
        cls, node: Node | None, what: str, allowed: Sequence[str], problems: list[OfframpError]
    ) -> "Fields | None":
        """The fields of `node`, or nothing (and a problem) where it is not a table."""
        if isinstance(node, Table):
            return cls(node, what, allowed, problems)
        if node is not None:
            problems.append(
                OfframpError(
                    "setting-shape",
                    f"{what} must be settings with names",
                    help=f"write for example `{allowed[0]}: …` under it",
                    where=node.span,
                )
            )
        return None

    def problem(self, code: str, message: str, help: str, where: Span | None = None) -> None:  # noqa: A002
        """Record one problem; the reading goes on."""
        self.problems.append(OfframpError(code, message, help=help, where=where or self.table.span))

    def span(self, key: str) -> Span:
        """Where the value of `key` stands, or the table itself where it is missing."""
        node = self.table.get(key)
        return self.table.span if node is None else node.span

    def text(self, key: str, *, default: str | None = None) -> str:
        """Text under `key`. Without a default it must be there and not be empty."""
        node = self._given(key)
        if node is None:
            if default is None:
                self.problem("setting-missing", f"{self.what} needs `{key}`", f"add `{key}: …`")
            return default or ""
        if not isinstance(node, Scalar) or isinstance(node.value, bool):
            self._wrong(key, node, "text")
            return default or ""
        if not node.text.strip():
            self._wrong(key, node, "text that is not empty")
        return node.text.strip()

    def integer(self, key: str, *, default: int, least: int, most: int) -> int:
        """A whole number between `least` and `most`."""
        node = self._given(key)
        if node is None:
            return default
        if not isinstance(node, Scalar) or isinstance(node.value, bool) or not isinstance(node.value, int):
            self._wrong(key, node, f"a whole number from {least} to {most}")
            return default
        if not least <= node.value <= most:
            self._wrong(key, node, f"a whole number from {least} to {most}")
        return node.value

    def flag(self, key: str) -> bool:
        """`true` or `false`; false where it is not written."""
        node = self._given(key)
        if node is None:
            return False
        if not isinstance(node, Scalar) or not isinstance(node.value, bool):
            self._wrong(key, node, "`true` or `false`")
            return False
        return node.value

    def choice(self, key: str, options: type[Choice], default: Choice) -> Choice:
        """One word of a closed set."""
        node = self._given(key)
        if node is None:
            return default
        word = node.text if isinstance(node, Scalar) else ""
        if word in {option.value for option in options}:
            return options(word)
        self.problem(
            "setting-value",
            f"`{key}` of {self.what} cannot be `{word}`"
            if word
            else f"`{key}` of {self.what} must be a word",
            did_you_mean(word, [option.value for option in options], ""),
            node.span,
        )
        return default

    def texts(self, key: str, *, is_required: bool = False) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        return tuple(word.text for word in self.words(key, is_required=is_required))

    def words(self, key: str, *, is_required: bool = False) -> tuple[Scalar, ...]:
        """A list of texts, each with its place."""
        node = self._given(key)
        if node is None:
            if is_required:
                self.problem("setting-missing", f"{self.what} needs `{key}`", f"add `{key}: […]`")
            return ()
        items = node.items if isinstance(node, Listing) else (node,)
        found = []
        for item in items:
            if isinstance(item, Scalar) and isinstance(item.value, str):
                found.append(item)
            else:
                self._wrong(key, item, "a list of texts")
        return tuple(found)

    def facts(self, key: str) -> dict[str, FactValue]:
        """A table of texts, whole numbers and booleans."""
        node = self._given(key)
        if node is None:
            return {}
        if not isinstance(node, Table):
            self._wrong(key, node, "facts with names, such as `under: federal`")
            return {}
        facts: dict[str, FactValue] = {}
        for name, value in node:
            if isinstance(value, Scalar) and value.value is not None:
                facts[name.text] = value.value
            else:
                self._wrong(name.text, value, "text, a whole number, `true` or `false`")
        return facts

    def tables(self, key: str, what: str, allowed: Sequence[str]) -> Iterator[tuple[Scalar, "Fields"]]:
        """The named tables under `key`, in the order written."""
        node = self._given(key)
        if node is None:
            return
        if not isinstance(node, Table):
            self._wrong(key, node, f"named entries, one for each {what}")
            return
        for name, value in node:
            fields = Fields.of(value, f"{what} `{name.text}`", allowed, self.problems)
            if fields is not None:
                yield name, fields

    def items(self, key: str, what: str, allowed: Sequence[str]) -> Iterator["Fields"]:
        """The tables in the list under `key`."""
        node = self._given(key)
        if node is None:
            return
        if not isinstance(node, Listing):
            self._wrong(key, node, f"a list, one entry for each {what}")
            return
        for item in node.items:
            fields = Fields.of(item, what, allowed, self.problems)
            if fields is not None:
                yield fields

    def inner(self, key: str, what: str, allowed: Sequence[str]) -> "Fields | None":
        """The table under `key`, or nothing where it is not written."""
        return Fields.of(self._given(key), what, allowed, self.problems)

    def has(self, key: str) -> bool:
        """Whether `key` is written with a value."""
        return self._given(key) is not None

    def _given(self, key: str) -> Node | None:
        node = self.table.get(key)
        return None if isinstance(node, Scalar) and node.value is None else node

    def _wrong(self, key: str, node: Node, wanted: str) -> None:
        self.problem("setting-value", f"`{key}` of {self.what} is not {wanted}", f"write {wanted}", node.span)
