"""One file as detectors see it: its bytes, language, lines, regions and context."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from offramp.core.findings import Context
from offramp.inventory.languages import Language
from offramp.inventory.regions import Place, Region, place_of, region_at, regions, scalar_bounds

TEST_PARTS = {"test", "tests", "__tests__", "spec", "specs", "testing", "e2e"}
FIXTURE_PARTS = {
    "fixture", "fixtures", "__fixtures__", "testdata", "test_data", "test-data", "cassettes", "snapshots",
    "__snapshots__", "golden", "mocks", "__mocks__",
}  # fmt: skip
DOCS_PARTS = {"docs", "doc", "documentation"}
TEST_NAME = re.compile(r"^(test_.*|.*_test|conftest|.*[._-](test|spec|vitest)|.*Tests?|.*_spec)\.\w+$")


class Source:
    """A file's content. Offsets are bytes; lines are those of the file a person opens."""

    def __init__(
        self,
        path: str,
        data: bytes,
        language: Language,
        *,
        line_map: Sequence[int] = (),
        context: Context | None = None,
        sibling: Callable[[str], bytes] = lambda _name: b"",
    ) -> None:
        self.path = path
        self.data = data
        self.language = language
        self.context = context_of(path, language) if context is None else context
        self.sibling = sibling
        """The bytes of another file of the same folder; empty where there is none."""
        self._line_map = line_map

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @cached_property
    def text(self) -> str:
        """The content as text: UTF-8 where it is, else one character a byte."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            return self.data.decode("latin-1")

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """Strings and comments, in order."""
        return regions(self.data, self.language)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(rb"\n", self.data))]

    def place(self, start: int, end: int) -> Place:
        """What sort of text stands from `start` to `end`."""
        return place_of(self.data, self.language, self.regions, start, end)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, from 1. Cells of a notebook have no column."""
        row = bisect_right(self._starts, offset) - 1
        if self._line_map:
            return self._line_map[min(row, len(self._line_map) - 1)], 0
        before = self.data[self._starts[row] : offset]
        return row + 1, len(before.decode("utf-8", "replace")) + 1

    def offset(self, row: int, column: int = 0) -> int:
        """The offset of a row and column counted from 0 in characters, as syntax trees count them."""
        if row >= len(self._starts):
            return len(self.data)
        start = self._starts[row]
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self.data)
        line = self.data[start:end]
        if line.isascii():
            return start + column
        return start + len(line.decode("utf-8", "replace")[:column].encode())

    def line_text(self, offset: int) -> bytes:
        """The whole line around an offset, without its end."""
        row = bisect_right(self._starts, offset) - 1
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self.data)
        return self.data[self._starts[row] : end].rstrip(b"\r\n")

    def line_start(self, offset: int) -> int:
        """Where the line around an offset begins."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def scalar(self, offset: int) -> tuple[int, int]:
        """Bounds of the string or value around an offset, cut to its line."""
        return scalar_bounds(self.data, region_at(self.regions, offset), offset)


def context_of(path: str, language: Language) -> Context:
    """What sort of file a path names."""
    parts = [part.lower() for part in PurePosixPath(path).parts]
    folders = set(parts[:-1])
    if folders & FIXTURE_PARTS or parts[-1].endswith(".snap"):
        return Context.FIXTURE
    if language.is_prose:
        return Context.DOCS
    if folders & TEST_PARTS or TEST_NAME.match(PurePosixPath(path).name):
        return Context.TEST
    if language.name == "notebook":
        return Context.NOTEBOOK
    return Context.DOCS if folders & DOCS_PARTS else Context.CODE
